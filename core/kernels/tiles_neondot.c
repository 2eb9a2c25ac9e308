/* Tile kernels for aarch64 with byte dot products. */
#include "kernels/simd.h"

#include "kernels/tiles_tables.h"

#define LANES 4
#include "kernels/vectors.h"
#define ISA  neondot
#define NAME "neondot"

static inline Vector
multiply_add(Vector a, Vector b, Vector sums)
{
    return (Vector)vfmaq_f32((float32x4_t)sums, (float32x4_t)a, (float32x4_t)b);
}
#include "kernels/widen_bf16_template.c"

static inline Vector
dot_f32(Vector sums, IntVector a, IntVector w)
{
    return multiply_add((Vector)a, (Vector)w, sums);
}

/* sdot wants both signed: the bytes of A lose 128, which the zero points make good. */
static inline IntVector
load_signed(const char *group)
{
    return broadcast(group) ^ splat_int((int32_t)0x80808080);
}

static inline IntVector
dot_int8(IntVector sums, IntVector a, IntVector w)
{
    return (IntVector)vdotq_s32((int32x4_t)sums, (int8x16_t)a, (int8x16_t)w);
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
#define A_OFFSET      128
#define load_a(group) load_signed(group)
#define dot           dot_int8
#include "kernels/tiles_template.c"
