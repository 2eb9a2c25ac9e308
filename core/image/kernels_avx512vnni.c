/* The image kernels for AVX-512 with VNNI. */
#include "kernels/simd.h"

#include "image/kernels.h"

#include <string.h>

#define BYTES   64
#define V(name) _mm512_##name
#define TABLE   cw_image_kernels_avx512vnni
#define NAME    "avx512vnni"

typedef __m512i Vector;

static inline Vector
load(const guint8 *from)
{
    return _mm512_loadu_si512(from);
}

static inline void
store(guint8 *to, Vector v)
{
    _mm512_storeu_si512(to, v);
}

static inline Vector
widen(const guint8 *from)
{
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)from));
}

static inline void
store_parts(Vector v, guint8 *to, gsize pitch)
{
    _mm_storeu_si128((__m128i *)(void *)to, _mm512_castsi512_si128(v));
    _mm_storeu_si128((__m128i *)(void *)(to + pitch), _mm512_extracti32x4_epi32(v, 1));
    _mm_storeu_si128((__m128i *)(void *)(to + 2 * pitch), _mm512_extracti32x4_epi32(v, 2));
    _mm_storeu_si128((__m128i *)(void *)(to + 3 * pitch), _mm512_extracti32x4_epi32(v, 3));
}

static inline void
store_turned(Vector vectors[4][4], guint k, guint8 *to, gsize pitch)
{
    const Vector a = vectors[0][k], b = vectors[1][k], c = vectors[2][k], d = vectors[3][k];
    const Vector ab = _mm512_shuffle_i32x4(a, b, 0x44), ab_upper = _mm512_shuffle_i32x4(a, b, 0xee);
    const Vector cd = _mm512_shuffle_i32x4(c, d, 0x44), cd_upper = _mm512_shuffle_i32x4(c, d, 0xee);
    store(to, _mm512_shuffle_i32x4(ab, cd, 0x88));
    store(to + pitch, _mm512_shuffle_i32x4(ab, cd, 0xdd));
    store(to + 2 * pitch, _mm512_shuffle_i32x4(ab_upper, cd_upper, 0x88));
    store(to + 3 * pitch, _mm512_shuffle_i32x4(ab_upper, cd_upper, 0xdd));
}

static inline Vector
dot(Vector sums, Vector bytes, Vector weights)
{
    return _mm512_dpbusd_epi32(sums, bytes, weights);
}

#define BYTES_LACK 0
#define load_bytes load

#include "image/sums_bytes_template.c"
#include "image/kernels_template.c"
