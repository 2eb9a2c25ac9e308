#include "kernels/gemm_f32.h"

#include "base/pool.h"

#include <cblas.h>

/* Rows and columns of a tile come in multiples of these: what OpenBLAS's kernels like. */
#define TILE_ROWS    96
#define TILE_COLUMNS 64

typedef struct {
    const CwGemm *gemm;
    const CwGemmEpilogue *epilogue;
    size_t tile_rows, tile_columns;
    size_t n_across; /* tiles beside each other */
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

static size_t
divide_up(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

static void
finish_tile(const CwGemmEpilogue *epilogue, size_t n_rows, size_t first_column, size_t n_columns,
            float *c, size_t c_stride)
{
    const CwRowKernels *rows = cw_row_kernels();
    const float *bias = epilogue->bias ? epilogue->bias + first_column : NULL;
    for (size_t i = 0; i < n_rows; i++, c += c_stride) {
        if (epilogue->activation)
            epilogue->activation(c, bias, n_columns);
        else if (bias)
            rows->add_bias(bias, n_columns, c);
    }
}

static void
compute_tile(gpointer data, guint index)
{
    const Tiles *tiles = data;
    const CwGemm *g = tiles->gemm;
    const size_t row = index / tiles->n_across * tiles->tile_rows;
    const size_t column = index % tiles->n_across * tiles->tile_columns;
    const size_t n_rows = MIN(tiles->tile_rows, g->n_rows - row);
    const size_t n_columns = MIN(tiles->tile_columns, g->n_columns - column);
    const float *w = g->w + column * (g->w_transposed ? 1 : g->depth);
    const size_t w_stride = g->w_transposed ? g->n_columns : g->depth;
    float *c = g->c + row * g->n_columns + column;
    const int accumulate = tiles->epilogue && tiles->epilogue->accumulate;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, g->w_transposed ? CblasNoTrans : CblasTrans,
                (blasint)n_rows, (blasint)n_columns, (blasint)g->depth, 1.0f,
                g->a + row * g->a_stride, (blasint)g->a_stride, w, (blasint)w_stride,
                accumulate ? 1.0f : 0.0f, c, (blasint)g->n_columns);
    if (tiles->epilogue)
        finish_tile(tiles->epilogue, n_rows, column, n_columns, c, g->n_columns);
}

/* Each worker gets columns of its own, so that the weights, which are larger than the caches, are
 * read once. Where there are fewer columns than that (the first convolutions of a ResNet) the many
 * rows are split as well. */
void
cw_gemm_f32(const CwGemm *gemm, const CwGemmEpilogue *epilogue, unsigned n_threads)
{
    const size_t n_cpus = cw_pool_n_cpus();
    const size_t n_workers = n_threads == 0 ? n_cpus : MIN(n_threads, n_cpus);
    const size_t column_blocks = divide_up(gemm->n_columns, TILE_COLUMNS);
    const size_t row_blocks = divide_up(gemm->n_rows, TILE_ROWS);
    Tiles tiles = {.gemm = gemm, .epilogue = epilogue};
    tiles.tile_columns = divide_up(column_blocks, n_workers) * TILE_COLUMNS;
    tiles.n_across = divide_up(gemm->n_columns, tiles.tile_columns);
    const size_t n_down = MIN(row_blocks, divide_up(n_workers, tiles.n_across));
    tiles.tile_rows = n_down > 1 ? divide_up(row_blocks, n_down) * TILE_ROWS : gemm->n_rows;
    use_one_blas_thread();
    cw_pool_run(n_threads, (guint)(tiles.n_across * divide_up(gemm->n_rows, tiles.tile_rows)),
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
