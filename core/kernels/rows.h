/* Operations on rows of f32: normalisation, softmax, activations. One table per instruction set,
 * all from the same source (rows_f32_template.c), chosen once.
 *
 * exp is a degree-6 polynomial after range reduction and erf a rational function: relative error of
 * exp below 2e-7, absolute error of erf below 3e-7 (tests/unit/kernels/rows.c holds them to it). */
#pragma once

#include <stddef.h>

typedef struct {
    const char *name;

    /* y = (x - mean) / sqrt(variance + eps) * gamma + beta; x, y: [width], may be the same. */
    void (*layer_norm)(const float *x, const float *gamma, const float *beta, float eps,
                       size_t width, float *y);

    /* x = softmax(scale * x), x: [n], n > 0. */
    void (*softmax)(float *x, float scale, size_t n);

    /* x = f(x + bias), x: [n]; bias [n] or NULL. */
    void (*quick_gelu)(float *x, const float *bias, size_t n);
    void (*gelu)(float *x, const float *bias, size_t n);
    void (*gelu_tanh)(float *x, const float *bias, size_t n);
    void (*relu)(float *x, const float *bias, size_t n);

    /* x += bias. */
    void (*add_bias)(const float *bias, size_t n, float *x);
} CwRowKernels;

/* For the level of this machine (base/cpu.h). Thread-safe. */
const CwRowKernels *cw_row_kernels(void);

/* The tables that this machine can run, lowest level first: NULL from the first index beyond. */
const CwRowKernels *cw_row_kernels_at(size_t index);
