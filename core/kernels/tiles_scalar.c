/* Tile kernels in plain C, in vectors that every machine's compiler knows how to take apart. */
#include "kernels/tiles_tables.h"

#define LANES 4
#include "kernels/vectors.h"
#define ISA  scalar
#define NAME "scalar"

static inline Vector
multiply_add(Vector a, Vector b, Vector sums)
{
    return a * b + sums;
}
#include "kernels/widen_bf16_template.c"

static inline Vector
dot_f32(Vector sums, IntVector a, IntVector w)
{
    return multiply_add((Vector)a, (Vector)w, sums);
}

/* Four products of an unsigned and a signed byte in each lane. */
static inline IntVector
dot_int8(IntVector sums, IntVector a, IntVector w)
{
    UNROLL
    for (int i = 0; i < 32; i += 8)
        sums += (a >> i & 255) * (w << (24 - i) >> 24);
    return sums;
}

#define TYPE          f32
#define SUMS          Vector
#define MAX_ROWS      4
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
#define MAX_ROWS      4
#define MAX_PANELS    1
#define A_OFFSET      0
#define load_a(group) broadcast(group)
#define dot           dot_int8
#include "kernels/tiles_template.c"
