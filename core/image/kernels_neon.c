/* The image kernels for NEON, which every aarch64 has: products of 32 bits. */
#include "kernels/simd.h"

#include "image/kernels.h"

#include <string.h>

#include "image/vector_neon_template.c"

#define TABLE             cw_image_kernels_neon
#define NAME              "neon"
#define N_SUMS            1
#define BYTES_OF_A_WEIGHT 16

typedef gint32 Sums __attribute__((vector_size(BYTES)));
typedef guint32 Quads __attribute__((vector_size(BYTES)));

static void
pack_weights(const gint32 weights[4], guint8 *packed)
{
    memcpy(packed, weights, 4 * sizeof *weights);
}

static inline void
add_products(const guint8 *in, gsize colour, const guint8 *weights, Sums sums[3][N_SUMS])
{
    gint32 w[4];
    memcpy(w, weights, sizeof w);
    for (guint c = 0; c < 3; c++) {
        const Quads quads = (Quads)load(in + c * colour);
        for (guint k = 0; k < 4; k++)
            sums[c][0] += (Sums)(quads >> 8 * k & 255) * w[k];
    }
}

static inline Sums
join_sums(const Sums sums[N_SUMS])
{
    return sums[0];
}

#include "image/kernels_template.c"
