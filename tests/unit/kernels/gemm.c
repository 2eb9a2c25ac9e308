/* Packed products of every type, shape and epilogue against plain double precision. */
#include "kernels/gemm.h"

#include "kernels/bf16.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    gsize n_rows, n_columns, depth;
} Shape;

/* Shapes that are cut by columns, by rows, along the depth, by all of them or not at all. */
static const Shape shapes[] = {
    {1, 1, 1},     {1, 512, 64}, {50, 768, 96}, {7, 100, 33},
    {1000, 8, 27}, {777, 70, 5}, {200, 65, 64}, {5, 70, 2500},
};

/* A product with the values that its operands really stand for. */
typedef struct {
    const Shape *shape;
    CwProductType type;
    void *packed;
    CwPackedMatrix w;
    double *a_values, *w_values; /* [n_rows][depth], [n_columns][depth] */
    float *bias, *old, *c;
    char *a;
    gsize a_stride;
    float *a_scales;
    gint32 *a_zeros;
} Product;

static float *
make_random(gsize n, GRand *random)
{
    float *values = g_new(float, n);
    for (gsize i = 0; i < n; i++)
        values[i] = (float)g_rand_double_range(random, -1, 1);
    return values;
}

/* What remains of a column of W in the type: the same arithmetic, written once more. */
static void
round_column(CwProductType type, const float *w, gsize depth, double *values)
{
    float largest = 0;
    for (gsize k = 0; k < depth; k++)
        largest = fmaxf(largest, fabsf(w[k]));
    const float scale = largest / 127;
    for (gsize k = 0; k < depth; k++)
        values[k] = type == CW_PRODUCT_F32    ? (double)w[k]
                    : type == CW_PRODUCT_BF16 ? (double)cw_bf16_to_f32(cw_bf16_from_f32(w[k]))
                                              : (double)rintf(w[k] / scale) * scale;
}

static void
convert_row(Product *p, const float *x, gsize row)
{
    const CwRowKernels *rows = cw_row_kernels();
    const gsize depth = p->shape->depth;
    char *to = p->a + row * p->a_stride;
    double *values = p->a_values + row * depth;
    if (p->type == CW_PRODUCT_F32)
        memcpy(to, x, depth * sizeof *x);
    else if (p->type == CW_PRODUCT_BF16)
        rows->round_to_bf16(x, depth, p->a_stride / 2, (guint16 *)(void *)to);
    else
        rows->quantize(x, depth, p->a_stride, (guint8 *)to, &p->a_scales[row], &p->a_zeros[row]);
    for (gsize k = 0; k < depth; k++)
        values[k] = p->type == CW_PRODUCT_F32 ? (double)x[k]
                    : p->type == CW_PRODUCT_BF16
                        ? (double)cw_bf16_to_f32(cw_bf16_from_f32(x[k]))
                        : ((guint8)to[k] - p->a_zeros[row]) * (double)p->a_scales[row];
}

static Product *
make_product(const Shape *shape, CwProductType type, GRand *random)
{
    Product *p = g_new0(Product, 1);
    const gsize n_a = shape->n_rows * shape->depth, n_w = shape->n_columns * shape->depth;
    g_autofree float *a = make_random(n_a, random);
    g_autofree float *w = make_random(n_w, random);
    p->shape = shape;
    p->type = type;
    p->bias = make_random(shape->n_columns, random);
    p->old = make_random(shape->n_rows * shape->n_columns, random);
    p->c = g_new(float, shape->n_rows * shape->n_columns);
    p->a_values = g_new(double, n_a);
    p->w_values = g_new(double, n_w);
    p->packed = aligned_alloc(64, cw_packed_bytes(type, shape->n_columns, shape->depth));
    for (gsize first = 0; first < shape->n_columns; first += 32)
        cw_pack_columns(type, shape->n_columns, shape->depth, first,
                        MIN(32, shape->n_columns - first), w + first * shape->depth,
                        p->bias + first, p->packed);
    p->w = cw_packed_view(type, shape->n_columns, shape->depth, p->packed);
    p->a_stride = p->w.n_groups * 4 + 8;
    p->a = g_malloc0(shape->n_rows * p->a_stride);
    p->a_scales = g_new(float, shape->n_rows);
    p->a_zeros = g_new(gint32, shape->n_rows);
    for (gsize i = 0; i < shape->n_columns; i++)
        round_column(type, w + i * shape->depth, shape->depth, p->w_values + i * shape->depth);
    for (gsize i = 0; i < shape->n_rows; i++)
        convert_row(p, a + i * shape->depth, i);
    return p;
}

static void
free_product(Product *p)
{
    free(p->packed);
    g_free(p->a_values);
    g_free(p->w_values);
    g_free(p->bias);
    g_free(p->old);
    g_free(p->c);
    g_free(p->a);
    g_free(p->a_scales);
    g_free(p->a_zeros);
    g_free(p);
}

static double
expect(const Product *p, gsize row, gsize column, const CwGemm *gemm)
{
    const gsize depth = p->shape->depth;
    double sum = p->bias[column];
    for (gsize k = 0; k < depth; k++)
        sum += p->a_values[row * depth + k] * p->w_values[column * depth + k];
    if (gemm->accumulate)
        sum += p->old[row * p->shape->n_columns + column];
    return gemm->activation ? fmax(sum, 0) : sum;
}

static void
check_product(Product *p, gboolean accumulate, gboolean activate, guint n_threads)
{
    const gsize n_columns = p->shape->n_columns, n = p->shape->n_rows * n_columns;
    const CwGemm gemm = {
        .w = &p->w,
        .n_rows = p->shape->n_rows,
        .a = p->a,
        .a_stride = p->a_stride,
        .a_scales = p->a_scales,
        .a_zeros = p->a_zeros,
        .c = p->c,
        .c_stride = n_columns,
        .accumulate = accumulate,
        .activation = activate ? cw_row_kernels()->relu : NULL,
    };
    memcpy(p->c, p->old, n * sizeof *p->c);
    cw_gemm_run(&gemm, n_threads);
    for (gsize i = 0; i < n; i++) {
        const double exact = expect(p, i / n_columns, i % n_columns, &gemm);
        g_assert_cmpfloat(fabs(p->c[i] - exact), <=, 5e-5);
    }
}

static void
test_products(gconstpointer data)
{
    const CwProductType type = (CwProductType)GPOINTER_TO_UINT(data);
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    for (gsize s = 0; s < G_N_ELEMENTS(shapes); s++) {
        Product *p = make_product(&shapes[s], type, random);
        for (guint n_threads = 0; n_threads <= 3; n_threads++) {
            check_product(p, FALSE, FALSE, n_threads);
            check_product(p, TRUE, TRUE, n_threads);
        }
        free_product(p);
    }
}

static void
test_sizes(void)
{
    g_assert_cmpuint(cw_packed_bytes(CW_PRODUCT_INT8, 17, 5), ==, 2 * 2 * 64 + 3 * 2 * 64);
    g_assert_cmpuint(cw_packed_bytes(CW_PRODUCT_BF16, 16, 3), ==, 2 * 64 + 64);
    g_assert_cmpuint(cw_packed_bytes(CW_PRODUCT_F32, G_MAXSIZE / 2, 3), ==, 0);
    g_assert_cmpuint(cw_packed_bytes(CW_PRODUCT_F32, 1 << 20, G_MAXSIZE / (1 << 20)), ==, 0);
}

int
main(int argc, char **argv)
{
    static const char *const types[] = {"f32", "bf16", "int8"};
    g_test_init(&argc, &argv, NULL);
    for (guint type = 0; type < CW_PRODUCT_N_TYPES; type++) {
        g_autofree char *path = g_strdup_printf(
            "/kernels/gemm/%s: every shape, epilogue and number of threads", types[type]);
        g_test_add_data_func(path, GUINT_TO_POINTER(type), test_products);
    }
    g_test_add_func("/kernels/gemm/sizes of packed matrices, and those that overflow", test_sizes);
    return g_test_run();
}
