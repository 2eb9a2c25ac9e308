/* YUV and grey to RGB, in 16-bit integers. docs/IMAGE.md states the formula and its bound. */
#pragma once

#include "image/layout.h"

/* Changes whenever the same picture may give other bytes than before. */
#define CW_COLOR_RULE_VERSION 1

/* Factors of the rows that an unpacker writes; results have CW_COLOR_FRACTION fractional bits. */
#define CW_COLOR_FRACTION 5
typedef struct {
    gint16 luma;
    gint16 red_v, green_u, green_v, blue_u;
    gint16 offset; /* black level and rounding */
} CwColor;

/* depth: bits of a sample, 8 or 10. */
void cw_color_init(CwColor *color, CwColorMatrix matrix, CwColorRange range, guint depth);

/* Turns n pixels, unpacked to YUV, or to grey in the first row, into R, G, B of 0..255. */
void cw_color_convert_yuv(const CwColor *color, guint n, const gint16 *const rows[3],
                          guint8 *const rgb[3]);
void cw_color_convert_grey(const CwColor *color, guint n, const gint16 *row, guint8 *const rgb[3]);
