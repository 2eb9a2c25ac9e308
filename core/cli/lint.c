/* clipwatch lint: what is doubtful about prompts, before they are used. */
#include "cli/command.h"
#include "cli/encoder.h"
#include "cli/output.h"
#include "lint/frames.h"
#include "base/json_write.h"

#include <math.h>

#define NAME "lint"

typedef struct {
    char *model, *policy, *clip, *crop;
    double interval;
    gboolean json;
} Options;

/* What the frames of a clip are held against. */
typedef struct {
    GPtrArray *classifiers; /* of CwClassifier */
    GPtrArray *scores;      /* of CwScores, one for each */
    GPtrArray *frames;      /* of CwLintFrames, one for each */
} Clip;

static void
clip_clear(Clip *clip)
{
    g_clear_pointer(&clip->frames, g_ptr_array_unref);
    g_clear_pointer(&clip->scores, g_ptr_array_unref);
    g_clear_pointer(&clip->classifiers, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Clip, clip_clear)

static gboolean
take_sample(const CwSample *sample G_GNUC_UNUSED, const float *embedding, gpointer user_data)
{
    Clip *clip = user_data;
    for (guint i = 0; i < clip->classifiers->len; i++) {
        cw_classifier_score(clip->classifiers->pdata[i], embedding, clip->scores->pdata[i]);
        cw_lint_frames_add(clip->frames->pdata[i], clip->scores->pdata[i]);
    }
    return TRUE;
}

static gboolean
bind_sets(Clip *clip, CwModel *model, CwPrompts *prompts, GError **error)
{
    clip->classifiers = g_ptr_array_new_with_free_func((GDestroyNotify)cw_classifier_unref);
    clip->scores = g_ptr_array_new_with_free_func((GDestroyNotify)cw_scores_free);
    clip->frames = g_ptr_array_new_with_free_func((GDestroyNotify)cw_lint_frames_free);
    for (guint i = 0; i < cw_prompts_get_n_sets(prompts); i++) {
        CwClassifier *classifier =
            cw_classifier_new(model, prompts, i, (CwThreshold){CW_THRESHOLD_NONE, 0}, error);
        if (!classifier)
            return FALSE;
        g_ptr_array_add(clip->classifiers, classifier);
        g_ptr_array_add(clip->scores, cw_scores_new(classifier));
        g_ptr_array_add(clip->frames, cw_lint_frames_new(cw_prompts_get_set(prompts, i)));
    }
    return TRUE;
}

static gboolean
look_at_clip(const Options *options, CwModel *model, CwPrompts *prompts, CwLint *lint,
             GError **error)
{
    g_auto(Clip) clip = {0};
    CwCrop crop = CW_CROP_MODEL;
    if (options->crop && !cw_crop_from_string(options->crop, &crop)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "crop '%s' is none of model, center, squash, letterbox, tiles", options->crop);
        return FALSE;
    }
    if (!bind_sets(&clip, model, prompts, error))
        return FALSE;
    g_autoptr(CwEncoder) encoder =
        cw_encoder_new(model, crop, options->interval, take_sample, &clip, error);
    guint64 n_damaged;
    if (!encoder || !cw_encoder_add(encoder, options->clip, &n_damaged, error))
        return FALSE;
    cw_encoder_flush(encoder);
    for (guint i = 0; i < clip.frames->len; i++)
        cw_lint_frames_report(clip.frames->pdata[i], lint);
    return TRUE;
}

static void
write_text(GString *json, const char *key, const char *text)
{
    cw_json_write_key(json, key);
    if (text)
        cw_json_write_string(json, text);
    else
        g_string_append(json, "null");
}

static void
write_json(GString *line, const CwFinding *finding)
{
    g_string_append_c(line, '{');
    write_text(line, "severity", cw_severity_to_string(finding->severity));
    write_text(line, "rule", finding->rule);
    write_text(line, "file", finding->file);
    cw_json_write_key(line, "line");
    cw_json_write_uint(line, finding->line);
    write_text(line, "set", finding->set);
    write_text(line, "label", finding->label);
    write_text(line, "other_label", finding->other_label);
    cw_json_write_key(line, "figure");
    cw_json_write_decimal(line, finding->figure, 3);
    write_text(line, "reason", finding->reason);
    write_text(line, "suggestion", finding->suggestion);
    g_string_append_c(line, '}');
}

static void
write_plain(GString *line, const CwFinding *finding)
{
    g_string_append_printf(line, "%s:%u: %s: %s: %s [%s]\n    %s", finding->file, finding->line,
                           cw_severity_to_string(finding->severity),
                           finding->label ? finding->label : finding->set, finding->reason,
                           finding->rule, finding->suggestion);
}

static gboolean
show(const CwLint *lint, gboolean json)
{
    for (guint i = 0; i < cw_lint_get_n_findings(lint); i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        if (json)
            write_json(line, cw_lint_get_finding(lint, i));
        else
            write_plain(line, cw_lint_get_finding(lint, i));
        if (!cw_output_line(line->str))
            return FALSE;
    }
    return TRUE;
}

static int
run(const Options *options, const char *files)
{
    g_autoptr(GError) error = NULL;
    if (!(options->interval >= 0))
        return cw_command_misuse(NAME, "interval is below 0");
    g_autoptr(CwPolicy) policy = NULL;
    if (!cw_command_load_policy(NAME, options->policy, &policy, &error))
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    g_autoptr(CwPrompts) prompts = cw_prompts_load(files, &error);
    g_autoptr(CwModel) model = prompts ? cw_model_open(options->model ? options->model : "starter",
                                                       CW_PRECISION_AUTO, &error)
                                       : NULL;
    g_autoptr(CwLint) lint = model ? cw_lint_new(prompts, model, &error) : NULL;
    if (!lint)
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    if (policy)
        cw_lint_add_policy(lint, policy);
    /* What cannot be encoded cannot be measured: what was found says why. */
    if (options->clip && cw_lint_allows(lint) &&
        !look_at_clip(options, model, prompts, lint, &error))
        return cw_command_refuse(NAME, error);
    return show(lint, options->json) && cw_lint_allows(lint) ? CW_EXIT_OK : CW_EXIT_FAILED;
}

int
cw_command_lint(int argc, char **argv)
{
    Options options = {.interval = 1};
    const GOptionEntry entries[] = {
        {"model", 'm', 0, G_OPTION_ARG_STRING, &options.model, "Name or path (starter)", "MODEL"},
        {"policy", 0, 0, G_OPTION_ARG_STRING, &options.policy,
         "What may be asked: strict, scene-only, wildlife, audit-only, a file, off (strict)",
         "POLICY"},
        {"clip", 0, 0, G_OPTION_ARG_STRING, &options.clip,
         "Hold the classes against a video of the camera as well", "FILE"},
        {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &options.interval,
         "Seconds between two frames of the clip, 0 for all (1)", "SECONDS"},
        {"crop", 'c', 0, G_OPTION_ARG_STRING, &options.crop,
         "What is seen: model, center, squash, letterbox, tiles (model)", "CROP"},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL},
        {NULL},
    };
    int exit_code;
    if (!cw_command_parse(&argc, &argv, NAME, "PROMPTS - say what is doubtful about prompts",
                          "  clipwatch lint parking\n"
                          "  clipwatch lint --json --model clip-vit-b-32 gate.txt,scene\n"
                          "  clipwatch lint --clip gate-day.mp4 gate.txt\n\n"
                          "Exit code 0 when the prompts may be used, warnings or not, 1 when they "
                          "may not, 2 when\nsomething could not be read.\n",
                          entries, &exit_code))
        return exit_code;
    exit_code = argc != 2 ? cw_command_misuse(NAME, "which prompts? files apart by commas")
                          : run(&options, argv[1]);
    g_free(options.model);
    g_free(options.policy);
    g_free(options.clip);
    g_free(options.crop);
    return exit_code;
}
