/* A whole model: the gradients of a batch's loss, chunks, and steps. CwReal is double. */
#include "random_model.h"

#include "train/model.h"
#include "train/optimiser.h"

#include <string.h>

enum { N = 5, SIZE = 8, RESNET_SIZE = 64, CONTEXT = 6 };

static const CwModelConfig vit_config = {
    .embed_dim = 6,
    .image = {.image_size = SIZE,
              .patch = 4,
              .width = 8,
              .n_layers = 2,
              .n_heads = 2,
              .mlp_width = 12,
              .activation = CW_ACTIVATION_QUICK_GELU,
              .norm_eps = 1e-5f},
    .text = {.context = CONTEXT,
             .vocabulary = 12,
             .width = 8,
             .n_layers = 2,
             .n_heads = 2,
             .mlp_width = 12,
             .activation = CW_ACTIVATION_QUICK_GELU,
             .norm_eps = 1e-5f,
             .causal = TRUE,
             .pool = CW_TEXT_POOL_ARGMAX},
};

/* Made for pictures twice as large as those it learns from: positions are interpolated. */
static const CwModelConfig resnet_config = {
    .embed_dim = 6,
    .image = {.tower = CW_TOWER_MODIFIED_RESNET,
              .image_size = 2 * RESNET_SIZE,
              .width = 2,
              .stages = {2, 1, 1, 1},
              .n_heads = 2,
              .norm_eps = 1e-5f},
    .text = {.context = CONTEXT,
             .vocabulary = 12,
             .width = 8,
             .n_layers = 1,
             .n_heads = 2,
             .mlp_width = 12,
             .activation = CW_ACTIVATION_QUICK_GELU,
             .norm_eps = 1e-5f,
             .causal = TRUE,
             .pool = CW_TEXT_POOL_ARGMAX},
};

static const gint32 ids[N * CONTEXT] = {
    1, 2,  11, 0,  0, 0,  /**/
    3, 4,  5,  11, 0, 0,  /**/
    1, 2,  11, 0,  0, 0,  /* the caption of the first */
    6, 7,  8,  9,  2, 11, /**/
    4, 11, 0,  0,  0, 0,
};
static const guint32 groups[N] = {0, 1, 0, 3, 4};

typedef struct {
    CwTrainModel *model;
    CwReal *pixels;
    CwTrainBatch batch;
} Fixture;

static CwTrainModel *
open_model(const CwModelConfig *config, gsize size, gsize max_chunk)
{
    const CwTrainModelOptions options = {.max_chunk = max_chunk, .max_size = size};
    static const float log_scale = 1.5f;
    const CwTensor scale = {.data = &log_scale, .dtype = CW_DTYPE_F32};
    GError *error = NULL;
    g_autoptr(CwTestModel) weights = cw_test_model_new(config, CW_TEST_STORE_PLAIN, 3);
    g_assert_true(cw_weights_add(weights->weights, "logit_scale", NULL, &scale, &error));
    CwTrainModel *model = cw_train_model_new(config, weights->weights, &options, &error);
    g_assert_no_error(error);
    g_assert_true(cw_weights_check_consumed(weights->weights, &error));
    return model;
}

static void
set_up(Fixture *f, gconstpointer data)
{
    const CwModelConfig *config = data;
    const gsize size = config == &resnet_config ? RESNET_SIZE : SIZE;
    g_autoptr(GRand) random = g_rand_new_with_seed(9);
    f->pixels = g_new(CwReal, N * 3 * size * size);
    for (gsize i = 0; i < N * 3 * size * size; i++)
        f->pixels[i] = g_rand_double_range(random, -1, 1);
    f->batch = (CwTrainBatch){N, N, size, f->pixels, ids, groups, groups, 0};
    f->model = open_model(config, size, N);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_train_model_free(f->model);
    g_free(f->pixels);
}

static CwReal
run(CwTrainModel *model, const CwTrainBatch *batch)
{
    GError *error = NULL;
    CwReal loss;
    cw_train_model_run(model, batch, &loss, &error);
    g_assert_no_error(error);
    return loss;
}

/* Numbers of a tensor that are tried: of a large one, some. */
#define MAX_TRIED 40

static gboolean
is_statistic(const CwTrainEntry *entry)
{
    return g_str_has_suffix(entry->name, "bn.mean") || g_str_has_suffix(entry->name, "bn.var");
}

static void
test_gradients(Fixture *f, gconstpointer data)
{
    const CwReal step = 1e-7; /* a larger one leaps over kinks of the ResNet's relus */
    CwTrainParameters *p = f->model->parameters;
    run(f->model, &f->batch);
    g_autofree CwReal *gradients = g_memdup2(p->gradients, p->n * sizeof(CwReal));
    for (guint e = 0; e < p->entries->len; e++) {
        const CwTrainEntry *entry = &g_array_index(p->entries, CwTrainEntry, e);
        if (is_statistic(entry))
            continue;
        for (gsize i = entry->first; i < entry->first + entry->n; i += 1 + entry->n / MAX_TRIED) {
            const CwReal old = p->values[i];
            p->values[i] = old + step;
            const CwReal above = run(f->model, &f->batch);
            p->values[i] = old - step;
            const CwReal below = run(f->model, &f->batch);
            p->values[i] = old;
            const CwReal slope = (above - below) / (2 * step);
            if (fabs(slope - gradients[i]) > 1e-4 * fabs(slope) + 1e-7)
                g_error("%s[%" G_GSIZE_FORMAT "]: gradient %g, difference %g", entry->name,
                        i - entry->first, gradients[i], slope);
        }
    }
}

static void
test_chunks(Fixture *f, gconstpointer data)
{
    g_autoptr(CwTrainModel) chunked = open_model(&vit_config, SIZE, 2);
    const CwReal whole = run(f->model, &f->batch);
    g_assert_cmpfloat_with_epsilon(run(chunked, &f->batch), whole, 1e-12);
    for (gsize i = 0; i < chunked->parameters->n; i++)
        g_assert_cmpfloat_with_epsilon(chunked->parameters->gradients[i],
                                       f->model->parameters->gradients[i], 1e-12);
}

static void
test_learning(Fixture *f, gconstpointer data)
{
    GError *error = NULL;
    const CwTrainAdamW settings = cw_train_adamw_default();
    const guint64 n_steps = 60;
    g_autoptr(CwTrainOptimiser) optimiser =
        cw_train_optimiser_new(&settings, f->model->parameters, &error);
    g_assert_no_error(error);
    const CwReal before = run(f->model, &f->batch);
    for (guint64 step = 0; step < n_steps; step++) {
        run(f->model, &f->batch);
        cw_train_optimiser_step(optimiser, f->model->parameters,
                                cw_train_rate(0.02, step, 5, n_steps));
    }
    /* Two of the five pairs share a caption: each of their four rows and columns has ln 2 left. */
    const CwReal floor = 4 * G_LN2 / (2 * N), after = run(f->model, &f->batch);
    g_test_message("loss %g, after %d steps %g, lowest possible %g", before, (int)n_steps, after,
                   floor);
    g_assert_cmpfloat(before, >, floor + 0.5);
    g_assert_cmpfloat(after, <, floor + 0.05);
    g_assert_cmpfloat(after, >=, floor - 1e-9);
}

static void
test_sigmoid(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("nothing");
    CwModelConfig sigmoid = vit_config;
    const CwTrainModelOptions options = {.max_chunk = N, .max_size = SIZE};
    sigmoid.sigmoid = TRUE;
    g_assert_null(cw_train_model_new(&sigmoid, weights, &options, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED);
}

static void
test_missing_tensor(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("nothing.safetensors");
    const CwTrainModelOptions options = {.max_chunk = N, .max_size = SIZE};
    g_assert_null(cw_train_model_new(&vit_config, weights, &options, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "image.patch.weight"));
}

/* Without a checkpoint: what is drawn has the spread that layers need, and learns. */
static void
test_beginning(void)
{
    GError *error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("nothing");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const CwTrainModelOptions options = {
        .max_chunk = N, .max_size = RESNET_SIZE, .seed = 4, .new_names = names};
    g_autoptr(CwTrainModel) model = cw_train_model_new(&resnet_config, weights, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(names->len, ==, model->parameters->entries->len);
    g_assert_cmpfloat_with_epsilon(exp(*model->log_scale), 1 / 0.07, 1e-9);
}

#define ADD(name, config, function) g_test_add(name, Fixture, &config, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/train/model/the gradients of a ViT are those of the loss", vit_config, test_gradients);
    ADD("/train/model/the gradients of a ResNet are those of the loss", resnet_config,
        test_gradients);
    ADD("/train/model/a batch in chunks has the gradients of the whole", vit_config, test_chunks);
    ADD("/train/model/steps bring the loss of a batch to its floor", vit_config, test_learning);
    ADD("/train/model/they do with a ResNet", resnet_config, test_learning);
    g_test_add_func("/train/model/a model without a checkpoint begins as it should",
                    test_beginning);
    g_test_add_func("/train/model/the sigmoid loss is refused", test_sigmoid);
    g_test_add_func("/train/model/a missing tensor is named", test_missing_tensor);
    return g_test_run();
}
