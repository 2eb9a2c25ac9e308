/* clipwatch calibrate: what scores mean on these pictures, or on this camera. */
#include "classify/calibration_fit.h"
#include "cli/command.h"
#include "cli/encoder.h"
#include "cli/inputs.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "base/json_write.h"
#include "image/describe.h"

#include <math.h>

#define NAME "calibrate"

typedef struct {
    char *model, *prompts, *policy, *crop, *camera, *output;
    double interval, seconds;
} Options;

/* One prompt set: what is gathered of it. */
typedef struct {
    CwClassifier *classifier;
    CwScores *scores;
    CwLabelled *labelled;  /* of a fit */
    CwBaseline *baselines; /* [n_classes], of a camera */
    float *cosines;        /* [n_classes], of the sample */
    gboolean *holds;       /* [n_classes] */
} Part;

typedef struct {
    const char *output, *camera;
    double seconds; /* after which a recording is left; 0: at its end */
    CwModel *model;
    CwCrop crop;
    char *preprocess_digest;
    GArray *parts;              /* of Part */
    const CwLabelledFile *file; /* being looked at; NULL: a camera's */
    guint scene;
    guint n_samples;
} Calibrate;

static void
clear_part(gpointer data)
{
    Part *part = data;
    g_clear_pointer(&part->classifier, cw_classifier_unref);
    g_clear_pointer(&part->scores, cw_scores_free);
    g_clear_pointer(&part->labelled, cw_labelled_free);
    g_free(part->baselines);
    g_free(part->cosines);
    g_free(part->holds);
}

static void
calibrate_clear(Calibrate *calibrate)
{
    g_clear_pointer(&calibrate->parts, g_array_unref);
    g_clear_pointer(&calibrate->model, cw_model_unref);
    g_clear_pointer(&calibrate->preprocess_digest, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Calibrate, calibrate_clear)

static void
gather(const Calibrate *calibrate, Part *part, const CwSample *sample)
{
    const CwPromptSet *set = cw_classifier_get_set(part->classifier);
    for (guint i = 0; i < set->n_classes; i++) {
        const CwScore *score = &part->scores->scores[i];
        part->cosines[score->class_index] = score->cosine;
    }
    for (guint c = 0; c < set->n_classes; c++) {
        if (calibrate->file)
            part->holds[c] =
                cw_labelled_file_holds(calibrate->file, set->classes[c].label, sample->time) ||
                cw_labelled_file_holds(calibrate->file, set->classes[c].id, sample->time);
        else
            cw_baseline_learn(&part->baselines[c], part->cosines[c]);
    }
    if (calibrate->file)
        cw_labelled_add(part->labelled, calibrate->scene, part->cosines, part->holds);
}

static gboolean
take_sample(const CwSample *sample, const float *embedding, gpointer user_data)
{
    Calibrate *calibrate = user_data;
    if (calibrate->seconds > 0 && sample->time > calibrate->seconds)
        return FALSE;
    if (calibrate->file && !cw_labelled_file_holds(calibrate->file, NULL, sample->time))
        return TRUE; /* nobody says what is to be seen there */
    for (guint i = 0; i < calibrate->parts->len; i++) {
        Part *part = &g_array_index(calibrate->parts, Part, i);
        cw_classifier_score(part->classifier, embedding, part->scores);
        gather(calibrate, part, sample);
    }
    calibrate->n_samples++;
    return TRUE;
}

static gboolean
bind_sets(Calibrate *calibrate, CwPrompts *prompts, GError **error)
{
    calibrate->parts = g_array_new(FALSE, TRUE, sizeof(Part));
    g_array_set_clear_func(calibrate->parts, clear_part);
    for (guint i = 0; i < cw_prompts_get_n_sets(prompts); i++) {
        const guint n = cw_prompts_get_set(prompts, i)->n_classes;
        Part part = {.classifier = cw_classifier_new(calibrate->model, prompts, i,
                                                     (CwThreshold){CW_THRESHOLD_NONE, 0}, error)};
        if (!part.classifier)
            return FALSE;
        part.scores = cw_scores_new(part.classifier);
        part.labelled = cw_labelled_new(n);
        part.baselines = g_new0(CwBaseline, n);
        part.cosines = g_new(float, n);
        part.holds = g_new(gboolean, n);
        g_array_append_val(calibrate->parts, part);
    }
    return TRUE;
}

static gboolean
set_up(Calibrate *calibrate, const Options *options, GError **error)
{
    calibrate->camera = options->camera;
    calibrate->seconds = options->seconds;
    calibrate->output = options->output ? options->output : "calibration.json";
    if (options->crop && !cw_crop_from_string(options->crop, &calibrate->crop)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "crop '%s' is none of model, center, squash, letterbox, tiles", options->crop);
        return FALSE;
    }
    if (!(options->interval >= 0) || !(options->seconds >= 0)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "%s is below 0",
                    options->interval >= 0 ? "seconds" : "interval");
        return FALSE;
    }
    if (options->seconds > 0 && !options->camera) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "--seconds goes with --camera");
        return FALSE;
    }
    g_autoptr(CwPolicy) policy = NULL;
    g_autoptr(CwPrompts) prompts =
        cw_command_load_prompts(NAME, options->prompts, options->policy, &policy, error);
    if (!prompts)
        return FALSE;
    calibrate->model =
        cw_model_open(options->model ? options->model : "starter", CW_PRECISION_AUTO, error);
    if (!calibrate->model)
        return FALSE;
    calibrate->preprocess_digest =
        cw_image_digest(&cw_model_get_info(calibrate->model)->preprocess, calibrate->crop);
    return bind_sets(calibrate, prompts, error);
}

/* The calibration that is there already, as far as it is of the same model, preprocessing and
 * texts, or an empty one. A camera is only ever added to one that fits. */
static CwCalibration *
open_calibration(const Calibrate *calibrate, GError **error)
{
    const CwModelInfo *model = cw_model_get_info(calibrate->model);
    CwCalibration *fresh =
        cw_calibration_new(calibrate->output, model->digest, calibrate->preprocess_digest);
    if (!g_file_test(calibrate->output, G_FILE_TEST_EXISTS))
        return fresh;
    g_autoptr(CwCalibration) old = cw_calibration_load(calibrate->output, error);
    gboolean fits = old != NULL;
    for (guint i = 0; fits && i < calibrate->parts->len; i++) {
        const Part *part = &g_array_index(calibrate->parts, Part, i);
        const CwPromptSet *prompts = cw_classifier_get_set(part->classifier);
        const CwCalibratedSet *set = cw_calibration_find_set(old, prompts->name);
        fits = !set || cw_calibration_check(old, set, model, prompts, calibrate->preprocess_digest,
                                            calibrate->camera ? error : NULL);
    }
    if (!fits && (!old || calibrate->camera)) {
        cw_calibration_unref(fresh);
        return NULL;
    }
    if (!fits) {
        g_printerr("clipwatch " NAME
                   ": %s was made with another model, prompts or crop: made anew\n",
                   calibrate->output);
        return fresh;
    }
    cw_calibration_unref(fresh);
    return g_steal_pointer(&old);
}

/* A camera's baseline goes on from where it was. */
static void
take_up_camera(Calibrate *calibrate, const CwCalibration *calibration)
{
    for (guint i = 0; i < calibrate->parts->len; i++) {
        Part *part = &g_array_index(calibrate->parts, Part, i);
        const CwPromptSet *prompts = cw_classifier_get_set(part->classifier);
        const CwCalibratedSet *set = cw_calibration_find_set(calibration, prompts->name);
        const CwCalibratedCamera *camera =
            set ? cw_calibrated_set_find_camera(set, calibrate->camera) : NULL;
        for (guint c = 0; camera && c < set->n_classes; c++)
            part->baselines[c] = (CwBaseline){camera->n_decisions, camera->usual[c].mean,
                                              camera->usual[c].spread * camera->usual[c].spread};
    }
}

static void
say_fit(const CwCalibratedSet *set, guint n_scenes)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_printf(line,
                    "%s: %u scenes; of %" G_GUINT64_FORMAT " scores %" G_GUINT64_FORMAT
                    " are of classes that hold; temperature ",
                    set->name, n_scenes, set->n_positive + set->n_negative, set->n_positive);
    cw_json_write_decimal(line, set->temperature, 3);
    g_string_append(line, ", offset ");
    cw_json_write_decimal(line, set->offset, 3);
    cw_output_line(line->str);
}

/* Puts what was gathered into the calibration. */
static gboolean
conclude(const Calibrate *calibrate, CwCalibration *calibration, GError **error)
{
    for (guint i = 0; i < calibrate->parts->len; i++) {
        const Part *part = &g_array_index(calibrate->parts, Part, i);
        CwCalibratedSet *set =
            cw_calibration_take_set(calibration, cw_classifier_get_set(part->classifier));
        if (!calibrate->camera) {
            if (!cw_labelled_fit(part->labelled, set, error))
                return FALSE;
            say_fit(set, calibrate->scene);
            continue;
        }
        if (part->baselines[0].n < CW_BASELINE_ENOUGH) {
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                        "%" G_GUINT64_FORMAT " pictures of '%s' are too few for a baseline: at "
                        "least %d are needed, of quiet hours and of different ones",
                        part->baselines[0].n, calibrate->camera, CW_BASELINE_ENOUGH);
            return FALSE;
        }
        cw_calibrated_set_put_camera(set, calibrate->camera, part->baselines);
        g_autofree char *line =
            g_strdup_printf("%s: baseline of '%s' from %" G_GUINT64_FORMAT " pictures", set->name,
                            calibrate->camera, part->baselines[0].n);
        cw_output_line(line);
    }
    return TRUE;
}

static gboolean
look_at(Calibrate *calibrate, CwEncoder *encoder, const char *path, GError **error)
{
    guint64 n_damaged;
    const gboolean ok = cw_encoder_add(encoder, path, &n_damaged, error);
    cw_encoder_flush(encoder);
    calibrate->scene++;
    return ok;
}

static gboolean
look_at_labelled(Calibrate *calibrate, CwEncoder *encoder, char **sources, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(cw_labelled_file_free);
    for (char **source = sources; *source; source++)
        if (!cw_labels_read(*source, files, error))
            return FALSE;
    for (guint i = 0; i < files->len; i++) {
        calibrate->file = files->pdata[i];
        if (!look_at(calibrate, encoder, calibrate->file->file, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
look_at_quiet(Calibrate *calibrate, CwEncoder *encoder, char **sources, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    for (char **source = sources; *source; source++)
        if (!cw_inputs_add(files, *source, TRUE, error))
            return FALSE;
    for (guint i = 0; i < files->len; i++)
        if (!look_at(calibrate, encoder, files->pdata[i], error))
            return FALSE;
    return TRUE;
}

static int
run(const Options *options, char **sources)
{
    g_auto(Calibrate) calibrate = {0};
    g_autoptr(GError) error = NULL;
    if (!set_up(&calibrate, options, &error))
        return cw_command_refuse(NAME, error);
    g_autoptr(CwCalibration) calibration = open_calibration(&calibrate, &error);
    if (!calibration)
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    if (calibrate.camera)
        take_up_camera(&calibrate, calibration);
    g_autoptr(CwEncoder) encoder = cw_encoder_new(
        calibrate.model, calibrate.crop, options->interval, take_sample, &calibrate, &error);
    if (!encoder)
        return cw_command_fail(NAME, CW_EXIT_FAILED, error);
    if (!(calibrate.camera ? look_at_quiet(&calibrate, encoder, sources, &error)
                           : look_at_labelled(&calibrate, encoder, sources, &error)))
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    if (!conclude(&calibrate, calibration, &error) ||
        !cw_calibration_save(calibration, calibrate.output, &error))
        return cw_command_fail(NAME, CW_EXIT_FAILED, error);
    return CW_EXIT_OK;
}

int
cw_command_calibrate(int argc, char **argv)
{
    Options options = {.interval = 1};
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_STRING, &options.model, "Name or path (starter)", "MODEL"},
        {"prompts", 'p', 0, G_OPTION_ARG_STRING, &options.prompts,
         "Prompt files or names of ready ones (scene)", "FILE,…"},
        {"policy", 0, 0, G_OPTION_ARG_STRING, &options.policy,
         "What may be asked: strict, scene-only, wildlife, audit-only, a file, off (strict)",
         "POLICY"},
        {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &options.interval,
         "Seconds between two frames of a video, 0 for all (1)", "SECONDS"},
        {"crop", 'c', 0, G_OPTION_ARG_STRING, &options.crop,
         "What is seen: model, center, squash, letterbox, tiles (model)", "CROP"},
        {"camera", 0, 0, G_OPTION_ARG_STRING, &options.camera,
         "Learn this stream's baseline from recordings of its quiet hours, or go on with it",
         "STREAM"},
        {"seconds", 's', 0, G_OPTION_ARG_DOUBLE, &options.seconds,
         "How long to look at a camera's address", "SECONDS"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
         "File that is made or added to (calibration.json)", "FILE"},
        {NULL},
    };
    int exit_code;
    if (!cw_command_parse(
            &argc, &argv, NAME, "LABELS… - learn what scores mean",
            "  clipwatch calibrate --prompts fire labels.json\n"
            "  clipwatch calibrate --prompts fire --output fire.json pictures/\n"
            "  clipwatch calibrate --prompts fire --camera gate quiet-night.mp4 quiet-day.mp4\n"
            "  clipwatch calibrate --prompts fire --camera gate --seconds 3600 "
            "rtsp://gate/stream\n\n"
            "LABELS is a file [{\"file\": …, \"events\": [{\"label\": …, \"intervals\": [[start, "
            "end], …]}]}]\nwith clips beside it, or a directory with one of pictures and videos "
            "for each label.\nWith --camera: recordings in which none of the classes holds.\n",
            entries, &exit_code))
        return exit_code;
    exit_code = argc < 2 ? cw_command_misuse(NAME, "which labelled pictures or clips?")
                         : run(&options, argv + 1);
    g_free(options.model);
    g_free(options.prompts);
    g_free(options.policy);
    g_free(options.crop);
    g_free(options.camera);
    g_free(options.output);
    return exit_code;
}
