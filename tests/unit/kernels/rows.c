/* Every table of row operations, of this machine and through SIMDe of all others, against plain
 * double precision, within the bounds that rows.h states. */
#include "kernels/rows.h"

#include "kernels/bf16.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#ifdef HAVE_SIMDE
extern const CwRowKernels simde_row_kernels_avx2, simde_row_kernels_avx512;
#endif

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

static void
fill_between(float *values, gsize n, float low, float high, GRand *random)
{
    for (gsize i = 0; i < n; i++)
        values[i] = (float)g_rand_double_range(random, low, high);
}

/* Values at x[i] are f(before[i]) in every row, and nothing is written between the rows. */
static void
check_activation(const char *table, const char *name, CwActivationFunc activation,
                 double (*exact)(double))
{
    enum { ROWS = 3, STRIDE = MAX_LENGTH + 1 };
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
        const gsize n = lengths[k];
        float x[ROWS * STRIDE], before[ROWS * STRIDE];
        fill_between(x, ROWS * STRIDE, k % 2 ? -60 : -6, k % 2 ? 60 : 6, random);
        memcpy(before, x, sizeof before);
        activation(x, STRIDE, ROWS, n);
        for (gsize i = 0; i < ROWS * STRIDE; i++) {
            const double wanted = i % STRIDE < n ? exact(before[i]) : before[i];
            const double error = fabs(x[i] - wanted);
            if (error > 3e-7 * fmax(1, fabs((double)before[i])))
                g_error("%s %s(%g) is %.9g, off by %g", table, name, before[i], x[i], error);
        }
    }
}

static void
check_no_number_stays(const char *table, CwActivationFunc activation)
{
    for (gsize n = 1; n <= 33; n += 16) {
        float x[33] = {0};
        x[n - 1] = NAN;
        activation(x, n, 1, n);
        g_assert_true(isnan(x[n - 1]));
    }
}

static void
test_activations(gconstpointer data)
{
    const CwRowKernels *rows = data;
    const struct {
        const char *name;
        CwActivationFunc activation;
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
        float row[16] = {0, x};
        rows->softmax(row, 1, 2, 16);
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
        const gsize n = lengths[k], n_padded = (n + 31) / 16 * 16;
        const float scale = 0.125f;
        float x[MAX_LENGTH + 32];
        double exact[MAX_LENGTH], largest = -INFINITY, total = 0;
        fill_between(x, n, -300, 300, random);
        for (gsize i = n; i < n_padded; i++)
            x[i] = NAN; /* whatever was there */
        x[n_padded] = GUARD;
        for (gsize i = 0; i < n; i++)
            largest = fmax(largest, x[i]);
        for (gsize i = 0; i < n; i++)
            total += exact[i] = exp((x[i] - largest) * scale);
        rows->softmax(x, scale, n, n_padded);
        g_assert_cmpfloat(x[n_padded], ==, GUARD);
        for (gsize i = 0; i < n; i++)
            g_assert_cmpfloat(fabs(x[i] - exact[i] / total), <=, 1e-6);
        for (gsize i = n; i < n_padded; i++)
            g_assert_cmpfloat(x[i], ==, 0);
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

/* Every byte stands for a value at most half a step off, and zero for zero exactly. */
static void
test_quantize(gconstpointer data)
{
    const CwRowKernels *rows = data;
    g_autoptr(GRand) random = g_rand_new_with_seed(10);
    const float lows[] = {-1, -0.2f, 0, 3, -9}, highs[] = {1, 7, 5, 4, -8};
    for (gsize r = 0; r < G_N_ELEMENTS(lows); r++)
        for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
            const gsize n = lengths[k], n_padded = n + 3;
            float x[MAX_LENGTH], scale = 0;
            guint8 y[MAX_LENGTH + 4];
            gint32 zero = 0;
            fill_between(x, n, lows[r], highs[r], random);
            x[n / 2] = n > 1 ? 0 : x[0];
            y[n_padded] = 99;
            rows->quantize(x, n, n_padded, y, &scale, &zero);
            for (gsize i = 0; i < n; i++)
                g_assert_cmpfloat(fabs((y[i] - zero) * (double)scale - x[i]), <=, 0.5001 * scale);
            if (n > 1)
                g_assert_cmpint(y[n / 2], ==, zero);
            for (gsize i = n; i < n_padded; i++)
                g_assert_cmpint(y[i], ==, 0);
            g_assert_cmpint(y[n_padded], ==, 99);
        }
}

/* Bytes of what was activated, which itself is as close as is promised. */
static void
test_quantize_activated(gconstpointer data)
{
    const CwRowKernels *rows = data;
    const struct {
        CwActivatedBytesFunc func;
        double (*exact)(double);
    } all[] = {
        {rows->quantize_quick_gelu, quick_gelu},
        {rows->quantize_gelu, gelu},
        {rows->quantize_gelu_tanh, gelu_tanh},
    };
    g_autoptr(GRand) random = g_rand_new_with_seed(12);
    for (gsize f = 0; f < G_N_ELEMENTS(all); f++)
        for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
            const gsize n = lengths[k], n_padded = n + 3;
            float x[MAX_LENGTH + 1], before[MAX_LENGTH], scale[2];
            guint8 y[MAX_LENGTH + 3], again[MAX_LENGTH + 3];
            gint32 zero[2];
            fill_between(x, n, k % 2 ? -60 : -6, k % 2 ? 60 : 6, random);
            memcpy(before, x, n * sizeof *x);
            x[n] = GUARD;
            all[f].func(x, n, n_padded, y, &scale[0], &zero[0]);
            g_assert_cmpfloat(x[n], ==, GUARD);
            for (gsize i = 0; i < n; i++)
                g_assert_cmpfloat(fabs(x[i] - all[f].exact(before[i])), <=,
                                  1e-4 * fabs((double)before[i]));
            rows->quantize(x, n, n_padded, again, &scale[1], &zero[1]);
            g_assert_cmpmem(y, n_padded, again, n_padded);
            g_assert_cmpfloat(scale[0], ==, scale[1]);
            g_assert_cmpint(zero[0], ==, zero[1]);
        }
}

static void
test_quantize_nothing(gconstpointer data)
{
    const CwRowKernels *rows = data;
    const float zeros[20] = {0}, infinite[20] = {1, INFINITY, -INFINITY, NAN, 5};
    guint8 y[20];
    float scale;
    gint32 zero;
    rows->quantize(zeros, 20, 20, y, &scale, &zero);
    g_assert_cmpfloat(scale, >, 0);
    for (gsize i = 0; i < 20; i++)
        g_assert_cmpint(y[i], ==, zero);
    rows->quantize(infinite, 20, 20, y, &scale, &zero);
    g_assert_true(isfinite(scale));
}

static void
test_round_to_bf16(gconstpointer data)
{
    const CwRowKernels *rows = data;
    g_autoptr(GRand) random = g_rand_new_with_seed(11);
    for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
        const gsize n = lengths[k];
        float x[MAX_LENGTH];
        guint16 y[MAX_LENGTH + 2];
        fill_between(x, n, -4, 4, random);
        x[n - 1] = 1.00390625f; /* a tie, to even: 1 */
        y[n + 1] = 99;
        rows->round_to_bf16(x, n, n + 1, y);
        for (gsize i = 0; i < n; i++)
            g_assert_cmpint(y[i], ==, cw_bf16_from_f32(x[i]));
        g_assert_cmpfloat(cw_bf16_to_f32(y[n - 1]), ==, 1);
        g_assert_cmpint(y[n], ==, 0);
        g_assert_cmpint(y[n + 1], ==, 99);
    }
}

/* The matrix of attention's keys, or values, is the one that columns give. */
static void
check_rows_packed(const CwRowKernels *rows, CwProductType type, gsize n_columns, gsize depth,
                  GRand *random)
{
    enum { STRIDE = 90 };
    const gsize bytes = cw_packed_bytes(type, n_columns, depth);
    float x[STRIDE * STRIDE];
    g_autofree float *columns = g_new(float, n_columns *depth);
    g_autofree char *wanted = g_malloc0(bytes);
    g_autofree char *packed = g_malloc0(bytes);
    fill_between(x, G_N_ELEMENTS(x), -1, 1, random);
    const gsize panels = (const char *)cw_packed_view(type, n_columns, depth, wanted).bias - wanted;
    for (gsize i = 0; i < n_columns; i++)
        memcpy(columns + i * depth, x + i * STRIDE, depth * sizeof *x);
    cw_pack_columns(type, n_columns, depth, 0, n_columns, columns, NULL, wanted);
    rows->pack_rows(type, n_columns, depth, x, STRIDE, packed);
    g_assert_cmpmem(packed, panels, wanted, panels);
    for (gsize i = 0; i < n_columns; i++)
        for (gsize k = 0; k < depth; k++)
            columns[i * depth + k] = x[k * STRIDE + i];
    cw_pack_columns(type, n_columns, depth, 0, n_columns, columns, NULL, wanted);
    rows->pack_transposed(type, n_columns, depth, x, STRIDE, packed);
    g_assert_cmpmem(packed, panels, wanted, panels);
}

static void
test_rows_packed(gconstpointer data)
{
    const CwRowKernels *rows = data;
    g_autoptr(GRand) random = g_rand_new_with_seed(4);
    const gsize sizes[] = {1, 2, 15, 16, 17, 50, 64, 77};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(sizes); j++) {
            check_rows_packed(rows, CW_PRODUCT_F32, sizes[i], sizes[j], random);
            check_rows_packed(rows, CW_PRODUCT_BF16, sizes[i], sizes[j], random);
        }
}

static void
add(const char *origin, const CwRowKernels *rows, const char *name, GTestDataFunc func)
{
    g_autofree char *path = g_strdup_printf("/kernels/rows/%s %s/%s", origin, rows->name, name);
    g_test_add_data_func(path, rows, func);
}

static void
add_table(const char *origin, const CwRowKernels *rows)
{
    add(origin, rows, "activations keep their bound", test_activations);
    add(origin, rows, "exp keeps its bound", test_exponential);
    add(origin, rows, "softmax sums to one", test_softmax);
    add(origin, rows, "layer norm far from zero, in place too", test_layer_norm);
    add(origin, rows, "bytes are the nearest on their scale", test_quantize);
    add(origin, rows, "rows without a scale", test_quantize_nothing);
    add(origin, rows, "bytes of an activation", test_quantize_activated);
    add(origin, rows, "bf16 is the nearest", test_round_to_bf16);
    add(origin, rows, "keys and values are packed as weights are", test_rows_packed);
}

int
main(int argc, char **argv)
{
    const CwRowKernels *rows;
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; (rows = cw_row_kernels_at(i)) != NULL; i++)
        add_table("this machine's", rows);
#ifdef HAVE_SIMDE
    add_table("SIMDe's", &simde_row_kernels_avx2);
    add_table("SIMDe's", &simde_row_kernels_avx512);
#endif
    return g_test_run();
}
