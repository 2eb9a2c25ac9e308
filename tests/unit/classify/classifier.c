/* Prompt sets bound to the embedded model. */
#include <clipwatch/classify.h>

#include "fixture.h"

#include <math.h>

static const CwThreshold no_threshold = {CW_THRESHOLD_NONE, 0};

static CwModel *
open_starter(void)
{
    g_autoptr(GError) error = NULL;
    CwModel *model = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    return model;
}

static CwClassifier *
bind_set(CwModel *model, const char *text, guint set, CwThreshold threshold, GError **error)
{
    g_autoptr(CwPrompts) prompts = cw_prompts_parse(text, -1, "test.txt", error);
    g_assert_nonnull(prompts);
    return cw_classifier_new(model, prompts, set, threshold, error);
}

static const char two_templates[] = "@template a photo of {}.\n"
                                    "@template a blurry {}.\n"
                                    "dog = a dog | a puppy\n"
                                    "car = a car\n";

/* The unit mean of unit embeddings, in double precision. */
static void
average(const float *embeddings, guint n, guint dim, double *mean)
{
    double length = 0;
    for (guint i = 0; i < dim; i++) {
        mean[i] = 0;
        for (guint t = 0; t < n; t++)
            mean[i] += (double)embeddings[t * dim + i];
        length += mean[i] * mean[i];
    }
    for (guint i = 0; i < dim; i++)
        mean[i] /= sqrt(length);
}

static void
test_a_class_is_the_unit_mean_of_all_its_texts(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = open_starter();
    g_autoptr(CwClassifier) classifier = bind_set(model, two_templates, 0, no_threshold, &error);
    g_assert_no_error(error);
    const CwPromptClass *dog = cw_classifier_get_set(classifier)->classes;
    const guint dim = cw_model_get_info(model)->embed_dim;
    g_assert_cmpuint(dog->n_texts, ==, 4);
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, dog->n_texts, 0, &error);
    g_autofree float *embeddings = g_new(float, dog->n_texts *dim);
    g_autofree double *mean = g_new(double, dim);
    g_assert_true(
        cw_model_encode_texts(model, workspace, dog->texts, dog->n_texts, embeddings, &error));
    average(embeddings, dog->n_texts, dim, mean);
    for (guint i = 0; i < dim; i++)
        g_assert_cmpfloat_with_epsilon(cw_classifier_get_vectors(classifier)[i], mean[i], 1e-6);
}

static void
test_a_picture_on_a_class_vector_has_cosine_one_and_the_models_own_logit(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = open_starter();
    g_autoptr(CwClassifier) classifier = bind_set(model, two_templates, 0, no_threshold, &error);
    g_assert_no_error(error);
    const CwModelInfo *info = cw_classifier_get_model_info(classifier);
    g_autoptr(CwScores) scores = cw_scores_new(classifier);
    cw_classifier_score(classifier, cw_classifier_get_vectors(classifier) + info->embed_dim,
                        scores);
    g_assert_cmpuint(scores->n_scores, ==, 2);
    g_assert_cmpuint(scores->scores[0].class_index, ==, 1);
    g_assert_cmpfloat_with_epsilon(scores->scores[0].cosine, 1, 1e-6);
    g_assert_cmpfloat_with_epsilon(scores->scores[0].logit, info->logit_scale, 1e-3);
    g_assert_cmpfloat_with_epsilon(scores->margin, 1 - scores->scores[1].cosine, 1e-6);
    g_assert_cmpint(scores->scores[0].verdict, ==, CW_VERDICT_CHOSEN);
}

static void
test_scoring_the_same_room_again_gives_the_same_scores(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = open_starter();
    g_autoptr(CwClassifier) classifier = bind_set(model, two_templates, 0, no_threshold, &error);
    const guint dim = cw_model_get_info(model)->embed_dim;
    g_autoptr(CwScores) fresh = cw_scores_new(classifier);
    g_autoptr(CwScores) used = cw_scores_new(classifier);
    g_autofree float *nothing = g_new(float, dim);
    for (guint i = 0; i < dim; i++)
        nothing[i] = NAN;
    const float *vectors = cw_classifier_get_vectors(classifier);
    cw_classifier_score(classifier, vectors + dim, used);
    cw_classifier_score(classifier, nothing, used);
    g_assert_cmpuint(used->n_chosen, ==, 0);
    cw_classifier_score(classifier, vectors, used);
    cw_classifier_score(classifier, vectors, fresh);
    g_assert_cmpmem(used->scores, used->n_scores * sizeof *used->scores, fresh->scores,
                    fresh->n_scores * sizeof *fresh->scores);
}

static void
test_a_class_keeps_its_own_threshold_and_the_others_have_the_default(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = open_starter();
    const CwThreshold fallback = {CW_THRESHOLD_COSINE, 0.5};
    g_autoptr(CwClassifier) classifier =
        bind_set(model, "dog [threshold=0.9]\ncar\n", 0, fallback, &error);
    g_assert_no_error(error);
    g_autoptr(CwScores) scores = cw_scores_new(classifier);
    cw_classifier_score(classifier, cw_classifier_get_vectors(classifier), scores);
    g_assert_cmpint(scores->scores[0].threshold.kind, ==, CW_THRESHOLD_PROBABILITY);
    g_assert_cmpfloat(scores->scores[0].threshold.value, ==, 0.9);
    g_assert_cmpint(scores->scores[1].threshold.kind, ==, CW_THRESHOLD_COSINE);
    g_assert_cmpfloat(scores->scores[1].threshold.value, ==, 0.5);
}

static void
test_a_default_by_scoring_is_what_each_set_can_have(void)
{
    static const CwThresholdKind expected[] = {CW_THRESHOLD_PROBABILITY, CW_THRESHOLD_COSINE};
    g_autoptr(CwModel) model = open_starter();
    const CwThreshold fallback = {CW_THRESHOLD_BY_SCORING, 0.25};
    for (guint set = 0; set < G_N_ELEMENTS(expected); set++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CwClassifier) classifier = bind_set(
            model, "@set one\ndog\ncar\n@set two independent\ndog\ncar\n", set, fallback, &error);
        g_assert_no_error(error);
        g_autoptr(CwScores) scores = cw_scores_new(classifier);
        cw_classifier_score(classifier, cw_classifier_get_vectors(classifier), scores);
        g_assert_cmpint(scores->scores[0].threshold.kind, ==, expected[set]);
        g_assert_cmpfloat(scores->scores[0].threshold.value, ==, 0.25);
    }
}

static void
test_a_default_on_a_probability_that_will_never_be_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = open_starter();
    const CwThreshold fallback = {CW_THRESHOLD_PROBABILITY, 0.5};
    g_assert_null(
        bind_set(model, "@set gate independent\ndog [cosine=0.2]\ncar\n", 0, fallback, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "test.txt:3", "'car'",
                         "the default is a threshold on its probability", "cosine=", NULL);
}

static void
test_a_default_out_of_range_is_refused(void)
{
    static const struct {
        CwThreshold threshold;
        const char *message;
    } table[] = {
        {{CW_THRESHOLD_PROBABILITY, -0.1}, "-0.1 is not between 0 and 1"},
        {{CW_THRESHOLD_PROBABILITY, 1.5}, "1.5 is not between 0 and 1"},
        {{CW_THRESHOLD_COSINE, -1.5}, "-1.5 is not between -1 and 1"},
        {{CW_THRESHOLD_COSINE, NAN}, "nan is not between -1 and 1"},
    };
    g_autoptr(CwModel) model = open_starter();
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(bind_set(model, "dog\ncar\n", 0, table[i].threshold, &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, table[i].message, NULL);
    }
}

static void
test_a_text_that_is_too_long_names_the_file_and_the_text(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = open_starter();
    g_autoptr(GString) text = g_string_new("dog\nlong = ");
    for (guint i = 0; i < 100; i++)
        g_string_append(text, "very ");
    g_string_append(text, "long\n");
    g_assert_null(bind_set(model, text->str, 0, no_threshold, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "test.txt", "very very", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/classify/classifier/" #name, test_##name)
    CASE(a_class_is_the_unit_mean_of_all_its_texts);
    CASE(a_picture_on_a_class_vector_has_cosine_one_and_the_models_own_logit);
    CASE(scoring_the_same_room_again_gives_the_same_scores);
    CASE(a_class_keeps_its_own_threshold_and_the_others_have_the_default);
    CASE(a_default_by_scoring_is_what_each_set_can_have);
    CASE(a_default_on_a_probability_that_will_never_be_is_refused);
    CASE(a_default_out_of_range_is_refused);
    CASE(a_text_that_is_too_long_names_the_file_and_the_text);
    return g_test_run();
}
