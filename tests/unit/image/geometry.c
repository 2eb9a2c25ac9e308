/* Which part of a picture goes where, and what is refused. */
#include "fixture.h"
#include "image/describe.h"
#include "image/geometry.h"
#include "picture.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static CwGeometry
measure(guint width, guint height, guint par_n, guint par_d, const CwPreprocess *preprocess,
        CwCrop crop)
{
    const CwFrameFormat format = {.width = width,
                                  .height = height,
                                  .par_n = par_n,
                                  .par_d = par_d,
                                  .orientation = CW_ORIENTATION_UPRIGHT};
    CwGeometry geometry;
    cw_geometry_init(&geometry, &format, preprocess, crop, NULL);
    return geometry;
}

/* int(224 * 1920 / 1080) = 398 and int(round((398 - 224) / 2)) = 87: the release's own figures. */
static void
test_shortest(void)
{
    const CwPreprocess p = test_preprocess(224, 224, CW_RESIZE_SHORTEST);
    CwGeometry g = measure(1920, 1080, 1, 1, &p, CW_CROP_MODEL);
    g_assert_cmpuint(g.target_width, ==, 398);
    g_assert_cmpuint(g.target_height, ==, 224);
    g_assert_cmpuint(g.from_x, ==, 87);
    g_assert_cmpuint(g.from_y, ==, 0);
    /* 225 x 224: an offset of one half goes to the even neighbour, 0; 227 to 2. */
    g = measure(225, 224, 1, 1, &p, CW_CROP_MODEL);
    g_assert_cmpuint(g.from_x, ==, 0);
    g = measure(227, 224, 1, 1, &p, CW_CROP_MODEL);
    g_assert_cmpuint(g.from_x, ==, 2);
}

static void
test_pixel_aspect(void)
{
    const CwPreprocess p = test_preprocess(224, 224, CW_RESIZE_SHORTEST);
    /* PAL widescreen: 720 x 576 with pixels of 64:45 looks 1024 x 576. */
    CwGeometry g = measure(720, 576, 64, 45, &p, CW_CROP_MODEL);
    g_assert_cmpuint(g.target_width, ==, 224 * 1024 / 576);
    g_assert_cmpuint(g.target_height, ==, 224);
    /* Narrow pixels make a wide picture a tall one. */
    g = measure(100, 60, 1, 2, &p, CW_CROP_MODEL);
    g_assert_cmpuint(g.target_width, ==, 224);
    g_assert_cmpuint(g.target_height, ==, 224 * 120 / 100);
}

static void
test_letterbox(void)
{
    const CwPreprocess p = test_preprocess(224, 224, CW_RESIZE_SHORTEST);
    CwGeometry g = measure(1920, 1080, 1, 1, &p, CW_CROP_LETTERBOX);
    g_assert_cmpuint(g.n_columns, ==, 224);
    g_assert_cmpuint(g.n_rows, ==, 126);
    g_assert_cmpuint(g.to_x, ==, 0);
    g_assert_cmpuint(g.to_y, ==, 49);
    g = measure(1, 16384, 1, 1, &p, CW_CROP_LETTERBOX);
    g_assert_cmpuint(g.n_columns, ==, 1);
    g_assert_cmpuint(g.n_rows, ==, 224);
}

static void
test_bars(void)
{
    const CwFrameFormat format = {CW_PIXEL_GRAY8, CW_MATRIX_BT601, CW_RANGE_FULL, 16, 4, 1, 1, 1,
                                  FALSE};
    guint8 grey[64];
    memset(grey, 200, sizeof grey);
    const CwFrame frame = {{grey}, {16}};
    CwPreprocess p = test_preprocess(8, 8, CW_RESIZE_LONGEST);
    g_autofree guint8 *rgb = test_run(&format, &frame, &p, CW_CROP_MODEL, NULL);
    static const guint8 mean[3] = {128, 64, 255}; /* 0.5, 0.25 and 1 in bytes */
    for (guint c = 0; c < 3; c++)
        for (guint y = 0; y < 8; y++)
            for (guint x = 0; x < 8; x++)
                g_assert_cmpuint(rgb[(c * 8 + y) * 8 + x], ==, y < 3 || y > 4 ? mean[c] : 200);
}

static void
check_tiles(guint width, guint height, guint n, guint side)
{
    const CwPreprocess p = test_preprocess(224, 224, CW_RESIZE_SHORTEST);
    const CwGeometry g = measure(width, height, 1, 1, &p, CW_CROP_TILES);
    const guint *offsets = width > height ? g.x : g.y;
    g_assert_cmpuint(g.n_views, ==, n);
    g_assert_cmpuint(g.region_width, ==, side);
    g_assert_cmpuint(g.region_height, ==, side);
    g_assert_cmpuint(offsets[0], ==, 0);
    g_assert_cmpuint(offsets[n - 1] + side, ==, MAX(width, height));
    for (guint i = 1; i < n && n < CW_IMAGE_MAX_VIEWS; i++)
        g_assert_cmpuint(offsets[i], <=, offsets[i - 1] + side);
}

static void
test_tiles(void)
{
    check_tiles(1920, 1080, 2, 1080);
    check_tiles(1080, 1920, 2, 1080);
    check_tiles(500, 500, 1, 500);
    check_tiles(501, 500, 2, 500);
    check_tiles(1501, 500, 4, 500);
    check_tiles(16384, 3, CW_IMAGE_MAX_VIEWS, 3);
}

/* A tile is what a picture of that square alone would give. */
static void
test_tile_is_a_picture(void)
{
    CwFrameFormat format = {CW_PIXEL_RGB, CW_MATRIX_BT601, CW_RANGE_FULL, 50, 20, 1, 1, 1, FALSE};
    const CwPreprocess p = test_preprocess(12, 12, CW_RESIZE_SHORTEST);
    g_autoptr(TestPicture) picture = test_picture_new(&format, 0, 3);
    guint n;
    g_autofree guint8 *tiles = test_run(&format, &picture->frame, &p, CW_CROP_TILES, &n);
    g_assert_cmpuint(n, ==, 3);
    format.width = 20;
    for (guint i = 0; i < n; i++) {
        CwFrame part = picture->frame;
        part.planes[0] += 3 * 15 * i; /* 0, 15, 30 */
        g_autofree guint8 *expected = test_run(&format, &part, &p, CW_CROP_CENTER, NULL);
        g_assert_cmpmem(tiles + i * 3 * 144, 3 * 144, expected, 3 * 144);
    }
}

/* The largest sides, shapes and ratios that are allowed run without overflow. */
static void
test_extremes(void)
{
    static const struct {
        guint width, height, par_n, par_d, input;
    } cases[] = {
        {16384, 1, 1, 1, 1},   {1, 16384, 1, 1, 1},      {16384, 2, 1, 128, 16},
        {2, 16384, 128, 1, 7}, {1, 16384, 1, 128, 4096}, {3, 3, G_MAXUINT32, G_MAXUINT32 - 1, 5},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const CwFrameFormat format = {CW_PIXEL_GRAY8,
                                      CW_MATRIX_BT601,
                                      CW_RANGE_FULL,
                                      cases[i].width,
                                      cases[i].height,
                                      cases[i].par_n,
                                      cases[i].par_d,
                                      1,
                                      FALSE};
        const gsize size = (gsize)format.width * format.height;
        g_autofree guint8 *white = g_malloc(size);
        memset(white, 255, size);
        const CwFrame frame = {{white}, {format.width}};
        for (guint crop = CW_CROP_MODEL; crop <= CW_CROP_TILES; crop++) {
            CwPreprocess p = test_preprocess(cases[i].input, cases[i].input, CW_RESIZE_SHORTEST);
            p.mean[0] = p.mean[1] = p.mean[2] = 1.0f;
            guint n;
            g_autofree guint8 *rgb = test_run(&format, &frame, &p, crop, &n);
            for (gsize k = 0; k < (gsize)n * 3 * p.width * p.height; k++)
                g_assert_cmpuint(rgb[k], ==, 255);
        }
    }
}

static void
expect_refusal(CwFrameFormat format, CwPreprocess preprocess, CwCrop crop, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cw_image_plan_new(&format, &preprocess, crop, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, message, NULL);
}

static void
test_refusals(void)
{
    const CwFrameFormat f = {CW_PIXEL_I420, CW_MATRIX_BT601, CW_RANGE_FULL, 4, 4, 1, 1, 1, FALSE};
    const CwPreprocess p = test_preprocess(8, 8, CW_RESIZE_SHORTEST);
    CwFrameFormat bad = f;
    bad.width = 0;
    expect_refusal(bad, p, CW_CROP_MODEL, "picture width 0 is not between 1 and 16384");
    bad.width = CW_FRAME_MAX_SIDE + 1;
    expect_refusal(bad, p, CW_CROP_MODEL, "picture width 16385 is not between");
    bad = f, bad.par_n = 0;
    expect_refusal(bad, p, CW_CROP_MODEL, "pixel aspect ratio 0:1");
    bad = f, bad.par_n = 129;
    expect_refusal(bad, p, CW_CROP_MODEL, "129:1 is not between 1:128 and 128:1");
    bad = f, bad.format = CW_PIXEL_LAST;
    expect_refusal(bad, p, CW_CROP_MODEL, "pixel format 17");
    bad = f, bad.orientation = 9;
    expect_refusal(bad, p, CW_CROP_MODEL, "orientation 9");
    bad = f, bad.matrix = 5;
    expect_refusal(bad, p, CW_CROP_MODEL, "colour matrix 5");
    expect_refusal(f, p, (CwCrop)5, "crop 5 is not between 0 and 4");
    CwPreprocess other = p;
    other.interpolation = 1;
    expect_refusal(f, other, CW_CROP_MODEL, "interpolation 1");
    other = p, other.height = CW_IMAGE_MAX_INPUT + 1;
    expect_refusal(f, other, CW_CROP_MODEL, "input height 4097 is not between 1 and 4096");
}

static void
test_planes(void)
{
    const CwFrameFormat f = {CW_PIXEL_I420, CW_MATRIX_BT601, CW_RANGE_FULL, 5, 3, 1, 1, 1, FALSE};
    CwFrameFormat packed = f;
    packed.format = CW_PIXEL_YUY2;
    g_assert_cmpuint(cw_frame_format_get_n_planes(&f), ==, 3);
    g_assert_cmpuint(cw_frame_format_get_min_stride(&f, 0), ==, 5);
    g_assert_cmpuint(cw_frame_format_get_min_stride(&f, 2), ==, 3);
    g_assert_cmpuint(cw_frame_format_get_plane_height(&f, 1), ==, 2);
    g_assert_cmpuint(cw_frame_format_get_min_stride(&f, 3), ==, 0);
    g_assert_cmpuint(cw_frame_format_get_min_stride(&packed, 0), ==, 12);
}

/* torch: x.float().div(255).sub_(mean).div_(std), every step rounded to f32. */
static void
test_normalize(void)
{
    CwPreprocess p = test_preprocess(16, 16, CW_RESIZE_SQUASH);
    memcpy(p.mean, (const float[]){0.48145466f, 0.4578275f, 0.40821073f}, sizeof p.mean);
    memcpy(p.std, (const float[]){0.26862954f, 0.26130258f, 0.27577711f}, sizeof p.std);
    guint8 rgb[2 * 3 * 256];
    float pixels[2 * 3 * 256];
    for (guint i = 0; i < G_N_ELEMENTS(rgb); i++)
        rgb[i] = (guint8)(i * 7);
    cw_image_normalize(&p, rgb, 2, pixels);
    for (guint i = 0; i < G_N_ELEMENTS(rgb); i++) {
        const guint c = i / 256 % 3;
        const double exact = ((double)rgb[i] / 255.0 - p.mean[c]) / p.std[c];
        g_assert_cmpfloat(fabs(pixels[i] - exact), <=, 4e-7);
    }
}

static void
test_describe(void)
{
    const char *expected = "input=8x9 interpolation=bicubic resize=squash crop=tiles "
                           "mean=0.5,0.25,1 std=0.25,0.5,0.75 rule=1";
    const CwPreprocess p = test_preprocess(8, 9, CW_RESIZE_SQUASH);
    g_autofree char *plain = cw_image_describe(&p, CW_CROP_TILES);
    g_assert_cmpstr(plain, ==, expected);
    if (setlocale(LC_ALL, "de_DE.UTF-8")) {
        g_autofree char *german = cw_image_describe(&p, CW_CROP_TILES);
        setlocale(LC_ALL, "C");
        g_assert_cmpstr(german, ==, expected);
    }
}

static void
test_crop_names(void)
{
    CwCrop crop = CW_CROP_MODEL;
    for (guint i = CW_CROP_MODEL; i <= CW_CROP_TILES; i++) {
        g_assert_true(cw_crop_from_string(cw_crop_to_string(i), &crop));
        g_assert_cmpuint(crop, ==, i);
    }
    g_assert_false(cw_crop_from_string("Tiles", &crop));
    g_assert_null(cw_crop_to_string((CwCrop)5));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/geometry/the short side fits and the middle is kept", test_shortest);
    g_test_add_func("/image/geometry/pixels need not be square", test_pixel_aspect);
    g_test_add_func("/image/geometry/a letterbox holds the whole picture", test_letterbox);
    g_test_add_func("/image/geometry/bars have the mean colour", test_bars);
    g_test_add_func("/image/geometry/tiles cover the long side", test_tiles);
    g_test_add_func("/image/geometry/a tile is the picture of its square", test_tile_is_a_picture);
    g_test_add_func("/image/geometry/the largest ratios do not overflow", test_extremes);
    g_test_add_func("/image/geometry/values out of range are refused by name", test_refusals);
    g_test_add_func("/image/geometry/planes have the least size of their format", test_planes);
    g_test_add_func("/image/geometry/normalised pixels are the reference's", test_normalize);
    g_test_add_func("/image/geometry/a description is the same in every locale", test_describe);
    g_test_add_func("/image/geometry/crops have names", test_crop_names);
    return g_test_run();
}
