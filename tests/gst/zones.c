/* Zones of clipclassify: what messages say of them, and their change while the video goes on. */
#include "fixture.h"
#include "pipeline.h"

#include <glib/gstdio.h>

#define CAPS "video/x-raw,format=I420,width=160,height=120,framerate=10/1"

static const char yard[] = "{\"schema\":\"clipwatch.zones/1\",\"zones\":["
                           "{\"id\":\"door\",\"rectangle\":[0.05,0.3,0.2,0.6]}]}";

/* (transfer full): its path. */
static char *
write_file(const char *name, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_dir_make_tmp("clipwatch-zones-XXXXXX", &error);
    g_assert_no_error(error);
    char *path = g_build_filename(directory, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, &error));
    return path;
}

static void
remove_file(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_rmdir(directory), ==, 0);
}

static const char *
get_zone(const Pipeline *pipeline, guint i)
{
    return gst_structure_get_string(pipeline->decisions->pdata[i], "zone");
}

static void
test_the_whole_picture_and_each_zone_have_messages(void)
{
    g_autofree char *file = write_file("yard.json", yard);
    g_autoptr(Pipeline) pipeline =
        pipeline_play_new("videotestsrc num-buffers=2 ! " CAPS
                          " ! clipclassify sync=true interval=0 zones=%s ! fakesink",
                          file);
    g_assert_cmpuint(pipeline->decisions->len, ==, 4);
    for (guint i = 0; i < 4; i++)
        g_assert_cmpstr(get_zone(pipeline, i), ==, i % 2 ? "door" : NULL);
    remove_file(file);
}

static void
test_a_file_that_cannot_be_used_is_refused_and_the_old_zones_stay(void)
{
    g_autofree char *good = write_file("yard.json", yard);
    g_autofree char *bad = write_file("bad.json", "{\"schema\":\"clipwatch.zones/1\",\"zone\":[]}");
    g_autofree char *kept = NULL;
    g_autoptr(Pipeline) pipeline = pipeline_new(
        "videotestsrc is-live=true ! " CAPS " ! clipclassify name=c interval=0 zones=%s ! fakesink",
        good);
    GstElement *element = pipeline_get(pipeline, "c");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PLAYING));
    g_object_set(element, "zones", bad, NULL);
    pipeline_wait_warning(pipeline);
    g_object_get(element, "zones", &kept, NULL);
    g_assert_cmpstr(kept, ==, good);
    g_object_set(element, "zones", NULL, NULL);
    pipeline_wait(pipeline, pipeline->decisions->len + 10);
    const guint n = pipeline->decisions->len;
    g_assert_null(get_zone(pipeline, n - 1));
    g_assert_null(get_zone(pipeline, n - 2));
    remove_file(good);
    remove_file(bad);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/gst/zones/" #name, test_##name)
    CASE(the_whole_picture_and_each_zone_have_messages);
    CASE(a_file_that_cannot_be_used_is_refused_and_the_old_zones_stay);
    return g_test_run();
}
