#include "eval/bench.h"

#include "base/json_write.h"
#include "eval/floor.h"
#include "eval/foreign.h"
#include "eval/peak.h"
#include "eval/products.h"
#include "eval/tower.h"

#include <sys/resource.h>

/* How long the foreign threads run, or do not run, at a time. */
#define SLICE_US 250000

typedef struct {
    CwBenchTower tower;
    guint batch;
    guint8 *rgb;     /* [batch][3][size][size] */
    float *features; /* [batch][embed_dim] */
} Encoder;

static void
clear_encoder(Encoder *encoder)
{
    cw_bench_tower_clear(&encoder->tower);
    g_free(encoder->rgb);
    g_free(encoder->features);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Encoder, clear_encoder)

static gboolean
open_encoder(Encoder *encoder, const CwBenchOptions *options, GError **error)
{
    if (!cw_bench_tower_open(&encoder->tower, options, CW_RANDOM_IMAGE, error))
        return FALSE;
    const CwModelConfig *config = &encoder->tower.config;
    const gsize n = 3 * (gsize)config->image.image_size * config->image.image_size;
    encoder->batch = options->batch;
    encoder->rgb = g_try_malloc_n(options->batch, n);
    encoder->features = g_try_new(float, (gsize)config->embed_dim * options->batch);
    if (!encoder->rgb || !encoder->features) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for a batch of %u", options->batch);
        return FALSE;
    }
    for (gsize i = 0; i < n * options->batch; i++)
        encoder->rgb[i] = (guint8)((i * 2654435761u) >> 24);
    return TRUE;
}

/* Milliseconds per picture. */
static double
run_encoder(Encoder *encoder)
{
    const gint64 start = g_get_monotonic_time();
    cw_image_net_forward(encoder->tower.image, &encoder->tower.run,
                         (CwNetPictures){.rgb = encoder->rgb}, encoder->batch, encoder->features);
    return cw_bench_ms_since(start) / encoder->batch;
}

static void
write_encoder(const Encoder *encoder, const CwCeiling *ceiling, CwTimes times, GString *json)
{
    const double dense_flop = cw_products_dense_flop(&encoder->tower.config);
    cw_bench_write_head(json, "encoder", encoder->tower.name);
    cw_json_write_key(json, "precision");
    cw_json_write_string(json, cw_precision_to_string(encoder->tower.precision));
    cw_ceiling_write_threads(ceiling, json);
    cw_json_write_key(json, "batch");
    cw_json_write_uint(json, encoder->batch);
    cw_bench_write_times(json, "ms_per_image", times);
    cw_json_write_key(json, "images_per_second");
    cw_json_write_decimal(json, 1000 / times.median, 2);
    cw_ceiling_write_share(ceiling, dense_flop, times.median, json);
}

/* The encoder and OpenBLAS in turn until the time is up. */
static void
measure_in_turn(Encoder *encoder, const CwFloor *floor, double seconds, GArray *ours,
                GArray *theirs, GArray *ratios)
{
    const gint64 end = g_get_monotonic_time() + (gint64)(seconds * 1e6);
    do {
        const double ms = run_encoder(encoder);
        const gint64 start = g_get_monotonic_time();
        cw_floor_run(floor);
        const double floor_ms = cw_bench_ms_since(start) / encoder->batch;
        const double ratio = ms / floor_ms;
        g_array_append_val(ours, ms);
        g_array_append_val(theirs, floor_ms);
        g_array_append_val(ratios, ratio);
    } while (g_get_monotonic_time() < end || ours->len < 3);
}

static gboolean
bench_beside_floor(Encoder *encoder, const CwBenchOptions *options, GString *json, GError **error)
{
    struct rusage usage;
    g_auto(CwFloor) floor = {0};
    getrusage(RUSAGE_SELF, &usage); /* before the floor takes memory of its own */
    CwCeiling ceiling = cw_ceiling_begin(encoder->tower.precision, options->n_threads);
    if (!cw_floor_open(&floor, &encoder->tower.config, encoder->batch, ceiling.n_threads, error))
        return FALSE;
    cw_floor_run(&floor);
    g_autoptr(GArray) ours = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) theirs = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    measure_in_turn(encoder, &floor, options->seconds, ours, theirs, ratios);
    cw_ceiling_end(&ceiling);
    const CwTimes times = cw_times_of(ours);
    write_encoder(encoder, &ceiling, times, json);
    cw_bench_write_times(json, "openblas_ms_per_image", cw_times_of(theirs));
    cw_bench_write_times(json, "ratio_to_openblas", cw_times_of(ratios));
    cw_json_write_key(json, "peak_memory_bytes");
    cw_json_write_int(json, (gint64)usage.ru_maxrss * 1024);
    cw_json_write_key(json, "weights_bytes");
    cw_json_write_uint(json, encoder->tower.weights_bytes);
    cw_json_write_key(json, "runs");
    cw_json_write_uint(json, times.n);
    g_string_append_c(json, '}');
    return TRUE;
}

/* One slice. Pictures per second, run times appended. */
static double
measure_slice(Encoder *encoder, GArray *samples)
{
    const gint64 start = g_get_monotonic_time();
    guint n_runs = 0;
    do {
        const double ms = run_encoder(encoder);
        g_array_append_val(samples, ms);
        n_runs++;
    } while (g_get_monotonic_time() - start < SLICE_US);
    return n_runs * encoder->batch / cw_bench_ms_since(start) * 1000;
}

static gboolean
bench_beside_foreign(Encoder *encoder, const CwBenchOptions *options, GString *json, GError **error)
{
    CwCeiling ceiling = cw_ceiling_begin(encoder->tower.precision, options->n_threads);
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) disturbed_samples = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) alone = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) disturbed = g_array_new(FALSE, FALSE, sizeof(double));
    const gint64 end = g_get_monotonic_time() + (gint64)(options->seconds * 1e6);
    do {
        double rate = measure_slice(encoder, samples);
        g_array_append_val(alone, rate);
        g_autoptr(CwForeign) foreign = cw_foreign_start(options->n_foreign, error);
        if (!foreign)
            return FALSE;
        rate = measure_slice(encoder, disturbed_samples);
        g_array_append_val(disturbed, rate);
    } while (g_get_monotonic_time() < end || alone->len < 3);
    cw_ceiling_end(&ceiling);
    const CwTimes undisturbed_rate = cw_times_of(alone), disturbed_rate = cw_times_of(disturbed);
    write_encoder(encoder, &ceiling, cw_times_of(samples), json);
    cw_json_write_key(json, "foreign_threads");
    cw_json_write_uint(json, options->n_foreign);
    cw_bench_write_times(json, "undisturbed_images_per_second", undisturbed_rate);
    cw_bench_write_times(json, "disturbed_images_per_second", disturbed_rate);
    cw_json_write_key(json, "disturbed_ratio");
    cw_json_write_decimal(json, disturbed_rate.median / undisturbed_rate.median, 4);
    cw_bench_write_times(json, "disturbed_ms_per_image", cw_times_of(disturbed_samples));
    cw_json_write_key(json, "runs");
    cw_json_write_uint(json, samples->len);
    g_string_append_c(json, '}');
    return TRUE;
}

gboolean
cw_bench_encoder(const CwBenchOptions *options, GString *json, GError **error)
{
    g_auto(Encoder) encoder = {0};
    if (!open_encoder(&encoder, options, error))
        return FALSE;
    run_encoder(&encoder);
    return options->n_foreign > 0 ? bench_beside_foreign(&encoder, options, json, error)
                                  : bench_beside_floor(&encoder, options, json, error);
}
