/* Every real clip and every damaged or odd stream of the shared data: frames of sane geometry, in
 * order, or a clear error; no crash and no hang. */
#include "fixture.h"

#include "media/media.h"

#include <clipwatch/image.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const CwPreprocess preprocess = {
    .width = 32,
    .height = 32,
    .interpolation = CW_INTERPOLATION_BICUBIC,
    .std = {1.0f, 1.0f, 1.0f},
};

/* A plan for the frame must exist, and running it reads every row that a network would see. */
static void
check_frame(const CwFrameFormat *format, const CwFrame *frame)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwImagePlan) plan = cw_image_plan_new(format, &preprocess, CW_CROP_SQUASH, &error);
    guint8 rgb[3 * 32 * 32];
    g_assert_no_error(error);
    for (guint p = 0; p < cw_frame_format_get_n_planes(format); p++) {
        g_assert_nonnull(frame->planes[p]);
        g_assert_cmpuint(frame->strides[p], >=, cw_frame_format_get_min_stride(format, p));
    }
    cw_image_plan_run(plan, frame, rgb);
}

/* Reads to the end; returns the number of frames and the last format. */
static guint
read_all(CwMedia *media, const char *path, CwFrameFormat *format, GError **error)
{
    CwFrame frame;
    double time = 0.0, last = 0.0;
    guint n = 0;
    CwMediaResult result;
    while ((result = cw_media_next(media, 0.0, &frame, format, &time, error)) == CW_MEDIA_FRAME) {
        g_assert_cmpfloat(time, >=, last);
        last = time;
        if (n++ % 16 == 0)
            check_frame(format, &frame);
    }
    if (result == CW_MEDIA_ERROR) {
        g_assert_nonnull(strstr((*error)->message, path));
        return n;
    }
    g_assert_cmpuint(n, >, 0);
    return n;
}

static void
test_clips(void)
{
    g_autofree char *dir = cw_test_shared("data/clips");
    if (!dir)
        return;
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    guint n_clips = 0;
    for (const char *name; (name = g_dir_read_name(entries));) {
        if (!g_str_has_suffix(name, ".mp4") && !g_str_has_suffix(name, ".avi") &&
            !g_str_has_suffix(name, ".mkv"))
            continue;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(dir, name, NULL);
        g_autoptr(CwMedia) media = cw_media_open(path, &error);
        g_assert_no_error(error);
        g_assert_false(cw_media_is_still(media));
        CwFrameFormat format;
        const guint n = read_all(media, path, &format, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(n, >, 10);
        g_test_message("%s: %u frames of %ux%u, %u damaged", name, n, format.width, format.height,
                       (guint)cw_media_get_n_damaged(media));
        n_clips++;
    }
    g_assert_cmpuint(n_clips, >=, 15);
}

/* Columns of facts.csv, found by their names. */
static char *
get_column(char **header, const char *line, const char *name)
{
    g_autofree char *plain = g_strdup(line);
    gboolean quoted = FALSE;
    for (char *at = plain; *at; at++) { /* commas within quotes separate nothing */
        quoted ^= *at == '"';
        if (*at == ',' && quoted)
            *at = ';';
    }
    g_auto(GStrv) cells = g_strsplit(plain, ",", -1);
    for (guint i = 0; header[i] && cells[i]; i++)
        if (strcmp(header[i], name) == 0)
            return g_strdup(cells[i]);
    g_assert_not_reached();
}

static void
check_stream(const char *dir, char **header, const char *line)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = get_column(header, line, "file");
    g_autofree char *n_expected = get_column(header, line, "frames");
    g_autofree char *size = get_column(header, line, "size");
    g_autofree char *sizes = get_column(header, line, "sizes");
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autoptr(CwMedia) media = cw_media_open(path, &error);
    CwFrameFormat format = {0};
    const guint n = media ? read_all(media, path, &format, &error) : 0;
    g_test_message("%s: %u of %s frames, %ux%u, orientation %u, %u damaged%s%s", name, n,
                   n_expected, format.width, format.height, format.orientation,
                   media ? (guint)cw_media_get_n_damaged(media) : 0, error ? ": " : "",
                   error ? error->message : "");
    if (error)
        g_assert_nonnull(strstr(error->message, name));
    if (strcmp(n_expected, "0") == 0) {
        g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
        return;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(n, >, 0);
    if (n == g_ascii_strtoull(n_expected, NULL, 10)) { /* else of another stream than ffprobe's */
        g_autofree char *last = g_strdup_printf("%ux%u", format.width, format.height);
        g_assert_true(strstr(size, last) || strstr(sizes, last));
    }
}

static void
test_robustness(void)
{
    g_autofree char *dir = cw_test_shared("data/robustness");
    if (!dir)
        return;
    g_autofree char *facts = g_build_filename(dir, "facts.csv", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(facts, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    g_auto(GStrv) header = g_strsplit(lines[0], ",", -1);
    g_assert_cmpuint(g_strv_length(lines), >, 50);
    for (guint i = 1; lines[i]; i++)
        check_stream(dir, header, lines[i]);
}

static void
test_portrait(void)
{
    g_autofree char *path = cw_test_shared("data/robustness/fate__displaymatrix.mp4");
    if (!path)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(CwMedia) media = cw_media_open(path, &error);
    g_assert_no_error(error);
    CwFrame frame;
    CwFrameFormat format;
    double time;
    g_assert_cmpint(cw_media_next(media, 0.0, &frame, &format, &time, &error), ==, CW_MEDIA_FRAME);
    g_assert_cmpuint(format.orientation, ==, CW_ORIENTATION_90);
}

/* The size of one stream changes while it runs: each frame says its own. */
static void
test_size_change(void)
{
    g_autofree char *path = cw_test_shared("data/robustness/fate__vp90-2-05-resize.mp4");
    if (!path)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(CwMedia) media = cw_media_open(path, &error);
    g_assert_no_error(error);
    CwFrame frame;
    CwFrameFormat format;
    double time;
    guint n_small = 0, n_large = 0;
    while (cw_media_next(media, 0.0, &frame, &format, &time, &error) == CW_MEDIA_FRAME) {
        check_frame(&format, &frame);
        n_large += format.width == 352 && format.height == 288;
        n_small += format.width < 352;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(n_large, >, 0);
    g_assert_cmpuint(n_small, >, 0);
}

static void
test_min_time(void)
{
    g_autofree char *path = cw_test_shared("data/clips/car_topdown.mp4");
    if (!path)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(CwMedia) media = cw_media_open(path, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(cw_media_get_duration(media), >, 2.0);
    CwFrame frame;
    CwFrameFormat format;
    double time;
    for (double wanted = 0.0; wanted < 2.0; wanted += 0.5) {
        g_assert_cmpint(cw_media_next(media, wanted, &frame, &format, &time, &error), ==,
                        CW_MEDIA_FRAME);
        g_assert_cmpfloat(time, >=, wanted);
        g_assert_cmpfloat(time, <, wanted + 0.1);
    }
    g_assert_cmpint(cw_media_next(media, 1e9, &frame, &format, &time, &error), ==, CW_MEDIA_END);
    g_assert_cmpint(cw_media_next(media, 0.0, &frame, &format, &time, &error), ==, CW_MEDIA_END);
    g_assert_no_error(error);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/clips/every clip is read to its end", test_clips);
    g_test_add_func("/media/clips/odd and damaged streams give frames or a clear error",
                    test_robustness);
    g_test_add_func("/media/clips/a portrait video is to be turned", test_portrait);
    g_test_add_func("/media/clips/a stream may change its size", test_size_change);
    g_test_add_func("/media/clips/frames before the wanted time are passed over", test_min_time);
    return g_test_run();
}
