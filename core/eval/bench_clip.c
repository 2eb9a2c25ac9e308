/* End to end from a file: what each stage of a frame's way costs. */
#include "eval/bench.h"

#include "base/json_write.h"
#include "eval/peak.h"
#include "media/media.h"

#include <clipwatch/classify.h>
#include <clipwatch/image.h>

#include <string.h>

typedef enum {
    STAGE_DECODE = 0,
    STAGE_IMAGE,
    STAGE_ENCODE,
    STAGE_CLASSIFY,
    N_STAGES,
} Stage;

static const char *const stage_members[N_STAGES] = {"decode_ms", "image_ms", "encode_ms",
                                                    "classify_ms"};

typedef struct {
    CwModel *model;
    const CwModelInfo *info;
    CwPrompts *prompts;
    GPtrArray *classifiers; /* CwClassifier, of each set */
    GPtrArray *scores;      /* CwScores, of each */
    CwWorkspace *workspace;
    CwFrameFormat format;
    CwImagePlan *plan; /* of format; NULL before the first frame */
    guint batch, n_waiting;
    gsize n_values;            /* of one network input */
    guint8 *rgb;               /* [batch][n_values] */
    float *embeddings;         /* [batch][embed_dim] */
    GArray *samples[N_STAGES]; /* milliseconds per frame */
    guint n_frames;
    double busy_ms; /* in all stages together */
} Clip;

static void
clear_clip(Clip *clip)
{
    for (guint i = 0; i < N_STAGES; i++)
        g_clear_pointer(&clip->samples[i], g_array_unref);
    g_clear_pointer(&clip->plan, cw_image_plan_free);
    g_clear_pointer(&clip->workspace, cw_workspace_free);
    g_clear_pointer(&clip->scores, g_ptr_array_unref);
    g_clear_pointer(&clip->classifiers, g_ptr_array_unref);
    g_clear_pointer(&clip->prompts, cw_prompts_unref);
    g_clear_pointer(&clip->model, cw_model_unref);
    g_free(clip->rgb);
    g_free(clip->embeddings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Clip, clear_clip)

static gboolean
bind_prompts(Clip *clip, const char *files, GError **error)
{
    clip->classifiers = g_ptr_array_new_with_free_func((GDestroyNotify)cw_classifier_unref);
    clip->scores = g_ptr_array_new_with_free_func((GDestroyNotify)cw_scores_free);
    clip->prompts = cw_prompts_load(files ? files : "scene", error);
    if (!clip->prompts)
        return FALSE;
    for (guint i = 0; i < cw_prompts_get_n_sets(clip->prompts); i++) {
        CwClassifier *classifier =
            cw_classifier_new(clip->model, clip->prompts, i, (CwThreshold){0}, error);
        if (!classifier)
            return FALSE;
        g_ptr_array_add(clip->classifiers, classifier);
        g_ptr_array_add(clip->scores, cw_scores_new(classifier));
    }
    return TRUE;
}

static gboolean
open_clip(Clip *clip, const CwBenchOptions *options, GError **error)
{
    clip->model =
        cw_model_open(options->model ? options->model : "starter", options->precision, error);
    if (!clip->model || !bind_prompts(clip, options->prompts, error))
        return FALSE;
    clip->info = cw_model_get_info(clip->model);
    clip->workspace = cw_workspace_new(clip->model, options->batch, options->n_threads, error);
    if (!clip->workspace)
        return FALSE;
    clip->batch = options->batch;
    clip->n_values = 3 * (gsize)clip->info->preprocess.width * clip->info->preprocess.height;
    clip->rgb = g_try_malloc_n(clip->batch, clip->n_values);
    clip->embeddings = g_try_new(float, clip->batch *(gsize)clip->info->embed_dim);
    for (guint i = 0; i < N_STAGES; i++)
        clip->samples[i] = g_array_new(FALSE, FALSE, sizeof(double));
    if (clip->rgb && clip->embeddings)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for a batch of %u", clip->batch);
    return FALSE;
}

/* Notes a stage that n_frames frames went through since start. */
static void
note(Clip *clip, Stage stage, gint64 start_us, guint n_frames)
{
    const double ms = cw_bench_ms_since(start_us), each = ms / n_frames;
    g_array_append_val(clip->samples[stage], each);
    clip->busy_ms += ms;
}

static gboolean
follow_format(Clip *clip, const CwFrameFormat *format, GError **error)
{
    if (clip->plan && memcmp(&clip->format, format, sizeof *format) == 0)
        return TRUE;
    g_clear_pointer(&clip->plan, cw_image_plan_free);
    clip->plan = cw_image_plan_new(format, &clip->info->preprocess, CW_CROP_MODEL, error);
    clip->format = *format;
    return clip->plan != NULL;
}

static void
finish_batch(Clip *clip)
{
    gint64 start = g_get_monotonic_time();
    cw_model_encode_rgb(clip->model, clip->workspace, clip->rgb, clip->n_waiting, clip->embeddings);
    note(clip, STAGE_ENCODE, start, clip->n_waiting);
    start = g_get_monotonic_time();
    for (guint i = 0; i < clip->n_waiting; i++)
        for (guint set = 0; set < clip->classifiers->len; set++)
            cw_classifier_score(clip->classifiers->pdata[set],
                                clip->embeddings + i * (gsize)clip->info->embed_dim,
                                clip->scores->pdata[set]);
    note(clip, STAGE_CLASSIFY, start, clip->n_waiting);
    clip->n_frames += clip->n_waiting;
    clip->n_waiting = 0;
}

static gboolean
take_frame(Clip *clip, const CwFrame *frame, const CwFrameFormat *format, GError **error)
{
    if (!follow_format(clip, format, error))
        return FALSE;
    const gsize offset = clip->n_waiting * clip->n_values;
    const gint64 start = g_get_monotonic_time();
    cw_image_plan_run(clip->plan, frame, clip->rgb + offset);
    note(clip, STAGE_IMAGE, start, 1);
    if (++clip->n_waiting == clip->batch)
        finish_batch(clip);
    return TRUE;
}

/* One way through the file, every frame, or until end_us when some batch is through. */
static gboolean
play(Clip *clip, const char *file, gint64 end_us, GError **error)
{
    g_autoptr(CwMedia) media = cw_media_open(file, error);
    if (!media)
        return FALSE;
    while (clip->n_frames == 0 || g_get_monotonic_time() < end_us) {
        CwFrame frame;
        CwFrameFormat format;
        double time;
        const gint64 start = g_get_monotonic_time();
        const CwMediaResult result = cw_media_next(media, 0, &frame, &format, &time, error);
        if (result != CW_MEDIA_FRAME)
            return result == CW_MEDIA_END;
        note(clip, STAGE_DECODE, start, 1);
        if (!take_frame(clip, &frame, &format, error))
            return FALSE;
    }
    return TRUE;
}

static void
write_line(Clip *clip, const CwCeiling *ceiling, const char *file, GString *json)
{
    g_autofree char *name = g_path_get_basename(file);
    guint n_classes = 0;
    for (guint i = 0; i < clip->classifiers->len; i++)
        n_classes += cw_classifier_get_set(clip->classifiers->pdata[i])->n_classes;
    cw_bench_write_head(json, "clip", clip->info->name);
    cw_json_write_key(json, "precision");
    cw_json_write_string(json, clip->info->precision);
    cw_ceiling_write_threads(ceiling, json);
    cw_json_write_key(json, "batch");
    cw_json_write_uint(json, clip->batch);
    cw_json_write_key(json, "file");
    cw_json_write_string(json, name);
    cw_json_write_key(json, "width");
    cw_json_write_uint(json, clip->format.width);
    cw_json_write_key(json, "height");
    cw_json_write_uint(json, clip->format.height);
    cw_json_write_key(json, "classes");
    cw_json_write_uint(json, n_classes);
    for (guint i = 0; i < N_STAGES; i++)
        cw_bench_write_times(json, stage_members[i], cw_times_of(clip->samples[i]));
    cw_json_write_key(json, "frames_per_second");
    cw_json_write_decimal(json, clip->n_frames / clip->busy_ms * 1000, 2);
    cw_json_write_key(json, "frames");
    cw_json_write_uint(json, clip->n_frames);
    g_string_append_c(json, '}');
}

gboolean
cw_bench_clip(const CwBenchOptions *options, GString *json, GError **error)
{
    g_auto(Clip) clip = {0};
    if (!open_clip(&clip, options, error))
        return FALSE;
    CwPrecision precision = CW_PRECISION_F32;
    cw_precision_from_string(clip.info->precision, &precision);
    CwCeiling ceiling = cw_ceiling_begin(precision, options->n_threads);
    const gint64 end = g_get_monotonic_time() + (gint64)(options->seconds * 1e6);
    do {
        if (!play(&clip, options->file, end, error))
            return FALSE;
    } while (clip.n_frames == 0 || g_get_monotonic_time() < end);
    cw_ceiling_end(&ceiling);
    write_line(&clip, &ceiling, options->file, json);
    return TRUE;
}
