/* Watches a stream with clipclassify and prints its events: what examples/quickstart runs, and how
 * an application listens to the element. Without an argument it makes a stream of known scenes and
 * holds every decision against the scene that was shown. */
#include <glib-unix.h>
#include <gst/gst.h>

#define SECONDS_PER_SCENE 3
#define FRAMES_PER_SCENE  30

typedef struct {
    const char *source; /* elements that draw it */
    const char *label;  /* in examples/known-scenes.txt */
} Scene;

#define CAPS "video/x-raw,format=I420,width=160,height=120,framerate=10/1"
#define PATTERN(name) \
    "videotestsrc pattern=" name " num-buffers=" G_STRINGIFY(FRAMES_PER_SCENE) " ! " CAPS

/* The checkerboard is drawn small, in grey, and enlarged: squares large enough to be seen as such.
 */
#define CHECKERBOARD                                                                       \
    "videotestsrc pattern=checkers-8 num-buffers=" G_STRINGIFY(                            \
        FRAMES_PER_SCENE) " "                                                              \
                          "! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! " \
                          "videobalance saturation=0 "                                     \
                          "! videoscale method=nearest-neighbour ! " CAPS

static const Scene scenes[] = {
    {PATTERN("smpte"), "colour bars"},   {PATTERN("snow"), "static noise"},
    {PATTERN("black"), "black picture"}, {PATTERN("ball"), "ball on black"},
    {CHECKERBOARD, "checkerboard"},      {PATTERN("white"), "white picture"},
};

typedef struct {
    GMainLoop *loop;
    GstElement *pipeline;
    gboolean scenes_known;
    guint n_decisions;
    guint n_right;
    GHashTable *counts; /* label -> number of decisions */
    int exit_code;
} Watch;

/* The scene that is shown at a running time, or NULL after the last. */
static const char *
expected_label(GstClockTime running_time)
{
    guint scene = running_time / (SECONDS_PER_SCENE * GST_SECOND);
    return scene < G_N_ELEMENTS(scenes) ? scenes[scene].label : NULL;
}

static void
print_decision(Watch *watch, const GstStructure *message)
{
    GstClockTime running_time = GST_CLOCK_TIME_NONE;
    const char *label = gst_structure_get_string(message, "label");
    const char *name = label ? label : "(nothing)";
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(watch->counts, name));

    g_print("%s\n", gst_structure_get_string(message, "json"));
    watch->n_decisions++;
    g_hash_table_insert(watch->counts, g_strdup(name), GUINT_TO_POINTER(count + 1));
    if (!watch->scenes_known)
        return;
    gst_structure_get(message, "running-time", GST_TYPE_CLOCK_TIME, &running_time, NULL);
    const char *expected = expected_label(running_time);
    gboolean right = g_strcmp0(label, expected) == 0;
    watch->n_right += right;
    g_print("  shown: %-14s  seen: %-14s  %s\n", expected, name, right ? "right" : "WRONG");
}

static void
print_summary(const Watch *watch, gint64 elapsed_us)
{
    GHashTableIter iter;
    gpointer label, count;
    g_print("\n%u decisions in %.1f s\n", watch->n_decisions, elapsed_us / 1e6);
    g_hash_table_iter_init(&iter, watch->counts);
    while (g_hash_table_iter_next(&iter, &label, &count))
        g_print("  %4u  %s\n", GPOINTER_TO_UINT(count), (const char *)label);
    if (watch->scenes_known)
        g_print("%u of %u as expected\n", watch->n_right, watch->n_decisions);
}

static gboolean
handle_message(GstBus *bus, GstMessage *message, gpointer data)
{
    Watch *watch = data;
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ELEMENT:
        if (gst_message_has_name(message, "clipclassify"))
            print_decision(watch, gst_message_get_structure(message));
        break;
    case GST_MESSAGE_WARNING: {
        g_autoptr(GError) warning = NULL;
        gst_message_parse_warning(message, &warning, NULL);
        g_printerr("warning: %s\n", warning->message);
        break;
    }
    case GST_MESSAGE_ERROR: {
        g_autoptr(GError) error = NULL;
        gst_message_parse_error(message, &error, NULL);
        g_printerr("error from %s: %s\n", GST_MESSAGE_SRC_NAME(message), error->message);
        watch->exit_code = 1;
        g_main_loop_quit(watch->loop);
        break;
    }
    case GST_MESSAGE_EOS:
        g_main_loop_quit(watch->loop);
        break;
    default:
        break;
    }
    return G_SOURCE_CONTINUE;
}

static gboolean
handle_interrupt(gpointer data)
{
    Watch *watch = data;
    g_main_loop_quit(watch->loop);
    return G_SOURCE_REMOVE;
}

/* A pipeline that shows the known scenes one after the other, as fast as they are classified. */
static GstElement *
build_known_scenes(const char *prompts, GError **error)
{
    g_autoptr(GString) text =
        g_string_new("concat name=scenes ! clipclassify name=watch sync=true ! fakesink");
    for (guint i = 0; i < G_N_ELEMENTS(scenes); i++)
        g_string_append_printf(text, " %s ! scenes.", scenes[i].source);
    GstElement *pipeline = gst_parse_launch(text->str, error);
    if (pipeline) {
        g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(pipeline), "watch");
        g_object_set(element, "prompts", prompts, NULL);
    }
    return pipeline;
}

/* Files are classified at the speed of the machine, every sampled frame; cameras as they come. */
static GstElement *
build_location(const char *location, const char *prompts, GError **error)
{
    gboolean device = g_str_has_prefix(location, "/dev/video");
    gboolean live = device || (strstr(location, "://") && !g_str_has_prefix(location, "file:"));
    g_autofree char *uri = NULL;
    if (!device)
        uri =
            gst_uri_is_valid(location) ? g_strdup(location) : gst_filename_to_uri(location, error);
    if (!device && !uri)
        return NULL;
    GstElement *pipeline = gst_parse_launch(
        device ? "v4l2src name=source ! decodebin ! clipclassify name=watch ! fakesink"
               : "uridecodebin name=source ! clipclassify name=watch ! fakesink",
        error);
    if (!pipeline)
        return NULL;
    g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(pipeline), "watch");
    if (device)
        g_object_set(source, "device", location, NULL);
    else
        g_object_set(source, "uri", uri, NULL);
    g_object_set(element, "prompts", prompts, "sync", !live, NULL);
    return pipeline;
}

static int
run(Watch *watch)
{
    gint64 start = g_get_monotonic_time();
    g_autoptr(GstBus) bus = gst_element_get_bus(watch->pipeline);
    watch->loop = g_main_loop_new(NULL, FALSE);
    watch->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gst_bus_add_watch(bus, handle_message, watch);
    g_unix_signal_add(SIGINT, handle_interrupt, watch);
    g_unix_signal_add(SIGTERM, handle_interrupt, watch);
    gst_element_set_state(watch->pipeline, GST_STATE_PLAYING);
    g_main_loop_run(watch->loop);
    gst_element_set_state(watch->pipeline, GST_STATE_NULL);
    gst_bus_remove_watch(bus);
    print_summary(watch, g_get_monotonic_time() - start);
    if (watch->scenes_known && (watch->n_decisions == 0 || watch->n_right < watch->n_decisions))
        watch->exit_code = 1;
    g_hash_table_unref(watch->counts);
    g_main_loop_unref(watch->loop);
    return watch->exit_code;
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Watch watch = {0};
    gst_init(&argc, &argv);
    if (argc > 3) {
        g_printerr("Usage: %s [FILE|DEVICE|ADDRESS [PROMPTS]]\n", argv[0]);
        return 2;
    }
    watch.scenes_known = argc == 1;
    watch.pipeline = argc == 1 ? build_known_scenes(KNOWN_SCENES, &error)
                               : build_location(argv[1], argc > 2 ? argv[2] : "scene", &error);
    if (!watch.pipeline) {
        g_printerr("%s\n", error->message);
        return 2;
    }
    int exit_code = run(&watch);
    gst_object_unref(watch.pipeline);
    return exit_code;
}
