/* The trainer's towers in f32 against those that classify. */
#include "random_model.h"

#include "net/net.h"
#include "train/towers.h"

#include <stdlib.h>

#define BATCH     3
#define TOLERANCE 1e-5 /* of the largest feature */

static const CwModelConfig config = {
    .embed_dim = 20,
    .image = {.image_size = 24,
              .patch = 8,
              .width = 24,
              .n_layers = 3,
              .n_heads = 3,
              .mlp_width = 100,
              .activation = CW_ACTIVATION_GELU,
              .norm_eps = 1e-5f},
    .text = {.context = 9,
             .vocabulary = 40,
             .width = 16,
             .n_layers = 2,
             .n_heads = 2,
             .mlp_width = 40,
             .activation = CW_ACTIVATION_QUICK_GELU,
             .norm_eps = 1e-5f,
             .causal = TRUE,
             .pool = CW_TEXT_POOL_ARGMAX},
    .preprocess = {.mean = {0.4f, 0.45f, 0.5f}, .std = {0.3f, 0.25f, 0.2f}},
};

static void
compare(const float *exact, const float *found)
{
    float largest = 0;
    for (gsize i = 0; i < BATCH * config.embed_dim; i++)
        largest = MAX(largest, fabs(exact[i]));
    for (gsize i = 0; i < BATCH * config.embed_dim; i++)
        g_assert_cmpfloat_with_epsilon(exact[i], found[i], TOLERANCE * largest);
}

static CwTrainParameters *
load(const CwTestModel *model, CwTrainVit **vit, CwTrainText **text)
{
    GError *error = NULL;
    CwTrainParameters *parameters = cw_train_parameters_new();
    *vit = cw_train_vit_new(&model->config, parameters, &error);
    g_assert_no_error(error);
    *text = cw_train_text_new(&model->config, parameters);
    g_assert_true(cw_train_parameters_place(parameters, &error));
    cw_train_vit_take(*vit, parameters);
    cw_train_text_take(*text, parameters);
    g_assert_true(cw_train_parameters_load(parameters, model->weights, NULL, &error));
    return parameters;
}

static void
check_vit(const CwTestModel *model, const CwTrainVit *vit, GRand *random)
{
    const gsize n_pixels = BATCH * 3 * (gsize)config.image.image_size * config.image.image_size;
    g_autofree float *pixels = g_new(float, n_pixels);
    float exact[BATCH * 20], found[BATCH * 20];
    for (gsize i = 0; i < n_pixels; i++)
        pixels[i] = (float)g_rand_double_range(random, -2, 2);
    g_autoptr(CwImageNet) net =
        cw_image_net_new(&config, model->weights, CW_PRODUCT_F32, NULL, NULL);
    const CwNetRun run = {aligned_alloc(64, cw_image_net_scratch_bytes(net, BATCH)), 1};
    cw_image_net_forward(net, &run, (CwNetPictures){.pixels = pixels}, BATCH, exact);
    void *tape = aligned_alloc(64, cw_train_vit_tape_bytes(vit, BATCH));
    cw_train_vit_forward(vit, tape, pixels, BATCH, found);
    compare(exact, found);
    free(run.scratch);
    free(tape);
}

static void
check_text(const CwTestModel *model, const CwTrainText *text)
{
    static const gint32 ids[BATCH * 9] = {
        39, 0, 0, 0, 0, 0,  0, 0, 0, /* an end alone */
        5,  7, 3, 9, 1, 39, 0, 0, 0, /* a padded text */
        8,  2, 6, 4, 7, 11, 3, 9, 39 /* a full one */
    };
    float exact[BATCH * 20], found[BATCH * 20];
    g_autoptr(CwTextNet) net = cw_text_net_new(&config, model->weights, CW_PRODUCT_F32, NULL, NULL);
    const CwNetRun run = {aligned_alloc(64, cw_text_net_scratch_bytes(net, BATCH)), 1};
    cw_text_net_forward(net, &run, ids, BATCH, exact);
    void *tape = aligned_alloc(64, cw_train_text_tape_bytes(text, BATCH));
    cw_train_text_forward(text, tape, ids, BATCH, found);
    compare(exact, found);
    free(run.scratch);
    free(tape);
}

static void
test_towers(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(5);
    g_autoptr(CwTestModel) model = cw_test_model_new(&config, CW_TEST_STORE_PLAIN, 11);
    g_autoptr(CwTrainVit) vit = NULL;
    g_autoptr(CwTrainText) text = NULL;
    g_autoptr(CwTrainParameters) parameters = load(model, &vit, &text);
    g_assert_cmpuint(parameters->n, >, 0);
    check_vit(model, vit, random);
    check_text(model, text);
}

static void
test_other_towers(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTrainParameters) parameters = cw_train_parameters_new();
    CwModelConfig siglip = config;
    siglip.image.tower = CW_TOWER_SIGLIP_VIT;
    g_assert_null(cw_train_vit_new(&siglip, parameters, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, cw_tower_to_string(CW_TOWER_SIGLIP_VIT)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/train/towers/they compute what the towers that classify compute",
                    test_towers);
    g_test_add_func("/train/towers/one that cannot be trained is named", test_other_towers);
    return g_test_run();
}
