#include "eval/bench.h"

#include "base/json_write.h"
#include "base/pool.h"
#include "eval/products.h"
#include "eval/random_weights.h"
#include "model/model.h"
#include "net/net.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* A tower and all that one forward pass needs. */
typedef struct {
    CwModelConfig config;
    const CwImageNet *net;
    CwImageNet *own_net; /* where the weights are random */
    float *own_weights;
    CwNetRun run;
    float *pixels;   /* [batch][3][size][size] */
    float *features; /* [batch][embed_dim] */
    guint batch;
} Tower;

/* The same products for OpenBLAS: weights of the same total size, so that they come from memory. */
typedef struct {
    GArray *products;
    float *weights, *a, *c;
    int n_threads;
} Baseline;

static void
clear_tower(Tower *tower)
{
    g_clear_pointer(&tower->own_net, cw_image_net_free);
    g_free(tower->own_weights);
    free(tower->run.scratch);
    g_free(tower->pixels);
    g_free(tower->features);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tower, clear_tower)

static void
clear_baseline(Baseline *baseline)
{
    g_clear_pointer(&baseline->products, g_array_unref);
    g_free(baseline->weights);
    g_free(baseline->a);
    g_free(baseline->c);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Baseline, clear_baseline)

static gboolean
find_network(Tower *tower, const CwModel *model, GError **error)
{
    if (model) {
        tower->config = *cw_checkpoint_get_config(model->checkpoint);
        tower->net = model->image;
        return TRUE;
    }
    tower->config = cw_random_config_vit_b_32();
    g_autoptr(CwWeights) weights =
        cw_random_weights_image(&tower->config, 1, &tower->own_weights, error);
    if (weights)
        tower->own_net = cw_image_net_new(&tower->config, weights, error);
    tower->net = tower->own_net;
    return tower->net != NULL;
}

static gboolean
open_tower(Tower *tower, const CwBenchOptions *options, GError **error)
{
    if (!find_network(tower, options->model, error))
        return FALSE;
    const gsize picture =
        3 * (gsize)tower->config.image.image_size * tower->config.image.image_size;
    const gsize bytes = cw_image_net_scratch_bytes(tower->net, options->batch);
    tower->batch = options->batch;
    tower->run.n_threads = options->n_threads;
    tower->run.scratch = bytes > 0 ? aligned_alloc(64, (bytes + 63) & ~(gsize)63) : NULL;
    tower->pixels = g_try_new(float, picture * options->batch);
    tower->features = g_try_new(float, (gsize)tower->config.embed_dim * options->batch);
    if (!tower->run.scratch || !tower->pixels || !tower->features) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for a batch of %u", options->batch);
        return FALSE;
    }
    for (gsize i = 0; i < picture * options->batch; i++)
        tower->pixels[i] = (float)((i * 2654435761u) % 1000) / 500 - 1;
    return TRUE;
}

static float *
allocate_filled(gsize n)
{
    float *values = g_try_new(float, MAX(n, 1));
    for (gsize i = 0; values && i < n; i++)
        values[i] = (float)(i % 17) / 16 - 0.5f;
    return values;
}

static gboolean
open_baseline(Baseline *baseline, const CwModelConfig *config, guint batch, guint n_threads,
              GError **error)
{
    gsize n_weights = 0, n_a = 0, n_c = 0;
    baseline->products = cw_products_list(config, batch);
    baseline->n_threads = (int)(n_threads ? n_threads : cw_pool_n_cpus());
    for (guint i = 0; i < baseline->products->len; i++) {
        const CwProduct *p = &g_array_index(baseline->products, CwProduct, i);
        const gsize w = p->n_columns * p->depth;
        n_weights = p->has_weights ? n_weights + w * p->count : MAX(n_weights, w);
        n_a = MAX(n_a, p->n_rows * p->depth);
        n_c = MAX(n_c, p->n_rows * p->n_columns);
    }
    baseline->weights = allocate_filled(n_weights);
    baseline->a = allocate_filled(n_a);
    baseline->c = allocate_filled(n_c);
    if (baseline->weights && baseline->a && baseline->c)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for the products alone");
    return FALSE;
}

static void
run_baseline(const Baseline *baseline)
{
    const float *weights = baseline->weights;
    openblas_set_num_threads(baseline->n_threads);
    for (guint i = 0; i < baseline->products->len; i++) {
        const CwProduct *p = &g_array_index(baseline->products, CwProduct, i);
        for (guint j = 0; j < p->count; j++) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)p->n_rows,
                        (blasint)p->n_columns, (blasint)p->depth, 1.0f, baseline->a,
                        (blasint)p->depth, p->has_weights ? weights : baseline->weights,
                        (blasint)p->depth, 0.0f, baseline->c, (blasint)p->n_columns);
            if (p->has_weights)
                weights += p->n_columns * p->depth;
        }
    }
    openblas_set_num_threads(1); /* as our own products want it */
}

static double
time_ms(gint64 start_us)
{
    return (double)(g_get_monotonic_time() - start_us) / 1000;
}

/* Milliseconds per picture of both, run in turn until the time is up. */
static void
measure(Tower *tower, const Baseline *baseline, double seconds, GArray *encoder, GArray *blas)
{
    const gint64 end = g_get_monotonic_time() + (gint64)(seconds * 1e6);
    do {
        gint64 start = g_get_monotonic_time();
        cw_image_net_forward(tower->net, &tower->run, tower->pixels, tower->batch, tower->features);
        double ms = time_ms(start) / tower->batch;
        g_array_append_val(encoder, ms);
        start = g_get_monotonic_time();
        run_baseline(baseline);
        ms = time_ms(start) / tower->batch;
        g_array_append_val(blas, ms);
    } while (g_get_monotonic_time() < end || encoder->len < 3);
}

static gsize
count_weight_bytes(const CwModel *model)
{
    /* Without a model the tower alone was made. */
    return model ? (gsize)cw_model_get_info(model)->n_parameters * sizeof(float) : 0;
}

gboolean
cw_bench_encoder(const CwBenchOptions *options, GString *json, GError **error)
{
    g_auto(Tower) tower = {0};
    g_auto(Baseline) baseline = {0};
    struct rusage usage;
    if (!open_tower(&tower, options, error))
        return FALSE;
    cw_image_net_forward(tower.net, &tower.run, tower.pixels, tower.batch, tower.features);
    getrusage(RUSAGE_SELF, &usage); /* before the baseline takes memory of its own */
    if (!open_baseline(&baseline, &tower.config, tower.batch, options->n_threads, error))
        return FALSE;
    run_baseline(&baseline);

    g_autoptr(GArray) encoder = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) blas = g_array_new(FALSE, FALSE, sizeof(double));
    measure(&tower, &baseline, options->seconds, encoder, blas);
    g_autoptr(GArray) ratios = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < encoder->len; i++) { /* before sorting parts the pairs */
        const double ratio = g_array_index(encoder, double, i) / g_array_index(blas, double, i);
        g_array_append_val(ratios, ratio);
    }
    const CwTimes ours = cw_times_of(encoder), theirs = cw_times_of(blas);
    g_string_append_c(json, '{');
    cw_json_write_key(json, "bench");
    cw_json_write_string(json, "encoder");
    cw_json_write_key(json, "model");
    cw_json_write_string(json, options->model ? cw_model_get_info(options->model)->name
                                              : "random ViT-B/32");
    cw_json_write_key(json, "precision");
    cw_json_write_string(json, "f32");
    cw_json_write_key(json, "threads");
    cw_json_write_int(json, baseline.n_threads);
    cw_json_write_key(json, "batch");
    cw_json_write_uint(json, tower.batch);
    cw_bench_write_machine(json);
    cw_bench_write_times(json, "ms_per_image", ours);
    cw_json_write_key(json, "images_per_second");
    cw_json_write_decimal(json, 1000 / ours.median, 2);
    cw_json_write_key(json, "gflop_per_second");
    cw_json_write_decimal(json,
                          cw_products_flop(baseline.products) / tower.batch / ours.median / 1e6, 2);
    cw_bench_write_times(json, "openblas_ms_per_image", theirs);
    cw_bench_write_times(json, "ratio_to_openblas", cw_times_of(ratios));
    cw_json_write_key(json, "peak_memory_bytes");
    cw_json_write_int(json, (gint64)usage.ru_maxrss * 1024);
    cw_json_write_key(json, "weights_bytes");
    cw_json_write_uint(json, count_weight_bytes(options->model));
    cw_json_write_key(json, "runs");
    cw_json_write_uint(json, ours.n);
    g_string_append_c(json, '}');
    return TRUE;
}
