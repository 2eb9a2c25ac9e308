/* Benchmarks of what surrounds the towers: the image path, opening. */
#include "eval/bench.h"

#include "base/json_write.h"

#include <clipwatch/image.h>

static void
write_tail(GString *json, const char *unit, CwTimes times)
{
    cw_bench_write_times(json, unit, times);
    cw_json_write_key(json, "runs");
    cw_json_write_uint(json, times.n);
    g_string_append_c(json, '}');
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
    if (options->model) {
        g_autoptr(CwModel) model = cw_model_open(options->model, options->precision, error);
        if (!model)
            return FALSE;
        preprocess = cw_model_get_info(model)->preprocess;
    }
    g_autoptr(CwImagePlan) plan = cw_image_plan_new(&format, &preprocess, CW_CROP_MODEL, error);
    if (!plan)
        return FALSE;
    const gsize n_values = 3 * (gsize)preprocess.width * preprocess.height;
    g_autofree guint8 *picture = g_malloc(WIDTH * HEIGHT * 3 / 2);
    g_autofree guint8 *rgb = g_malloc(n_values);
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
        const double ms = cw_bench_ms_since(start);
        g_array_append_val(samples, ms);
    } while (g_get_monotonic_time() < end || samples->len < 3);
    cw_bench_write_head(json, "image", NULL);
    cw_json_write_key(json, "picture");
    cw_json_write_string(json, "1920x1080 I420");
    cw_json_write_key(json, "input");
    cw_json_write_uint(json, preprocess.width);
    write_tail(json, "ms_per_frame", cw_times_of(samples));
    return TRUE;
}

/* Milliseconds to open a model and close it again, the closing not counted; negative on failure. */
static double
time_opening(const char *name, CwPrecision precision, GError **error)
{
    const gint64 start = g_get_monotonic_time();
    g_autoptr(CwModel) model = cw_model_open(name, precision, error);
    return model ? cw_bench_ms_since(start) : -1;
}

gboolean
cw_bench_open(const CwBenchOptions *options, GString *json, GError **error)
{
    const char *name = options->model ? options->model : "starter";
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    const gint64 end = g_get_monotonic_time() + (gint64)(options->seconds * 1e6);
    const double first_ms = time_opening(name, options->precision, error);
    if (first_ms < 0)
        return FALSE;
    do {
        const double ms = time_opening(name, options->precision, error);
        if (ms < 0)
            return FALSE;
        g_array_append_val(samples, ms);
    } while (g_get_monotonic_time() < end || samples->len < 3);
    cw_bench_write_head(json, "open", name);
    cw_json_write_key(json, "first_ms");
    cw_json_write_decimal(json, first_ms, 4);
    write_tail(json, "ms", cw_times_of(samples));
    return TRUE;
}
