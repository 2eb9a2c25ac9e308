#include "eval/floor.h"

#include "eval/products.h"

#include <cblas.h>

static float *
allocate_filled(gsize n)
{
    float *values = g_try_new(float, MAX(n, 1));
    for (gsize i = 0; values && i < n; i++)
        values[i] = (float)(i % 17) / 16 - 0.5f;
    return values;
}

gboolean
cw_floor_open(CwFloor *floor, const CwModelConfig *config, guint batch, guint n_threads,
              GError **error)
{
    gsize n_weights = 0, n_a = 0, n_c = 0;
    floor->products = cw_products_list(config, batch);
    floor->n_threads = (int)n_threads;
    for (guint i = 0; i < floor->products->len; i++) {
        const CwProduct *p = &g_array_index(floor->products, CwProduct, i);
        const gsize w = p->n_columns * p->depth;
        n_weights = p->has_weights ? n_weights + w * p->count : MAX(n_weights, w);
        n_a = MAX(n_a, p->n_rows * p->depth);
        n_c = MAX(n_c, p->n_rows * p->n_columns);
    }
    floor->weights = allocate_filled(n_weights);
    floor->a = allocate_filled(n_a);
    floor->c = allocate_filled(n_c);
    if (floor->weights && floor->a && floor->c)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for the products alone");
    return FALSE;
}

void
cw_floor_clear(CwFloor *floor)
{
    g_clear_pointer(&floor->products, g_array_unref);
    g_clear_pointer(&floor->weights, g_free);
    g_clear_pointer(&floor->a, g_free);
    g_clear_pointer(&floor->c, g_free);
}

void
cw_floor_run(const CwFloor *floor)
{
    const float *weights = floor->weights;
    openblas_set_num_threads(floor->n_threads);
    for (guint i = 0; i < floor->products->len; i++) {
        const CwProduct *p = &g_array_index(floor->products, CwProduct, i);
        for (guint j = 0; j < p->count; j++) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)p->n_rows,
                        (blasint)p->n_columns, (blasint)p->depth, 1.0f, floor->a, (blasint)p->depth,
                        p->has_weights ? weights : floor->weights, (blasint)p->depth, 0.0f,
                        floor->c, (blasint)p->n_columns);
            if (p->has_weights)
                weights += p->n_columns * p->depth;
        }
    }
    openblas_set_num_threads(1); /* as our own products want it */
}
