#include "kernels/gemm_f32.h"

#include "base/pool.h"

#include <cblas.h>

/* Columns of a tile come in multiples of this: what OpenBLAS's kernels like. */
#define TILE_COLUMNS 64

typedef struct {
    const CwGemm *gemm;
    const CwGemmEpilogue *epilogue;
    size_t tile_columns;
} Tiles;

static gpointer
keep_to_one_thread(gpointer unused)
{
    openblas_set_num_threads(1);
    return NULL;
}

static void
use_one_blas_thread(void)
{
    static GOnce once = G_ONCE_INIT;
    g_once(&once, keep_to_one_thread, NULL);
}

static void
finish_tile(const CwGemm *gemm, const CwGemmEpilogue *epilogue, size_t first, size_t n)
{
    const CwRowKernels *rows = cw_row_kernels();
    const float *bias = epilogue->bias ? epilogue->bias + first : NULL;
    for (size_t i = 0; i < gemm->n_rows; i++) {
        float *row = gemm->c + i * gemm->n_columns + first;
        if (epilogue->activation)
            epilogue->activation(row, bias, n);
        else if (bias)
            rows->add_bias(bias, n, row);
    }
}

static void
compute_tile(gpointer data, guint index)
{
    const Tiles *tiles = data;
    const CwGemm *g = tiles->gemm;
    size_t first = index * tiles->tile_columns;
    size_t n = MIN(tiles->tile_columns, g->n_columns - first);
    const float *w = g->w + first * (g->w_transposed ? 1 : g->depth);
    size_t w_stride = g->w_transposed ? g->n_columns : g->depth;
    int accumulate = tiles->epilogue && tiles->epilogue->accumulate;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, g->w_transposed ? CblasNoTrans : CblasTrans,
                (blasint)g->n_rows, (blasint)n, (blasint)g->depth, 1.0f, g->a, (blasint)g->a_stride,
                w, (blasint)w_stride, accumulate ? 1.0f : 0.0f, g->c + first,
                (blasint)g->n_columns);
    if (tiles->epilogue)
        finish_tile(g, tiles->epilogue, first, n);
}

void
cw_gemm_f32(const CwGemm *gemm, const CwGemmEpilogue *epilogue, unsigned n_threads)
{
    guint n_workers = n_threads == 0 ? cw_pool_n_cpus() : n_threads;
    size_t n_blocks = (gemm->n_columns + TILE_COLUMNS - 1) / TILE_COLUMNS;
    size_t blocks_per_tile = (n_blocks + n_workers - 1) / n_workers;
    Tiles tiles = {gemm, epilogue, blocks_per_tile * TILE_COLUMNS};
    use_one_blas_thread();
    cw_pool_run(n_threads, (guint)((n_blocks + blocks_per_tile - 1) / blocks_per_tile),
                compute_tile, &tiles);
}

void
cw_gemm_f32_small(size_t n_rows, size_t n_columns, size_t depth, float alpha, const float *a,
                  size_t a_stride, const float *b, size_t b_stride, int b_transposed, float *c,
                  size_t c_stride)
{
    use_one_blas_thread();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, b_transposed ? CblasTrans : CblasNoTrans,
                (blasint)n_rows, (blasint)n_columns, (blasint)depth, alpha, a, (blasint)a_stride, b,
                (blasint)b_stride, 0.0f, c, (blasint)c_stride);
}
