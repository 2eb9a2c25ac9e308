/* Vectors of NEON for kernels_template.h: what it knows by the names of x86. */
#define BYTES   16
#define V(name) neon_##name

typedef int32x4_t Vector;

static inline Vector
load(const guint8 *from)
{
    return (Vector)vld1q_u8(from);
}

static inline void
store(guint8 *to, Vector v)
{
    vst1q_u8(to, (uint8x16_t)v);
}

static inline Vector
widen(const guint8 *from)
{
    return (Vector)vmovl_u8(vld1_u8(from));
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

#define DEFINE_UNPACK(name, zip, type)                   \
    static inline Vector neon_##name(Vector a, Vector b) \
    {                                                    \
        return (Vector)zip((type)a, (type)b);            \
    }

DEFINE_UNPACK(unpacklo_epi8, vzip1q_u8, uint8x16_t)
DEFINE_UNPACK(unpackhi_epi8, vzip2q_u8, uint8x16_t)
DEFINE_UNPACK(unpacklo_epi16, vzip1q_u16, uint16x8_t)
DEFINE_UNPACK(unpackhi_epi16, vzip2q_u16, uint16x8_t)
DEFINE_UNPACK(unpacklo_epi32, vzip1q_u32, uint32x4_t)
DEFINE_UNPACK(unpackhi_epi32, vzip2q_u32, uint32x4_t)
DEFINE_UNPACK(unpacklo_epi64, vzip1q_u64, uint64x2_t)
DEFINE_UNPACK(unpackhi_epi64, vzip2q_u64, uint64x2_t)

static inline Vector
neon_packs_epi32(Vector a, Vector b)
{
    return (Vector)vcombine_s16(vqmovn_s32((int32x4_t)a), vqmovn_s32((int32x4_t)b));
}

static inline Vector
neon_packus_epi16(Vector a, Vector b)
{
    return (Vector)vcombine_u8(vqmovun_s16((int16x8_t)a), vqmovun_s16((int16x8_t)b));
}

static inline Vector
neon_mulhi_epi16(Vector a, Vector b)
{
    const int16x8_t x = (int16x8_t)a, y = (int16x8_t)b;
    const int32x4_t lower = vmull_s16(vget_low_s16(x), vget_low_s16(y));
    const int32x4_t upper = vmull_s16(vget_high_s16(x), vget_high_s16(y));
    return (Vector)vcombine_s16(vshrn_n_s32(lower, 16), vshrn_n_s32(upper, 16));
}
