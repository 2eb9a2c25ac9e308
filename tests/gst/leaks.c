/* Nothing is left of a pipeline that is gone; GStreamer's own tracer counts. */
#include "fixture.h"
#include "pipeline.h"

static void
play_all_ways(void)
{
    for (guint i = 0; i < 3; i++) {
        g_autoptr(Pipeline) pipeline = pipeline_play_new(
            "videotestsrc num-buffers=30 ! "
            "video/x-raw,format=I420,width=64,height=64,framerate=10/1 "
            "! tee name=t ! queue ! clipclassify name=c %s attach-meta=true custom-event=true "
            "! videoconvert ! fakesink c.events ! fakesink  t. ! queue ! fakesink",
            i == 0 ? "sync=true" : "interval=0");
        g_assert_cmpuint(pipeline->decisions->len, >, 0);
    }
}

/* A recording as if it were a camera that ends its stream again and again. */
static void
reconnect(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = g_build_filename(dir, "recording.mkv", NULL);
    pipeline_free(pipeline_play_new(
        "videotestsrc num-buffers=10 ! video/x-raw,format=I420,width=64,height=64,framerate=10/1 "
        "! jpegenc ! matroskamux ! filesink location=\"%s\"",
        path));
    for (guint i = 0; i < 2; i++) {
        g_autoptr(Pipeline) pipeline =
            pipeline_new("clipsource name=s uri=file://%s kind=live backoff-min=0 backoff-max=0 "
                         "keyframes-only=%s "
                         "interval=0 ! clipclassify interval=0 ! fakesink",
                         path, i == 0 ? "false" : "true");
        gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
        while (get_stat(pipeline_get(pipeline, "s"), "connections") < 5)
            pipeline_wait(pipeline, pipeline->decisions->len + 1);
        g_assert_cmpuint(pipeline->errors->len, ==, 0);
    }
    cw_test_remove_dir(dir);
    g_free(dir);
}

static GstTracer *
find_leaks_tracer(void)
{
    GstTracer *found = NULL;
    GList *tracers = gst_tracing_get_active_tracers();
    for (GList *link = tracers; link; link = link->next)
        if (g_str_equal(G_OBJECT_TYPE_NAME(link->data), "GstLeaksTracer"))
            found = gst_object_ref(link->data);
    g_list_free_full(tracers, gst_object_unref);
    return found;
}

/* Objects that GStreamer itself keeps until it is unloaded (factories, task pools) are of its own
 * types; ours and what passes through us are these. */
static gboolean
is_of_pipelines(const GstStructure *object)
{
    static const char *const types[] = {"GstClipClassify",   "GstClipSampler", "GstClipSource",
                                        "GstClipConnection", "GstBuffer",      "GstEvent",
                                        "GstMessage",        "GstPad",         "GstGhostPad",
                                        "GstQuery",          "GstBus",         "GstPipeline"};
    const GValue *value = gst_structure_get_value(object, "object");
    const char *type = G_VALUE_TYPE_NAME(value);
    if (G_VALUE_HOLDS_OBJECT(value))
        type = G_OBJECT_TYPE_NAME(g_value_get_object(value));
    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_equal(type, types[i]))
            return TRUE;
    return FALSE;
}

static void
test_leaks(void)
{
    g_autoptr(GstTracer) tracer = find_leaks_tracer();
    GstStructure *info = NULL;
    guint n_left = 0;
    if (!tracer) {
        g_test_skip("this GStreamer has no tracer \"leaks\"");
        return;
    }
    play_all_ways();
    reconnect();
    /* A pool thread may be about to let go of its task; the tracer would take hold of what is
     * dying. */
    gst_task_cleanup_all();
    g_signal_emit_by_name(tracer, "get-live-objects", &info);
    const GValue *objects = gst_structure_get_value(info, "live-objects-list");
    for (guint i = 0; i < gst_value_list_get_size(objects); i++) {
        const GstStructure *object = gst_value_get_structure(gst_value_list_get_value(objects, i));
        if (is_of_pipelines(object)) {
            g_autofree char *text = gst_structure_to_string(object);
            g_test_message("left: %s", text);
            n_left++;
        }
    }
    gst_structure_free(info);
    g_assert_cmpuint(n_left, ==, 0);
}

int
main(int argc, char **argv)
{
    g_setenv("GST_TRACERS", "leaks", TRUE);
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/leaks/nothing is left of a pipeline", test_leaks);
    return g_test_run();
}
