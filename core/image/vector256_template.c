/* 256-bit vectors for kernels_template.c. */
#define BYTES   32
#define V(name) _mm256_##name

typedef __m256i Vector;

static inline Vector
load(const guint8 *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

static inline void
store(guint8 *to, Vector v)
{
    _mm256_storeu_si256((__m256i *)(void *)to, v);
}

static inline Vector
widen(const guint8 *from)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)from));
}

static inline void
store_parts(Vector v, guint8 *to, gsize pitch)
{
    _mm_storeu_si128((__m128i *)(void *)to, _mm256_castsi256_si128(v));
    _mm_storeu_si128((__m128i *)(void *)(to + pitch), _mm256_extracti128_si256(v, 1));
}

static inline void
store_turned(Vector vectors[2][4], guint k, guint8 *to, gsize pitch)
{
    store(to, _mm256_permute2x128_si256(vectors[0][k], vectors[1][k], 0x20));
    store(to + pitch, _mm256_permute2x128_si256(vectors[0][k], vectors[1][k], 0x31));
}
