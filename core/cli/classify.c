/* clipwatch classify: pictures and videos against prompt files. */
#include "cli/command.h"
#include "cli/encoder.h"
#include "cli/episodes.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/report.h"
#include "image/describe.h"

#include <clipwatch/audit.h>
#include <clipwatch/calibration.h>

#include <math.h>
#include <unistd.h>

#define NAME           "classify"
#define MAX_FILE_WIDTH 72

typedef struct {
    char *model, *prompts, *crop, *threshold, *calibration, *camera, *audit, *policy;
    double interval;
    int top_k; /* 0: not given */
    gboolean json, episodes, recursive, quiet;
} Options;

/* The prompt sets bound to the model, and where their scores go. */
typedef struct {
    CwModel *model;
    CwPolicy *policy;       /* NULL: off */
    GPtrArray *classifiers; /* CwClassifier */
    GPtrArray *scores;      /* CwScores, of each */
    GPtrArray *guards;      /* CwGuard, of each */
    char *file;             /* of the last sample */
    GPtrArray *calibrators; /* CwCalibrator, of each; empty without a calibration */
    CwReport report;
    CwFileEpisodes *episodes; /* NULL: decisions are printed */
    CwJournal *journal;       /* NULL: nothing is recorded */
    GError *journal_error;    /* why something could not be */
    guint64 n_recorded;
    gboolean json;
    gboolean has_head;   /* the table's is written */
    gboolean is_drawing; /* a line of progress stands on the terminal */
    GString *text;
    char *preprocess_digest;
    guint n_written, n_failed;
} Classify;

static void
classify_clear(Classify *classify)
{
    g_clear_pointer(&classify->episodes, cw_file_episodes_free);
    g_clear_pointer(&classify->journal, cw_journal_close);
    g_clear_error(&classify->journal_error);
    g_clear_pointer(&classify->scores, g_ptr_array_unref);
    g_clear_pointer(&classify->guards, g_ptr_array_unref);
    g_clear_pointer(&classify->file, g_free);
    g_clear_pointer(&classify->calibrators, g_ptr_array_unref);
    g_clear_pointer(&classify->classifiers, g_ptr_array_unref);
    g_clear_pointer(&classify->model, cw_model_unref);
    g_clear_pointer(&classify->policy, cw_policy_unref);
    g_clear_pointer(&classify->preprocess_digest, g_free);
    if (classify->text)
        g_string_free(classify->text, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Classify, classify_clear)

/* Prints what the scores of one set say of the sample. */
static gboolean
write_scores(Classify *classify, const CwSample *sample, const CwClassifier *classifier,
             const CwGuarded *guarded)
{
    GString *text = classify->text;
    g_string_truncate(text, 0);
    if (classify->json) {
        cw_report_write_json(&classify->report, sample, classifier, guarded, text);
    } else {
        if (!classify->has_head) {
            cw_report_write_head(&classify->report, text);
            g_string_append_c(text, '\n');
            classify->has_head = TRUE;
        }
        cw_report_write_rows(&classify->report, sample, classifier, guarded, text);
    }
    return cw_output_line(text->str);
}

static void
note_recorded(const GError *error, gpointer data)
{
    Classify *classify = data;
    if (error && !classify->journal_error)
        classify->journal_error = g_error_copy(error);
}

static gint64
get_time_ns(const CwSample *sample)
{
    return isnan(sample->time) ? CW_TIME_NONE : llround(sample->time * 1e9);
}

/* Returns when the log has it: nothing is printed that is not recorded. */
static gboolean
record_scores(Classify *classify, const CwSample *sample, const CwClassifier *classifier,
              const CwScores *scores, const CwGuarded *guarded)
{
    if (!classify->journal)
        return TRUE;
    const gint64 time_ns = get_time_ns(sample);
    CwDecision decision = {
        .sequence = classify->n_recorded++,
        .stream_id = sample->file,
        .times = {time_ns, time_ns, CW_TIME_NONE, CW_CAPTURE_NONE, 0, 0},
        .refreshed = TRUE,
        .crop = classify->report.crop,
        .preprocess_digest = classify->preprocess_digest,
        .policy = classify->report.policy,
        .classifier = classifier,
        .scores = guarded->told,
        .measured = scores,
        .guarded = guarded,
    };
    cw_event_new_id(decision.id);
    cw_journal_add_decision(classify->journal, &decision, note_recorded, classify);
    cw_journal_flush(classify->journal);
    if (classify->journal_error)
        cw_command_fail(NAME, CW_EXIT_FAILED, classify->journal_error);
    return !classify->journal_error;
}

/* Nothing that was seen in one file is evidence in another. */
static void
follow_file(Classify *classify, const CwSample *sample)
{
    if (g_strcmp0(classify->file, sample->file) == 0)
        return;
    g_free(classify->file);
    classify->file = g_strdup(sample->file);
    for (guint i = 0; i < classify->guards->len; i++)
        cw_guard_forget(classify->guards->pdata[i]);
}

static gboolean
write_sample(const CwSample *sample, const float *embedding, gpointer user_data)
{
    Classify *classify = user_data;
    follow_file(classify, sample);
    for (guint i = 0; i < classify->classifiers->len; i++) {
        const CwClassifier *classifier = classify->classifiers->pdata[i];
        CwScores *scores = classify->scores->pdata[i];
        cw_classifier_score(classifier, embedding, scores);
        const CwGuarded *guarded =
            cw_guard_apply(classify->guards->pdata[i], scores, get_time_ns(sample));
        if (!record_scores(classify, sample, classifier, scores, guarded))
            return FALSE;
        if (classify->episodes ? !cw_file_episodes_add(classify->episodes, i, sample, guarded->held)
                               : !write_scores(classify, sample, classifier, guarded))
            return FALSE;
    }
    classify->n_written++;
    return TRUE;
}

/* A number between 0 and 1 is a probability in an exclusive set and a cosine in another. */
static gboolean
parse_threshold(const char *text, double *value, GError **error)
{
    char *end;
    *value = NAN;
    if (!text)
        return TRUE;
    *value = g_ascii_strtod(text, &end);
    if (end != text && *end == '\0' && *value >= 0 && *value <= 1)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "threshold '%s' is not between 0 and 1", text);
    return FALSE;
}

static gboolean
bind_sets(Classify *classify, CwPrompts *prompts, double threshold, GError **error)
{
    const guint n_sets = cw_prompts_get_n_sets(prompts);
    const CwThreshold fallback = {isnan(threshold) ? CW_THRESHOLD_NONE : CW_THRESHOLD_BY_SCORING,
                                  isnan(threshold) ? 0 : threshold};
    classify->classifiers = g_ptr_array_new_with_free_func((GDestroyNotify)cw_classifier_unref);
    classify->scores = g_ptr_array_new_with_free_func((GDestroyNotify)cw_scores_free);
    classify->guards = g_ptr_array_new_with_free_func((GDestroyNotify)cw_guard_free);
    classify->report.has_sets = n_sets > 1;
    for (guint i = 0; i < n_sets; i++) {
        const CwPromptSet *set = cw_prompts_get_set(prompts, i);
        CwClassifier *classifier = cw_classifier_new(classify->model, prompts, i, fallback, error);
        if (!classifier)
            return FALSE;
        g_ptr_array_add(classify->classifiers, classifier);
        g_ptr_array_add(classify->scores, cw_scores_new(classifier));
        g_ptr_array_add(classify->guards, cw_guard_new(classify->policy, set));
        for (guint c = 0; c < set->n_classes; c++)
            classify->report.label_width =
                MAX(classify->report.label_width, cw_output_width(set->classes[c].label));
    }
    return TRUE;
}

/* Holds every set against the calibration of that file. */
static gboolean
bind_calibration(Classify *classify, const char *path, const char *camera, GError **error)
{
    g_autoptr(CwCalibration) calibration = NULL;
    classify->calibrators = g_ptr_array_new_with_free_func((GDestroyNotify)cw_calibrator_free);
    if (path && !(calibration = cw_calibration_load(path, error)))
        return FALSE;
    for (guint i = 0; i < classify->classifiers->len; i++) {
        const CwClassifier *classifier = classify->classifiers->pdata[i];
        CwScores *scores = classify->scores->pdata[i];
        CwCalibrator *calibrator = NULL;
        if (calibration) {
            calibrator = cw_calibrator_new(calibration, classifier, classify->preprocess_digest,
                                           camera, error);
            if (!calibrator)
                return FALSE;
            g_ptr_array_add(classify->calibrators, calibrator);
        }
        if (!cw_calibrator_check(calibrator, classifier, error))
            return FALSE;
        scores->calibrator = calibrator;
    }
    return TRUE;
}

/* Also says, once, where the key of a new log is. */
static gboolean
open_journal(Classify *classify, const char *dir, GError **error)
{
    if (!dir)
        return TRUE;
    const CwJournalConfig config = {
        .dir = dir, .stream_id = "clipwatch classify", .policy = classify->report.policy};
    classify->journal = cw_journal_open(&config, error);
    g_autofree char *key = classify->journal ? cw_journal_take_new_key(classify->journal) : NULL;
    if (key)
        g_printerr("clipwatch " NAME ": a key pair was made for a new audit log; its private half "
                   "is %s\n",
                   key);
    return classify->journal != NULL;
}

static gboolean
set_up(Classify *classify, const Options *options, GError **error)
{
    double threshold;
    if (!parse_threshold(options->threshold, &threshold, error))
        return FALSE;
    if (options->crop && !cw_crop_from_string(options->crop, &classify->report.crop)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "crop '%s' is none of model, center, squash, letterbox, tiles", options->crop);
        return FALSE;
    }
    if (!(options->interval >= 0) || options->top_k < 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "%s is below 0",
                    options->top_k < 0 ? "top-k" : "interval");
        return FALSE;
    }
    g_autoptr(CwPrompts) prompts =
        cw_command_load_prompts(NAME, options->prompts, options->policy, &classify->policy, error);
    if (!prompts)
        return FALSE;
    classify->report.policy = classify->policy ? cw_policy_get_info(classify->policy) : NULL;
    classify->json = options->json;
    classify->text = g_string_sized_new(4096);
    classify->model =
        cw_model_open(options->model ? options->model : "starter", CW_PRECISION_AUTO, error);
    if (!classify->model)
        return FALSE;
    classify->preprocess_digest =
        cw_image_digest(&cw_model_get_info(classify->model)->preprocess, classify->report.crop);
    classify->report.preprocess_digest = classify->preprocess_digest;
    classify->report.top_k = (guint)options->top_k;
    if (!bind_sets(classify, prompts, threshold, error) ||
        !bind_calibration(classify, options->calibration, options->camera, error))
        return FALSE;
    if (options->episodes)
        classify->episodes = cw_file_episodes_new(classify->classifiers, classify->guards,
                                                  &classify->report, options->json);
    return open_journal(classify, options->audit, error);
}

static void
wipe_progress(Classify *classify)
{
    if (classify->is_drawing)
        g_printerr("\r\033[K");
    classify->is_drawing = FALSE;
}

/* Where the rows themselves do not show how far it is. */
static void
draw_progress(Classify *classify, guint i, guint n, const char *file)
{
    g_printerr("\r[%u/%u] %s\033[K", i + 1, n, file);
    classify->is_drawing = TRUE;
}

static void
note_failure(Classify *classify, const GError *error)
{
    wipe_progress(classify);
    classify->n_failed++;
    cw_command_fail(NAME, 0, error);
}

static void
classify_files(Classify *classify, CwEncoder *encoder, const GPtrArray *files, gboolean is_quiet)
{
    const gboolean draws =
        !is_quiet && cw_output_is_terminal(STDERR_FILENO) && !cw_output_is_terminal(STDOUT_FILENO);
    for (guint i = 0; i < files->len; i++) {
        guint64 n_damaged;
        g_autoptr(GError) error = NULL;
        if (draws)
            draw_progress(classify, i, files->len, files->pdata[i]);
        if (!cw_encoder_add(encoder, files->pdata[i], &n_damaged, &error))
            note_failure(classify, error);
        if (n_damaged > 0 && !is_quiet) {
            wipe_progress(classify);
            g_printerr("clipwatch " NAME ": %s: %" G_GUINT64_FORMAT
                       " damaged packets were passed over\n",
                       (char *)files->pdata[i], n_damaged);
        }
    }
    wipe_progress(classify);
}

static int
run(const Options *options, char **inputs)
{
    g_auto(Classify) classify = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    if (!set_up(&classify, options, &error))
        return cw_command_refuse(NAME, error);
    for (char **input = inputs; *input; input++) {
        g_autoptr(GError) fault = NULL;
        if (!cw_inputs_add(files, *input, options->recursive, &fault))
            note_failure(&classify, fault);
    }
    for (guint i = 0; i < files->len; i++)
        classify.report.file_width =
            MAX(classify.report.file_width, MIN(cw_output_width(files->pdata[i]), MAX_FILE_WIDTH));
    g_autoptr(CwEncoder) encoder = cw_encoder_new(
        classify.model, classify.report.crop, options->interval, write_sample, &classify, &error);
    if (!encoder)
        return cw_command_fail(NAME, CW_EXIT_FAILED, error);
    classify_files(&classify, encoder, files, options->quiet);
    if (!cw_encoder_flush(encoder) ||
        (classify.episodes && !cw_file_episodes_end(classify.episodes)))
        return CW_EXIT_FAILED;
    if (classify.n_written == 0)
        return CW_EXIT_USAGE;
    return classify.n_failed > 0 ? CW_EXIT_FAILED : CW_EXIT_OK;
}

int
cw_command_classify(int argc, char **argv)
{
    Options options = {.interval = 1};
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_STRING, &options.model, "Name or path (starter)", "MODEL"},
        {"prompts", 'p', 0, G_OPTION_ARG_STRING, &options.prompts,
         "Prompt files or names of ready ones (scene)", "FILE,…"},
        {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &options.interval,
         "Seconds between two frames of a video, 0 for all (1)", "SECONDS"},
        {"top-k", 'k', 0, G_OPTION_ARG_INT, &options.top_k,
         "Classes shown of each picture (1 in the table, all in JSON)", "N"},
        {"threshold", 't', 0, G_OPTION_ARG_STRING, &options.threshold,
         "For classes without one: probability, or cosine in an independent set", "0…1"},
        {"crop", 'c', 0, G_OPTION_ARG_STRING, &options.crop,
         "What is seen: model, center, squash, letterbox, tiles (model)", "CROP"},
        {"calibration", 'a', 0, G_OPTION_ARG_FILENAME, &options.calibration,
         "Made by `clipwatch calibrate`: adds z-scores and calibrated probabilities", "FILE"},
        {"camera", 0, 0, G_OPTION_ARG_STRING, &options.camera,
         "Whose baseline of the calibration is meant", "STREAM"},
        {"episodes", 'e', 0, G_OPTION_ARG_NONE, &options.episodes,
         "When each class begins and ends to hold, in place of each frame's decision", NULL},
        {"policy", 0, 0, G_OPTION_ARG_STRING, &options.policy,
         "What may be asked: strict, scene-only, wildlife, audit-only, a file, off (strict)",
         "POLICY"},
        {"audit", 0, 0, G_OPTION_ARG_FILENAME, &options.audit,
         "Record every decision in the audit log of that folder before it is printed", "DIR"},
        {"recursive", 'r', 0, G_OPTION_ARG_NONE, &options.recursive,
         "Directories in directories too", NULL},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet, "No progress, no notes", NULL},
        {NULL},
    };
    int exit_code;
    if (!cw_command_parse(
            &argc, &argv, NAME, "FILE… - say what pictures and videos show",
            "  clipwatch classify door.jpg\n"
            "  clipwatch classify --prompts parking,weather --interval 5 yard.mp4\n"
            "  clipwatch classify --prompts mine.txt --json -r recordings/ > out.jsonl\n"
            "  clipwatch classify --prompts fire --episodes night.mp4\n"
            "  clipwatch classify --crop tiles rtsp://camera/stream\n\n"
            "FILE is a picture, a video, a directory of them, an address, or - for "
            "standard input.\nThe exit code is 1 when some could not be read, 2 when "
            "none could.\n",
            entries, &exit_code))
        return exit_code;
    exit_code = argc < 2 ? cw_command_misuse(NAME, "which files?") : run(&options, argv + 1);
    g_free(options.model);
    g_free(options.prompts);
    g_free(options.crop);
    g_free(options.threshold);
    g_free(options.calibration);
    g_free(options.camera);
    g_free(options.audit);
    g_free(options.policy);
    return exit_code;
}
