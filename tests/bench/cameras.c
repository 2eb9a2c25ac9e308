/* Live 1080p H.264 cameras, a keyframe a second, each watched at one decision a second by a
 * pipeline of its own in this one process: how many decisions are held, how old are they, what does
 * it cost? The stream is encoded once and then played by every camera, each at a phase of its own.
 * Prints one JSON line. */
#include <gst/gst.h>
#include <stdio.h>
#include <sys/resource.h>

#define PICTURES_PER_SECOND 25
#define SECONDS_OF_STREAM   4

/* Decoders start and the sampling settles before anything is counted. */
#define WARM_UP_SECONDS 5

typedef struct {
    GstElement *pipeline, *source, *classify;
    guint64 n_decided; /* when counting began */
} Camera;

typedef struct {
    gint n_cameras, seconds;
    gchar *model, *precision, *clip;
    gboolean all_pictures; /* no clipsampler: every picture is decoded */
} Options;

/* What is encoded, in order: of a clip, or of a ball that moves. (transfer full), NULL with error
 */
static GPtrArray *
encode_stream(const gchar *clip, GError **error)
{
    g_autofree gchar *pictures = clip ? g_strdup_printf("filesrc location=\"%s\" ! decodebin", clip)
                                      : g_strdup("videotestsrc pattern=ball");
    g_autofree gchar *launch = g_strdup_printf(
        "%s ! videoconvert ! videoscale ! videorate ! "
        "video/x-raw,format=I420,width=1920,height=1080,framerate=%d/1 ! identity eos-after=%d ! "
        "openh264enc complexity=low scene-change-detection=false gop-size=%d bitrate=4000000 ! "
        "h264parse config-interval=-1 ! "
        "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=s sync=false",
        pictures, PICTURES_PER_SECOND, PICTURES_PER_SECOND * SECONDS_OF_STREAM,
        PICTURES_PER_SECOND);
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, error);
    if (!pipeline)
        return NULL;
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), "s");
    g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)gst_buffer_unref);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    for (;;) {
        GstSample *sample = NULL;
        g_signal_emit_by_name(sink, "pull-sample", &sample);
        if (!sample)
            break;
        g_ptr_array_add(units, gst_buffer_ref(gst_sample_get_buffer(sample)));
        gst_sample_unref(sample);
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    if (units->len == 0) {
        g_set_error(error, GST_STREAM_ERROR, GST_STREAM_ERROR_ENCODE, "nothing was encoded");
        return NULL;
    }
    return g_steal_pointer(&units);
}

static gboolean
open_camera(Camera *camera, const Options *options, gint i, GError **error)
{
    g_autofree gchar *launch =
        g_strdup_printf("appsrc name=s is-live=true do-timestamp=true format=time "
                        "caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! %s "
                        "avdec_h264 max-threads=1 ! clipclassify name=c stream-id=camera-%d "
                        "model=%s precision=%s %s ! "
                        "fakesink sync=false",
                        options->all_pictures ? "" : "clipsampler !", i, options->model,
                        options->precision, options->all_pictures ? "" : "interval=0");
    camera->pipeline = gst_parse_launch(launch, error);
    if (!camera->pipeline)
        return FALSE;
    camera->source = gst_bin_get_by_name(GST_BIN(camera->pipeline), "s");
    camera->classify = gst_bin_get_by_name(GST_BIN(camera->pipeline), "c");
    gst_element_set_state(camera->pipeline, GST_STATE_PLAYING);
    g_autoptr(GstBus) bus = gst_element_get_bus(camera->pipeline);
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    if (message)
        gst_message_parse_error(message, error, NULL);
    return message == NULL;
}

static void
close_camera(Camera *camera)
{
    if (camera->pipeline)
        gst_element_set_state(camera->pipeline, GST_STATE_NULL);
    g_clear_pointer(&camera->source, gst_object_unref);
    g_clear_pointer(&camera->classify, gst_object_unref);
    g_clear_pointer(&camera->pipeline, gst_object_unref);
}

static void
push(Camera *camera, GstBuffer *unit)
{
    GstBuffer *copy = gst_buffer_copy(unit);
    GstFlowReturn flow;
    GST_BUFFER_PTS(copy) = GST_BUFFER_DTS(copy) = GST_CLOCK_TIME_NONE; /* appsrc says when */
    g_signal_emit_by_name(camera->source, "push-buffer", copy, &flow);
    gst_buffer_unref(copy);
}

/* Plays for so long, all cameras in step with the clock, from picture *tick on. */
static void
play(Camera *cameras, gint n_cameras, const GPtrArray *units, guint *tick, gint seconds)
{
    const gint64 begin = g_get_monotonic_time();
    for (guint i = 0; i < (guint)seconds * PICTURES_PER_SECOND; i++, (*tick)++) {
        const gint64 due = begin + (gint64)i * G_USEC_PER_SEC / PICTURES_PER_SECOND;
        const gint64 now = g_get_monotonic_time();
        if (due > now)
            g_usleep((gulong)(due - now));
        for (gint c = 0; c < n_cameras; c++) {
            const guint phase = (guint)(c * PICTURES_PER_SECOND / n_cameras);
            if (*tick >= phase)
                push(&cameras[c], units->pdata[(*tick - phase) % units->len]);
        }
    }
}

static gdouble
get_cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (gdouble)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (gdouble)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / G_USEC_PER_SEC;
}

/* Counts, and the worst camera's age that 95 of 100 decisions did not exceed. */
static guint64
look(Camera *camera, gint64 *worst_p95_ns)
{
    GstStructure *stats = NULL;
    guint64 n_decided = 0;
    gint64 p95 = 0;
    g_object_get(camera->classify, "stats", &stats, NULL);
    gst_structure_get_uint64(stats, "decided", &n_decided);
    gst_structure_get_int64(stats, "age-p95", &p95);
    gst_structure_free(stats);
    *worst_p95_ns = MAX(*worst_p95_ns, p95);
    return n_decided;
}

static void
measure(Camera *cameras, const Options *options, const GPtrArray *units)
{
    guint tick = 0;
    gint64 worst_ns = 0;
    guint64 n_decided = 0, fewest = G_MAXUINT64;
    play(cameras, options->n_cameras, units, &tick, WARM_UP_SECONDS);
    for (gint i = 0; i < options->n_cameras; i++)
        cameras[i].n_decided = look(&cameras[i], &worst_ns);
    const gdouble cpu = get_cpu_seconds();
    const gint64 begin = g_get_monotonic_time();
    play(cameras, options->n_cameras, units, &tick, options->seconds);
    const gdouble seconds = (gdouble)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    const gdouble used = get_cpu_seconds() - cpu;
    worst_ns = 0;
    for (gint i = 0; i < options->n_cameras; i++) {
        const guint64 n = look(&cameras[i], &worst_ns) - cameras[i].n_decided;
        n_decided += n;
        fewest = MIN(fewest, n);
    }
    printf("{\"bench\":\"cameras\",\"cameras\":%d,\"keyframes_only\":%s,\"model\":\"%s\","
           "\"precision\":\"%s\",\"seconds\":%d,\"decided\":%" G_GUINT64_FORMAT
           ",\"of_asked_percent\":%d,\"fewest_of_a_camera\":%" G_GUINT64_FORMAT
           ",\"worst_age_p95_ms\":%d,\"cpus_used_percent\":%d}\n",
           options->n_cameras, options->all_pictures ? "false" : "true", options->model,
           options->precision, options->seconds, n_decided,
           (gint)(100 * (gdouble)n_decided / (options->n_cameras * seconds) + 0.5), fewest,
           (gint)(worst_ns / 1000000), (gint)(100 * used / seconds + 0.5));
}

int
main(int argc, char **argv)
{
    Options options = {.n_cameras = 32, .seconds = 30};
    const GOptionEntry entries[] = {
        {"cameras", 'n', 0, G_OPTION_ARG_INT, &options.n_cameras, "Cameras (default 32)", "N"},
        {"seconds", 's', 0, G_OPTION_ARG_INT, &options.seconds, "How long (default 30)", "S"},
        {"model", 'm', 0, G_OPTION_ARG_STRING, &options.model, "Model (default starter)", "NAME"},
        {"precision", 'p', 0, G_OPTION_ARG_STRING, &options.precision, "Default auto", "P"},
        {"clip", 'c', 0, G_OPTION_ARG_FILENAME, &options.clip, "What they see", "FILE"},
        {"all-pictures", 'a', 0, G_OPTION_ARG_NONE, &options.all_pictures,
         "Decode every picture, not keyframes alone", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- live cameras");
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || options.n_cameras < 1 ||
        options.n_cameras > 1024 || options.seconds < 1 || options.seconds > 86400) {
        fprintf(stderr, "cameras: %s\n", error ? error->message : "numbers out of range");
        return 2;
    }
    gst_init(&argc, &argv);
    if (!options.model)
        options.model = g_strdup("starter");
    if (!options.precision)
        options.precision = g_strdup("auto");
    g_autoptr(GPtrArray) units = encode_stream(options.clip, &error);
    Camera *cameras = g_new0(Camera, options.n_cameras);
    for (gint i = 0; i < options.n_cameras && !error; i++)
        open_camera(&cameras[i], &options, i, &error);
    if (error)
        fprintf(stderr, "cameras: %s\n", error->message);
    else
        measure(cameras, &options, units);
    for (gint i = 0; i < options.n_cameras; i++)
        close_camera(&cameras[i]);
    g_free(cameras);
    g_free(options.model);
    g_free(options.precision);
    g_free(options.clip);
    return error ? 1 : 0;
}
