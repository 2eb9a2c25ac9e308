/* The image kernels for SSE2, which every x86-64 has. */
#include "kernels/simd.h"

#include "image/kernels.h"

#include <string.h>

#define BYTES   16
#define V(name) _mm_##name
#define TABLE   cw_image_kernels_sse2
#define NAME    "sse2"

typedef __m128i Vector;

static inline Vector
load(const guint8 *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static inline void
store(guint8 *to, Vector v)
{
    _mm_storeu_si128((__m128i *)(void *)to, v);
}

static inline Vector
widen(const guint8 *from)
{
    const __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)from);
    return _mm_unpacklo_epi8(bytes, bytes);
}

static inline void
store_parts(Vector v, guint8 *to, gsize pitch)
{
    store(to, v);
}

static inline void
store_turned(Vector vectors[1][4], guint k, guint8 *to, gsize pitch)
{
    store(to, vectors[0][k]);
}

#include "image/sums_words_template.c"
#include "image/kernels_template.c"
