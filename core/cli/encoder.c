#include "cli/encoder.h"
#include "classify/views.h"
#include "media/media.h"

#include <math.h>
#include <string.h>

/* Network inputs that are encoded at once: where the products of a ViT-B/32 stop getting faster. */
#define BATCH CW_IMAGE_MAX_VIEWS

typedef struct {
    char *file;
    double time;
    guint n_views;
} Pending;

struct _CwEncoder {
    const CwModel *model;
    const CwModelInfo *info;
    CwCrop crop;
    double interval;
    CwSampleFunc func;
    gpointer user_data;
    gboolean is_stopped;
    CwWorkspace *workspace;
    CwImagePlan *plan; /* of format; NULL before the first picture */
    CwFrameFormat format;
    gsize n_values;    /* of one network input */
    guint8 *rgb;       /* [BATCH][n_values] */
    float *embeddings; /* [BATCH][embed_dim] */
    Pending pending[BATCH];
    guint n_pending;
    guint n_views; /* of all that is pending */
};

CwEncoder *
cw_encoder_new(const CwModel *model, CwCrop crop, double interval, CwSampleFunc func,
               gpointer user_data, GError **error)
{
    const CwModelInfo *info = cw_model_get_info(model);
    g_autoptr(CwEncoder) encoder = g_new0(CwEncoder, 1);
    encoder->model = model;
    encoder->info = info;
    encoder->crop = crop;
    encoder->interval = interval;
    encoder->func = func;
    encoder->user_data = user_data;
    encoder->n_values = 3 * (gsize)info->preprocess.width * info->preprocess.height;
    encoder->workspace = cw_workspace_new(model, BATCH, 0, error);
    if (!encoder->workspace)
        return NULL;
    encoder->rgb = g_try_malloc_n(BATCH, encoder->n_values);
    encoder->embeddings = g_try_new(float, BATCH *(gsize)info->embed_dim);
    if (encoder->rgb && encoder->embeddings)
        return g_steal_pointer(&encoder);
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for %d pictures of %ux%u", BATCH,
                info->preprocess.width, info->preprocess.height);
    return NULL;
}

void
cw_encoder_free(CwEncoder *encoder)
{
    if (!encoder)
        return;
    for (guint i = 0; i < encoder->n_pending; i++)
        g_free(encoder->pending[i].file);
    g_clear_pointer(&encoder->plan, cw_image_plan_free);
    g_clear_pointer(&encoder->workspace, cw_workspace_free);
    g_free(encoder->rgb);
    g_free(encoder->embeddings);
    g_free(encoder);
}

gboolean
cw_encoder_flush(CwEncoder *encoder)
{
    float *embedding = encoder->embeddings;
    if (!encoder->is_stopped)
        cw_model_encode_rgb(encoder->model, encoder->workspace, encoder->rgb, encoder->n_views,
                            encoder->embeddings);
    for (guint i = 0; i < encoder->n_pending; i++) {
        const Pending *pending = &encoder->pending[i];
        const CwSample sample = {pending->file, pending->time};
        if (!encoder->is_stopped) {
            cw_views_average(embedding, pending->n_views, encoder->info->embed_dim);
            encoder->is_stopped = !encoder->func(&sample, embedding, encoder->user_data);
        }
        embedding += pending->n_views * (gsize)encoder->info->embed_dim;
        g_free(pending->file);
    }
    encoder->n_pending = 0;
    encoder->n_views = 0;
    return !encoder->is_stopped;
}

static gboolean
follow_format(CwEncoder *encoder, const CwFrameFormat *format, GError **error)
{
    if (encoder->plan && memcmp(&encoder->format, format, sizeof *format) == 0)
        return TRUE;
    CwImagePlan *plan = cw_image_plan_new(format, &encoder->info->preprocess, encoder->crop, error);
    if (!plan)
        return FALSE;
    g_clear_pointer(&encoder->plan, cw_image_plan_free);
    encoder->plan = plan;
    encoder->format = *format;
    return TRUE;
}

static gboolean
add_picture(CwEncoder *encoder, const char *location, double time, const CwFrame *frame,
            const CwFrameFormat *format, GError **error)
{
    if (!follow_format(encoder, format, error)) {
        g_prefix_error(error, "%s: ", location);
        return FALSE;
    }
    const guint n_views = cw_image_plan_get_n_views(encoder->plan);
    if (encoder->n_views + n_views > BATCH)
        cw_encoder_flush(encoder);
    cw_image_plan_run(encoder->plan, frame, encoder->rgb + encoder->n_views * encoder->n_values);
    encoder->pending[encoder->n_pending++] = (Pending){g_strdup(location), time, n_views};
    encoder->n_views += n_views;
    return TRUE;
}

/* When the next sample is due after one at time: on a grid from the start. */
static double
next_due(double interval, double time)
{
    return interval > 0 ? (floor(time / interval) + 1) * interval : 0;
}

static gboolean
read_frames(CwEncoder *encoder, CwMedia *media, const char *location, GError **error)
{
    const gboolean is_still = cw_media_is_still(media);
    /* Whoever watches something live wants to know now. */
    const gboolean is_live = strstr(location, "://") || g_str_equal(location, "-");
    double due = 0;
    while (!encoder->is_stopped) {
        CwFrame frame;
        CwFrameFormat format;
        double time;
        const CwMediaResult result = cw_media_next(media, due, &frame, &format, &time, error);
        if (result != CW_MEDIA_FRAME)
            return result == CW_MEDIA_END;
        if (!add_picture(encoder, location, is_still ? NAN : time, &frame, &format, error))
            return FALSE;
        if (is_still)
            break;
        if (is_live)
            cw_encoder_flush(encoder);
        due = next_due(encoder->interval, time);
    }
    return TRUE;
}

gboolean
cw_encoder_add(CwEncoder *encoder, const char *location, guint64 *n_damaged, GError **error)
{
    *n_damaged = 0;
    g_autoptr(CwMedia) media = cw_media_open(location, error);
    if (!media)
        return FALSE;
    const gboolean ok = read_frames(encoder, media, location, error);
    *n_damaged = cw_media_get_n_damaged(media);
    return ok;
}
