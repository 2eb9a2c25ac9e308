/* Sums for kernels_template.c by instructions that add four products of an unsigned and a signed
 * byte: a weight is high * 2^16 + middle * 2^8 + low, all three signed bytes. The includer defines
 * BYTES and dot(), the instruction. */
#define N_SUMS            3
#define BYTES_OF_A_WEIGHT 12

static void
pack_weights(const gint32 weights[4], guint8 *packed)
{
    for (guint k = 0; k < 4; k++) {
        const gint8 low = (gint8)weights[k];
        const gint32 rest = (weights[k] - low) / 256;
        const gint8 middle = (gint8)rest;
        packed[k] = (guint8)low;
        packed[4 + k] = (guint8)middle;
        packed[8 + k] = (guint8)((rest - middle) / 256);
    }
}

typedef gint32 Sums __attribute__((vector_size(BYTES)));

static inline void
add_products(const guint8 *in, gsize colour, const guint8 *weights, Sums sums[3][N_SUMS])
{
    const Vector bytes[3] = {load(in), load(in + colour), load(in + 2 * colour)};
    for (guint k = 0; k < N_SUMS; k++) {
        gint32 quad;
        memcpy(&quad, weights + 4 * k, sizeof quad);
        for (guint c = 0; c < 3; c++)
            sums[c][k] = (Sums)dot((Vector)sums[c][k], bytes[c], (Vector)(quad - (Sums){0}));
    }
}

static inline Sums
join_sums(const Sums sums[N_SUMS])
{
    return (sums[2] << 16) + (sums[1] << 8) + sums[0];
}
