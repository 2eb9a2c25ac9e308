/* Products of every layout, tiling and epilogue against plain double precision. */
#include "kernels/gemm_f32.h"

#include <glib.h>
#include <math.h>

typedef struct {
    gsize n_rows, n_columns, depth;
} Shape;

/* Shapes that are cut by columns, by rows, by both or not at all. */
static const Shape shapes[] = {
    {1, 1, 1},     {1, 512, 64}, {50, 768, 96}, {7, 100, 33},
    {1000, 8, 27}, {777, 70, 5}, {200, 65, 64},
};

static float *
make_random(gsize n, GRand *random)
{
    float *values = g_new(float, n);
    for (gsize i = 0; i < n; i++)
        values[i] = (float)g_rand_double_range(random, -1, 1);
    return values;
}

static double
multiply(const CwGemm *g, gsize row, gsize column)
{
    double sum = 0;
    for (gsize k = 0; k < g->depth; k++)
        sum += (double)g->a[row * g->a_stride + k] *
               g->w[g->w_transposed ? k * g->n_columns + column : column * g->depth + k];
    return sum;
}

static void
check_product(const Shape *shape, gboolean transposed, const CwGemmEpilogue *epilogue,
              guint n_threads, GRand *random)
{
    const gsize a_stride = shape->depth + 3, n = shape->n_rows * shape->n_columns;
    g_autofree float *a = make_random(shape->n_rows * a_stride, random);
    g_autofree float *w = make_random(shape->n_columns * shape->depth, random);
    g_autofree float *c = make_random(n, random);
    g_autofree float *old = g_memdup2(c, n * sizeof *c);
    const CwGemm gemm = {
        .n_rows = shape->n_rows,
        .n_columns = shape->n_columns,
        .depth = shape->depth,
        .a = a,
        .a_stride = a_stride,
        .w = w,
        .w_transposed = transposed,
        .c = c,
    };
    cw_gemm_f32(&gemm, epilogue, n_threads);
    for (gsize i = 0; i < n; i++) {
        double exact = multiply(&gemm, i / shape->n_columns, i % shape->n_columns);
        if (epilogue && epilogue->accumulate)
            exact += old[i];
        if (epilogue && epilogue->bias)
            exact += epilogue->bias[i % shape->n_columns];
        if (epilogue && epilogue->activation)
            exact = fmax(exact, 0);
        g_assert_cmpfloat(fabs(c[i] - exact), <=, 1e-5);
    }
}

static void
test_products(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    g_autofree float *bias = make_random(1024, random);
    const CwGemmEpilogue epilogues[] = {
        {.bias = bias},
        {.accumulate = TRUE},
        {.bias = bias, .accumulate = TRUE},
        {.bias = bias, .activation = cw_row_kernels()->relu, .accumulate = TRUE},
        {.activation = cw_row_kernels()->relu},
    };
    for (gsize s = 0; s < G_N_ELEMENTS(shapes); s++)
        for (guint n_threads = 0; n_threads <= 3; n_threads++)
            for (gboolean transposed = FALSE; transposed <= TRUE; transposed++) {
                check_product(&shapes[s], transposed, NULL, n_threads, random);
                for (gsize e = 0; e < G_N_ELEMENTS(epilogues); e++)
                    check_product(&shapes[s], transposed, &epilogues[e], n_threads, random);
            }
}

static void
test_small_products(void)
{
    enum { ROWS = 5, COLUMNS = 6, DEPTH = 7, STRIDE = 11 };
    g_autoptr(GRand) random = g_rand_new_with_seed(4);
    g_autofree float *a = make_random(ROWS * STRIDE, random);
    g_autofree float *b = make_random(STRIDE * STRIDE, random);
    for (gboolean transposed = FALSE; transposed <= TRUE; transposed++) {
        float c[ROWS * STRIDE];
        for (gsize i = 0; i < G_N_ELEMENTS(c); i++)
            c[i] = 5;
        cw_gemm_f32_small(ROWS, COLUMNS, DEPTH, 0.5f, a, STRIDE, b, STRIDE, transposed, c, STRIDE);
        for (gsize i = 0; i < ROWS; i++)
            for (gsize j = 0; j < STRIDE; j++) {
                double exact = 0;
                for (gsize k = 0; k < DEPTH; k++)
                    exact += 0.5 * a[i * STRIDE + k] *
                             (transposed ? b[j * STRIDE + k] : b[k * STRIDE + j]);
                if (j >= COLUMNS)
                    exact = 5; /* between the rows of C nothing is written */
                g_assert_cmpfloat(fabs(c[i * STRIDE + j] - exact), <=, 1e-6);
            }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kernels/gemm/every shape, layout, epilogue and number of threads",
                    test_products);
    g_test_add_func("/kernels/gemm/small products with strides", test_small_products);
    return g_test_run();
}
