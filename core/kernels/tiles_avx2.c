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

/* Bytes are widened to 16 bits, because vpmaddubsw saturates: 4 columns of W fill a register. */
static inline IntVector
widen_w(const char *line, size_t part)
{
    const __m128i *bytes = (const __m128i *)(const void *)(line + 16 * part);
    return (IntVector)_mm256_cvtepi8_epi16(_mm_loadu_si128(bytes));
}

static inline IntVector
widen_a(const char *group)
{
    int32_t bytes;
    memcpy(&bytes, group, sizeof bytes);
    return (IntVector)_mm256_cvtepu8_epi16(_mm_set1_epi32(bytes));
}

static inline IntVector
dot_int8(IntVector sums, IntVector a, IntVector w)
{
    return sums + (IntVector)_mm256_madd_epi16((__m256i)a, (__m256i)w);
}

/* Every column's sum lies in two lanes. */
static inline void
finish_int8(const IntVector *sums, IntVector *results)
{
    for (size_t i = 0; i < 2; i++) {
        const __m256i pairs = _mm256_hadd_epi32((__m256i)sums[2 * i], (__m256i)sums[2 * i + 1]);
        results[i] = (IntVector)_mm256_permute4x64_epi64(pairs, 0xd8);
    }
}

#define TYPE               f32
#define SUMS               Vector
#define PARTS              2
#define MAX_ROWS           6
#define MAX_PANELS         1
#define load_w(line, part) load_int((line) + 32 * (part))
#define load_a(group)      broadcast(group)
#define dot                dot_f32
#include "kernels/tiles_template.c"

#define TYPE               bf16
#define SUMS               Vector
#define PARTS              2
#define MAX_ROWS           4
#define MAX_PANELS         1
#define load_w(line, part) load_int((line) + 32 * (part))
#define load_a(group)      broadcast(group)
#define dot                dot_bf16
#include "kernels/tiles_template.c"

#define TYPE               int8
#define SUMS               IntVector
#define PARTS              4
#define MAX_ROWS           3
#define MAX_PANELS         1
#define A_OFFSET           0
#define load_w(line, part) widen_w(line, part)
#define load_a(group)      widen_a(group)
#define dot                dot_int8
#define finish             finish_int8
#include "kernels/tiles_template.c"
