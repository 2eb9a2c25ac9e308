/* The row operations in vector types that gcc and clang lower to whatever the including file is
 * compiled for. The includer defines LANES (a power of two) and TABLE, the name of the table. */
#include "kernels/rows.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef int32_t IntVector __attribute__((vector_size(LANES * 4)));

static inline Vector
splat(float value)
{
    return value - (Vector){0};
}

static inline Vector
load(const float *from)
{
    Vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* The first n lanes from memory, zeros behind. */
static inline Vector
load_part(const float *from, size_t n)
{
    Vector v = {0};
    memcpy(&v, from, n * sizeof *from);
    return v;
}

static inline void
store(float *to, Vector v)
{
    memcpy(to, &v, sizeof v);
}

static inline Vector
choose(IntVector mask, Vector yes, Vector no)
{
    return (Vector)((mask & (IntVector)yes) | (~mask & (IntVector)no));
}

static inline Vector
clamp(Vector x, float low, float high)
{
    x = choose(x < splat(low), splat(low), x);
    return choose(x > splat(high), splat(high), x);
}

static inline float
sum(Vector v)
{
    float total = 0;
    for (int i = 0; i < LANES; i++)
        total += v[i];
    return total;
}

/* e^x = 2^n e^r with |r| <= ln 2 / 2; Taylor to r^6 there errs by 1.2e-7 at most. */
static inline Vector
exponential(Vector x)
{
    const Vector round_up = splat(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */
    x = clamp(x, -87.0f, 88.0f);
    Vector n = x * splat(1.44269504f) + round_up;
    n -= round_up;
    Vector r = x - n * splat(0.693359375f) + n * splat(2.12194440e-4f); /* ln 2 in two parts */
    Vector p = splat(1.0f / 720);
    p = p * r + splat(1.0f / 120);
    p = p * r + splat(1.0f / 24);
    p = p * r + splat(1.0f / 6);
    p = p * r + splat(0.5f);
    p = p * r + splat(1.0f);
    p = p * r + splat(1.0f);
    IntVector power = (__builtin_convertvector(n, IntVector) + 127) << 23;
    return p * (Vector)power;
}

/* Rational minimax function on [-4, 4] (as in Eigen's perf for f32), +-1 beyond. */
static inline Vector
error_function(Vector x)
{
    x = clamp(x, -4.0f, 4.0f);
    Vector x2 = x * x;
    Vector p = splat(-2.72614225801306e-10f);
    p = p * x2 + splat(2.77068142495902e-08f);
    p = p * x2 + splat(-2.10102402082508e-06f);
    p = p * x2 + splat(-5.69250639462346e-05f);
    p = p * x2 + splat(-7.34990630326855e-04f);
    p = p * x2 + splat(-2.95459980854025e-03f);
    p = p * x2 + splat(-1.60960333262415e-02f);
    Vector q = splat(-1.45660718464996e-05f);
    q = q * x2 + splat(-2.13374055278905e-04f);
    q = q * x2 + splat(-1.68282697438203e-03f);
    q = q * x2 + splat(-7.37332916720468e-03f);
    q = q * x2 + splat(-1.42647390514189e-02f);
    return x * p / q;
}

static inline Vector
quick_gelu_of(Vector x)
{
    return x / (splat(1.0f) + exponential(x * splat(-1.702f)));
}

static inline Vector
gelu_of(Vector x)
{
    return splat(0.5f) * x * (splat(1.0f) + error_function(x * splat(0.70710678f)));
}

static inline Vector
gelu_tanh_of(Vector x)
{
    /* 0.5 (1 + tanh u) = 1 / (1 + e^-2u) */
    Vector u = splat(0.79788456f) * (x + splat(0.044715f) * x * x * x);
    return x / (splat(1.0f) + exponential(splat(-2.0f) * u));
}

static inline Vector
relu_of(Vector x)
{
    return choose(x < splat(0.0f), splat(0.0f), x); /* what is no number stays none */
}

/* x[i] = of(x[i] + bias[i]), the last lanes by way of a padded vector. */
#define DEFINE_ACTIVATION(name)                                                         \
    static void name(float *x, const float *bias, size_t n)                             \
    {                                                                                   \
        size_t i = 0;                                                                   \
        for (; i + LANES <= n; i += LANES)                                              \
            store(x + i, name##_of(bias ? load(x + i) + load(bias + i) : load(x + i))); \
        if (i < n) {                                                                    \
            Vector rest = load_part(x + i, n - i);                                      \
            if (bias)                                                                   \
                rest += load_part(bias + i, n - i);                                     \
            rest = name##_of(rest);                                                     \
            memcpy(x + i, &rest, (n - i) * sizeof *x);                                  \
        }                                                                               \
    }

DEFINE_ACTIVATION(quick_gelu)
DEFINE_ACTIVATION(gelu)
DEFINE_ACTIVATION(gelu_tanh)
DEFINE_ACTIVATION(relu)

static void
layer_norm(const float *x, const float *gamma, const float *beta, float eps, size_t width, float *y)
{
    Vector total = {0}, squares = {0};
    size_t i = 0;
    for (; i + LANES <= width; i += LANES)
        total += load(x + i);
    total += load_part(x + i, width - i);
    float mean = sum(total) / (float)width;
    for (i = 0; i + LANES <= width; i += LANES) {
        Vector d = load(x + i) - splat(mean);
        squares += d * d;
    }
    float variance = sum(squares);
    for (; i < width; i++)
        variance += (x[i] - mean) * (x[i] - mean);
    float scale = 1.0f / sqrtf(variance / (float)width + eps);
    for (i = 0; i + LANES <= width; i += LANES)
        store(y + i, (load(x + i) - splat(mean)) * splat(scale) * load(gamma + i) + load(beta + i));
    for (; i < width; i++)
        y[i] = (x[i] - mean) * scale * gamma[i] + beta[i];
}

static void
softmax(float *x, float scale, size_t n)
{
    float largest = x[0];
    for (size_t i = 1; i < n; i++)
        largest = x[i] > largest ? x[i] : largest;
    Vector total = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        Vector e = exponential((load(x + i) - splat(largest)) * splat(scale));
        store(x + i, e);
        total += e;
    }
    float all = sum(total);
    if (i < n) {
        Vector e = exponential((load_part(x + i, n - i) - splat(largest)) * splat(scale));
        memcpy(x + i, &e, (n - i) * sizeof *x);
        for (size_t j = i; j < n; j++)
            all += x[j];
    }
    float inverse = 1.0f / all;
    for (i = 0; i < n; i++)
        x[i] *= inverse;
}

static void
add_bias(const float *bias, size_t n, float *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] += bias[i];
}

const CwRowKernels TABLE = {
    .name = NAME,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .quick_gelu = quick_gelu,
    .gelu = gelu,
    .gelu_tanh = gelu_tanh,
    .relu = relu,
    .add_bias = add_bias,
};
