/* Turned, interlaced and subsampled pictures against turning, splitting and converting the RGB
 * picture first: the bytes must be the same. */
#include "picture.h"

#include <string.h>

/* Where the upright pixel (x, y) is stored, by the definition of the EXIF values. */
static void
find_stored(const CwFrameFormat *f, guint height, guint x, guint y, guint *column, guint *row)
{
    const guint right = f->width - 1, bottom = height - 1;
    switch (f->orientation) {
    case CW_ORIENTATION_UPRIGHT:
        *column = x, *row = y;
        break;
    case CW_ORIENTATION_MIRROR:
        *column = right - x, *row = y;
        break;
    case CW_ORIENTATION_180:
        *column = right - x, *row = bottom - y;
        break;
    case CW_ORIENTATION_FLIP:
        *column = x, *row = bottom - y;
        break;
    case CW_ORIENTATION_TRANSPOSE:
        *column = y, *row = x;
        break;
    case CW_ORIENTATION_90: /* the left column, read upwards, is the top row */
        *column = y, *row = bottom - x;
        break;
    case CW_ORIENTATION_TRANSVERSE:
        *column = right - y, *row = bottom - x;
        break;
    case CW_ORIENTATION_270: /* the right column, read downwards, is the top row */
        *column = right - y, *row = x;
        break;
    }
}

/* The upright picture (of the upper field) as packed RGB, converted by a plan that resizes nothing.
 */
static guint8 *
make_upright(const TestPicture *picture, CwFrameFormat *upright)
{
    CwFrameFormat plain = picture->format;
    plain.orientation = CW_ORIENTATION_UPRIGHT;
    plain.interlaced = FALSE;
    CwFrame field = picture->frame;
    if (picture->format.interlaced) {
        plain.height = (plain.height + 1) / 2;
        for (guint p = 0; p < CW_FRAME_MAX_PLANES; p++)
            field.strides[p] *= 2;
    }
    const CwPreprocess own_size = test_preprocess(plain.width, plain.height, CW_RESIZE_SQUASH);
    g_autofree guint8 *planar = test_run(&plain, &field, &own_size, CW_CROP_MODEL, NULL);

    const gboolean swapped = picture->format.orientation >= CW_ORIENTATION_TRANSPOSE;
    const guint par_d = plain.par_d * (picture->format.interlaced ? 2 : 1);
    *upright = plain;
    upright->format = CW_PIXEL_RGB;
    upright->width = swapped ? plain.height : plain.width;
    upright->height = swapped ? plain.width : plain.height;
    upright->par_n = swapped ? par_d : plain.par_n;
    upright->par_d = swapped ? plain.par_n : par_d;
    const gsize n = (gsize)plain.width * plain.height;
    guint8 *rgb = g_malloc(3 * n);
    for (guint y = 0; y < upright->height; y++) {
        for (guint x = 0; x < upright->width; x++) {
            guint column = 0, row = 0;
            find_stored(&picture->format, plain.height, x, y, &column, &row);
            for (guint c = 0; c < 3; c++)
                rgb[3 * ((gsize)y * upright->width + x) + c] =
                    planar[c * n + (gsize)row * plain.width + column];
        }
    }
    return rgb;
}

static void
check_picture(const CwFrameFormat *format, const CwPreprocess *preprocess, CwCrop crop)
{
    g_autoptr(TestPicture) picture = test_picture_new(format, 3, format->width);
    CwFrameFormat upright;
    g_autofree guint8 *rgb = make_upright(picture, &upright);
    const CwFrame frame = {.planes = {rgb}, .strides = {3 * upright.width}};
    guint n, n_expected;
    g_autofree guint8 *result = test_run(format, &picture->frame, preprocess, crop, &n);
    g_autofree guint8 *expected = test_run(&upright, &frame, preprocess, crop, &n_expected);
    g_assert_cmpuint(n, ==, n_expected);
    g_assert_cmpmem(result, (gsize)n * 3 * preprocess->width * preprocess->height, expected,
                    (gsize)n_expected * 3 * preprocess->width * preprocess->height);
}

static void
check_formats(guint width, guint height, guint input_width, guint input_height, gboolean interlaced)
{
    static const CwPixelFormat formats[] = {CW_PIXEL_RGB, CW_PIXEL_I420, CW_PIXEL_YUY2,
                                            CW_PIXEL_GRAY8, CW_PIXEL_P010_10LE};
    const CwPreprocess preprocess = test_preprocess(input_width, input_height, CW_RESIZE_SHORTEST);
    for (guint f = 0; f < G_N_ELEMENTS(formats); f++) {
        for (guint o = CW_ORIENTATION_UPRIGHT; o <= CW_ORIENTATION_270; o++) {
            for (guint crop = CW_CROP_MODEL; crop <= CW_CROP_TILES; crop++) {
                const CwFrameFormat format = {
                    formats[f], CW_MATRIX_BT709, CW_RANGE_LIMITED, width, height, 4, 3,
                    o,          interlaced};
                check_picture(&format, &preprocess, crop);
            }
        }
    }
}

static void
test_downscale(void)
{
    check_formats(97, 61, 16, 16, FALSE);
    check_formats(61, 131, 16, 16, FALSE);
}

static void
test_upscale(void)
{
    check_formats(17, 31, 48, 48, FALSE);
    check_formats(8, 8, 20, 20, FALSE);
    check_formats(1, 1, 8, 8, FALSE);
}

static void
test_oblong_input(void)
{
    check_formats(64, 49, 12, 20, FALSE);
    check_formats(31, 90, 24, 10, FALSE);
}

static void
test_interlaced(void)
{
    check_formats(64, 48, 16, 16, TRUE);
    check_formats(33, 27, 16, 16, TRUE);
    check_formats(5, 1, 8, 8, TRUE);
}

static void
test_long_pictures(void)
{
    check_formats(700, 2, 8, 8, FALSE);
    check_formats(1, 900, 8, 8, FALSE);
}

/* The lower field may hold anything. */
static void
test_lower_field(void)
{
    const CwFrameFormat format = {CW_PIXEL_I420, CW_MATRIX_BT601, CW_RANGE_LIMITED, 32, 24, 1, 1, 1,
                                  TRUE};
    const CwPreprocess preprocess = test_preprocess(16, 16, CW_RESIZE_SHORTEST);
    g_autoptr(TestPicture) picture = test_picture_new(&format, 0, 1);
    g_autofree guint8 *before =
        test_run(&format, &picture->frame, &preprocess, CW_CROP_MODEL, NULL);
    for (guint p = 0; p < 3; p++)
        for (guint y = 1; y < cw_frame_format_get_plane_height(&format, p); y += 2)
            memset(picture->planes[p] + (gsize)y * picture->frame.strides[p], 255,
                   cw_frame_format_get_min_stride(&format, p));
    g_autofree guint8 *after = test_run(&format, &picture->frame, &preprocess, CW_CROP_MODEL, NULL);
    g_assert_cmpmem(before, 3 * 16 * 16, after, 3 * 16 * 16);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/orientation/a reduced picture is as if it had been turned first",
                    test_downscale);
    g_test_add_func("/image/orientation/an enlarged picture is as if it had been turned first",
                    test_upscale);
    g_test_add_func("/image/orientation/an oblong input is as if it had been turned first",
                    test_oblong_input);
    g_test_add_func("/image/orientation/an interlaced picture is its upper field", test_interlaced);
    g_test_add_func("/image/orientation/a very long picture is as if it had been turned first",
                    test_long_pictures);
    g_test_add_func("/image/orientation/the lower field changes nothing", test_lower_field);
    return g_test_run();
}
