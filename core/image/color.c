#include "image/color.h"

#include <math.h>
#include <string.h>

/* The share of red and blue in luma. Sources: ITU-T H.273 table 4, values 5 (601), 1 (709), 9
 * (2020), 7 (240M) and 4 (FCC). */
static const struct {
    double red, blue;
} luma_shares[] = {
    [CW_MATRIX_BT601] = {0.299, 0.114},    [CW_MATRIX_BT709] = {0.2126, 0.0722},
    [CW_MATRIX_BT2020] = {0.2627, 0.0593}, [CW_MATRIX_SMPTE240M] = {0.212, 0.087},
    [CW_MATRIX_FCC] = {0.30, 0.11},
};

/* The upper half of the product: what pmulhw does, so that the loops below need no wider lanes.
 * Luma comes times 2^7 and meets factors times 2^14, chroma times 2^8 and 2^13: 2^5 remains. */
static inline gint32
multiply_high(gint16 a, gint16 b)
{
    return (gint16)(((gint32)a * b) >> 16);
}

static inline guint8
round_and_clip(gint32 value)
{
    gint16 level = (gint16)((gint16)value >> CW_COLOR_FRACTION);
    level = level < 0 ? 0 : level;
    return (guint8)(level > 255 ? 255 : level);
}

static gint16
scale_chroma(double factor)
{
    return (gint16)lround(factor * (1 << 13));
}

void
cw_color_init(CwColor *color, CwColorMatrix matrix, CwColorRange range, guint depth)
{
    /* Rows hold 10-bit samples as quarters of 8-bit levels; full range then ends at 1023 / 4. */
    const double full = depth == 8 ? 1.0 : 1020.0 / 1023.0;
    const double luma = range == CW_RANGE_FULL ? full : 255.0 / 219.0;
    const double chroma = range == CW_RANGE_FULL ? full : 255.0 / 224.0;
    const double red = luma_shares[matrix].red, blue = luma_shares[matrix].blue;
    const double green = 1.0 - red - blue;
    const double black = range == CW_RANGE_FULL ? 0.0 : 16.0 * luma * (1 << CW_COLOR_FRACTION);
    /* One half, and one more for what up to three cut products lose on average. */
    const gint16 rounding = (1 << (CW_COLOR_FRACTION - 1)) + 1;

    *color = (CwColor){
        .luma = (gint16)lround(luma * (1 << 14)),
        .red_v = scale_chroma(2.0 * (1.0 - red) * chroma),
        .green_u = scale_chroma(-2.0 * (1.0 - blue) * blue / green * chroma),
        .green_v = scale_chroma(-2.0 * (1.0 - red) * red / green * chroma),
        .blue_u = scale_chroma(2.0 * (1.0 - blue) * chroma),
        .offset = (gint16)(rounding - lround(black)),
    };
}

/* Compilers believe restrict of parameters alone. */
static void
convert_yuv(const CwColor *color, guint n, const gint16 *restrict luma, const gint16 *restrict cb,
            const gint16 *restrict cr, guint8 *restrict red, guint8 *restrict green,
            guint8 *restrict blue)
{
    const CwColor c = *color;
    for (guint i = 0; i < n; i++) {
        const gint16 u = cb[i], v = cr[i];
        const gint32 y = multiply_high(luma[i], c.luma) + c.offset;
        red[i] = round_and_clip(y + multiply_high(v, c.red_v));
        green[i] = round_and_clip(y + multiply_high(u, c.green_u) + multiply_high(v, c.green_v));
        blue[i] = round_and_clip(y + multiply_high(u, c.blue_u));
    }
}

void
cw_color_convert_yuv(const CwColor *color, guint n, const gint16 *const rows[3],
                     guint8 *const rgb[3])
{
    convert_yuv(color, n, rows[0], rows[1], rows[2], rgb[0], rgb[1], rgb[2]);
}

void
cw_color_convert_grey(const CwColor *color, guint n, const gint16 *row, guint8 *const rgb[3])
{
    guint8 *restrict grey = rgb[0];
    const CwColor c = *color;
    for (guint i = 0; i < n; i++)
        grey[i] = round_and_clip(multiply_high(row[i], c.luma) + c.offset);
    memcpy(rgb[1], grey, n);
    memcpy(rgb[2], grey, n);
}
