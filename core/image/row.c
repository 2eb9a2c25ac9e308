#include "image/row.h"

static void
convert_half_yuv(const CwRowReader *reader, const guint8 *const planes[], guint x, guint n,
                 guint8 *const rgb[3])
{
    const CwLayout *layout = reader->layout;
    const guint step = layout->planes[1].n_bytes;
    const gsize at = (gsize)(x / 2) * step;
    reader->kernels->convert_yuv(&reader->color, planes[0] + x,
                                 planes[layout->u.plane] + layout->u.offset + at,
                                 planes[layout->v.plane] + layout->v.offset + at, step, n, rgb);
}

static void
part_bytes(const guint8 *restrict in, guint n, guint8 *restrict even, guint8 *restrict odd)
{
    for (gsize i = 0; i < n; i++) {
        even[i] = in[2 * i];
        odd[i] = in[2 * i + 1];
    }
}

static void
convert_packed_yuv(const CwRowReader *reader, const guint8 *packed, guint n, guint8 *const rgb[3])
{
    guint8 *even = (guint8 *)reader->samples[0], *odd = (guint8 *)reader->samples[1];
    const guint8 *luma = reader->layout->u.offset == 0 ? odd : even;
    const guint8 *chroma = reader->layout->u.offset == 0 ? even : odd;
    part_bytes(packed, (n + 1) / 2 * 2, even, odd);
    reader->kernels->convert_yuv(&reader->color, luma, chroma, chroma + 1, 2, n, rgb);
}

void
cw_row_read(const CwRowReader *reader, const guint8 *const planes[CW_FRAME_MAX_PLANES], guint x,
            guint n, guint8 *const rgb[3])
{
    const CwLayout *layout = reader->layout;
    switch (layout->kind) {
    case CW_LAYOUT_RGB:
        layout->read_rgb(planes, x, n, rgb);
        break;
    case CW_LAYOUT_HALF_YUV:
        convert_half_yuv(reader, planes, x, n, rgb);
        break;
    case CW_LAYOUT_PACKED_YUV:
        convert_packed_yuv(reader, planes[0] + 2 * (gsize)x, n, rgb);
        break;
    case CW_LAYOUT_YUV:
        layout->read_samples(planes, x, n, reader->samples);
        cw_color_convert_yuv(&reader->color, n, (const gint16 *const *)reader->samples, rgb);
        break;
    case CW_LAYOUT_GREY:
        layout->read_samples(planes, x, n, reader->samples);
        cw_color_convert_grey(&reader->color, n, reader->samples[0], rgb);
        break;
    }
}
