/* Shapes with random weights: what a tower takes is there, and the work is counted as published. */
#include "fixture.h"

#include "eval/products.h"
#include "eval/random_weights.h"
#include "net/net.h"

#include <math.h>
#include <stdlib.h>

static CwModelConfig
find_config(const char *shape)
{
    g_autoptr(GError) error = NULL;
    CwModelConfig config;
    g_assert_true(cw_random_config(shape, &config, &error));
    g_assert_no_error(error);
    return config;
}

static void
test_dense_work(void)
{
    static const struct {
        const char *shape;
        double gflop;
    } expected[] = {{"vit-b-32", 8.818}, {"vit-b-16", 35.13}, {"vit-l-14", 162.0}};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const CwModelConfig config = find_config(expected[i].shape);
        const double gflop = cw_products_dense_flop(&config) / 1e9;
        g_assert_cmpfloat(fabs(gflop / expected[i].gflop - 1), <, 1e-3);
    }
}

static void
test_work_saved(void)
{
    const CwModelConfig config = find_config("vit-b-32");
    g_autoptr(GArray) list = cw_products_list(&config, 4);
    const double share = cw_products_flop(list) / 4 / cw_products_dense_flop(&config);
    g_assert_cmpfloat(share, >, 0.92);
    g_assert_cmpfloat(share, <, 0.95);
}

static void
check_features(const float *features, guint n)
{
    double norm = 0;
    for (guint i = 0; i < n; i++)
        norm += (double)features[i] * features[i];
    g_assert_true(isfinite(norm));
    g_assert_cmpfloat(norm, >, 0);
}

/* A smaller sibling, so that the test is quick. */
static void
test_image(gconstpointer shape)
{
    CwModelConfig config = find_config(shape);
    GError *error = NULL;
    g_autofree float *memory = NULL;
    gsize n_bytes = 0;
    config.image.n_layers = MIN(config.image.n_layers, 2);
    config.image.image_size = config.image.patch ? 2 * config.image.patch : 64;
    g_autoptr(CwWeights) weights =
        cw_random_weights_new(&config, CW_RANDOM_IMAGE, &memory, &n_bytes, &error);
    g_assert_no_error(error);
    g_autoptr(CwImageNet) net = cw_image_net_new(&config, weights, CW_PRODUCT_F32, NULL, &error);
    g_assert_no_error(error);
    cw_weights_check_consumed(weights, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n_bytes, >=, cw_weights_n_parameters(weights) * sizeof(float));

    const gsize n_values = 3 * (gsize)config.image.image_size * config.image.image_size;
    g_autofree float *pixels = g_new0(float, n_values);
    g_autofree float *features = g_new0(float, config.embed_dim);
    CwNetRun run = {.n_threads = 1};
    run.scratch = aligned_alloc(64, (cw_image_net_scratch_bytes(net, 1) + 63) & ~(gsize)63);
    cw_image_net_forward(net, &run, (CwNetPictures){.pixels = pixels}, 1, features);
    free(run.scratch);
    check_features(features, config.embed_dim);
}

static void
test_text(void)
{
    CwModelConfig config = find_config("vit-b-32");
    GError *error = NULL;
    g_autofree float *memory = NULL;
    gsize n_bytes;
    config.text.n_layers = 2;
    config.text.vocabulary = 100;
    g_autoptr(CwWeights) weights =
        cw_random_weights_new(&config, CW_RANDOM_TEXT, &memory, &n_bytes, &error);
    g_assert_no_error(error);
    g_autoptr(CwTextNet) net = cw_text_net_new(&config, weights, CW_PRODUCT_F32, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(net);
    cw_weights_check_consumed(weights, &error);
    g_assert_no_error(error);
}

static void
test_unknown(void)
{
    GError *error = NULL;
    CwModelConfig config;
    g_assert_false(cw_random_config("vit-x", &config, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "vit-x", "vit-l-14", "rn50", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eval/random/dense work is what others count", test_dense_work);
    g_test_add_func("/eval/random/the short last block saves what it should", test_work_saved);
    g_test_add_data_func("/eval/random/a ViT finds all it takes", "vit-b-32", test_image);
    g_test_add_data_func("/eval/random/a ResNet finds all it takes", "rn50", test_image);
    g_test_add_func("/eval/random/a text tower finds all it takes", test_text);
    g_test_add_func("/eval/random/an unknown shape is refused with a list", test_unknown);
    return g_test_run();
}
