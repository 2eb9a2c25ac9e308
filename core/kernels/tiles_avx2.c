/* Tile kernels for AVX2 with FMA. */
#include "kernels/simd.h"

#include "kernels/tiles_tables.h"

#define LANES 8
#include "kernels/vectors.h"
#define ISA  avx2
#define NAME "avx2"

static inline Vector
multiply_add(Vector a, Vector b, Vector sums)
{
    return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)sums);
}
#include "kernels/widen_bf16_template.c"

static inline Vector
dot_f32(Vector sums, IntVector a, IntVector w)
{
    return multiply_add((Vector)a, (Vector)w, sums);
}

/* Bytes are widened to 16 bits, because vpmaddubsw saturates: those at even places and those at odd
 * ones apart, so that both products of a lane belong to one column. */
static inline IntVector
dot_int8(IntVector sums, IntVector a, IntVector w)
{
    const __m256i even_a = _mm256_and_si256((__m256i)a, _mm256_set1_epi16(255));
    const __m256i odd_a = _mm256_srli_epi16((__m256i)a, 8);
    const __m256i even_w = _mm256_srai_epi16(_mm256_slli_epi16((__m256i)w, 8), 8);
    const __m256i odd_w = _mm256_srai_epi16((__m256i)w, 8);
    sums += (IntVector)_mm256_madd_epi16(even_a, even_w);
    return sums + (IntVector)_mm256_madd_epi16(odd_a, odd_w);
}

#define TYPE          f32
#define SUMS          Vector
#define MAX_ROWS      6
#define MAX_PANELS    1
#define load_a(group) broadcast(group)
#define dot           dot_f32
#include "kernels/tiles_template.c"

#define TYPE          bf16
#define SUMS          Vector
#define MAX_ROWS      4
#define MAX_PANELS    1
#define load_a(group) broadcast(group)
#define dot           dot_bf16
#include "kernels/tiles_template.c"

#define TYPE          int8
#define SUMS          IntVector
#define MAX_ROWS      6
#define MAX_PANELS    1
#define A_OFFSET      0
#define load_a(group) broadcast(group)
#define dot           dot_int8
#include "kernels/tiles_template.c"
