/* What a video says of its pictures reaches the frame: bytes, colour, shape, turn, fields, times.
 */
#include "encode.h"
#include "fixture.h"

#include "media/media.h"
#include "media/picture.h"

#include <clipwatch/image.h>
#include <math.h>
#include <string.h>

/* Writes the video and returns it open, or NULL where it cannot be written. dir is removed. */
static CwMedia *
write_and_open(const TestVideo *video, guint n_frames)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *path = g_build_filename(dir, "video", NULL);
    CwMedia *media = NULL;
    if (test_video_write(path, video, n_frames)) {
        media = cw_media_open(path, &error);
        g_assert_no_error(error);
        g_assert_false(cw_media_is_still(media));
    }
    cw_test_remove_dir(dir);
    return media;
}

static CwMediaResult
read_next(CwMedia *media, CwFrame *frame, CwFrameFormat *format, double *time)
{
    g_autoptr(GError) error = NULL;
    const CwMediaResult result = cw_media_next(media, 0.0, frame, format, time, &error);
    g_assert_no_error(error);
    return result;
}

static void
test_bytes(void)
{
    static const struct {
        enum AVPixelFormat from;
        CwPixelFormat to;
        const char *codec;
    } cases[] = {
        {AV_PIX_FMT_YUV420P, CW_PIXEL_I420, "rawvideo"},
        {AV_PIX_FMT_YUV422P, CW_PIXEL_Y42B, "rawvideo"},
        {AV_PIX_FMT_YUV444P, CW_PIXEL_Y444, "rawvideo"},
        {AV_PIX_FMT_NV12, CW_PIXEL_NV12, "rawvideo"},
        {AV_PIX_FMT_NV21, CW_PIXEL_NV21, "rawvideo"},
        {AV_PIX_FMT_YUYV422, CW_PIXEL_YUY2, "rawvideo"},
        {AV_PIX_FMT_UYVY422, CW_PIXEL_UYVY, "rawvideo"},
        {AV_PIX_FMT_RGB24, CW_PIXEL_RGB, "rawvideo"},
        {AV_PIX_FMT_BGR24, CW_PIXEL_BGR, "rawvideo"},
        {AV_PIX_FMT_RGBA, CW_PIXEL_RGBX, "rawvideo"},
        {AV_PIX_FMT_BGRA, CW_PIXEL_BGRX, "rawvideo"},
        {AV_PIX_FMT_ARGB, CW_PIXEL_XRGB, "rawvideo"},
        {AV_PIX_FMT_ABGR, CW_PIXEL_XBGR, "rawvideo"},
        {AV_PIX_FMT_GRAY8, CW_PIXEL_GRAY8, "rawvideo"},
        {AV_PIX_FMT_YUV420P10LE, CW_PIXEL_I420_10LE, "rawvideo"},
        {AV_PIX_FMT_YUVA420P, CW_PIXEL_I420, "ffv1"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const TestVideo video = {"nut", cases[i].codec, cases[i].from, 34, 22};
        g_autoptr(CwMedia) media = write_and_open(&video, 3);
        CwFrame frame;
        CwFrameFormat format;
        double time;
        for (guint n = 0; media && n < 3; n++) {
            g_assert_cmpint(read_next(media, &frame, &format, &time), ==, CW_MEDIA_FRAME);
            g_assert_cmpuint(format.format, ==, cases[i].to);
            g_assert_cmpuint(format.width, ==, 34);
            g_assert_cmpuint(format.height, ==, 22);
            g_assert_cmpfloat_with_epsilon(time, n / 25.0, 1e-3);
            test_video_check(&format, &frame, n);
        }
        if (media)
            g_assert_cmpint(read_next(media, &frame, &format, &time), ==, CW_MEDIA_END);
    }
}

/* What is not ours goes to the nearest of ours. */
static void
test_conversion(void)
{
    static const struct {
        enum AVPixelFormat from;
        CwPixelFormat to;
        const char *codec;
    } cases[] = {
        {AV_PIX_FMT_YUV420P12LE, CW_PIXEL_I420_10LE, "ffv1"},
        {AV_PIX_FMT_YUV422P10LE, CW_PIXEL_Y42B, "ffv1"},
        {AV_PIX_FMT_YUV444P10LE, CW_PIXEL_Y444, "ffv1"},
        {AV_PIX_FMT_YUV411P, CW_PIXEL_Y444, "ffv1"},
        {AV_PIX_FMT_YUV410P, CW_PIXEL_Y444, "ffv1"},
        {AV_PIX_FMT_GBRP, CW_PIXEL_RGB, "utvideo"},
        {AV_PIX_FMT_RGB48LE, CW_PIXEL_RGB, "rawvideo"},
        {AV_PIX_FMT_GRAY16LE, CW_PIXEL_GRAY8, "ffv1"},
        {AV_PIX_FMT_GRAY10LE, CW_PIXEL_GRAY8, "ffv1"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const TestVideo video = {"nut", cases[i].codec, cases[i].from, 32, 16};
        g_autoptr(CwMedia) media = write_and_open(&video, 1);
        CwFrame frame;
        CwFrameFormat format;
        double time;
        if (!media)
            return;
        g_assert_cmpint(read_next(media, &frame, &format, &time), ==, CW_MEDIA_FRAME);
        g_assert_cmpuint(format.format, ==, cases[i].to);
        /* 4:1:1 luma and GBR planes pass through unchanged. */
        if (cases[i].from == AV_PIX_FMT_YUV411P)
            g_assert_cmpuint(frame.planes[0][frame.strides[0] * 5 + 9], ==,
                             test_video_byte(0, 0, 5, 9));
        if (cases[i].from == AV_PIX_FMT_GBRP)
            g_assert_cmpuint(frame.planes[0][frame.strides[0] * 5 + 3 * 9], ==,
                             test_video_byte(0, 2, 5, 9));
    }
}

static void
check_color(int height, enum AVColorSpace space, enum AVColorRange range, CwColorMatrix matrix,
            CwColorRange expected)
{
    const TestVideo video = {"matroska", "ffv1",         AV_PIX_FMT_YUV420P, 16,
                             height,     .space = space, .range = range};
    g_autoptr(CwMedia) media = write_and_open(&video, 1);
    CwFrame frame;
    CwFrameFormat format;
    double time;
    if (!media)
        return;
    g_assert_cmpint(read_next(media, &frame, &format, &time), ==, CW_MEDIA_FRAME);
    g_assert_cmpuint(format.matrix, ==, matrix);
    g_assert_cmpuint(format.range, ==, expected);
}

static void
test_color(void)
{
    const enum AVColorRange tv = AVCOL_RANGE_MPEG, pc = AVCOL_RANGE_JPEG;
    check_color(16, AVCOL_SPC_BT709, tv, CW_MATRIX_BT709, CW_RANGE_LIMITED);
    check_color(16, AVCOL_SPC_SMPTE170M, pc, CW_MATRIX_BT601, CW_RANGE_FULL);
    check_color(16, AVCOL_SPC_BT470BG, tv, CW_MATRIX_BT601, CW_RANGE_LIMITED);
    check_color(16, AVCOL_SPC_BT2020_NCL, tv, CW_MATRIX_BT2020, CW_RANGE_LIMITED);
    check_color(16, AVCOL_SPC_SMPTE240M, tv, CW_MATRIX_SMPTE240M, CW_RANGE_LIMITED);
    check_color(16, AVCOL_SPC_FCC, tv, CW_MATRIX_FCC, CW_RANGE_LIMITED);
    check_color(576, AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, CW_MATRIX_BT601,
                CW_RANGE_LIMITED);
    check_color(578, AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, CW_MATRIX_BT709,
                CW_RANGE_LIMITED);
}

static void
test_shape(void)
{
    const TestVideo video = {
        "matroska", "mpeg2video",       AV_PIX_FMT_YUV420P, 720,
        576,        .aspect = {64, 45}, .interlaced = TRUE, .range = AVCOL_RANGE_MPEG};
    g_autoptr(CwMedia) media = write_and_open(&video, 2);
    CwFrame frame;
    CwFrameFormat format;
    double time;
    if (!media)
        return;
    g_assert_cmpint(read_next(media, &frame, &format, &time), ==, CW_MEDIA_FRAME);
    g_assert_true(format.interlaced);
    g_assert_cmpuint(format.par_n * 45, ==, format.par_d * 64);
}

/* a, b, c and d of libavutil/display.h for each of the eight, by their definition. */
static const gint32 turns[9][4] = {
    [CW_ORIENTATION_UPRIGHT] = {1, 0, 0, 1},      [CW_ORIENTATION_MIRROR] = {-1, 0, 0, 1},
    [CW_ORIENTATION_180] = {-1, 0, 0, -1},        [CW_ORIENTATION_FLIP] = {1, 0, 0, -1},
    [CW_ORIENTATION_TRANSPOSE] = {0, 1, 1, 0},    [CW_ORIENTATION_90] = {0, 1, -1, 0},
    [CW_ORIENTATION_TRANSVERSE] = {0, -1, -1, 0}, [CW_ORIENTATION_270] = {0, -1, 1, 0},
};

static void
make_matrix(CwOrientation orientation, gint32 matrix[9])
{
    const gint32 one = 1 << 16, *turn = turns[orientation];
    const gint32 filled[9] = {
        turn[0] * one, turn[1] * one, 0, turn[2] * one, turn[3] * one, 0, 0, 0, 1 << 30};
    memcpy(matrix, filled, sizeof filled);
}

static void
test_display_matrix(void)
{
    for (guint o = CW_ORIENTATION_UPRIGHT; o <= CW_ORIENTATION_270; o++) {
        gint32 matrix[9];
        make_matrix(o, matrix);
        g_assert_cmpuint(cw_picture_get_orientation(matrix), ==, o);
        const TestVideo video = {"mov", "mpeg4", AV_PIX_FMT_YUV420P,
                                 32,    16,      .display_matrix = matrix};
        g_autoptr(CwMedia) media = write_and_open(&video, 1);
        CwFrame frame;
        CwFrameFormat format;
        double time;
        if (!media)
            return;
        g_assert_cmpint(read_next(media, &frame, &format, &time), ==, CW_MEDIA_FRAME);
        g_assert_cmpuint(format.orientation, ==, o);
    }
    const gint32 empty[9] = {0};
    g_assert_cmpuint(cw_picture_get_orientation(empty), ==, CW_ORIENTATION_UPRIGHT);
}

static void
test_duration(void)
{
    const TestVideo video = {"matroska", "ffv1", AV_PIX_FMT_GRAY8, 16, 16};
    g_autoptr(CwMedia) media = write_and_open(&video, 50);
    if (media)
        g_assert_cmpfloat_with_epsilon(cw_media_get_duration(media), 2.0, 0.05);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/videos/every format keeps its bytes", test_bytes);
    g_test_add_func("/media/videos/other formats become the nearest one", test_conversion);
    g_test_add_func("/media/videos/matrix and range are the stream's, or guessed by height",
                    test_color);
    g_test_add_func("/media/videos/fields and pixel aspect ratio are kept", test_shape);
    g_test_add_func("/media/videos/eight display matrices are eight orientations",
                    test_display_matrix);
    g_test_add_func("/media/videos/the duration is known", test_duration);
    return g_test_run();
}
