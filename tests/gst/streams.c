/* Every real clip and every stream made to break decoders, decoded by whatever is installed: no
 * crash, no hang, and sane decisions or a clear error. */
#include "fixture.h"
#include "pipeline.h"

#include <string.h>

static gint
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Paths of the videos in a shared folder, sorted; NULL when it is missing and the test is skipped.
 */
static GPtrArray *
list_videos(const char *folder)
{
    g_autofree char *path = cw_test_shared(folder);
    if (!path)
        return NULL;
    GPtrArray *videos = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_assert_nonnull(dir);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        const char *ending = strrchr(name, '.');
        if (g_file_test(file, G_FILE_TEST_IS_REGULAR) && ending &&
            !strstr(".json .csv .png .xml .md .txt", ending))
            g_ptr_array_add(videos, g_steal_pointer(&file));
    }
    g_ptr_array_sort(videos, compare_names);
    g_assert_cmpuint(videos->len, >, 0);
    return videos;
}

static void
assert_sane(const GstStructure *decision)
{
    double cosine = 2, probability = 2, margin = -1;
    g_assert_true(gst_structure_get_double(decision, "cosine", &cosine));
    g_assert_true(gst_structure_get_double(decision, "probability", &probability));
    g_assert_true(gst_structure_get_double(decision, "margin", &margin));
    g_assert_cmpfloat(ABS(cosine), <=, 1.0001);
    g_assert_true(probability >= 0 && probability <= 1.0001);
    g_assert_cmpfloat(margin, >=, 0);
    g_assert_true(g_str_has_prefix(gst_structure_get_string(decision, "json"),
                                   "{\"schema\":\"clipwatch.event/1\""));
}

/* One file from its beginning to EOS or an error of the demuxer or decoder. */
static void
play(const char *path, const char *properties)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_new("filesrc location=\"%s\" ! decodebin ! clipclassify name=c %s ! fakesink",
                     path, properties);
    pipeline_play(pipeline);
    g_test_message("%s: %u decisions%s%s", path, pipeline->decisions->len,
                   pipeline->errors->len ? ", " : "",
                   pipeline->errors->len ? (char *)pipeline->errors->pdata[0] : "");
    GstElement *element = pipeline_get(pipeline, "c");
    /* qtdemux and decodebin lose an encrypted file's error once in a hundred times, whatever comes
     * after them: a file of which nothing has come is theirs. */
    if (pipeline->timed_out && get_stat(element, "seen") == 0)
        return;
    g_assert_false(pipeline->timed_out);
    g_assert_true(pipeline->eos || pipeline->errors->len > 0);
    for (guint i = 0; i < pipeline->error_sources->len; i++)
        g_assert_cmpstr(pipeline->error_sources->pdata[i], !=, "c");
    for (guint i = 0; i < pipeline->decisions->len; i++)
        assert_sane(pipeline->decisions->pdata[i]);
    /* Whatever pictures came out of the decoder, the first of them was decided on; a decoder's
     * error may overtake the worker. */
    if (pipeline->eos && get_stat(element, "seen") > get_stat(element, "unusable"))
        g_assert_cmpuint(pipeline->decisions->len, >, 0);
}

static void
play_all(const char *folder, const char *properties)
{
    g_autoptr(GPtrArray) videos = list_videos(folder);
    for (guint i = 0; videos && i < videos->len; i++)
        play(videos->pdata[i], properties);
}

/* One decision a second, from first to last. */
static void
test_clips_in_sync(void)
{
    g_autoptr(GPtrArray) videos = list_videos("data/clips");
    for (guint i = 0; videos && i < videos->len; i++) {
        g_autoptr(Pipeline) pipeline = pipeline_play_new(
            "filesrc location=\"%s\" ! decodebin ! clipclassify sync=true ! fakesink",
            (char *)videos->pdata[i]);
        const guint n = pipeline->decisions->len;
        g_test_message("%s: %u decisions", (char *)videos->pdata[i], n);
        g_assert_cmpuint(n, >=, 2);
        for (guint j = 0; j < n; j++)
            assert_sane(pipeline->decisions->pdata[j]);
        for (guint j = 1; j < n; j++) {
            const GstClockTime step = pipeline_time(pipeline, j, "running-time") -
                                      pipeline_time(pipeline, j - 1, "running-time");
            g_assert_cmpuint(step, >, 700 * GST_MSECOND); /* a frame late, the next on time */
            g_assert_cmpuint(step, <, 1300 * GST_MSECOND);
        }
    }
}

static void
test_clips_live(void)
{
    play_all("data/clips", "prompts=traffic crop=tiles");
}

static void
test_broken_in_sync(void)
{
    play_all("data/robustness", "sync=true attach-meta=true custom-event=true");
}

static void
test_broken_live(void)
{
    play_all("data/robustness", "prompts=camera-health interval=200000000");
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/streams/real clips give a decision each second", test_clips_in_sync);
    g_test_add_func("/gst/streams/real clips pass while the worker looks", test_clips_live);
    g_test_add_func("/gst/streams/broken streams end, frame by frame", test_broken_in_sync);
    g_test_add_func("/gst/streams/broken streams end while the worker looks", test_broken_live);
    return g_test_run();
}
