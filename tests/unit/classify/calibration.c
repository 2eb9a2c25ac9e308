/* Calibrations: what is learned, fitted, written, read, bound and refused. */
#include "classify/calibration_fit.h"
#include "classify/decide.h"
#include "fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* Standard normal, by the sum of twelve. */
static double
draw_normal(GRand *random)
{
    double sum = -6;
    for (guint i = 0; i < 12; i++)
        sum += g_rand_double(random);
    return sum;
}

static void
test_a_baseline_learns_mean_and_spread(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    CwBaseline baseline = {0};
    for (guint i = 0; i < 20000; i++)
        cw_baseline_learn(&baseline, 0.2 + 0.01 * draw_normal(random));
    g_assert_cmpuint(baseline.n, ==, 20000);
    g_assert_cmpfloat_with_epsilon(baseline.mean, 0.2, 0.001);
    g_assert_cmpfloat_with_epsilon(cw_baseline_get_spread(&baseline), 0.01, 0.001);
    cw_baseline_learn(&baseline, NAN);
    g_assert_cmpuint(baseline.n, ==, 20000);
}

static void
test_a_rare_event_hardly_moves_a_baseline_and_a_lasting_change_does(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(2);
    CwBaseline baseline = {0};
    for (guint i = 0; i < 5000; i++)
        cw_baseline_learn(&baseline, (i % 100 == 0 ? 0.4 : 0.2) + 0.01 * draw_normal(random));
    g_assert_cmpfloat_with_epsilon(baseline.mean, 0.2, 0.002);
    g_assert_cmpfloat(cw_baseline_get_spread(&baseline), <, 0.013);
    for (guint i = 0; i < 50000; i++)
        cw_baseline_learn(&baseline, 0.3 + 0.01 * draw_normal(random));
    g_assert_cmpfloat_with_epsilon(baseline.mean, 0.3, 0.005);
}

static void
test_a_still_picture_has_a_spread_all_the_same(void)
{
    CwBaseline baseline = {0};
    for (guint i = 0; i < 100; i++)
        cw_baseline_learn(&baseline, 0.25);
    g_assert_cmpfloat(cw_baseline_get_spread(&baseline), ==, CW_BASELINE_LEAST_SPREAD);
}

enum { N_CLASSES = 3, N_SCENES = 20, N_PICTURES = 50 };

static const CwPromptClass classes[N_CLASSES] = {
    {.id = "fire"}, {.id = "smoke"}, {.id = "nothing", .background = TRUE}};
static const CwPromptSet prompts = {.name = "set",
                                    .classes = classes,
                                    .n_classes = N_CLASSES,
                                    .text_digest = "texts",
                                    .template_digest = "templates"};

/* Classes whose usual cosines lie far apart; one holds when its picture lies far above them, surely
 * the farther. */
static void
draw_pictures(GRand *random, CwLabelled *labelled)
{
    static const double usual[N_CLASSES] = {0.18, 0.24, 0.30};
    for (guint scene = 0; scene < N_SCENES; scene++)
        for (guint i = 0; i < N_PICTURES; i++) {
            float cosines[N_CLASSES];
            gboolean holds[N_CLASSES];
            for (guint c = 0; c < N_CLASSES; c++) {
                const double z = 2 * draw_normal(random);
                cosines[c] = (float)(usual[c] + 0.02 * z);
                holds[c] = g_rand_double(random) < 1 / (1 + exp(-(1.5 * z - 3)));
            }
            cw_labelled_add(labelled, scene, cosines, holds);
        }
}

static CwCalibration *
fit_drawn(guint32 seed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autoptr(CwLabelled) labelled = cw_labelled_new(N_CLASSES);
    CwCalibration *calibration = cw_calibration_new("test.json", "model", "preprocess");
    draw_pictures(random, labelled);
    cw_labelled_fit(labelled, cw_calibration_take_set(calibration, &prompts), &error);
    g_assert_no_error(error);
    return calibration;
}

/* Of other pictures than those of the fit, as many hold as the probability says. */
static void
test_a_fitted_probability_is_as_often_right_as_it_says(void)
{
    g_autoptr(CwCalibration) calibration = fit_drawn(3);
    const CwCalibratedSet *set = cw_calibration_find_set(calibration, "set");
    g_autoptr(GRand) random = g_rand_new_with_seed(4);
    guint n[5] = {0}, n_held[5] = {0};
    double sum[5] = {0};
    for (guint i = 0; i < 20000; i++) {
        const double drawn = 2 * draw_normal(random);
        const double z = (0.24 + 0.02 * drawn - set->usual[1].mean) / set->usual[1].spread;
        const double p = 1 / (1 + exp(-(z / set->temperature + set->offset)));
        const guint bin = MIN((guint)(p * 5), 4);
        n[bin]++;
        sum[bin] += p;
        n_held[bin] += g_rand_double(random) < 1 / (1 + exp(-(1.5 * drawn - 3)));
    }
    for (guint bin = 0; bin < 5; bin++) {
        g_assert_cmpuint(n[bin], >, 100);
        g_assert_cmpfloat_with_epsilon(n_held[bin] / (double)n[bin], sum[bin] / n[bin], 0.06);
    }
}

static void
test_what_is_usual_of_a_class_is_told_by_pictures_without_it(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwLabelled) labelled = cw_labelled_new(1);
    g_autoptr(CwCalibration) calibration = cw_calibration_new("test.json", "model", "preprocess");
    const CwPromptSet one = {.name = "one",
                             .classes = classes,
                             .n_classes = 1,
                             .text_digest = "",
                             .template_digest = ""};
    CwCalibratedSet *set = cw_calibration_take_set(calibration, &one);
    /* A scene with a thousand pictures counts as much as one with ten. */
    for (guint i = 0; i < 1000; i++)
        cw_labelled_add(labelled, 0, (const float[]){0.30F}, (const gboolean[]){FALSE});
    for (guint scene = 1; scene < 6; scene++)
        for (guint i = 0; i < 10; i++)
            cw_labelled_add(labelled, scene, (const float[]){0.20F}, (const gboolean[]){FALSE});
    for (guint i = 0; i < 100; i++)
        cw_labelled_add(labelled, 6, (const float[]){0.50F}, (const gboolean[]){TRUE});
    g_assert_true(cw_labelled_fit(labelled, set, &error));
    g_assert_cmpfloat_with_epsilon(set->usual[0].mean, 0.20, 1e-6);
    g_assert_cmpuint(set->n_positive, ==, 100);
    g_assert_cmpuint(set->n_negative, ==, 1050);
}

static void
assert_no_fit(const float *cosines, const gboolean *holds, guint n, const char *what)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwLabelled) labelled = cw_labelled_new(1);
    g_autoptr(CwCalibration) calibration = cw_calibration_new("test.json", "model", "preprocess");
    const CwPromptSet one = {.name = "one",
                             .classes = classes,
                             .n_classes = 1,
                             .text_digest = "",
                             .template_digest = ""};
    CwCalibratedSet *set = cw_calibration_take_set(calibration, &one);
    for (guint i = 0; i < n; i++)
        cw_labelled_add(labelled, i, &cosines[i], &holds[i]);
    g_assert_false(cw_labelled_fit(labelled, set, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_ARGUMENT);
    g_assert_nonnull(strstr(error->message, what));
    g_assert_true(isnan(set->temperature));
}

static void
test_pictures_that_do_not_suffice_are_told(void)
{
    const float cosines[] = {0.2F, 0.3F, 0.21F, 0.31F};
    assert_no_fit(cosines, (const gboolean[]){FALSE, FALSE, FALSE, FALSE}, 4,
                  "no picture shows any");
    assert_no_fit(cosines, (const gboolean[]){TRUE, TRUE, TRUE, TRUE}, 4,
                  "every picture shows all");
    assert_no_fit(cosines, (const gboolean[]){TRUE, FALSE, TRUE, FALSE}, 4,
                  "no higher where its classes hold");
    assert_no_fit(NULL, NULL, 0, "no picture shows any");
}

static void
test_what_is_written_is_read_back(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwCalibration) calibration = fit_drawn(5);
    CwCalibratedSet *set = cw_calibration_find_set(calibration, "set");
    CwBaseline baselines[N_CLASSES] = {{100, 0.2, 1e-4}, {100, 0.25, 0}, {100, -0.1, 1e-4}};
    cw_calibrated_set_put_camera(set, "gate \"1\"", baselines);
    g_autoptr(GString) json = g_string_new(NULL), again = g_string_new(NULL);
    cw_calibration_write(calibration, json);
    g_autoptr(CwCalibration) read =
        cw_calibration_parse(json->str, json->len, "again.json", &error);
    g_assert_no_error(error);
    cw_calibration_write(read, again);
    g_assert_cmpstr(again->str, ==, json->str);
    const CwCalibratedSet *found = cw_calibration_find_set(read, "set");
    g_assert_cmpfloat_with_epsilon(found->temperature, set->temperature, 1e-6);
    const CwCalibratedCamera *camera = cw_calibrated_set_find_camera(found, "gate \"1\"");
    g_assert_cmpuint(camera->n_decisions, ==, 100);
    g_assert_cmpfloat_with_epsilon(camera->usual[0].spread, 0.01, 1e-6);
    g_assert_null(cw_calibrated_set_find_camera(found, "yard"));
}

static void
test_files_that_are_no_calibration_are_refused_by_their_place(void)
{
    static const struct {
        const char *from, *to, *message;
    } table[] = {
        {"clipwatch.calibration/1", "clipwatch.calibration/2", "is no calibration that is read"},
        {"\"model\":\"model\",", "", "bad.json: model"},
        {"\"stream\":\"gate\"", "\"stream\":7", "sets[0].cameras[0].stream"},
        {"\"spread\":0.010000", "\"spread\":0", "sets[0].cameras[0].classes[0].spread"},
        {"\"mean\":0.200000", "\"mean\":2", "sets[0].cameras[0].classes[0].mean"},
        {"\"temperature\":", "\"temper\":", "sets[0].fit.temperature is missing"},
        {"\"decisions\":100,\"classes\":[\n{\"label_id\":\"fire\"",
         "\"decisions\":100,\"classes\":[\n{\"label_id\":\"fir\"", "not the classes of set 'set'"},
    };
    g_autoptr(CwCalibration) calibration = fit_drawn(6);
    CwBaseline baselines[N_CLASSES] = {{100, 0.2, 1e-4}, {100, 0.25, 1e-4}, {100, 0.3, 1e-4}};
    cw_calibrated_set_put_camera(cw_calibration_find_set(calibration, "set"), "gate", baselines);
    g_autoptr(GString) json = g_string_new(NULL);
    cw_calibration_write(calibration, json);
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) broken = g_string_new(json->str);
        g_assert_cmpuint(g_string_replace(broken, table[i].from, table[i].to, 1), ==, 1);
        g_assert_null(cw_calibration_parse(broken->str, broken->len, "bad.json", &error));
        g_assert_nonnull(error);
        if (!strstr(error->message, table[i].message))
            g_error("'%s' does not say '%s'", error->message, table[i].message);
    }
}

static void
test_another_model_texts_templates_or_preprocessing_are_refused(void)
{
    g_autoptr(CwCalibration) calibration = fit_drawn(7);
    const CwCalibratedSet *set = cw_calibration_find_set(calibration, "set");
    const struct {
        const char *model, *preprocess, *templates, *texts, *message;
    } table[] = {
        {"model", "preprocess", "templates", "texts", NULL},
        {"other", "preprocess", "templates", "texts", "with another model (digest model…"},
        {"model", "other", "templates", "texts", "with another preprocessing"},
        {"model", "preprocess", "other", "texts", "with another set of templates"},
        {"model", "preprocess", "templates", "other", "with another set of texts"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        const CwModelInfo model = {.digest = table[i].model};
        const CwPromptSet now = {.name = "set",
                                 .n_classes = N_CLASSES,
                                 .text_digest = table[i].texts,
                                 .template_digest = table[i].templates};
        const gboolean fits =
            cw_calibration_check(calibration, set, &model, &now, table[i].preprocess, &error);
        g_assert_cmpint(fits, ==, table[i].message == NULL);
        if (!table[i].message)
            continue;
        g_assert_error(error, CW_ERROR, CW_ERROR_ARGUMENT);
        g_assert_nonnull(strstr(error->message, table[i].message));
        g_assert_nonnull(strstr(error->message, "run `clipwatch calibrate` again"));
    }
}

static void
test_a_file_whose_digests_fit_and_whose_classes_do_not_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwCalibration) calibration = fit_drawn(8);
    const CwModelInfo model = {.digest = "model"};
    CwPromptSet larger = prompts;
    larger.n_classes++;
    g_assert_false(cw_calibration_check(calibration, cw_calibration_find_set(calibration, "set"),
                                        &model, &larger, "preprocess", &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "has 3 classes in it and not 4"));
}

typedef struct {
    CwModel *model;
    CwClassifier *classifier;
    CwScores *scores;
} Bound;

static void
bind_text(Bound *bound, const char *text)
{
    g_autoptr(GError) error = NULL;
    bound->model = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    g_autoptr(CwPrompts) parsed = cw_prompts_parse(text, -1, "scene.txt", &error);
    g_assert_no_error(error);
    bound->classifier =
        cw_classifier_new(bound->model, parsed, 0, (CwThreshold){CW_THRESHOLD_NONE, 0}, &error);
    g_assert_no_error(error);
    bound->scores = cw_scores_new(bound->classifier);
}

static void
unbind(Bound *bound)
{
    cw_scores_free(bound->scores);
    cw_classifier_unref(bound->classifier);
    cw_model_unref(bound->model);
}

/* A calibration of the bound set on which every class usually has this cosine. */
static CwCalibration *
calibrate(const Bound *bound, const char *preprocess, double mean, double spread)
{
    const CwPromptSet *set = cw_classifier_get_set(bound->classifier);
    CwCalibration *calibration =
        cw_calibration_new("c.json", cw_model_get_info(bound->model)->digest, preprocess);
    CwCalibratedSet *part = cw_calibration_take_set(calibration, set);
    g_autofree CwBaseline *baselines = g_new(CwBaseline, set->n_classes);
    for (guint c = 0; c < set->n_classes; c++)
        baselines[c] = (CwBaseline){100, mean, spread * spread};
    cw_calibrated_set_put_camera(part, "gate", baselines);
    part->least_z = 1;
    return calibration;
}

/* The picture of the class whose vector it is. */
static void
score_class(Bound *bound, guint class_index, const CwCalibrator *calibrator)
{
    const guint dim = cw_classifier_get_model_info(bound->classifier)->embed_dim;
    bound->scores->calibrator = calibrator;
    cw_classifier_score(bound->classifier,
                        cw_classifier_get_vectors(bound->classifier) + (gsize)class_index * dim,
                        bound->scores);
}

static void
test_a_z_score_counts_spreads_above_the_cameras_usual_cosine(void)
{
    g_autoptr(GError) error = NULL;
    Bound bound;
    bind_text(&bound, "@set s independent\ndog [z=3]\ncar [z=9]\n");
    g_autoptr(CwCalibration) calibration = calibrate(&bound, "p", 0.75, 0.05);
    g_autoptr(CwCalibrator) gate =
        cw_calibrator_new(calibration, bound.classifier, "p", "gate", &error);
    g_assert_no_error(error);
    g_assert_true(cw_calibrator_check(gate, bound.classifier, &error));
    score_class(&bound, 0, gate);
    g_assert_cmpfloat_with_epsilon(bound.scores->scores[0].z, 5, 1e-3);
    g_assert_true(isnan(bound.scores->scores[0].calibrated));
    g_assert_cmpint(bound.scores->scores[0].verdict, ==, CW_VERDICT_CHOSEN);
    score_class(&bound, 1, gate);
    g_assert_cmpuint(bound.scores->scores[0].class_index, ==, 1);
    g_assert_cmpint(bound.scores->scores[0].verdict, ==, CW_VERDICT_BELOW);
    score_class(&bound, 0, NULL);
    g_assert_true(isnan(bound.scores->scores[0].z));
    unbind(&bound);
}

static void
test_thresholds_that_nothing_can_serve_are_refused(void)
{
    g_autoptr(GError) error = NULL;
    Bound bound;
    bind_text(&bound, "dog\ncar [calibrated=0.8]\n");
    g_autoptr(CwCalibration) calibration = calibrate(&bound, "p", 0.5, 0.05);
    g_assert_false(cw_calibrator_check(NULL, bound.classifier, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_ARGUMENT);
    g_assert_cmpstr(error->message, ==,
                    "scene.txt:2: class 'car' has a threshold on its calibrated probability, and "
                    "there is no calibration: name one");
    g_clear_error(&error);
    g_autoptr(CwCalibrator) gate =
        cw_calibrator_new(calibration, bound.classifier, "p", "gate", &error);
    g_assert_no_error(error);
    g_assert_false(cw_calibrator_check(gate, bound.classifier, &error));
    g_assert_nonnull(strstr(error->message, "c.json holds no fit"));
    g_clear_error(&error);
    g_assert_null(cw_calibrator_new(calibration, bound.classifier, "q", "gate", &error));
    g_assert_nonnull(strstr(error->message, "another preprocessing"));
    unbind(&bound);
}

static void
test_the_best_of_an_exclusive_set_is_unknown_when_it_does_not_stand_out(void)
{
    g_autoptr(GError) error = NULL;
    Bound bound;
    bind_text(&bound, "dog\ncar\nnothing [background] = a wall\n");
    g_autoptr(CwCalibration) usual = calibrate(&bound, "p", 0.99, 0.05);
    g_autoptr(CwCalibration) quiet = calibrate(&bound, "p", 0.5, 0.05);
    g_autoptr(CwCalibrator) often = cw_calibrator_new(usual, bound.classifier, "p", "gate", &error);
    g_autoptr(CwCalibrator) never = cw_calibrator_new(quiet, bound.classifier, "p", "gate", &error);
    g_autoptr(CwCalibrator) stranger =
        cw_calibrator_new(quiet, bound.classifier, "p", "yard", &error);
    g_assert_no_error(error);
    score_class(&bound, 0, often);
    g_assert_cmpint(bound.scores->scores[0].verdict, ==, CW_VERDICT_UNKNOWN);
    g_assert_cmpuint(bound.scores->n_chosen, ==, 0);
    score_class(&bound, 0, never);
    g_assert_cmpint(bound.scores->scores[0].verdict, ==, CW_VERDICT_CHOSEN);
    score_class(&bound, 0, stranger);
    g_assert_true(isnan(bound.scores->scores[0].z));
    g_assert_cmpint(bound.scores->scores[0].verdict, ==, CW_VERDICT_CHOSEN);
    score_class(&bound, 2, never);
    g_assert_cmpint(bound.scores->scores[0].verdict, ==, CW_VERDICT_BACKGROUND);
    unbind(&bound);
}

static void
test_thresholds_may_change_under_a_calibration_and_texts_may_not(void)
{
    g_autoptr(GError) error = NULL;
    Bound before, same, other;
    bind_text(&before, "dog\ncar\n");
    bind_text(&same, "dog [z=3 leave=2 dwell=1s]\ncar [threshold=0.4]\n");
    bind_text(&other, "dog\ncar = a red car\n");
    g_autoptr(CwCalibration) calibration = calibrate(&before, "p", 0.5, 0.05);
    cw_calibrator_free(cw_calibrator_new(calibration, same.classifier, "p", "gate", &error));
    g_assert_no_error(error);
    g_assert_null(cw_calibrator_new(calibration, other.classifier, "p", "gate", &error));
    g_assert_nonnull(strstr(error->message, "another set of texts"));
    unbind(&before);
    unbind(&same);
    unbind(&other);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/classify/calibration/" #name, test_##name)
    CASE(a_baseline_learns_mean_and_spread);
    CASE(a_rare_event_hardly_moves_a_baseline_and_a_lasting_change_does);
    CASE(a_still_picture_has_a_spread_all_the_same);
    CASE(a_fitted_probability_is_as_often_right_as_it_says);
    CASE(what_is_usual_of_a_class_is_told_by_pictures_without_it);
    CASE(pictures_that_do_not_suffice_are_told);
    CASE(what_is_written_is_read_back);
    CASE(files_that_are_no_calibration_are_refused_by_their_place);
    CASE(another_model_texts_templates_or_preprocessing_are_refused);
    CASE(a_file_whose_digests_fit_and_whose_classes_do_not_is_refused);
    CASE(a_z_score_counts_spreads_above_the_cameras_usual_cosine);
    CASE(thresholds_that_nothing_can_serve_are_refused);
    CASE(the_best_of_an_exclusive_set_is_unknown_when_it_does_not_stand_out);
    CASE(thresholds_may_change_under_a_calibration_and_texts_may_not);
    return g_test_run();
}
