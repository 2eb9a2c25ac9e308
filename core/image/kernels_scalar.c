/* The image kernels in plain C: what the others are held to. */
#include "image/kernels.h"

#include <string.h>

#define LANES 16

static void
convert_yuv(const CwColor *color, const guint8 *y, const guint8 *u, const guint8 *v,
            guint chroma_step, guint n, guint8 *const rgb[3])
{
    enum { CHUNK = 256 };
    for (guint x = 0; x < n; x += CHUNK) {
        gint16 luma[CHUNK], cb[CHUNK], cr[CHUNK];
        const guint n_here = MIN(n - x, CHUNK);
        for (guint i = 0; i < n_here; i++)
            luma[i] = cw_layout_scale_luma(y[x + i]);
        for (guint i = 0; i < n_here; i += 2) {
            const gsize at = (gsize)(x + i) / 2 * chroma_step;
            cb[i] = cb[i + 1] = cw_layout_scale_chroma(u[at]);
            cr[i] = cr[i + 1] = cw_layout_scale_chroma(v[at]);
        }
        const gint16 *const yuv[3] = {luma, cb, cr};
        guint8 *const to[3] = {rgb[0] + x, rgb[1] + x, rgb[2] + x};
        cw_color_convert_yuv(color, n_here, yuv, to);
    }
}

static void
stack_rows(const guint8 *const *rows, guint n, guint8 *to, gsize group)
{
    for (guint x = 0; x < n; x += 4, to += group)
        for (guint r = 0; r < LANES; r++)
            memcpy(to + 4 * r, rows[r] + x, 4);
}

static void
stack_columns(const guint8 *const rows[4], guint n, guint8 *to)
{
    for (guint x = 0; x < n; x++, to += 4)
        for (guint r = 0; r < 4; r++)
            to[r] = rows[r][x];
}

static void
pack_weights(const gint32 weights[4], guint8 *packed)
{
    memcpy(packed, weights, 4 * sizeof *weights);
}

static guint8
round_and_clip(gint32 sum)
{
    const gint32 level = (sum + (1 << (CW_WEIGHT_BITS - 1))) >> CW_WEIGHT_BITS;
    return (guint8)CLAMP(level, 0, 255);
}

static void
weigh_lanes(const guint8 *in, gsize group, guint n_groups, const guint8 *weights, guint8 *out,
            gsize out_group)
{
    gint32 sums[LANES] = {0};
    for (guint g = 0; g < n_groups; g++, in += group, weights += 4 * sizeof(gint32)) {
        gint32 w[4];
        memcpy(w, weights, sizeof w);
        for (guint l = 0; l < LANES; l++)
            sums[l] += in[4 * l] * w[0] + in[4 * l + 1] * w[1] + in[4 * l + 2] * w[2] +
                       in[4 * l + 3] * w[3];
    }
    for (guint l = 0; l < LANES; l++)
        out[l / 4 * out_group + l % 4] = round_and_clip(sums[l]);
}

static void
weigh(const CwWeights *weights, guint first, guint n, const CwQuads *in, guint in_group,
      guint n_lanes, const CwQuads *out)
{
    for (guint lane = 0; lane < n_lanes; lane += LANES)
        for (guint i = 0; i < n; i++)
            for (guint c = 0; c < 3; c++)
                weigh_lanes(in->bytes + (weights->first_group[first + i] - in_group) * in->group +
                                c * in->colour + 4 * lane,
                            in->group, weights->n_groups[first + i],
                            weights->packed + (first + i) * weights->pitch,
                            out->bytes + lane / 4 * out->group + c * out->colour + 4 * i,
                            out->group);
}

const CwImageKernels cw_image_kernels_scalar = {
    .name = "scalar",
    .n_lanes = LANES,
    .bytes_of_a_weight = 4 * sizeof(gint32),
    .convert_yuv = convert_yuv,
    .stack_rows = stack_rows,
    .stack_columns = stack_columns,
    .pack_weights = pack_weights,
    .weigh = weigh,
};
