/* int8 on what breaks careless quantisation: a few channels fifty times the rest, as in trained
 * CLIPs. */
#include "eval/random_weights.h"
#include "model/proof_pictures.h"
#include "net/net.h"

#include <math.h>
#include <stdlib.h>

#define N_LAYERS   4
#define N_PICTURES 8

static const guint channels[] = {7, 133, 400, 555};

/* Multiplies rows of a tensor of [n] or [n][m] numbers. */
static void
amplify(CwWeights *weights, const char *name, guint n_dims, gint64 n, gint64 m)
{
    GError *error = NULL;
    const gint64 dims[] = {n, m};
    const CwTensor *tensor = cw_weights_take(weights, name, n_dims, dims, &error);
    g_assert_no_error(error);
    float *values = (float *)tensor->data; /* the test's own memory */
    const gsize length = n_dims == 2 ? (gsize)m : 1;
    for (guint i = 0; i < G_N_ELEMENTS(channels); i++)
        for (gsize j = 0; j < length; j++)
            values[channels[i] * length + j] *= 50;
}

static void
amplify_norms(CwWeights *weights, const CwImageConfig *image)
{
    for (guint i = 0; i < image->n_layers; i++)
        for (guint j = 1; j <= 2; j++) {
            g_autofree char *name = g_strdup_printf("image.block.%u.norm%u.weight", i, j);
            amplify(weights, name, 1, image->width, 0);
        }
}

/* The residual stream itself, by the maps that add to it. */
static void
amplify_stream(CwWeights *weights, const CwImageConfig *image)
{
    for (guint i = 0; i < image->n_layers; i++) {
        g_autofree char *out = g_strdup_printf("image.block.%u.attn.out.weight", i);
        g_autofree char *fc2 = g_strdup_printf("image.block.%u.mlp.fc2.weight", i);
        amplify(weights, out, 2, image->width, image->width);
        amplify(weights, fc2, 2, image->width, image->mlp_width);
    }
}

static void
encode(const CwModelConfig *config, CwWeights *weights, CwProductType type, float *features)
{
    GError *error = NULL;
    const guint size = config->image.image_size;
    g_autoptr(CwImageNet) net = cw_image_net_new(config, weights, type, NULL, &error);
    g_assert_no_error(error);
    CwNetRun run = {.scratch =
                        aligned_alloc(64, (cw_image_net_scratch_bytes(net, 1) + 63) & ~(gsize)63)};
    g_autofree guint8 *rgb = g_malloc(3 * size * size);
    for (guint i = 0; i < N_PICTURES; i++) {
        cw_proof_picture(i, size, rgb);
        cw_image_net_forward(net, &run, (CwNetPictures){.rgb = rgb}, 1,
                             features + i * config->embed_dim);
    }
    free(run.scratch);
}

static double
find_cosine(const float *a, const float *b, guint n)
{
    double dot = 0, aa = 0, bb = 0;
    for (guint i = 0; i < n; i++) {
        dot += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return dot / sqrt(aa * bb);
}

typedef void (*PlantFunc)(CwWeights *weights, const CwImageConfig *image);

static void
test_outliers(gconstpointer data)
{
    const PlantFunc plant = *(const PlantFunc *)data;
    GError *error = NULL;
    CwModelConfig config;
    gsize n_bytes;
    g_autofree float *memory = NULL;
    g_assert_true(cw_random_config("vit-b-32", &config, &error));
    config.image.n_layers = N_LAYERS;
    g_autoptr(CwWeights) weights =
        cw_random_weights_new(&config, CW_RANDOM_IMAGE, &memory, &n_bytes, &error);
    g_assert_no_error(error);
    if (plant)
        plant(weights, &config.image);
    g_autofree float *exact = g_new(float, N_PICTURES *config.embed_dim);
    g_autofree float *fast = g_new(float, N_PICTURES *config.embed_dim);
    encode(&config, weights, CW_PRODUCT_F32, exact);
    encode(&config, weights, CW_PRODUCT_INT8, fast);
    double sum = 0;
    for (guint i = 0; i < N_PICTURES; i++) {
        const gsize first = i * (gsize)config.embed_dim;
        const double cosine = find_cosine(exact + first, fast + first, config.embed_dim);
        g_test_message("picture %u: cosine %.6f", i, cosine);
        g_assert_cmpfloat(cosine, >=, 0.99);
        sum += cosine;
    }
    g_assert_cmpfloat(sum / N_PICTURES, >=, 0.995);
}

int
main(int argc, char **argv)
{
    static const PlantFunc none = NULL, norms = amplify_norms, stream = amplify_stream;
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/net/outliers/int8 without any", &none, test_outliers);
    g_test_add_data_func("/net/outliers/int8 behind loud channels of the norms", &norms,
                         test_outliers);
    g_test_add_data_func("/net/outliers/int8 with loud channels in the residual stream", &stream,
                         test_outliers);
    return g_test_run();
}
