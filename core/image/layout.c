#include "image/layout.h"

#include <clipwatch/image.h>

static void
read_luma8(const guint8 *restrict in, guint n, gint16 *restrict out)
{
    for (guint i = 0; i < n; i++)
        out[i] = cw_layout_scale_luma(in[i]);
}

static void
read_y444(const guint8 *const planes[], guint x, guint n, gint16 *const out[3])
{
    read_luma8(planes[0] + x, n, out[0]);
    for (guint p = 1; p < 3; p++) {
        const guint8 *restrict in = planes[p] + x;
        gint16 *restrict chroma = out[p];
        for (guint i = 0; i < n; i++)
            chroma[i] = cw_layout_scale_chroma(in[i]);
    }
}

static void
read_gray8(const guint8 *const planes[], guint x, guint n, gint16 *const out[3])
{
    read_luma8(planes[0] + x, n, out[0]);
}

static inline void
read_packed(const guint8 *restrict in, guint step, guint red, guint green, guint blue, guint n,
            guint8 *const out[3])
{
    guint8 *restrict r = out[0], *restrict g = out[1], *restrict b = out[2];
    for (guint i = 0; i < n; i++) {
        r[i] = in[(gsize)i * step + red];
        g[i] = in[(gsize)i * step + green];
        b[i] = in[(gsize)i * step + blue];
    }
}

static void
read_rgb(const guint8 *const planes[], guint x, guint n, guint8 *const out[3])
{
    read_packed(planes[0] + 3 * (gsize)x, 3, 0, 1, 2, n, out);
}

static void
read_bgr(const guint8 *const planes[], guint x, guint n, guint8 *const out[3])
{
    read_packed(planes[0] + 3 * (gsize)x, 3, 2, 1, 0, n, out);
}

static void
read_rgbx(const guint8 *const planes[], guint x, guint n, guint8 *const out[3])
{
    read_packed(planes[0] + 4 * (gsize)x, 4, 0, 1, 2, n, out);
}

static void
read_bgrx(const guint8 *const planes[], guint x, guint n, guint8 *const out[3])
{
    read_packed(planes[0] + 4 * (gsize)x, 4, 2, 1, 0, n, out);
}

static void
read_xrgb(const guint8 *const planes[], guint x, guint n, guint8 *const out[3])
{
    read_packed(planes[0] + 4 * (gsize)x, 4, 1, 2, 3, n, out);
}

static void
read_xbgr(const guint8 *const planes[], guint x, guint n, guint8 *const out[3])
{
    read_packed(planes[0] + 4 * (gsize)x, 4, 3, 2, 1, n, out);
}

/* Strides from outside need not be even. */
typedef guint16 Sample16 __attribute__((aligned(1), may_alias));

/* Ten bits, moved to the upper end of 16; the others are not defined. */
static inline guint16
get_upper_ten(Sample16 sample, guint shift)
{
    return (guint16)(GUINT16_FROM_LE(sample) << shift) & 0xffc0;
}

static inline void
read_luma10(const Sample16 *restrict in, guint shift, guint n, gint16 *restrict out)
{
    for (guint i = 0; i < n; i++)
        out[i] = (gint16)(get_upper_ten(in[i], shift) >> 1);
}

/* step: samples from one to the next of its kind. */
static inline void
read_chroma10(const Sample16 *restrict in, guint step, guint shift, guint n, gint16 *restrict out)
{
    for (gsize i = 0; i < n / 2; i++)
        out[2 * i] = out[2 * i + 1] = (gint16)(get_upper_ten(in[i * step], shift) - 32768);
    if (n % 2)
        out[n - 1] = (gint16)(get_upper_ten(in[n / 2 * step], shift) - 32768);
}

static void
read_p010(const guint8 *const planes[], guint x, guint n, gint16 *const out[3])
{
    const Sample16 *uv = (const Sample16 *)planes[1] + x;
    read_luma10((const Sample16 *)planes[0] + x, 0, n, out[0]);
    read_chroma10(uv, 2, 0, n, out[1]);
    read_chroma10(uv + 1, 2, 0, n, out[2]);
}

static void
read_i420_10(const guint8 *const planes[], guint x, guint n, gint16 *const out[3])
{
    read_luma10((const Sample16 *)planes[0] + x, 6, n, out[0]);
    for (guint p = 1; p < 3; p++)
        read_chroma10((const Sample16 *)planes[p] + x / 2, 1, 6, n, out[p]);
}

/* clang-format off */
static const CwLayout layouts[CW_PIXEL_LAST] = {
    [CW_PIXEL_I420] = {"I420", CW_LAYOUT_HALF_YUV, 8, 3, {{0, 0, 1}, {1, 1, 1}, {1, 1, 1}}, .u = {1, 0}, .v = {2, 0}},
    [CW_PIXEL_YV12] = {"YV12", CW_LAYOUT_HALF_YUV, 8, 3, {{0, 0, 1}, {1, 1, 1}, {1, 1, 1}}, .u = {2, 0}, .v = {1, 0}},
    [CW_PIXEL_NV12] = {"NV12", CW_LAYOUT_HALF_YUV, 8, 2, {{0, 0, 1}, {1, 1, 2}}, .u = {1, 0}, .v = {1, 1}},
    [CW_PIXEL_NV21] = {"NV21", CW_LAYOUT_HALF_YUV, 8, 2, {{0, 0, 1}, {1, 1, 2}}, .u = {1, 1}, .v = {1, 0}},
    [CW_PIXEL_YUY2] = {"YUY2", CW_LAYOUT_PACKED_YUV, 8, 1, {{1, 0, 4}}, .u = {0, 1}},
    [CW_PIXEL_UYVY] = {"UYVY", CW_LAYOUT_PACKED_YUV, 8, 1, {{1, 0, 4}}, .u = {0, 0}},
    [CW_PIXEL_Y42B] = {"Y42B", CW_LAYOUT_HALF_YUV, 8, 3, {{0, 0, 1}, {1, 0, 1}, {1, 0, 1}}, .u = {1, 0}, .v = {2, 0}},
    [CW_PIXEL_Y444] = {"Y444", CW_LAYOUT_YUV, 8, 3, {{0, 0, 1}, {0, 0, 1}, {0, 0, 1}}, .read_samples = read_y444},
    [CW_PIXEL_RGB] = {"RGB", CW_LAYOUT_RGB, 8, 1, {{0, 0, 3}}, .read_rgb = read_rgb},
    [CW_PIXEL_BGR] = {"BGR", CW_LAYOUT_RGB, 8, 1, {{0, 0, 3}}, .read_rgb = read_bgr},
    [CW_PIXEL_RGBX] = {"RGBx", CW_LAYOUT_RGB, 8, 1, {{0, 0, 4}}, .read_rgb = read_rgbx},
    [CW_PIXEL_BGRX] = {"BGRx", CW_LAYOUT_RGB, 8, 1, {{0, 0, 4}}, .read_rgb = read_bgrx},
    [CW_PIXEL_XRGB] = {"xRGB", CW_LAYOUT_RGB, 8, 1, {{0, 0, 4}}, .read_rgb = read_xrgb},
    [CW_PIXEL_XBGR] = {"xBGR", CW_LAYOUT_RGB, 8, 1, {{0, 0, 4}}, .read_rgb = read_xbgr},
    [CW_PIXEL_GRAY8] = {"GRAY8", CW_LAYOUT_GREY, 8, 1, {{0, 0, 1}}, .read_samples = read_gray8},
    [CW_PIXEL_P010_10LE] = {"P010_10LE", CW_LAYOUT_YUV, 10, 2, {{0, 0, 2}, {1, 1, 4}}, .read_samples = read_p010},
    [CW_PIXEL_I420_10LE] = {"I420_10LE", CW_LAYOUT_YUV, 10, 3, {{0, 0, 2}, {1, 1, 2}, {1, 1, 2}}, .read_samples = read_i420_10},
};
/* clang-format on */

const CwLayout *
cw_layout_get(CwPixelFormat format)
{
    return (guint)format < CW_PIXEL_LAST ? &layouts[format] : NULL;
}

guint
cw_frame_format_get_n_planes(const CwFrameFormat *format)
{
    const CwLayout *layout = cw_layout_get(format->format);
    return layout ? layout->n_planes : 0;
}

static guint
shift_up(guint size, guint shift)
{
    return (size >> shift) + ((size & ((1u << shift) - 1)) != 0);
}

guint
cw_frame_format_get_min_stride(const CwFrameFormat *format, guint plane)
{
    const CwLayout *layout = cw_layout_get(format->format);
    if (!layout || plane >= layout->n_planes)
        return 0;
    return shift_up(format->width, layout->planes[plane].x_shift) * layout->planes[plane].n_bytes;
}

guint
cw_frame_format_get_plane_height(const CwFrameFormat *format, guint plane)
{
    const CwLayout *layout = cw_layout_get(format->format);
    if (!layout || plane >= layout->n_planes)
        return 0;
    return shift_up(format->height, layout->planes[plane].y_shift);
}
