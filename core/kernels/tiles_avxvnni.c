/* int8 products by the 256-bit byte dot product of processors without AVX-512. */
#include "kernels/simd.h"

#include "kernels/tiles_tables.h"

#define LANES 8
#include "kernels/vectors.h"
#define ISA  avxvnni
#define NAME "avxvnni"

static inline IntVector
dot_int8(IntVector sums, IntVector a, IntVector w)
{
#if defined(CW_SIMDE)
    return (IntVector)_mm256_dpbusd_epi32((__m256i)sums, (__m256i)a, (__m256i)w);
#elif defined(__GNUC__) && !defined(__clang__)
    /* As in tiles_avx512vnni.c. */
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(a), "x"(w));
    return sums;
#else
    return (IntVector)_mm256_dpbusd_avx_epi32((__m256i)sums, (__m256i)a, (__m256i)w);
#endif
}

#define TYPE          int8
#define SUMS          IntVector
#define MAX_ROWS      6
#define MAX_PANELS    1
#define A_OFFSET      0
#define load_a(group) broadcast(group)
#define dot           dot_int8
#include "kernels/tiles_template.c"
