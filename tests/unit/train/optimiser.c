/* AdamW by hand on a matrix and a vector, and the learning rate over time. CwReal is double. */
#include "train/optimiser.h"

static CwTrainParameters *
make_parameters(void)
{
    static const gint64 dims[] = {1, 2};
    static const char *const names[] = {"matrix", "vector", "logit_scale"};
    static const guint n_dims[] = {2, 1, 0};
    CwTrainParameters *parameters = cw_train_parameters_new();
    CwReal *gradient;
    for (guint i = 0; i < 3; i++)
        cw_train_parameters_take(parameters, NULL, names[i], n_dims[i], dims, &gradient);
    g_assert_true(cw_train_parameters_place(parameters, NULL));
    g_assert_cmpuint(parameters->n, ==, 4); /* 1 x 2, 1, 1 */
    for (gsize i = 0; i < 4; i++)
        parameters->values[i] = 1;
    return parameters;
}

static void
test_decay(void)
{
    g_autoptr(CwTrainParameters) p = make_parameters();
    const CwTrainAdamW settings = cw_train_adamw_default();
    g_autoptr(CwTrainOptimiser) optimiser = cw_train_optimiser_new(&settings, p, NULL);
    g_assert_cmpfloat(cw_train_optimiser_step(optimiser, p, 0.1), ==, 0);
    g_assert_cmpfloat_with_epsilon(p->values[0], 1 - 0.1 * 0.2, 1e-12);
    g_assert_cmpfloat(p->values[2], ==, 1);
    g_assert_cmpfloat(p->values[3], ==, 1);
}

/* Where the gradient stays the same, corrected means are g and g², and each step is the rate. */
static void
test_steps(void)
{
    g_autoptr(CwTrainParameters) p = make_parameters();
    CwTrainAdamW settings = cw_train_adamw_default();
    settings.decay = settings.max_norm = 0;
    settings.epsilon = 1e-12;
    settings.average_keep = 0.5;
    g_autoptr(CwTrainOptimiser) optimiser = cw_train_optimiser_new(&settings, p, NULL);
    p->gradients[0] = 3;
    p->gradients[2] = -4;
    g_assert_cmpfloat_with_epsilon(cw_train_optimiser_step(optimiser, p, 0.1), 5, 1e-12);
    g_assert_cmpfloat_with_epsilon(optimiser->average[0], 0.95, 1e-9);
    cw_train_optimiser_step(optimiser, p, 0.1);
    g_assert_cmpfloat_with_epsilon(p->values[0], 0.8, 1e-9);
    g_assert_cmpfloat_with_epsilon(p->values[2], 1.2, 1e-9);
    g_assert_cmpfloat_with_epsilon(optimiser->average[0], 0.875, 1e-9);
}

static void
test_clipping(void)
{
    g_autoptr(CwTrainParameters) p = make_parameters();
    const CwTrainAdamW settings = cw_train_adamw_default();
    g_autoptr(CwTrainOptimiser) optimiser = cw_train_optimiser_new(&settings, p, NULL);
    p->gradients[0] = 30;
    p->gradients[2] = -40;
    g_assert_cmpfloat_with_epsilon(cw_train_optimiser_step(optimiser, p, 0.1), 50, 1e-9);
    g_assert_cmpfloat_with_epsilon(optimiser->mean[0], 0.1 * 0.6, 1e-12);
    g_assert_cmpfloat_with_epsilon(optimiser->mean[2], 0.1 * -0.8, 1e-12);
}

static void
test_bad_gradients(void)
{
    g_autoptr(CwTrainParameters) p = make_parameters();
    const CwTrainAdamW settings = cw_train_adamw_default();
    g_autoptr(CwTrainOptimiser) optimiser = cw_train_optimiser_new(&settings, p, NULL);
    p->gradients[1] = NAN;
    g_assert_false(isfinite(cw_train_optimiser_step(optimiser, p, 0.1)));
    g_assert_cmpfloat(p->values[0], ==, 1);
    g_assert_cmpuint(optimiser->n_steps, ==, 0);
}

static void
test_temperature(void)
{
    g_autoptr(CwTrainParameters) p = make_parameters();
    CwTrainAdamW settings = cw_train_adamw_default();
    g_autoptr(CwTrainOptimiser) optimiser = cw_train_optimiser_new(&settings, p, NULL);
    p->gradients[3] = -1;
    cw_train_optimiser_step(optimiser, p, 50);
    g_assert_cmpfloat_with_epsilon(p->values[3], log(100.0), 1e-12);
}

static void
test_rate(void)
{
    g_assert_cmpfloat_with_epsilon(cw_train_rate(2, 0, 4, 12), 0.5, 1e-12);
    g_assert_cmpfloat_with_epsilon(cw_train_rate(2, 3, 4, 12), 2, 1e-12);
    g_assert_cmpfloat_with_epsilon(cw_train_rate(2, 4, 4, 12), 2, 1e-12);
    g_assert_cmpfloat_with_epsilon(cw_train_rate(2, 8, 4, 12), 1, 1e-12);
    g_assert_cmpfloat(cw_train_rate(2, 12, 4, 12), ==, 0);
    g_assert_cmpfloat(cw_train_rate(2, 99, 4, 12), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/train/optimiser/matrices decay and vectors do not", test_decay);
    g_test_add_func("/train/optimiser/a steady gradient moves by the rate", test_steps);
    g_test_add_func("/train/optimiser/gradients are clipped by their norm together", test_clipping);
    g_test_add_func("/train/optimiser/gradients that are no numbers change nothing",
                    test_bad_gradients);
    g_test_add_func("/train/optimiser/the temperature stays at its bound", test_temperature);
    g_test_add_func("/train/optimiser/the rate rises, falls and ends", test_rate);
    return g_test_run();
}
