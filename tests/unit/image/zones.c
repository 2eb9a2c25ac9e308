/* What a plan shows of a picture with zones and masks: held against points inside the outlines. */
#include "fixture.h"
#include "picture.h"

#include "image/kernels.h"
#include "image/plan.h"

#include <string.h>

enum { WIDTH = 37, HEIGHT = 26, SAMPLES = 16, GREY = 7 };

static const CwPoint corners[] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};

/* The picture as a plan of its own sees it that resizes nothing. */
static guint8 *
look(const CwFrameFormat *format, const CwFrame *frame, guint width, guint height,
     const CwZone *zone, const CwZones *masks)
{
    g_autoptr(GError) error = NULL;
    const CwPreprocess input = test_preprocess(width, height, CW_RESIZE_SQUASH);
    g_autoptr(CwImagePlan) plan = cw_image_plan_new_zone(cw_image_kernels(), format, &input,
                                                         CW_CROP_MODEL, zone, masks, &error);
    g_assert_no_error(error);
    guint8 *rgb = g_malloc(3 * (gsize)width * height);
    cw_image_plan_run(plan, frame, rgb);
    return rgb;
}

/* By the even-odd rule. */
static gboolean
is_inside(const CwZone *outline, double x, double y)
{
    gboolean inside = FALSE;
    for (guint i = 0; i < outline->n_points; i++) {
        const CwPoint a = outline->points[i], b = outline->points[(i + 1) % outline->n_points];
        if ((a.y > y) != (b.y > y) && x < a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x))
            inside = !inside;
    }
    return inside;
}

/* Whether one of many points of the pixel lies inside. */
static gboolean
is_touched(const CwZone *outline, guint x, guint y, guint width, guint height)
{
    for (guint i = 0; i < SAMPLES; i++)
        for (guint j = 0; j < SAMPLES; j++)
            if (is_inside(outline, (x + (j + 0.5) / SAMPLES) / width,
                          (y + (i + 0.5) / SAMPLES) / height))
                return TRUE;
    return FALSE;
}

/* Whether an edge passes through the pixel or right beside it: spikes may be thinner than what
 * points of the pixel would tell. */
static gboolean
is_passed(const CwZone *outline, guint x, guint y, guint width, guint height)
{
    for (guint i = 0; i < outline->n_points; i++) {
        const CwPoint a = outline->points[i], b = outline->points[(i + 1) % outline->n_points];
        for (guint step = 0; step <= 512; step++) {
            const double t = step / 512.0;
            const double px = (a.x + t * (b.x - a.x)) * width - x;
            const double py = (a.y + t * (b.y - a.y)) * height - y;
            if (px > -0.1 && px < 1.1 && py > -0.1 && py < 1.1)
                return TRUE;
        }
    }
    return FALSE;
}

static CwZones *
mask_with(const CwPoint *points, guint n)
{
    g_autoptr(GString) json =
        g_string_new("{\"schema\":\"clipwatch.zones/1\",\"masks\":[{\"id\":\"m\",\"polygon\":[");
    g_autoptr(GError) error = NULL;
    char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
    for (guint i = 0; i < n; i++)
        g_string_append_printf(json, "%s[%s,%s]", i ? "," : "",
                               g_ascii_dtostr(x, sizeof x, points[i].x),
                               g_ascii_dtostr(y, sizeof y, points[i].y));
    g_string_append(json, "]}]}");
    CwZones *zones = cw_zones_parse(json->str, json->len, "mask", &error);
    g_assert_no_error(error);
    return zones;
}

/* A plain picture, so that what is not grey is hidden. */
static TestPicture *
make_plain(const CwFrameFormat *format)
{
    TestPicture *picture = test_picture_new(format, 5, 1);
    memset(picture->planes[0], GREY,
           (gsize)picture->frame.strides[0] * (format->height - 1) +
               cw_frame_format_get_min_stride(format, 0));
    return picture;
}

static void
check_hidden(const guint8 *rgb, guint width, guint height, const CwZone *outline, gboolean shows)
{
    for (guint y = 0; y < height; y++)
        for (guint x = 0; x < width; x++) {
            const gboolean hidden = rgb[y * width + x] != GREY;
            if (is_touched(outline, x, y, width, height))
                g_assert_cmpint(hidden, ==, !shows);
            else if (!is_passed(outline, x, y, width, height))
                g_assert_cmpint(hidden, ==, shows);
            g_assert_cmpuint(rgb[y * width + x], ==, hidden ? 128 : GREY);
            g_assert_cmpuint(rgb[(2 * height + y) * width + x], ==, hidden ? 255 : GREY);
        }
}

static void
test_masks_hide_what_they_touch_and_zones_show_it_however_the_picture_lies(void)
{
    GRand *random = g_rand_new_with_seed(7);
    for (guint turn = 0; turn < 64; turn++) {
        const CwFrameFormat format = {
            .format = CW_PIXEL_RGB,
            .width = WIDTH,
            .height = HEIGHT,
            .par_n = 1,
            .par_d = 1,
            .orientation = (CwOrientation)(CW_ORIENTATION_UPRIGHT + turn % 8),
            .interlaced = turn / 8 % 2,
        };
        const gboolean swapped = format.orientation >= CW_ORIENTATION_TRANSPOSE;
        const guint n_rows = format.interlaced ? (HEIGHT + 1) / 2 : HEIGHT;
        const guint width = swapped ? n_rows : WIDTH, height = swapped ? WIDTH : n_rows;
        CwPoint points[6] = {{0, 0}, {1, 1}}; /* so that the zone's rectangle is the picture */
        for (guint i = 2; i < G_N_ELEMENTS(points); i++)
            points[i] = (CwPoint){g_rand_double(random), g_rand_double(random)};
        const CwZone outline = {.id = "z", .points = points, .n_points = G_N_ELEMENTS(points)};
        TestPicture *picture = make_plain(&format);
        g_autoptr(CwZones) masks = mask_with(points, G_N_ELEMENTS(points));
        g_autofree guint8 *masked = look(&format, &picture->frame, width, height, NULL, masks);
        g_autofree guint8 *shown = look(&format, &picture->frame, width, height, &outline, NULL);
        check_hidden(masked, width, height, &outline, FALSE);
        check_hidden(shown, width, height, &outline, TRUE);
        test_picture_free(picture);
    }
    g_rand_free(random);
}

static void
test_a_rectangle_is_the_picture_cut_out(void)
{
    const CwFrameFormat format = {CW_PIXEL_RGB,           0,    0, WIDTH, HEIGHT, 1, 1,
                                  CW_ORIENTATION_UPRIGHT, FALSE};
    CwFrameFormat part = format;
    part.width = 11;
    part.height = 6;
    TestPicture *picture = test_picture_new(&format, 5, 3);
    const CwFrame inside = {.planes = {picture->planes[0] + 4 * picture->frame.strides[0] + 3 * 7},
                            .strides = {picture->frame.strides[0]}};
    CwPoint points[4];
    for (guint i = 0; i < 4; i++)
        points[i] = (CwPoint){(7 + 11 * corners[i].x) / WIDTH, (4 + 6 * corners[i].y) / HEIGHT};
    const CwZone zone = {.id = "z", .points = points, .n_points = 4};
    g_autofree guint8 *cut = look(&format, &picture->frame, 8, 8, &zone, NULL);
    g_autofree guint8 *whole = look(&part, &inside, 8, 8, NULL, NULL);
    g_assert_cmpmem(cut, 3 * 8 * 8, whole, 3 * 8 * 8);
    test_picture_free(picture);
}

/* Resizing mixes neighbours: what lies under a mask must not come through at its edge. */
static void
test_no_trace_of_what_is_masked_is_left(void)
{
    static const CwPoint points[] = {{0.3, 0.2}, {0.8, 0.3}, {0.5, 0.9}};
    const CwZone whole = {.id = "z", .points = corners, .n_points = 4};
    const CwFrameFormat format = {CW_PIXEL_RGB,           0,    0, WIDTH, HEIGHT, 1, 1,
                                  CW_ORIENTATION_UPRIGHT, FALSE};
    g_autoptr(CwZones) masks = mask_with(points, G_N_ELEMENTS(points));
    const CwZone *mask = cw_zones_get_mask(masks, 0);
    TestPicture *picture = test_picture_new(&format, 0, 3);
    g_autofree guint8 *before = look(&format, &picture->frame, 9, 9, NULL, masks);
    guint n_changed = 0;
    for (guint y = 0; y < HEIGHT; y++)
        for (guint x = 0; x < WIDTH; x++)
            if (is_touched(mask, x, y, WIDTH, HEIGHT)) {
                picture->planes[0][y * picture->frame.strides[0] + 3 * x] ^= 0xff;
                n_changed++;
            }
    g_assert_cmpuint(n_changed, >, 100);
    g_autofree guint8 *after = look(&format, &picture->frame, 9, 9, NULL, masks);
    g_assert_cmpmem(before, 3 * 9 * 9, after, 3 * 9 * 9);
    g_autofree guint8 *in_zone = look(&format, &picture->frame, 9, 9, &whole, masks);
    g_assert_cmpmem(in_zone, 3 * 9 * 9, after, 3 * 9 * 9);
    test_picture_free(picture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/image/zones/" #name, test_##name)
    CASE(masks_hide_what_they_touch_and_zones_show_it_however_the_picture_lies);
    CASE(a_rectangle_is_the_picture_cut_out);
    CASE(no_trace_of_what_is_masked_is_left);
    return g_test_run();
}
