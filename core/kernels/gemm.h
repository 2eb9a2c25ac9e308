/* Products C = A W^T over packed weights, spread over the pool. */
#pragma once

#include "kernels/packed.h"
#include "kernels/rows.h"

typedef struct {
    const CwPackedMatrix *w;
    size_t n_rows;
    const void *a;               /* [n_rows] rows, each padded to whole groups of W's type */
    size_t a_stride;             /* bytes */
    const float *a_scales;       /* int8: [n_rows], of quantize() */
    const int32_t *a_zeros;      /* int8: [n_rows] */
    float *c;                    /* [n_rows][n_columns] */
    size_t c_stride;             /* floats */
    int accumulate;              /* C += A W^T + bias: the residual sum */
    CwActivationFunc activation; /* of CwRowKernels: C = activation(…); or NULL */
    const CwPackedMatrix *next;  /* fetched into the caches towards the end; or NULL */
} CwGemm;

/* n_threads as for cw_pool_run(). Allocates nothing. Thread-safe. */
void cw_gemm_run(const CwGemm *gemm, unsigned n_threads);
