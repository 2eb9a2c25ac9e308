/* Sums for kernels_template.c by instructions that add two products of 16-bit numbers: bytes are
 * widened, and a weight is upper * 2^12 + lower, both within 16 bits. The includer defines BYTES,
 * V() and load(). */
#define N_SUMS            2
#define LOWER_BITS        12
#define BYTES_OF_A_WEIGHT 16

/* Upper, then lower: of positions 0 and 2, 1 and 3, as the even and the odd bytes lie. */
static void
pack_weights(const gint32 weights[4], guint8 *packed)
{
    static const guint order[4] = {0, 2, 1, 3};
    gint16 parts[N_SUMS][4];
    for (guint k = 0; k < 4; k++) {
        const gint32 weight = weights[order[k]];
        const gint32 upper = (weight + (1 << (LOWER_BITS - 1))) >> LOWER_BITS;
        parts[0][k] = (gint16)upper;
        parts[1][k] = (gint16)(weight - upper * (1 << LOWER_BITS));
    }
    memcpy(packed, parts, sizeof parts);
}

typedef gint32 Sums __attribute__((vector_size(BYTES)));
typedef guint16 Pairs __attribute__((vector_size(BYTES)));

static inline Sums
multiply_pairs(Pairs bytes, const guint8 *weights)
{
    gint32 pair;
    memcpy(&pair, weights, sizeof pair);
    return (Sums)V(madd_epi16)((Vector)bytes, (Vector)(pair - (Sums){0}));
}

static inline void
add_products(const guint8 *in, gsize colour, const guint8 *weights, Sums sums[3][N_SUMS])
{
    for (guint c = 0; c < 3; c++) {
        const Pairs bytes = (Pairs)load(in + c * colour);
        const Pairs even = bytes & 0xff, odd = bytes >> 8;
        for (guint k = 0; k < N_SUMS; k++)
            sums[c][k] +=
                multiply_pairs(even, weights + 8 * k) + multiply_pairs(odd, weights + 8 * k + 4);
    }
}

/* Modulo 2^32: either sum may lie outside, the whole does not. */
static inline Sums
join_sums(const Sums sums[N_SUMS])
{
    return (sums[0] << LOWER_BITS) + sums[1];
}
