#include "train/parts.h"

#include <string.h>

void
cw_train_linear_forward(const CwTrainLinear *linear, const CwReal *x, gsize n_rows, CwReal *y)
{
    const gsize n_in = linear->n_in, n_out = linear->n_out;
    if (linear->bias)
        for (gsize i = 0; i < n_rows; i++)
            memcpy(y + i * n_out, linear->bias, n_out * sizeof *y);
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n_rows, (blasint)n_out,
                 (blasint)n_in, 1, x, (blasint)n_in, linear->w, (blasint)n_in, linear->bias ? 1 : 0,
                 y, (blasint)n_out);
}

void
cw_train_linear_backward(const CwTrainLinear *linear, const CwReal *x, const CwReal *dy,
                         gsize n_rows, CwReal *dx)
{
    const gsize n_in = linear->n_in, n_out = linear->n_out;
    cw_real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)n_out, (blasint)n_in,
                 (blasint)n_rows, 1, dy, (blasint)n_out, x, (blasint)n_in, 1, linear->dw,
                 (blasint)n_in);
    if (linear->bias)
        for (gsize i = 0; i < n_rows; i++)
            for (gsize o = 0; o < n_out; o++)
                linear->dbias[o] += dy[i * n_out + o];
    if (dx)
        cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)n_rows, (blasint)n_in,
                     (blasint)n_out, 1, dy, (blasint)n_out, linear->w, (blasint)n_in, 0, dx,
                     (blasint)n_in);
}
