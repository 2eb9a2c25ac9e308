/* Sums for kernels_template.c by instructions that add four products of bytes: a weight is
 * high * 2^16 + middle * 2^8 + low, all three signed. The includer defines BYTES, load_bytes(),
 * which may take BYTES_LACK from every byte to have them signed too, and dot(), the instruction. */
#define N_SUMS            3
#define BYTES_OF_A_WEIGHT (BYTES_LACK ? 16 : 12)

static void
pack_weights(const gint32 weights[4], guint8 *packed)
{
    guint32 sum = 0;
    for (guint k = 0; k < 4; k++) {
        const gint8 low = (gint8)weights[k];
        const gint32 rest = (weights[k] - low) / 256;
        const gint8 middle = (gint8)rest;
        packed[k] = (guint8)low;
        packed[4 + k] = (guint8)middle;
        packed[8 + k] = (guint8)((rest - middle) / 256);
        sum += (guint32)weights[k];
    }
    const guint32 lacking = BYTES_LACK * sum;
    if (BYTES_LACK)
        memcpy(packed + 12, &lacking, sizeof lacking);
}

typedef gint32 Sums __attribute__((vector_size(BYTES)));

static inline gint32
load_int(const guint8 *from)
{
    gint32 value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void
add_products(const guint8 *in, gsize colour, const guint8 *weights, Sums sums[3][N_SUMS])
{
    const Vector bytes[3] = {load_bytes(in), load_bytes(in + colour), load_bytes(in + 2 * colour)};
    for (guint k = 0; k < N_SUMS; k++) {
        const Sums quad = load_int(weights + 4 * k) - (Sums){0};
        for (guint c = 0; c < 3; c++)
            sums[c][k] = (Sums)dot((Vector)sums[c][k], bytes[c], (Vector)quad);
    }
    for (guint c = 0; BYTES_LACK && c < 3; c++)
        sums[c][0] += load_int(weights + 12);
}

static inline Sums
join_sums(const Sums sums[N_SUMS])
{
    return (sums[2] << 16) + (sums[1] << 8) + sums[0];
}
