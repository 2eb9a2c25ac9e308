/* bf16 products by vdpbf16ps: pairs are multiplied and added to f32 sums. */
#include "kernels/simd.h"

#include "kernels/tiles_tables.h"

#define LANES 16
#include "kernels/vectors.h"
#define ISA  avx512bf16
#define NAME "avx512bf16"

static inline Vector
dot_bf16(Vector sums, IntVector a, IntVector w)
{
    return (Vector)_mm512_dpbf16_ps((__m512)sums, (__m512bh)a, (__m512bh)w);
}

#define TYPE          bf16
#define SUMS          Vector
#define MAX_ROWS      6
#define MAX_PANELS    4
#define load_a(group) broadcast(group)
#define dot           dot_bf16
#include "kernels/tiles_template.c"
