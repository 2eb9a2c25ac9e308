/* The image kernels for vectors made of 16-byte parts, within which instructions pack and unpack.
 * The includer defines
 *     BYTES, V(name)   the size of a Vector, and the intrinsic of that name for it
 *     TABLE, NAME      the table
 *     N_SUMS           how many sums of 32 bits make one
 *     pack_weights(), BYTES_OF_A_WEIGHT, add_products(), join_sums()
 *     widen()          bytes of half a vector to 16 bits; the upper half of each is anything
 *     store_parts()    part p of a vector to to + p * pitch
 *     store_turned()   parts p of vectors[0..][k] in order to to + p * pitch */

#define LANES (BYTES / 4)

typedef gint16 Words __attribute__((vector_size(BYTES)));
typedef gint32 Ints __attribute__((vector_size(BYTES)));

static inline Words
splat(gint16 value)
{
    return value - (Words){0};
}

static inline Words
multiply_high(Words a, gint16 b)
{
    return (Words)V(mulhi_epi16)((Vector)a, (Vector)splat(b));
}

/* What chroma adds to each colour, for a vector of samples. */
typedef struct {
    Words red, green, blue;
} Tint;

static inline Tint
mix_chroma(const CwColor *c, Words u, Words v)
{
    return (Tint){multiply_high(v, c->red_v),
                  multiply_high(u, c->green_u) + multiply_high(v, c->green_v),
                  multiply_high(u, c->blue_u)};
}

/* u and v: chroma in the upper halves, its zero point not yet taken off. */
static inline Tint
load_tint(const CwColor *color, const guint8 *u, const guint8 *v, guint chroma_step)
{
    const Words zero = splat(G_MININT16), upper = splat((gint16)0xff00);
    if (chroma_step == 1)
        return mix_chroma(color, (Words)widen(u) << 8 ^ zero, (Words)widen(v) << 8 ^ zero);
    const Words pairs = (Words)load(MIN(u, v));
    const Words even = pairs << 8 ^ zero, odd = (pairs & upper) ^ zero;
    return u < v ? mix_chroma(color, even, odd) : mix_chroma(color, odd, even);
}

/* Each tint counts for two pixels: lower and upper are the luma of the halves of each part. */
static inline void
store_colour(Words lower, Words upper, Words tint, guint8 *to)
{
    lower = (lower + (Words)V(unpacklo_epi16)((Vector)tint, (Vector)tint)) >> CW_COLOR_FRACTION;
    upper = (upper + (Words)V(unpackhi_epi16)((Vector)tint, (Vector)tint)) >> CW_COLOR_FRACTION;
    store(to, V(packus_epi16)((Vector)lower, (Vector)upper));
}

static inline void
convert_vector(const CwColor *color, const guint8 *y, const guint8 *u, const guint8 *v,
               guint chroma_step, guint8 *red, guint8 *green, guint8 *blue)
{
    const Tint tint = load_tint(color, u, v, chroma_step);
    const Vector luma = load(y), none = (Vector)splat(0);
    const Words offset = splat(color->offset);
    const Words lower =
        multiply_high((Words)V(unpacklo_epi8)(luma, none) << 7, color->luma) + offset;
    const Words upper =
        multiply_high((Words)V(unpackhi_epi8)(luma, none) << 7, color->luma) + offset;
    store_colour(lower, upper, tint.red, red);
    store_colour(lower, upper, tint.green, green);
    store_colour(lower, upper, tint.blue, blue);
}

/* Fewer pixels than a vector holds, by way of copies: what lies behind them is not ours to read. */
static void
convert_rest(const CwColor *color, const guint8 *y, const guint8 *u, const guint8 *v,
             guint chroma_step, guint n, guint8 *const rgb[3], guint x)
{
    guint8 luma[BYTES] = {0}, first[BYTES] = {0}, second[BYTES] = {0};
    memcpy(luma, y, n);
    if (chroma_step == 1) {
        memcpy(first, u, (n + 1) / 2);
        memcpy(second, v, (n + 1) / 2);
        convert_vector(color, luma, first, second, 1, rgb[0] + x, rgb[1] + x, rgb[2] + x);
    } else {
        memcpy(first, MIN(u, v), (n + 1) / 2 * 2);
        convert_vector(color, luma, first + (u > v), first + (v > u), 2, rgb[0] + x, rgb[1] + x,
                       rgb[2] + x);
    }
}

static void
convert_yuv(const CwColor *color, const guint8 *y, const guint8 *u, const guint8 *v,
            guint chroma_step, guint n, guint8 *const rgb[3])
{
    guint x = 0;
    for (; x + BYTES <= n; x += BYTES) {
        const gsize at = x / 2 * chroma_step;
        convert_vector(color, y + x, u + at, v + at, chroma_step, rgb[0] + x, rgb[1] + x,
                       rgb[2] + x);
    }
    if (x < n) {
        const gsize at = x / 2 * chroma_step;
        convert_rest(color, y + x, u + at, v + at, chroma_step, n - x, rgb, x);
    }
}

/* Groups k, 4 + k, 8 + k ... of four rows, one in each part. */
static inline void
stack_four(const guint8 *const rows[4], guint x, Vector groups[4])
{
    const Vector a = load(rows[0] + x), b = load(rows[1] + x);
    const Vector c = load(rows[2] + x), d = load(rows[3] + x);
    const Vector ab = V(unpacklo_epi32)(a, b), ab_upper = V(unpackhi_epi32)(a, b);
    const Vector cd = V(unpacklo_epi32)(c, d), cd_upper = V(unpackhi_epi32)(c, d);
    groups[0] = V(unpacklo_epi64)(ab, cd);
    groups[1] = V(unpackhi_epi64)(ab, cd);
    groups[2] = V(unpacklo_epi64)(ab_upper, cd_upper);
    groups[3] = V(unpackhi_epi64)(ab_upper, cd_upper);
}

static void
stack_rows(const guint8 *const *rows, guint n, guint8 *to, gsize group)
{
    for (guint x = 0; x < n; x += BYTES, to += LANES * group) {
        Vector groups[LANES / 4][4];
        for (guint r = 0; r < LANES / 4; r++)
            stack_four(rows + 4 * r, x, groups[r]);
        for (guint k = 0; k < 4; k++)
            store_turned(groups, k, to + k * group, 4 * group);
    }
}

static void
stack_columns(const guint8 *const rows[4], guint n, guint8 *to)
{
    for (guint x = 0; x < n; x += BYTES, to += 4 * BYTES) {
        const Vector a = load(rows[0] + x), b = load(rows[1] + x);
        const Vector c = load(rows[2] + x), d = load(rows[3] + x);
        const Vector ab = V(unpacklo_epi8)(a, b), ab_upper = V(unpackhi_epi8)(a, b);
        const Vector cd = V(unpacklo_epi8)(c, d), cd_upper = V(unpackhi_epi8)(c, d);
        store_parts(V(unpacklo_epi16)(ab, cd), to, 64);
        store_parts(V(unpackhi_epi16)(ab, cd), to + 16, 64);
        store_parts(V(unpacklo_epi16)(ab_upper, cd_upper), to + 32, 64);
        store_parts(V(unpackhi_epi16)(ab_upper, cd_upper), to + 48, 64);
    }
}

/* One output of LANES lanes in all three colours, so that each weight is read once for them. */
static inline void
weigh_output(const guint8 *in, gsize group, gsize colour, guint n_groups, const guint8 *weights,
             Vector levels[3])
{
    Ints sums[3][N_SUMS] = {{{0}}};
    while (n_groups-- > 0) { /* gcc 12 reads the bytes anew for each sum if there is a counter */
        add_products(in, colour, weights, sums);
        in += group;
        weights += BYTES_OF_A_WEIGHT;
    }
    for (guint c = 0; c < 3; c++)
        levels[c] = (Vector)((join_sums(sums[c]) + (1 << (CW_WEIGHT_BITS - 1))) >> CW_WEIGHT_BITS);
}

static void
weigh(const CwWeights *weights, guint first, guint n, const CwQuads *in, guint in_group,
      guint n_lanes, const CwQuads *out)
{
    const CwWeights w = *weights; /* copies, as bytes that are written might be anything's */
    const gsize group = in->group, colour = in->colour;
    const gsize out_group = out->group, out_colour = out->colour;
    const guint8 *from = in->bytes;
    guint8 *to = out->bytes;

    for (guint lane = 0; lane < n_lanes; lane += LANES, from += 4 * LANES) {
        for (guint i = 0; i < n; i += 4) {
            Vector levels[4][3];
            for (guint k = 0; k < 4; k++) {
                const gsize output = first + i + k;
                weigh_output(from + (w.first_group[output] - in_group) * group, group, colour,
                             w.n_groups[output], w.packed + output * w.pitch, levels[k]);
            }
            /* Packing saturates, which is the clip; each part holds four outputs of its lanes. */
            for (guint c = 0; c < 3; c++)
                store_parts(V(packus_epi16)(V(packs_epi32)(levels[0][c], levels[1][c]),
                                            V(packs_epi32)(levels[2][c], levels[3][c])),
                            to + c * out_colour + 4 * i, out_group);
        }
        to += LANES / 4 * out_group;
    }
}

const CwImageKernels TABLE = {
    .name = NAME,
    .n_lanes = LANES,
    .bytes_of_a_weight = BYTES_OF_A_WEIGHT,
    .convert_yuv = convert_yuv,
    .stack_rows = stack_rows,
    .stack_columns = stack_columns,
    .pack_weights = pack_weights,
    .weigh = weigh,
};
