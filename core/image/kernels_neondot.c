/* The image kernels for aarch64 with dot products of bytes, whose factors are either both signed or
 * both not: bytes lose 128, and each group of weights brings along what its sum then lacks. */
#include "kernels/simd.h"

#include "image/kernels.h"

#include <string.h>

#include "image/vector_neon_template.c"

#define TABLE cw_image_kernels_neondot
#define NAME  "neondot"

static inline Vector
dot(Vector sums, Vector bytes, Vector weights)
{
    return (Vector)vdotq_s32((int32x4_t)sums, (int8x16_t)bytes, (int8x16_t)weights);
}

#define BYTES_LACK 128

static inline Vector
load_bytes(const guint8 *from)
{
    return (Vector)veorq_u8(vld1q_u8(from), vdupq_n_u8(BYTES_LACK));
}

#include "image/sums_bytes_template.c"
#include "image/kernels_template.c"
