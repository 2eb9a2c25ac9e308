/* Both towers, stage by stage, against the plain double-precision reference, for what the golden
 * models do not hold: every activation, pooling and mask, odd patches and widths, SigLIP, tiles of
 * queries, and every way in which weights can lie in a file. */
#include "net/net.h"
#include "random_model.h"
#include "reference.h"

#include <math.h>
#include <stdlib.h>

#define BATCH 3

/* Of the largest value of a stage: f32 has 6e-8, and sums here are short. */
#define TOLERANCE 1e-5

typedef struct {
    const char *name;
    CwModelConfig config;
    CwTestStore store;
} Case;

#define SMALL_TEXT                                                                                 \
    {                                                                                              \
        .context = 9, .vocabulary = 40, .width = 16, .n_layers = 2, .n_heads = 2, .mlp_width = 40, \
        .activation = CW_ACTIVATION_QUICK_GELU, .norm_eps = 1e-5, .causal = TRUE,                  \
        .pool = CW_TEXT_POOL_ARGMAX                                                                \
    }
#define SMALL_VIT                                                                                 \
    {                                                                                             \
        .image_size = 24, .patch = 8, .width = 24, .n_layers = 3, .n_heads = 3, .mlp_width = 100, \
        .activation = CW_ACTIVATION_GELU, .norm_eps = 1e-5                                        \
    }

static const Case cases[] = {
    {"a small ViT and a causal text tower",
     {.embed_dim = 20, .image = SMALL_VIT, .text = SMALL_TEXT}},
    {"matrices stored as in by out",
     {.embed_dim = 20, .image = SMALL_VIT, .text = SMALL_TEXT},
     CW_TEST_STORE_TRANSPOSED},
    {"numbers at odd addresses",
     {.embed_dim = 20, .image = SMALL_VIT, .text = SMALL_TEXT},
     CW_TEST_STORE_MISALIGNED},
    {"an odd patch, a tanh gelu, one block, a text pooled at its end token",
     {.embed_dim = 7,
      .image = {.image_size = 21,
                .patch = 7,
                .width = 15,
                .n_layers = 1,
                .n_heads = 5,
                .mlp_width = 33,
                .activation = CW_ACTIVATION_GELU_TANH,
                .norm_eps = 1e-6f},
      .text = {.context = 8,
               .vocabulary = 40,
               .width = 12,
               .n_layers = 1,
               .n_heads = 3,
               .mlp_width = 20,
               .activation = CW_ACTIVATION_GELU_TANH,
               .norm_eps = 1e-5f,
               .causal = TRUE,
               .pool = CW_TEXT_POOL_EOS,
               .eos_id = 38}}},
    {"more tokens than a tile of queries, a text that sees all and is pooled at its largest id",
     {.embed_dim = 16,
      .image = {.image_size = 36,
                .patch = 4,
                .width = 16,
                .n_layers = 2,
                .n_heads = 1,
                .mlp_width = 64,
                .activation = CW_ACTIVATION_QUICK_GELU,
                .norm_eps = 1e-5f},
      .text = {.context = 70,
               .vocabulary = 40,
               .width = 16,
               .n_layers = 2,
               .n_heads = 4,
               .mlp_width = 20,
               .activation = CW_ACTIVATION_GELU,
               .norm_eps = 1e-5f,
               .causal = FALSE,
               .pool = CW_TEXT_POOL_ARGMAX}}},
    {"SigLIP and a text that sees all, is pooled at the last position and projected with a bias",
     {.embed_dim = 24,
      .sigmoid = TRUE,
      .image = {.tower = CW_TOWER_SIGLIP_VIT,
                .image_size = 45,
                .patch = 5,
                .width = 24,
                .n_layers = 2,
                .n_heads = 3,
                .mlp_width = 90,
                .activation = CW_ACTIVATION_GELU_TANH,
                .norm_eps = 1e-6f},
      .text = {.context = 16,
               .vocabulary = 50,
               .width = 24,
               .n_layers = 2,
               .n_heads = 3,
               .mlp_width = 90,
               .activation = CW_ACTIVATION_GELU_TANH,
               .norm_eps = 1e-6f,
               .causal = FALSE,
               .pool = CW_TEXT_POOL_LAST,
               .projection_bias = TRUE}}},
    {"a ResNet and a long causal text pooled at the last position",
     {.embed_dim = 12,
      .image = {.tower = CW_TOWER_MODIFIED_RESNET,
                .image_size = 64,
                .width = 8,
                .stages = {2, 1, 2, 1},
                .n_heads = 4,
                .norm_eps = 1e-5f},
      .text = {.context = 70,
               .vocabulary = 40,
               .width = 16,
               .n_layers = 2,
               .n_heads = 2,
               .mlp_width = 64,
               .activation = CW_ACTIVATION_QUICK_GELU,
               .norm_eps = 1e-5f,
               .causal = TRUE,
               .pool = CW_TEXT_POOL_LAST}}},
};

typedef struct {
    const CwReference *reference;
    gsize batch;
    gboolean causal;
    guint n_stages;
    double worst;
} Listener;

/* The row of the reference that row i of a shortened stage is. */
static gsize
find_row(const Listener *listener, const CwReferenceStage *stage, gsize n_rows, gsize i)
{
    const CwReference *reference = listener->reference;
    if (n_rows == stage->n_rows)
        return i;
    if (n_rows == listener->batch)
        return i * reference->n_tokens + reference->pooled[i];
    g_assert_true(listener->causal);
    for (gsize b = 0; b < listener->batch; b++) {
        if (i <= reference->pooled[b])
            return b * reference->n_tokens + i;
        i -= reference->pooled[b] + 1;
    }
    g_assert_not_reached();
}

static void
compare_stage(const char *name, const float *data, gsize n_rows, gsize n_columns,
              gpointer user_data)
{
    Listener *listener = user_data;
    const CwReferenceStage *stage = g_hash_table_lookup(listener->reference->stages, name);
    double largest = 1, worst = 0;
    g_assert_nonnull(stage);
    g_assert_cmpuint(n_columns, ==, stage->n_columns);
    for (gsize i = 0; i < n_rows; i++) {
        const double *exact = stage->data + find_row(listener, stage, n_rows, i) * n_columns;
        for (gsize c = 0; c < n_columns; c++) {
            largest = fmax(largest, fabs(exact[c]));
            const double difference = fabs(data[i * n_columns + c] - exact[c]);
            worst = difference <= worst ? worst : difference; /* keeps what is no number */
        }
    }
    if (!(worst <= TOLERANCE * largest))
        g_error("stage %s is the first to differ, by %g of %g", name, worst, largest);
    listener->n_stages++;
    listener->worst = MAX(listener->worst, worst / largest);
}

static void
check_listened(const Listener *listener, const char *tower, guint n_threads)
{
    g_assert_cmpuint(listener->n_stages, ==, g_hash_table_size(listener->reference->stages));
    g_test_message("%s, %zu inputs, %u threads: off by %.2g of a stage's largest value", tower,
                   listener->batch, n_threads, listener->worst);
}

static void
check_image(const CwTestModel *model, const CwImageNet *net, gsize batch, guint n_threads,
            const float *pixels)
{
    g_autoptr(CwReference) reference =
        cw_reference_image(&model->config, model->weights, pixels, batch);
    g_autofree float *features = g_new(float, batch * model->config.embed_dim);
    Listener listener = {.reference = reference, .batch = batch};
    const CwNetRun run = {
        .scratch = aligned_alloc(64, cw_image_net_scratch_bytes(net, (guint)batch)),
        .n_threads = n_threads,
        .stage = compare_stage,
        .stage_data = &listener,
    };
    cw_image_net_forward(net, &run, (CwNetPictures){.pixels = pixels}, (guint)batch, features);
    check_listened(&listener, "image", n_threads);
    free(run.scratch);
}

static void
check_text(const CwTestModel *model, const CwTextNet *net, gsize batch, guint n_threads,
           const gint32 *ids)
{
    g_autoptr(CwReference) reference =
        cw_reference_text(&model->config, model->weights, ids, batch);
    g_autofree float *features = g_new(float, batch * model->config.embed_dim);
    Listener listener = {
        .reference = reference, .batch = batch, .causal = model->config.text.causal};
    const CwNetRun run = {
        .scratch = aligned_alloc(64, cw_text_net_scratch_bytes(net, (guint)batch)),
        .n_threads = n_threads,
        .stage = compare_stage,
        .stage_data = &listener,
    };
    cw_text_net_forward(net, &run, ids, (guint)batch, features);
    check_listened(&listener, "text", n_threads);
    free(run.scratch);
}

/* Texts of different lengths, each ended by eos_id or the largest id, and padded. */
static void
make_ids(const CwTextConfig *text, GRand *random, gint32 *ids)
{
    const gint32 end = text->pool == CW_TEXT_POOL_EOS ? text->eos_id : (gint32)text->vocabulary - 1;
    for (gsize b = 0; b < BATCH; b++) {
        const gsize last = b * (text->context - 1) / (BATCH - 1); /* 0, the middle, the last */
        for (gsize i = 0; i < text->context; i++)
            ids[b * text->context + i] = i < last    ? g_rand_int_range(random, 1, end)
                                         : i == last ? end
                                                     : 0;
    }
}

static void
check_case(gconstpointer data)
{
    const Case *c = data;
    CwModelConfig config = c->config;
    GError *error = NULL;
    for (guint i = 0; i < 3; i++) {
        config.preprocess.mean[i] = 0.4f + 0.05f * (float)i;
        config.preprocess.std[i] = 0.3f - 0.05f * (float)i;
    }
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    g_autoptr(CwTestModel) model = cw_test_model_new(&config, c->store, 11);
    g_autoptr(CwImageNet) image =
        cw_image_net_new(&config, model->weights, CW_PRODUCT_F32, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(CwTextNet) text =
        cw_text_net_new(&config, model->weights, CW_PRODUCT_F32, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(cw_weights_check_consumed(model->weights, &error));

    const gsize n_pixels = BATCH * 3 * (gsize)config.image.image_size * config.image.image_size;
    g_autofree float *pixels = g_new(float, n_pixels);
    g_autofree gint32 *ids = g_new(gint32, BATCH * config.text.context);
    for (gsize i = 0; i < n_pixels; i++)
        pixels[i] = (float)g_rand_double_range(random, -2, 2);
    make_ids(&config.text, random, ids);
    for (guint n_threads = 1; n_threads <= 2; n_threads++)
        for (gsize batch = 1; batch <= BATCH; batch += BATCH - 1) {
            check_image(model, image, batch, n_threads, pixels);
            check_text(model, text, batch, n_threads, ids);
        }
}

static void
test_missing_tensor(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("nothing.safetensors");
    g_assert_null(cw_image_net_new(&cases[0].config, weights, CW_PRODUCT_F32, NULL, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "nothing.safetensors"));
    g_assert_nonnull(strstr(error->message, "image.patch.weight"));
    g_clear_error(&error);
    g_assert_null(cw_text_net_new(&cases[0].config, weights, CW_PRODUCT_F32, NULL, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "text.token"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/net/reference/%s", cases[i].name);
        g_test_add_data_func(path, &cases[i], check_case);
    }
    g_test_add_func("/net/reference/a missing tensor is named", test_missing_tensor);
    return g_test_run();
}
