/* Benchmarks of what surrounds the image tower: texts, the image path, opening. */
#include "eval/bench.h"

#include "base/json_write.h"

#include <clipwatch/image.h>

#include <string.h>

static void
write_head(GString *json, const char *bench, const char *model)
{
    g_string_append_c(json, '{');
    cw_json_write_key(json, "bench");
    cw_json_write_string(json, bench);
    if (model) {
        cw_json_write_key(json, "model");
        cw_json_write_string(json, model);
    }
    cw_bench_write_machine(json);
}

static void
write_tail(GString *json, const char *unit, CwTimes times)
{
    cw_bench_write_times(json, unit, times);
    cw_json_write_key(json, "runs");
    cw_json_write_uint(json, times.n);
    g_string_append_c(json, '}');
}

gboolean
cw_bench_text(const CwBenchOptions *options, GString *json, GError **error)
{
    const CwModelInfo *info = cw_model_get_info(options->model);
    const CwTokenizer *tokenizer = cw_model_get_tokenizer(options->model, error);
    g_autoptr(CwWorkspace) workspace =
        tokenizer ? cw_workspace_new(options->model, options->batch, options->n_threads, error)
                  : NULL;
    if (!workspace)
        return FALSE;
    g_autofree gint32 *ids = g_new(gint32, (gsize)options->batch * info->context_length);
    g_autofree float *embeddings = g_new(float, (gsize)options->batch * info->embed_dim);
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    guint n_used = 0;
    for (guint i = 0; i < options->batch; i++)
        if (!cw_tokenizer_encode_context(tokenizer, "a photo of a busy parking lot at night.",
                                         info->context_length, 0,
                                         ids + (gsize)i * info->context_length, &n_used, error))
            return FALSE;
    const gint64 end = g_get_monotonic_time() + (gint64)(options->seconds * 1e6);
    do {
        const gint64 start = g_get_monotonic_time();
        if (!cw_model_encode_tokens(options->model, workspace, ids, options->batch, embeddings,
                                    error))
            return FALSE;
        const double ms = (double)(g_get_monotonic_time() - start) / 1000 / options->batch;
        g_array_append_val(samples, ms);
    } while (g_get_monotonic_time() < end || samples->len < 3);
    write_head(json, "text", info->name);
    cw_json_write_key(json, "batch");
    cw_json_write_uint(json, options->batch);
    cw_json_write_key(json, "tokens");
    cw_json_write_uint(json, n_used);
    write_tail(json, "ms_per_text", cw_times_of(samples));
    return TRUE;
}

#define WIDTH  1920
#define HEIGHT 1080

gboolean
cw_bench_image(const CwBenchOptions *options, GString *json, GError **error)
{
    const CwFrameFormat format = {
        .format = CW_PIXEL_I420,
        .matrix = CW_MATRIX_BT709,
        .width = WIDTH,
        .height = HEIGHT,
        .par_n = 1,
        .par_d = 1,
        .orientation = CW_ORIENTATION_UPRIGHT,
    };
    CwPreprocess preprocess = {.width = 224,
                               .height = 224,
                               .interpolation = CW_INTERPOLATION_BICUBIC,
                               .resize_mode = CW_RESIZE_SHORTEST,
                               .mean = {0.5f, 0.5f, 0.5f},
                               .std = {0.5f, 0.5f, 0.5f}};
    if (options->model)
        preprocess = cw_model_get_info(options->model)->preprocess;
    g_autoptr(CwImagePlan) plan = cw_image_plan_new(&format, &preprocess, CW_CROP_MODEL, error);
    if (!plan)
        return FALSE;
    const gsize n_values = 3 * (gsize)preprocess.width * preprocess.height;
    g_autofree guint8 *picture = g_malloc(WIDTH * HEIGHT * 3 / 2);
    g_autofree guint8 *rgb = g_malloc(n_values);
    g_autofree float *pixels = g_new(float, n_values);
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    for (gsize i = 0; i < WIDTH * HEIGHT * 3 / 2; i++)
        picture[i] = (guint8)((i * 2654435761u) >> 24);
    const CwFrame frame = {
        .planes = {picture, picture + WIDTH * HEIGHT, picture + WIDTH * HEIGHT * 5 / 4},
        .strides = {WIDTH, WIDTH / 2, WIDTH / 2}};
    const gint64 end = g_get_monotonic_time() + (gint64)(options->seconds * 1e6);
    do {
        const gint64 start = g_get_monotonic_time();
        cw_image_plan_run(plan, &frame, rgb);
        cw_image_normalize(&preprocess, rgb, 1, pixels);
        const double ms = (double)(g_get_monotonic_time() - start) / 1000;
        g_array_append_val(samples, ms);
    } while (g_get_monotonic_time() < end || samples->len < 3);
    write_head(json, "image", NULL);
    cw_json_write_key(json, "picture");
    cw_json_write_string(json, "1920x1080 I420");
    cw_json_write_key(json, "input");
    cw_json_write_uint(json, preprocess.width);
    write_tail(json, "ms_per_frame", cw_times_of(samples));
    return TRUE;
}

gboolean
cw_bench_open(const char *model, double seconds, GString *json, GError **error)
{
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    const gint64 end = g_get_monotonic_time() + (gint64)(seconds * 1e6);
    double first_ms = 0;
    do {
        const gint64 start = g_get_monotonic_time();
        g_autoptr(CwModel) opened = cw_model_open(model, CW_PRECISION_AUTO, error);
        if (!opened)
            return FALSE;
        const double ms = (double)(g_get_monotonic_time() - start) / 1000;
        if (samples->len == 0)
            first_ms = ms;
        g_array_append_val(samples, ms);
    } while (g_get_monotonic_time() < end || samples->len < 3);
    write_head(json, "open", model);
    cw_json_write_key(json, "first_ms");
    cw_json_write_decimal(json, first_ms, 4);
    write_tail(json, "ms", cw_times_of(samples));
    return TRUE;
}
