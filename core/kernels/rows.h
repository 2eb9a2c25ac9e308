/* Operations on rows of f32: normalisation, softmax, activations. One table per instruction set,
 * all from the same source (rows_f32_template.c), chosen once.
 *
 * exp is a degree-6 polynomial after range reduction and erf a rational function: relative error of
 * exp below 2e-7, absolute error of erf below 3e-7 (tests/unit/kernels/rows.c holds them to it). */
#pragma once

#include "kernels/packed.h"

typedef void (*CwActivationFunc)(float *x, size_t stride, size_t n_rows, size_t n);
typedef void (*CwActivatedBytesFunc)(float *x, size_t n, size_t n_padded, uint8_t *y, float *scale,
                                     int32_t *zero);

typedef struct {
    const char *name;

    /* y = (x - mean) / sqrt(variance + eps) * gamma + beta; x, y: [width], may be the same. */
    void (*layer_norm)(const float *x, const float *gamma, const float *beta, float eps,
                       size_t width, float *y);

    /* x = softmax(scale * x), x: [n], n > 0; then zeros up to n_padded, a multiple of 16. */
    void (*softmax)(float *x, float scale, size_t n, size_t n_padded);

    /* x = f(x), x: [n_rows][n], rows stride floats apart. */
    CwActivationFunc quick_gelu, gelu, gelu_tanh, relu;

    /* y[i] = round(x[i] / scale) + zero, 0..255, over the range of x and 0, then zeros up to
     * n_padded. What is no finite number becomes any byte. */
    void (*quantize)(const float *x, size_t n, size_t n_padded, uint8_t *y, float *scale,
                     int32_t *zero);

    /* x = f(x), good to 1e-4 of x, and quantize() of that. */
    CwActivatedBytesFunc quantize_quick_gelu, quantize_gelu, quantize_gelu_tanh;

    /* y = x to the nearest, ties to even, then zeros up to n_padded. */
    void (*round_to_bf16)(const float *x, size_t n, size_t n_padded, uint16_t *y);

    /* For f32 and bf16 alone, a matrix without bias, packed where it is used: W whose rows are x's
     * (x: [n_columns] rows of stride floats, depth numbers of each), … */
    void (*pack_rows)(CwProductType type, size_t n_columns, size_t depth, const float *x,
                      size_t stride, void *memory);

    /* … and W whose columns are x's (x: [depth] rows of stride floats, n_columns of each). */
    void (*pack_transposed)(CwProductType type, size_t n_columns, size_t depth, const float *x,
                            size_t stride, void *memory);
} CwRowKernels;

/* For the level of this machine (base/cpu.h). Thread-safe. */
const CwRowKernels *cw_row_kernels(void);

/* The tables that this machine can run, lowest level first: NULL from the first index beyond. */
const CwRowKernels *cw_row_kernels_at(size_t index);
