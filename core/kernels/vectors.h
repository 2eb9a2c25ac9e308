/* Vectors of LANES 32-bit lanes, which gcc and clang lower to what the including file is compiled
 * for. */
#pragma once

#include "kernels/simd.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef LANES
#define LANES 4
#endif

/* Before a loop with constant bounds. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef int32_t IntVector __attribute__((vector_size(LANES * 4)));

static inline Vector
splat(float value)
{
    return value - (Vector){0};
}

static inline IntVector
splat_int(int32_t value)
{
    return value - (IntVector){0};
}

static inline Vector
load(const float *from)
{
    Vector v;
    memcpy(&v, from, sizeof v);
    return v;
}

static inline IntVector
load_int(const void *from)
{
    IntVector v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* The first n lanes from memory, zeros behind. */
static inline Vector
load_part(const float *from, size_t n)
{
#if LANES == 16 && !defined(CW_SIMDE)
    return (Vector)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), from);
#else
    Vector v = {0};
    memcpy(&v, from, n * sizeof *from);
    return v;
#endif
}

static inline void
store(float *to, Vector v)
{
    memcpy(to, &v, sizeof v);
}

/* The first n lanes alone. */
static inline void
store_part(float *to, Vector v, size_t n)
{
#if LANES == 16 && !defined(CW_SIMDE)
    _mm512_mask_storeu_ps(to, (__mmask16)((1u << n) - 1), (__m512)v);
#else
    memcpy(to, &v, n * sizeof *to);
#endif
}

/* The last operand where one is no number. */
static inline Vector
smaller(Vector a, Vector b)
{
#if LANES == 16
    return (Vector)_mm512_min_ps((__m512)a, (__m512)b);
#elif LANES == 8
    return (Vector)_mm256_min_ps((__m256)a, (__m256)b);
#else
    const IntVector mask = a < b;
    return (Vector)((mask & (IntVector)a) | (~mask & (IntVector)b));
#endif
}

static inline Vector
larger(Vector a, Vector b)
{
#if LANES == 16
    return (Vector)_mm512_max_ps((__m512)a, (__m512)b);
#elif LANES == 8
    return (Vector)_mm256_max_ps((__m256)a, (__m256)b);
#else
    const IntVector mask = a > b;
    return (Vector)((mask & (IntVector)a) | (~mask & (IntVector)b));
#endif
}

static inline float
add_lanes(Vector v)
{
#if LANES == 16 && !defined(CW_SIMDE)
    return _mm512_reduce_add_ps((__m512)v);
#else
    float lanes[LANES];
    memcpy(lanes, &v, sizeof lanes);
    for (size_t n = LANES / 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++)
            lanes[i] += lanes[i + n];
    return lanes[0];
#endif
}

static inline float
largest_lane(Vector v)
{
#if LANES == 16 && !defined(CW_SIMDE)
    return _mm512_reduce_max_ps((__m512)v);
#else
    float lanes[LANES];
    memcpy(lanes, &v, sizeof lanes);
    for (size_t n = LANES / 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++)
            lanes[i] = lanes[i] > lanes[i + n] ? lanes[i] : lanes[i + n];
    return lanes[0];
#endif
}

/* The 4 bytes there in every lane. */
static inline IntVector
broadcast(const void *from)
{
    int32_t value;
    memcpy(&value, from, sizeof value);
    return splat_int(value);
}
