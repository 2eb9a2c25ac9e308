#include "picture.h"

#include <string.h>

TestPicture *
test_picture_new(const CwFrameFormat *format, guint padding, guint32 seed)
{
    TestPicture *picture = g_new0(TestPicture, 1);
    GRand *random = g_rand_new_with_seed(seed);
    picture->format = *format;
    for (guint p = 0; p < cw_frame_format_get_n_planes(format); p++) {
        const guint least = cw_frame_format_get_min_stride(format, p);
        const guint stride = least + padding;
        const gsize size =
            (gsize)stride * (cw_frame_format_get_plane_height(format, p) - 1) + least;
        picture->planes[p] = g_malloc(size);
        for (gsize i = 0; i < size; i++)
            picture->planes[p][i] = (guint8)g_rand_int(random);
        picture->frame.planes[p] = picture->planes[p];
        picture->frame.strides[p] = stride;
    }
    g_rand_free(random);
    return picture;
}

void
test_picture_free(TestPicture *picture)
{
    for (guint p = 0; p < CW_FRAME_MAX_PLANES; p++)
        g_free(picture->planes[p]);
    g_free(picture);
}

static guint
get_byte(const TestPicture *picture, guint plane, guint y, guint at)
{
    return picture->planes[plane][(gsize)y * picture->frame.strides[plane] + at];
}

static guint
get_word(const TestPicture *picture, guint plane, guint y, guint at)
{
    return get_byte(picture, plane, y, at) | get_byte(picture, plane, y, at + 1) << 8;
}

/* Where red, green and blue lie in a pixel of step bytes; FALSE for other formats. */
static gboolean
find_rgb(CwPixelFormat format, guint *step, guint offsets[3])
{
    static const struct {
        CwPixelFormat format;
        guint step, offsets[3];
    } packed[] = {
        {CW_PIXEL_RGB, 3, {0, 1, 2}},  {CW_PIXEL_BGR, 3, {2, 1, 0}},  {CW_PIXEL_RGBX, 4, {0, 1, 2}},
        {CW_PIXEL_BGRX, 4, {2, 1, 0}}, {CW_PIXEL_XRGB, 4, {1, 2, 3}}, {CW_PIXEL_XBGR, 4, {3, 2, 1}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(packed); i++) {
        if (packed[i].format == format) {
            *step = packed[i].step;
            memcpy(offsets, packed[i].offsets, sizeof packed[i].offsets);
            return TRUE;
        }
    }
    return FALSE;
}

/* Luma and chroma as stored, chroma of the block that the pixel lies in; returns the sample depth.
 */
static guint
get_yuv(const TestPicture *p, guint x, guint y, guint yuv[3])
{
    const guint cx = x / 2, cy = y / 2;
    yuv[0] = get_byte(p, 0, y, x);
    switch (p->format.format) {
    case CW_PIXEL_I420:
        yuv[1] = get_byte(p, 1, cy, cx), yuv[2] = get_byte(p, 2, cy, cx);
        return 8;
    case CW_PIXEL_YV12:
        yuv[1] = get_byte(p, 2, cy, cx), yuv[2] = get_byte(p, 1, cy, cx);
        return 8;
    case CW_PIXEL_NV12:
        yuv[1] = get_byte(p, 1, cy, 2 * cx), yuv[2] = get_byte(p, 1, cy, 2 * cx + 1);
        return 8;
    case CW_PIXEL_NV21:
        yuv[1] = get_byte(p, 1, cy, 2 * cx + 1), yuv[2] = get_byte(p, 1, cy, 2 * cx);
        return 8;
    case CW_PIXEL_YUY2:
        yuv[0] = get_byte(p, 0, y, 2 * x);
        yuv[1] = get_byte(p, 0, y, 4 * cx + 1), yuv[2] = get_byte(p, 0, y, 4 * cx + 3);
        return 8;
    case CW_PIXEL_UYVY:
        yuv[0] = get_byte(p, 0, y, 2 * x + 1);
        yuv[1] = get_byte(p, 0, y, 4 * cx), yuv[2] = get_byte(p, 0, y, 4 * cx + 2);
        return 8;
    case CW_PIXEL_Y42B:
        yuv[1] = get_byte(p, 1, y, cx), yuv[2] = get_byte(p, 2, y, cx);
        return 8;
    case CW_PIXEL_Y444:
        yuv[1] = get_byte(p, 1, y, x), yuv[2] = get_byte(p, 2, y, x);
        return 8;
    case CW_PIXEL_GRAY8:
        yuv[1] = yuv[2] = 128;
        return 8;
    case CW_PIXEL_P010_10LE:
        yuv[0] = get_word(p, 0, y, 2 * x) >> 6;
        yuv[1] = get_word(p, 1, cy, 4 * cx) >> 6, yuv[2] = get_word(p, 1, cy, 4 * cx + 2) >> 6;
        return 10;
    case CW_PIXEL_I420_10LE:
        yuv[0] = get_word(p, 0, y, 2 * x) & 1023;
        yuv[1] = get_word(p, 1, cy, 2 * cx) & 1023, yuv[2] = get_word(p, 2, cy, 2 * cx) & 1023;
        return 10;
    default:
        g_assert_not_reached();
    }
}

static void
convert_yuv(const CwFrameFormat *format, const guint yuv[3], guint depth, double rgb[3])
{
    static const double shares[][2] = {
        [CW_MATRIX_BT601] = {0.299, 0.114},    [CW_MATRIX_BT709] = {0.2126, 0.0722},
        [CW_MATRIX_BT2020] = {0.2627, 0.0593}, [CW_MATRIX_SMPTE240M] = {0.212, 0.087},
        [CW_MATRIX_FCC] = {0.30, 0.11},
    };
    const double kr = shares[format->matrix][0], kb = shares[format->matrix][1];
    const double unit = depth == 10 ? 4.0 : 1.0, most = depth == 10 ? 1023.0 : 255.0;
    const gboolean full = format->range == CW_RANGE_FULL;
    const double y = full ? yuv[0] / most : (yuv[0] - 16.0 * unit) / (219.0 * unit);
    const double u = (yuv[1] - 128.0 * unit) / (full ? most : 224.0 * unit);
    const double v = (yuv[2] - 128.0 * unit) / (full ? most : 224.0 * unit);
    const double red = y + 2.0 * (1.0 - kr) * v, blue = y + 2.0 * (1.0 - kb) * u;
    rgb[0] = 255.0 * red;
    rgb[1] = 255.0 * (y - kr * red - kb * blue) / (1.0 - kr - kb);
    rgb[2] = 255.0 * blue;
}

void
test_picture_get(const TestPicture *picture, guint x, guint y, double rgb[3])
{
    guint step, offsets[3], yuv[3];
    if (find_rgb(picture->format.format, &step, offsets)) {
        for (guint c = 0; c < 3; c++)
            rgb[c] = get_byte(picture, 0, y, step * x + offsets[c]);
        return;
    }
    const guint depth = get_yuv(picture, x, y, yuv);
    convert_yuv(&picture->format, yuv, depth, rgb);
}

CwPreprocess
test_preprocess(guint width, guint height, CwResizeMode mode)
{
    return (CwPreprocess){
        .width = width,
        .height = height,
        .interpolation = CW_INTERPOLATION_BICUBIC,
        .resize_mode = mode,
        .mean = {0.5f, 0.25f, 1.0f},
        .std = {0.25f, 0.5f, 0.75f},
    };
}

guint8 *
test_run(const CwFrameFormat *format, const CwFrame *frame, const CwPreprocess *preprocess,
         CwCrop crop, guint *n_views)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwImagePlan) plan = cw_image_plan_new(format, preprocess, crop, &error);
    g_assert_no_error(error);
    const guint n = cw_image_plan_get_n_views(plan);
    guint8 *rgb = g_malloc((gsize)n * 3 * preprocess->width * preprocess->height);
    cw_image_plan_run(plan, frame, rgb);
    if (n_views)
        *n_views = n;
    return rgb;
}
