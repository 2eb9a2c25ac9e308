/* Prompts, models and settings that change while a camera plays: the video loses nothing, and no
 * decision is half of one and half of the other. */
#include "fixture.h"
#include "pipeline.h"

#include <glib/gstdio.h>
#include <stdatomic.h>
#include <string.h>

#define CAMERA                                                                     \
    "videotestsrc pattern=smpte is-live=true ! video/x-raw,format=I420,width=160," \
    "height=120,framerate=100/1 ! "

/* Every version of the prompts of these tests has two sets, whose labels name the version. */
static char *
write_version(const char *dir, const char *name, guint version)
{
    g_autofree char *text = g_strdup_printf("@set one\na%u = colour bars\nb%u = noise\n"
                                            "@set two\nc%u = colour bars\nd%u = noise\n",
                                            version, version, version, version);
    return cw_test_write(dir, name, text, -1);
}

static guint
get_version(const GstStructure *decision)
{
    const char *label = gst_structure_get_string(decision, "label");
    guint64 version;
    g_assert_true(g_ascii_string_to_unsigned(label + 1, 10, 0, G_MAXUINT, &version, NULL));
    return (guint)version;
}

/* Both sets of a frame are of one version, and so are all classes of a set. */
static void
assert_whole(const Pipeline *pipeline)
{
    for (guint i = 0; i + 1 < pipeline->decisions->len; i += 2) {
        const GstStructure *one = pipeline->decisions->pdata[i];
        const GstStructure *two = pipeline->decisions->pdata[i + 1];
        const guint version = get_version(one);
        g_assert_cmpstr(gst_structure_get_string(one, "set"), ==, "one");
        g_assert_cmpstr(gst_structure_get_string(two, "set"), ==, "two");
        g_assert_cmpuint(get_version(two), ==, version);
        const GValue *classes = gst_structure_get_value(one, "classes");
        for (guint k = 0; k < gst_value_list_get_size(classes); k++)
            g_assert_cmpuint(
                get_version(gst_value_get_structure(gst_value_list_get_value(classes, k))), ==,
                version);
    }
}

static void
wait_for_version(Pipeline *pipeline, guint version)
{
    do {
        pipeline_wait(pipeline, pipeline->decisions->len + 2);
        g_assert_false(pipeline->timed_out);
    } while (get_version(pipeline->decisions->pdata[pipeline->decisions->len - 1]) != version);
}

/* What reaches the sink: frames in order and without gaps. */
typedef struct {
    guint64 n_frames;
    guint64 n_gaps;
    guint64 next;
} Video;

static GstPadProbeReturn
count_frame(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    Video *video = data;
    const guint64 offset = GST_BUFFER_OFFSET(GST_PAD_PROBE_INFO_BUFFER(info));
    video->n_gaps += video->n_frames > 0 && offset != video->next;
    video->next = offset + 1;
    video->n_frames++;
    return GST_PAD_PROBE_OK;
}

static void
watch_video(Pipeline *pipeline, Video *video)
{
    g_autoptr(GstPad) pad = gst_element_get_static_pad(pipeline_get(pipeline, "sink"), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, video, NULL);
}

/* Stops and asserts that every frame passed. */
static void
assert_all_passed(Pipeline *pipeline, const Video *video)
{
    GstElement *element = pipeline_get(pipeline, "c");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    const guint64 n_seen = get_stat(element, "seen");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_READY));
    g_assert_cmpuint(video->n_gaps, ==, 0);
    g_assert_cmpuint(video->n_frames, >, 0);
    g_assert_cmpuint(n_seen, >=, video->n_frames); /* one may wait in the paused sink */
    g_assert_cmpuint(n_seen, <=, video->n_frames + 1);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
}

static void
test_a_thousand_rewrites(void)
{
    Video video = {0};
    char *dir = cw_test_make_dir();
    g_autofree char *path = write_version(dir, "scene.txt", 0);
    g_autoptr(Pipeline) pipeline =
        pipeline_new(CAMERA "clipclassify name=c interval=20000000 prompts=%s ! fakesink "
                            "name=sink",
                     path);
    watch_video(pipeline, &video);
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    wait_for_version(pipeline, 0);
    for (guint version = 1; version <= 1000; version++) {
        if (version % 2) { /* in place */
            g_free(write_version(dir, "scene.txt", version));
        } else { /* as careful editors do */
            g_autofree char *beside = write_version(dir, "scene.txt.new", version);
            g_assert_cmpint(g_rename(beside, path), ==, 0);
        }
        if (version % 200 == 0)
            wait_for_version(pipeline, version);
    }
    g_assert_cmpuint(pipeline->warnings->len, ==, 0);
    assert_whole(pipeline);
    assert_all_passed(pipeline, &video);
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_a_bad_file(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = write_version(dir, "scene.txt", 1);
    g_autoptr(Pipeline) pipeline = pipeline_new(
        CAMERA "clipclassify name=c interval=20000000 prompts=%s ! fakesink name=sink", path);
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    wait_for_version(pipeline, 1);
    g_free(cw_test_write(dir, "scene.txt", "a2 = colour bars\nb2 [treshold=1]\n", -1));
    pipeline_wait_warning(pipeline);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "scene.txt:2"));
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "the old ones stay"));
    wait_for_version(pipeline, 1);
    g_free(write_version(dir, "scene.txt", 3));
    wait_for_version(pipeline, 3);
    /* Not watched, not followed: the property still is. */
    g_object_set(pipeline_get(pipeline, "c"), "watch", FALSE, NULL);
    g_free(write_version(dir, "scene.txt", 4));
    g_object_set(pipeline_get(pipeline, "c"), "prompts", path, NULL);
    wait_for_version(pipeline, 4);
    assert_whole(pipeline);
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_the_model_changes(void)
{
    Video video = {0};
    char *dir = cw_test_make_dir();
    g_autofree char *path = write_version(dir, "scene.txt", 1);
    g_autofree char *broken = cw_test_write(dir, "broken.safetensors", "none", -1);
    g_autoptr(Pipeline) pipeline = pipeline_new(
        CAMERA "clipclassify name=c interval=20000000 prompts=%s ! fakesink name=sink", path);
    GstElement *element = pipeline_get(pipeline, "c");
    watch_video(pipeline, &video);
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    wait_for_version(pipeline, 1);
    for (guint i = 0; i < 6; i++) {
        g_autofree char *id = g_strdup_printf("engine %u", i);
        g_object_set(element, "engine-id", id, "interval", (guint64)(10 + i) * GST_MSECOND, NULL);
        const guint64 n_seen = get_stat(element, "seen");
        /* Its counts begin anew when the stream of the new engine is in place. */
        while (get_stat(element, "seen") == n_seen || get_stat(element, "decided") == 0)
            pipeline_wait(pipeline, pipeline->decisions->len + 1);
    }
    g_assert_cmpuint(pipeline->warnings->len, ==, 0);
    g_object_set(element, "model", broken, NULL);
    pipeline_wait_warning(pipeline);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "broken.safetensors"));
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "the old one stays"));
    g_autofree char *model = NULL;
    g_object_get(element, "model", &model, NULL);
    g_assert_cmpstr(model, ==, "starter");
    pipeline_wait(pipeline, pipeline->decisions->len + 2);
    assert_all_passed(pipeline, &video);
    cw_test_remove_dir(dir);
    g_free(dir);
}

static atomic_bool is_done;

static gpointer
ask_and_change(gpointer element)
{
    for (guint i = 0; !atomic_load(&is_done); i++) {
        get_stat(element, "decided");
        g_object_set(element, "watch", i % 2, "threshold", 0.001 * (i % 1000), NULL);
    }
    return NULL;
}

/* Everything at once, from other threads: for the sanitizers. */
static void
test_everything_at_once(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = write_version(dir, "scene.txt", 1);
    g_autoptr(Pipeline) pipeline =
        pipeline_new(CAMERA "queue ! clipclassify name=c interval=0 prompts=%s ! fakesink "
                            "name=sink async=false",
                     path);
    GstElement *element = pipeline_get(pipeline, "c");
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, 2);
    atomic_store(&is_done, FALSE);
    GThread *thread = g_thread_new("ask", ask_and_change, element);
    for (guint i = 0; i < 30; i++) {
        g_autofree char *id = g_strdup_printf("engine %u", i % 3);
        g_free(write_version(dir, "scene.txt", i));
        g_object_set(element, "engine-id", id, "prompts", path, "threshold", 0.01 * i, "top-k", i,
                     "interval", (guint64)i, "crop", i % 5, "cpu-budget", 50.0 + i, NULL);
    }
    atomic_store(&is_done, TRUE);
    g_thread_join(thread);
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_NULL));
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    cw_test_remove_dir(dir);
    g_free(dir);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/live/a file is rewritten a thousand times", test_a_thousand_rewrites);
    g_test_add_func("/gst/live/a bad file leaves the old prompts and is told", test_a_bad_file);
    g_test_add_func("/gst/live/engine and model change between two frames", test_the_model_changes);
    g_test_add_func("/gst/live/all changes at once, from several threads", test_everything_at_once);
    return g_test_run();
}
