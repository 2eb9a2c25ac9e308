/* Matrix products in f32 by OpenBLAS, one BLAS thread per call, spread over our own pool. */
#pragma once

#include "kernels/rows.h"

/* What is done to each finished tile: C = activation(C + bias); with accumulate C + A W^T + bias,
 * the residual sum. */
typedef struct {
    const float *bias;                                         /* [n_columns] or NULL */
    void (*activation)(float *x, const float *bias, size_t n); /* of CwRowKernels, or NULL */
    int accumulate;                                            /* C's old contents are a summand */
} CwGemmEpilogue;

typedef struct {
    size_t n_rows, n_columns, depth;
    const float *a; /* [n_rows][depth] */
    size_t a_stride;
    const float *w;   /* [n_columns][depth], or [depth][n_columns] */
    int w_transposed; /* the second form */
    float *c;         /* [n_rows][n_columns], packed */
} CwGemm;

/* C = A W^T with the epilogue (NULL: none). n_threads as for cw_pool_run(). Thread-safe. */
void cw_gemm_f32(const CwGemm *gemm, const CwGemmEpilogue *epilogue, unsigned n_threads);

/* One small product in the calling thread: C = alpha A op(B) with any strides. b_transposed: B is
 * [n_columns][depth]. */
void cw_gemm_f32_small(size_t n_rows, size_t n_columns, size_t depth, float alpha, const float *a,
                       size_t a_stride, const float *b, size_t b_stride, int b_transposed, float *c,
                       size_t c_stride);
