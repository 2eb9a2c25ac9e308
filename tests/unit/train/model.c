/* A whole model: the gradients of a batch's loss, chunks, and steps. CwReal is double. */
#include "random_model.h"

#include "train/model.h"
#include "train/optimiser.h"

#include <string.h>

enum { N = 5, SIZE = 8, CONTEXT = 6 };

static const CwModelConfig config = {
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
    CwReal pixels[N * 3 * SIZE * SIZE];
    CwTrainBatch batch;
} Fixture;

static CwTrainModel *
open_model(gsize max_chunk)
{
    static const float log_scale = 1.5f;
    const CwTensor scale = {.data = &log_scale, .dtype = CW_DTYPE_F32};
    GError *error = NULL;
    g_autoptr(CwTestModel) weights = cw_test_model_new(&config, CW_TEST_STORE_PLAIN, 3);
    g_assert_true(cw_weights_add(weights->weights, "logit_scale", NULL, &scale, &error));
    CwTrainModel *model = cw_train_model_new(&config, weights->weights, max_chunk, &error);
    g_assert_no_error(error);
    g_assert_true(cw_weights_check_consumed(weights->weights, &error));
    return model;
}

static void
set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(9);
    for (gsize i = 0; i < G_N_ELEMENTS(f->pixels); i++)
        f->pixels[i] = g_rand_double_range(random, -1, 1);
    f->batch = (CwTrainBatch){N, f->pixels, ids, groups};
    f->model = open_model(N);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_train_model_free(f->model);
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

/* Every number of every tensor. */
static void
test_gradients(Fixture *f, gconstpointer data)
{
    const CwReal step = 1e-5;
    CwTrainParameters *p = f->model->parameters;
    run(f->model, &f->batch);
    g_autofree CwReal *gradients = g_memdup2(p->gradients, p->n * sizeof(CwReal));
    for (guint e = 0; e < p->entries->len; e++) {
        const CwTrainEntry *entry = &g_array_index(p->entries, CwTrainEntry, e);
        for (gsize i = entry->first; i < entry->first + entry->n; i++) {
            const CwReal old = p->values[i];
            p->values[i] = old + step;
            const CwReal above = run(f->model, &f->batch);
            p->values[i] = old - step;
            const CwReal below = run(f->model, &f->batch);
            p->values[i] = old;
            const CwReal slope = (above - below) / (2 * step);
            if (fabs(slope - gradients[i]) > 1e-4 * fabs(slope) + 1e-8)
                g_error("%s[%" G_GSIZE_FORMAT "]: gradient %g, difference %g", entry->name,
                        i - entry->first, gradients[i], slope);
        }
    }
}

static void
test_chunks(Fixture *f, gconstpointer data)
{
    g_autoptr(CwTrainModel) chunked = open_model(2);
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
    CwModelConfig sigmoid = config;
    sigmoid.sigmoid = TRUE;
    g_assert_null(cw_train_model_new(&sigmoid, weights, N, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED);
}

static void
test_missing_tensor(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwWeights) weights = cw_weights_new("nothing.safetensors");
    g_assert_null(cw_train_model_new(&config, weights, N, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "image.patch.weight"));
}

#define ADD(name, function) g_test_add(name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/train/model/the gradient of every parameter is that of the loss", test_gradients);
    ADD("/train/model/a batch in chunks has the gradients of the whole", test_chunks);
    ADD("/train/model/steps bring the loss of a batch to its floor", test_learning);
    g_test_add_func("/train/model/the sigmoid loss is refused", test_sigmoid);
    g_test_add_func("/train/model/a missing tensor is named", test_missing_tensor);
    return g_test_run();
}
