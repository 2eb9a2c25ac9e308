/* The row operations in vector types that gcc and clang lower to whatever the including file is
 * compiled for. The includer defines LANES (a power of two) and TABLE, the name of the table. */
#include "kernels/rows.h"

#include "kernels/bf16.h"
#include "kernels/simd.h"
#include "kernels/vectors.h"

#include <math.h>

typedef uint8_t ByteVector __attribute__((vector_size(LANES)));
typedef uint16_t HalfVector __attribute__((vector_size(LANES * 2)));

static inline Vector
clamp(Vector x, float low, float high)
{
    return smaller(splat(high), larger(splat(low), x));
}

/* x * 2^n for n that are whole; within the range of normal numbers. */
static inline Vector
scale_by_power(Vector x, Vector n)
{
#if LANES == 16 && !defined(CW_SIMDE)
    return (Vector)_mm512_scalef_ps((__m512)x, (__m512)n);
#else
    return x * (Vector)((__builtin_convertvector(n, IntVector) + 127) << 23);
#endif
}

static inline Vector
round_to_whole(Vector x)
{
    const Vector round_up = splat(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */
    return (x + round_up) - round_up;
}

/* e^x = 2^n e^r with |r| <= ln 2 / 2; Taylor to r^6 there errs by 1.2e-7 at most. */
static inline Vector
exponential(Vector x)
{
    x = clamp(x, -87.0f, 88.0f);
    const Vector n = round_to_whole(x * splat(1.44269504f));
    Vector r = x - n * splat(0.693359375f) + n * splat(2.12194440e-4f); /* ln 2 in two parts */
    Vector p = splat(1.0f / 720);
    p = p * r + splat(1.0f / 120);
    p = p * r + splat(1.0f / 24);
    p = p * r + splat(1.0f / 6);
    p = p * r + splat(0.5f);
    p = p * r + splat(1.0f);
    p = p * r + splat(1.0f);
    return scale_by_power(p, n);
}

/* 1 / (1 + 2^-x), by the Taylor series of 2^r for |r| <= 1/2 to r^6. What x was rounded by matters
 * only where the result is all but 0 or 1. is_coarse: to r^4 and 1e-4, for what is made bytes. */
static inline Vector
sigmoid_of_power(Vector x, const int is_coarse)
{
    x = clamp(-x, -126.0f, 126.0f);
    const Vector n = round_to_whole(x), r = x - n;
    Vector p = splat(9.61812911e-3f);
    if (!is_coarse) {
        p = splat(1.54035304e-4f);
        p = p * r + splat(1.33335581e-3f);
        p = p * r + splat(9.61812911e-3f);
    }
    p = p * r + splat(5.55041087e-2f);
    p = p * r + splat(2.40226507e-1f);
    p = p * r + splat(6.93147181e-1f);
    p = p * r + splat(1.0f);
    const Vector below = splat(1.0f) + scale_by_power(p, n);
#if LANES == 16 && !defined(CW_SIMDE)
    const Vector guess = (Vector)_mm512_rcp14_ps((__m512)below);
    if (is_coarse)
        return guess;
    return guess * (splat(2.0f) - below * guess); /* a step of Newton's doubles its 14 bits */
#else
    return splat(1.0f) / below;
#endif
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
quick_gelu_of(Vector x, const int is_coarse)
{
    return x * sigmoid_of_power(x * splat(2.45546696f), is_coarse); /* 1.702 / ln 2 */
}

static inline Vector
gelu_of(Vector x, const int is_coarse)
{
    (void)is_coarse;
    return splat(0.5f) * x * (splat(1.0f) + error_function(x * splat(0.70710678f)));
}

static inline Vector
gelu_tanh_of(Vector x, const int is_coarse)
{
    /* 0.5 (1 + tanh u) = 1 / (1 + e^-2u), with u = sqrt(2 / pi) (x + 0.044715 x^3) over ln 2 */
    const Vector u = splat(2.30220813f) * (x + splat(0.044715f) * x * x * x);
    return x * sigmoid_of_power(u, is_coarse);
}

static inline Vector
relu_of(Vector x, const int is_coarse)
{
    (void)is_coarse;
    return larger(splat(0.0f), x); /* what is no number stays none */
}

/* The last lanes by way of a padded vector. */
#define DEFINE_ACTIVATION(name)                                                  \
    static void name(float *x, size_t stride, size_t n_rows, size_t n)           \
    {                                                                            \
        for (; n_rows > 0; n_rows--, x += stride) {                              \
            size_t i = 0;                                                        \
            for (; i + LANES <= n; i += LANES)                                   \
                store(x + i, name##_of(load(x + i), 0));                         \
            if (i < n) {                                                         \
                store_part(x + i, name##_of(load_part(x + i, n - i), 0), n - i); \
            }                                                                    \
        }                                                                        \
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
    float mean = add_lanes(total) / (float)width;
    for (i = 0; i + LANES <= width; i += LANES) {
        Vector d = load(x + i) - splat(mean);
        squares += d * d;
    }
    float variance = add_lanes(squares);
    for (; i < width; i++)
        variance += (x[i] - mean) * (x[i] - mean);
    float scale = 1.0f / sqrtf(variance / (float)width + eps);
    for (i = 0; i + LANES <= width; i += LANES)
        store(y + i, (load(x + i) - splat(mean)) * splat(scale) * load(gamma + i) + load(beta + i));
    for (; i < width; i++)
        y[i] = (x[i] - mean) * scale * gamma[i] + beta[i];
}

/* All lanes of the first n are set, none behind them. */
static inline IntVector
lanes_before(size_t n)
{
    IntVector lane;
    for (int i = 0; i < LANES; i++)
        lane[i] = i;
    return lane < splat_int(n < LANES ? (int32_t)n : LANES);
}

/* Whole vectors throughout, for what is written here is read again at once. */
static void
softmax(float *x, float scale, size_t n, size_t n_padded)
{
    Vector best = splat(x[0]), total = {0};
    size_t i = 0;
    for (; i < n; i += LANES) {
        const IntVector inside = lanes_before(n - i);
        best = larger(best, (Vector)((inside & load_int(x + i)) | (~inside & (IntVector)best)));
    }
    const Vector largest = splat(largest_lane(best));
    for (i = 0; i < n; i += LANES) {
        const Vector e = exponential((load(x + i) - largest) * splat(scale));
        const Vector counted = (Vector)(lanes_before(n - i) & (IntVector)e);
        store(x + i, counted);
        total += counted;
    }
    const Vector inverse = splat(1.0f / add_lanes(total));
    for (i = 0; i < n; i += LANES)
        store(x + i, load(x + i) * inverse);
    for (; i < n_padded; i += LANES)
        store(x + i, (Vector){0});
}

/* Bytes of round(v), 0 to 255; v may lie beyond. */
static inline void
store_bytes(uint8_t *to, Vector v, size_t n)
{
#if LANES == 16 && !defined(CW_SIMDE)
    const __m512i whole = _mm512_max_epi32(_mm512_cvtps_epi32((__m512)v), _mm512_setzero_si512());
    _mm512_mask_cvtusepi32_storeu_epi8(to, (__mmask16)((1u << n) - 1), whole);
#else
    const Vector whole = clamp(v, 0.0f, 255.0f) + splat(12582912.0f);
    const ByteVector bytes = __builtin_convertvector((IntVector)whole & 255, ByteVector);
    memcpy(to, &bytes, n);
#endif
}

/* The largest and the smallest numbers of a row, lane by lane, and 0. */
typedef struct {
    Vector lows, highs;
} Range;

static inline Range
widen(Range range, Vector x)
{
    return (Range){smaller(range.lows, x), larger(range.highs, x)};
}

static void
quantize_within(const Range *range, const float *x, size_t n, size_t n_padded, uint8_t *y,
                float *scale, int32_t *zero)
{
    const float low = -largest_lane(-range->lows), extent = largest_lane(range->highs) - low;
    const float step = extent > 0 && extent < INFINITY ? extent / 255.0f : 1.0f;
    const float inverse = extent < INFINITY ? 1.0f / step : 0.0f;
    const int32_t offset = extent < INFINITY ? (int32_t)lrintf(-low * inverse) : 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        store_bytes(y + i, load(x + i) * splat(inverse) + splat((float)offset), LANES);
    if (i < n)
        store_bytes(y + i, load_part(x + i, n - i) * splat(inverse) + splat((float)offset), n - i);
    for (i = n; i < n_padded; i++)
        y[i] = 0;
    *scale = step;
    *zero = offset;
}

static void
quantize(const float *x, size_t n, size_t n_padded, uint8_t *y, float *scale, int32_t *zero)
{
    Range range = {{0}, {0}};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        range = widen(range, load(x + i));
    if (i < n)
        range = widen(range, load_part(x + i, n - i));
    quantize_within(&range, x, n, n_padded, y, scale, zero);
}

#define DEFINE_QUANTIZE(name)                                                                  \
    static void quantize_##name(float *x, size_t n, size_t n_padded, uint8_t *y, float *scale, \
                                int32_t *zero)                                                 \
    {                                                                                          \
        Range range = {{0}, {0}};                                                              \
        size_t i = 0;                                                                          \
        for (; i + LANES <= n; i += LANES) {                                                   \
            const Vector activated = name##_of(load(x + i), 1);                                \
            store(x + i, activated);                                                           \
            range = widen(range, activated);                                                   \
        }                                                                                      \
        if (i < n) {                                                                           \
            store_part(x + i, name##_of(load_part(x + i, n - i), 1), n - i);                   \
            range = widen(range, load_part(x + i, n - i));                                     \
        }                                                                                      \
        quantize_within(&range, x, n, n_padded, y, scale, zero);                               \
    }

DEFINE_QUANTIZE(quick_gelu)
DEFINE_QUANTIZE(gelu)
DEFINE_QUANTIZE(gelu_tanh)

/* The nearest bf16 in the upper half of each lane, ties to even. */
static inline IntVector
round_bits(Vector x)
{
    const IntVector bits = (IntVector)x;
    return bits + 0x7fff + (bits >> 16 & 1);
}

static void
round_to_bf16(const float *x, size_t n, size_t n_padded, uint16_t *y)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const HalfVector halves =
            __builtin_convertvector(round_bits(load(x + i)) >> 16, HalfVector);
        memcpy(y + i, &halves, sizeof halves);
    }
    for (; i < n; i++)
        y[i] = cw_bf16_from_f32(x[i]);
    for (i = n; i < n_padded; i++)
        y[i] = 0;
}

#include "kernels/pack_rows_template.c"

const CwRowKernels TABLE = {
    .name = NAME,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .quick_gelu = quick_gelu,
    .gelu = gelu,
    .gelu_tanh = gelu_tanh,
    .relu = relu,
    .quantize = quantize,
    .quantize_quick_gelu = quantize_quick_gelu,
    .quantize_gelu = quantize_gelu,
    .quantize_gelu_tanh = quantize_gelu_tanh,
    .round_to_bf16 = round_to_bf16,
    .pack_rows = pack_rows,
    .pack_transposed = pack_transposed,
};
