/* Tile kernels for AVX-512 with VNNI. */
#include "kernels/simd.h"

#include "kernels/tiles_tables.h"

#define LANES 16
#include "kernels/vectors.h"
#define ISA  avx512vnni
#define NAME "avx512vnni"

static inline Vector
multiply_add(Vector a, Vector b, Vector sums)
{
    return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)sums);
}
#include "kernels/widen_bf16_template.c"

static inline Vector
dot_f32(Vector sums, IntVector a, IntVector w)
{
    return multiply_add((Vector)a, (Vector)w, sums);
}

static inline IntVector
dot_int8(IntVector sums, IntVector a, IntVector w)
{
#if defined(__GNUC__) && !defined(__clang__) && !defined(CW_SIMDE)
    /* gcc 12 copies the sums of its own intrinsic through the stack: half the speed. */
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(a), "v"(w));
    return sums;
#else
    return (IntVector)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)a, (__m512i)w);
#endif
}

#define TYPE          f32
#define SUMS          Vector
#define MAX_ROWS      6
#define MAX_PANELS    4
#define load_a(group) broadcast(group)
#define dot           dot_f32
#include "kernels/tiles_template.c"

#define TYPE          bf16
#define SUMS          Vector
#define MAX_ROWS      6
#define MAX_PANELS    2
#define load_a(group) broadcast(group)
#define dot           dot_bf16
#include "kernels/tiles_template.c"

#define TYPE          int8
#define SUMS          IntVector
#define MAX_ROWS      6
#define MAX_PANELS    4
#define A_OFFSET      0
#define load_a(group) broadcast(group)
#define dot           dot_int8
#include "kernels/tiles_template.c"
