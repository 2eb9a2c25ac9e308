/* Every format, matrix and range against a double-precision reading of the picture. */
#include "picture.h"

#include <math.h>

/* A squash to the picture's own size resizes nothing: what comes out is the conversion alone. */
static void
check_conversion(const CwFrameFormat *format, guint padding)
{
    g_autoptr(TestPicture) picture = test_picture_new(format, padding, 7 + format->format);
    const CwPreprocess preprocess =
        test_preprocess(format->width, format->height, CW_RESIZE_SQUASH);
    g_autofree guint8 *rgb = test_run(format, &picture->frame, &preprocess, CW_CROP_MODEL, NULL);
    const gsize plane = (gsize)format->width * format->height;
    guint n_off = 0;

    for (guint y = 0; y < format->height; y++) {
        for (guint x = 0; x < format->width; x++) {
            double exact[3];
            test_picture_get(picture, x, y, exact);
            for (guint c = 0; c < 3; c++) {
                const double level = CLAMP(floor(exact[c] + 0.5), 0.0, 255.0);
                const double off = fabs(level - rgb[c * plane + y * format->width + x]);
                g_assert_cmpfloat(off, <=, 1.0);
                n_off += off > 0.0;
            }
        }
    }
    /* The bound of docs/IMAGE.md: one value in sixteen may be rounded to the other side. */
    g_assert_cmpuint(n_off, <=, plane >= 400 ? 3 * plane / 16 : 3 * plane);
}

static void
check_sizes(CwFrameFormat *format)
{
    static const struct {
        guint width, height, padding;
    } sizes[] = {{1, 1, 0}, {2, 2, 0}, {8, 8, 0}, {17, 31, 0}, {33, 20, 5}, {130, 7, 64}};
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        format->width = sizes[i].width;
        format->height = sizes[i].height;
        check_conversion(format, sizes[i].padding);
    }
}

static void
test_every_format(void)
{
    for (guint f = 0; f < CW_PIXEL_LAST; f++) {
        for (guint m = CW_MATRIX_BT601; m <= CW_MATRIX_FCC; m++) {
            for (guint r = CW_RANGE_LIMITED; r <= CW_RANGE_FULL; r++) {
                CwFrameFormat format = {
                    .format = f,
                    .matrix = m,
                    .range = r,
                    .par_n = 1,
                    .par_d = 1,
                    .orientation = CW_ORIENTATION_UPRIGHT,
                };
                check_sizes(&format);
            }
        }
    }
}

/* No chroma and full range: nothing to round. */
static void
test_grey_is_exact(void)
{
    for (guint m = CW_MATRIX_BT601; m <= CW_MATRIX_FCC; m++) {
        guint8 luma[256], chroma[256];
        for (guint i = 0; i < 256; i++) {
            luma[i] = (guint8)i;
            chroma[i] = 128;
        }
        const CwFrameFormat format = {CW_PIXEL_Y444, m, CW_RANGE_FULL, 256, 1, 1, 1, 1, FALSE};
        const CwFrame frame = {{luma, chroma, chroma}, {256, 256, 256}};
        const CwPreprocess preprocess = test_preprocess(256, 1, CW_RESIZE_SQUASH);
        g_autofree guint8 *rgb = test_run(&format, &frame, &preprocess, CW_CROP_MODEL, NULL);
        for (guint i = 0; i < 3 * 256; i++)
            g_assert_cmpuint(rgb[i], ==, i % 256);
    }
}

/* Published values: SMPTE colour bars at 75 % in limited-range BT.601 and BT.709. */
static void
test_limited_black_and_white(void)
{
    static const guint8 luma[4] = {0, 16, 235, 255}, chroma[4] = {128, 128, 128, 128};
    static const guint8 expected[4] = {0, 0, 255, 255};
    for (guint m = CW_MATRIX_BT601; m <= CW_MATRIX_FCC; m++) {
        const CwFrameFormat format = {CW_PIXEL_Y444, m, CW_RANGE_LIMITED, 4, 1, 1, 1, 1, FALSE};
        const CwFrame frame = {{luma, chroma, chroma}, {4, 4, 4}};
        const CwPreprocess preprocess = test_preprocess(4, 1, CW_RESIZE_SQUASH);
        g_autofree guint8 *rgb = test_run(&format, &frame, &preprocess, CW_CROP_MODEL, NULL);
        for (guint i = 0; i < 12; i++)
            g_assert_cmpuint(rgb[i], ==, expected[i % 4]);
    }
}

/* Red at 75 %: R 191, G 0, B 0 is Y 65, U 100, V 212 in BT.601 and Y 51, U 109, V 212 in BT.709. */
static void
test_colour_bar(void)
{
    static const guint8 yuv[2][3] = {{65, 100, 212}, {51, 109, 212}};
    for (guint m = CW_MATRIX_BT601; m <= CW_MATRIX_BT709; m++) {
        const CwFrameFormat format = {CW_PIXEL_Y444, m, CW_RANGE_LIMITED, 1, 1, 1, 1, 1, FALSE};
        const CwFrame frame = {{&yuv[m][0], &yuv[m][1], &yuv[m][2]}, {1, 1, 1}};
        const CwPreprocess preprocess = test_preprocess(1, 1, CW_RESIZE_SQUASH);
        g_autofree guint8 *rgb = test_run(&format, &frame, &preprocess, CW_CROP_MODEL, NULL);
        g_assert_cmpint(ABS(rgb[0] - 191), <=, 1);
        g_assert_cmpint(rgb[1], <=, 1);
        g_assert_cmpint(rgb[2], <=, 1);
    }
}

static int
multiply_high(int a, int b)
{
    return (int)floor(a * (double)b / 65536);
}

static guint8
clip(int sum)
{
    return (guint8)CLAMP((int)floor(sum / 32.0), 0, 255);
}

/* One pixel by the integers of docs/IMAGE.md; yuv of 8 bits, or of 10 if so. */
static void
convert_by_the_book(CwColorMatrix matrix, CwColorRange range, gboolean ten_bits, const int yuv[3],
                    guint8 rgb[3])
{
    static const double shares[][2] = {
        {0.299, 0.114}, {0.2126, 0.0722}, {0.2627, 0.0593}, {0.212, 0.087}, {0.30, 0.11}};
    const double kr = shares[matrix][0], kb = shares[matrix][1], kg = 1 - kr - kb;
    const gboolean full = range == CW_RANGE_FULL;
    const double most = ten_bits ? 1020.0 / 1023 : 1;
    const double s = full ? most : 255.0 / 219, t = full ? most : 255.0 / 224;
    const int offset = 17 - (int)round(full ? 0 : 32 * 16 * s);
    const int y = ten_bits ? yuv[0] * 32 : yuv[0] * 128;
    const int u = ten_bits ? (yuv[1] - 512) * 64 : (yuv[1] - 128) * 256;
    const int v = ten_bits ? (yuv[2] - 512) * 64 : (yuv[2] - 128) * 256;
    const int rv = (int)round(8192 * t * 2 * (1 - kr));
    const int bu = (int)round(8192 * t * 2 * (1 - kb));
    const int gu = (int)round(-8192 * t * 2 * (1 - kb) * kb / kg);
    const int gv = (int)round(-8192 * t * 2 * (1 - kr) * kr / kg);
    const int l = multiply_high(y, (int)round(16384 * s)) + offset;
    rgb[0] = clip(l + multiply_high(v, rv));
    rgb[1] = clip(l + multiply_high(u, gu) + multiply_high(v, gv));
    rgb[2] = clip(l + multiply_high(u, bu));
}

/* A row of pairs of pixels with all kinds of luma and chroma, the ends among them. */
static void
check_integers(CwColorMatrix matrix, CwColorRange range, gboolean ten_bits)
{
    enum { N = 512 };
    guint16 samples[3][N];
    guint8 bytes[3][N], *planes[3];
    const int most = ten_bits ? 1023 : 255;
    for (guint i = 0; i < N; i++) {
        samples[0][i] = (guint16)((int)i * 5 % (most + 1));
        samples[1][i] = (guint16)(i % 7 == 0 ? most : (int)i * 37 % (most + 1));
        samples[2][i] = (guint16)(i % 11 == 0 ? 0 : (int)i * 71 % (most + 1));
    }
    for (guint p = 0; p < 3; p++) {
        planes[p] = ten_bits ? (guint8 *)samples[p] : bytes[p];
        for (guint i = 0; i < N; i++) {
            bytes[p][i] = (guint8)samples[p][i];
            samples[p][i] = GUINT16_TO_LE(samples[p][i]);
        }
    }
    const CwFrameFormat format = {
        ten_bits ? CW_PIXEL_I420_10LE : CW_PIXEL_I420, matrix, range, N, 1, 1, 1, 1, FALSE};
    const CwFrame frame = {{planes[0], planes[1], planes[2]}, {2 * N, 2 * N, 2 * N}};
    const CwPreprocess preprocess = test_preprocess(N, 1, CW_RESIZE_SQUASH);
    g_autofree guint8 *rgb = test_run(&format, &frame, &preprocess, CW_CROP_MODEL, NULL);
    for (guint i = 0; i < N; i++) {
        const int yuv[3] = {GUINT16_FROM_LE(samples[0][i]), GUINT16_FROM_LE(samples[1][i / 2]),
                            GUINT16_FROM_LE(samples[2][i / 2])};
        guint8 expected[3];
        convert_by_the_book(matrix, range, ten_bits, yuv, expected);
        for (guint c = 0; c < 3; c++)
            g_assert_cmpuint(rgb[c * N + i], ==, expected[c]);
    }
}

static void
test_documented_integers(void)
{
    for (guint m = CW_MATRIX_BT601; m <= CW_MATRIX_FCC; m++)
        for (guint r = CW_RANGE_LIMITED; r <= CW_RANGE_FULL; r++) {
            check_integers((CwColorMatrix)m, (CwColorRange)r, FALSE);
            check_integers((CwColorMatrix)m, (CwColorRange)r, TRUE);
        }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/color/every format is within one level of the exact value",
                    test_every_format);
    g_test_add_func("/image/color/the integers are the documented ones", test_documented_integers);
    g_test_add_func("/image/color/full-range grey is exact", test_grey_is_exact);
    g_test_add_func("/image/color/limited range ends at 16 and 235", test_limited_black_and_white);
    g_test_add_func("/image/color/a red bar is red", test_colour_bar);
    return g_test_run();
}
