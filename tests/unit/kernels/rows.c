/* Every table of row operations against plain double precision, within the bounds that rows.h
 * states. */
#include "kernels/rows.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define MAX_LENGTH 131
#define GUARD      123.0f

/* Odd lengths reach every tail of every vector width. */
static const gsize lengths[] = {1, 2, 3, 7, 8, 15, 16, 17, 31, 48, 64, 100, MAX_LENGTH};

static double
quick_gelu(double x)
{
    return x / (1 + exp(-1.702 * x));
}

static double
gelu(double x)
{
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}

static double
gelu_tanh(double x)
{
    return 0.5 * x * (1 + tanh(sqrt(2 / G_PI) * (x + 0.044715 * x * x * x)));
}

static double
relu(double x)
{
    return x > 0 ? x : 0;
}

typedef void (*Activation)(float *x, const float *bias, size_t n);

static void
fill_between(float *values, gsize n, float low, float high, GRand *random)
{
    for (gsize i = 0; i < n; i++)
        values[i] = (float)g_rand_double_range(random, low, high);
}

/* Values at x[i] are f(before[i] + bias[i]) and nothing is written behind them. */
static void
check_activation(const char *table, const char *name, Activation activation,
                 double (*exact)(double))
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++)
        for (gboolean with_bias = FALSE; with_bias <= TRUE; with_bias++) {
            const gsize n = lengths[k];
            float x[MAX_LENGTH + 1], bias[MAX_LENGTH], before[MAX_LENGTH];
            fill_between(x, n, k % 2 ? -60 : -6, k % 2 ? 60 : 6, random);
            fill_between(bias, n, -1, 1, random);
            x[n] = GUARD;
            for (gsize i = 0; i < n; i++)
                before[i] = with_bias ? x[i] + bias[i] : x[i];
            activation(x, with_bias ? bias : NULL, n);
            g_assert_cmpfloat(x[n], ==, GUARD);
            for (gsize i = 0; i < n; i++) {
                const double error = fabs(x[i] - exact(before[i]));
                if (error > 3e-7 * fmax(1, fabs((double)before[i])))
                    g_error("%s %s(%g) is %.9g, off by %g", table, name, before[i], x[i], error);
            }
        }
}

static void
check_no_number_stays(const char *table, Activation activation)
{
    for (gsize n = 1; n <= 33; n += 16) {
        float x[33] = {0};
        x[n - 1] = NAN;
        activation(x, NULL, n);
        g_assert_true(isnan(x[n - 1]));
    }
}

static void
test_activations(gconstpointer data)
{
    const CwRowKernels *rows = data;
    const struct {
        const char *name;
        Activation activation;
        double (*exact)(double);
    } all[] = {
        {"quick_gelu", rows->quick_gelu, quick_gelu},
        {"gelu", rows->gelu, gelu},
        {"gelu_tanh", rows->gelu_tanh, gelu_tanh},
        {"relu", rows->relu, relu},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
        check_activation(rows->name, all[i].name, all[i].activation, all[i].exact);
        check_no_number_stays(rows->name, all[i].activation);
    }
}

/* Of {0, x} the second share is e^x / (1 + e^x): both carry the error of exp alone, twice. */
static void
test_exponential(gconstpointer data)
{
    const CwRowKernels *rows = data;
    double worst = 0;
    for (float x = 0; x > -86; x -= 0.0137f) {
        float row[] = {0, x};
        rows->softmax(row, 1, 2);
        const double exact = exp((double)x) / (1 + exp((double)x));
        worst = fmax(worst, fabs(row[1] / exact - 1));
    }
    g_test_message("%s: softmax is off by %.2g of its value at most", rows->name, worst);
    g_assert_cmpfloat(worst, <=, 4e-7);
}

static void
test_softmax(gconstpointer data)
{
    const CwRowKernels *rows = data;
    g_autoptr(GRand) random = g_rand_new_with_seed(8);
    for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
        const gsize n = lengths[k];
        const float scale = 0.125f;
        float x[MAX_LENGTH + 1];
        double exact[MAX_LENGTH], largest = -INFINITY, total = 0;
        fill_between(x, n, -300, 300, random);
        x[n] = GUARD;
        for (gsize i = 0; i < n; i++)
            largest = fmax(largest, x[i]);
        for (gsize i = 0; i < n; i++)
            total += exact[i] = exp((x[i] - largest) * scale);
        rows->softmax(x, scale, n);
        g_assert_cmpfloat(x[n], ==, GUARD);
        for (gsize i = 0; i < n; i++)
            g_assert_cmpfloat(fabs(x[i] - exact[i] / total), <=, 1e-6);
    }
}

static void
test_layer_norm(gconstpointer data)
{
    const CwRowKernels *rows = data;
    g_autoptr(GRand) random = g_rand_new_with_seed(9);
    for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
        const gsize n = lengths[k];
        float x[MAX_LENGTH], gamma[MAX_LENGTH], beta[MAX_LENGTH], y[MAX_LENGTH + 1];
        double mean = 0, variance = 0;
        /* Far from zero: the variance must come from differences, not from squares. */
        fill_between(x, n, 99, 101, random);
        fill_between(gamma, n, 0, 2, random);
        fill_between(beta, n, -1, 1, random);
        y[n] = GUARD;
        for (gsize i = 0; i < n; i++)
            mean += x[i] / (double)n;
        for (gsize i = 0; i < n; i++)
            variance += (x[i] - mean) * (x[i] - mean) / (double)n;
        rows->layer_norm(x, gamma, beta, 1e-5f, n, y);
        g_assert_cmpfloat(y[n], ==, GUARD);
        for (gsize i = 0; i < n; i++) {
            const double exact = (x[i] - mean) / sqrt(variance + 1e-5) * gamma[i] + beta[i];
            /* One rounding of the mean, 4e-6 at 100, is a hundred-thousandth of the deviation. */
            g_assert_cmpfloat(fabs(y[i] - exact), <=, n == 1 ? 5e-3 : 5e-5);
        }
        rows->layer_norm(x, gamma, beta, 1e-5f, n, x);
        g_assert_cmpmem(x, n * sizeof *x, y, n * sizeof *y);
    }
}

static void
test_add_bias(gconstpointer data)
{
    const CwRowKernels *rows = data;
    float x[20], bias[20];
    for (gsize i = 0; i < G_N_ELEMENTS(x); i++) {
        x[i] = (float)i;
        bias[i] = 100.0f * (float)i;
    }
    rows->add_bias(bias, 19, x);
    for (gsize i = 0; i < 19; i++)
        g_assert_cmpfloat(x[i], ==, 101.0f * (float)i);
    g_assert_cmpfloat(x[19], ==, 19);
}

static void
add(const char *table, const char *name, GTestDataFunc func, const CwRowKernels *rows)
{
    g_autofree char *path = g_strdup_printf("/kernels/rows/%s/%s", table, name);
    g_test_add_data_func(path, rows, func);
}

int
main(int argc, char **argv)
{
    const CwRowKernels *rows;
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; (rows = cw_row_kernels_at(i)) != NULL; i++) {
        add(rows->name, "activations keep their bound", test_activations, rows);
        add(rows->name, "exp keeps its bound", test_exponential, rows);
        add(rows->name, "softmax sums to one", test_softmax, rows);
        add(rows->name, "layer norm far from zero, in place too", test_layer_norm, rows);
        add(rows->name, "a bias is added to its row alone", test_add_bias, rows);
    }
    return g_test_run();
}
