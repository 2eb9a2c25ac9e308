/* Cameras on loopback that fail in turn, each watched by clipsource and clipclassify in this one
 * process, for as long as is asked: does memory stay, does every stream come back? Prints a JSON
 * line every tenth of the time, and one of the whole; exits with 1 where a stream is dead or memory
 * grew. */
#include "camera.h"

#include <gst/gst.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

/* Longest time that a stream may be without a decision when all of its faults are mended. */
#define LONGEST_SILENCE_US (15 * G_USEC_PER_SEC)

/* How long stalls and absences last. */
#define FAULT_US (3 * G_USEC_PER_SEC)

/* Growth of memory since warm-up that is held to be a leak, in percent, where the run is long
 * enough for it to mean something. */
#define MOST_GROWTH        1.0
#define LEAST_MINUTES      30
#define LONGEST_WARM_UP_US (5 * 60 * G_USEC_PER_SEC)

typedef enum { RESTART, SWITCH_OFF, STALL, RESIZE, CORRUPT, END, N_FAULTS } Fault;

typedef struct {
    Camera *camera;
    GstElement *pipeline;
    GstElement *classify;
    guint64 n_decided;   /* at the last look */
    gint64 last_news_us; /* when it had grown */
    gint64 longest_us;   /* between two looks that saw it grow */
    gint64 mend_us;      /* when the fault is to be mended; 0: there is none */
    Fault fault;
} Stream;

typedef struct {
    gint n_streams;
    gdouble minutes;
    gint fault_seconds;
    gchar *model;
} Options;

/* Memory over a tenth of the run: connections come and go, and one look says little. */
typedef struct {
    gdouble sum;
    guint n;
} Mean;

static gdouble
get_mean(const Mean *mean)
{
    return mean->n > 0 ? mean->sum / mean->n : 0;
}

static gdouble
get_rss_mib(void)
{
    g_autofree gchar *text = NULL;
    guint64 pages = 0;
    if (g_file_get_contents("/proc/self/statm", &text, NULL, NULL)) {
        g_auto(GStrv) fields = g_strsplit(text, " ", 3);
        if (fields[0] && fields[1])
            pages = g_ascii_strtoull(fields[1], NULL, 10);
    }
    return (gdouble)pages * (gdouble)sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

/* Without what malloc keeps for later: what is held. */
static void
add_rss(Mean *mean)
{
    malloc_trim(0);
    mean->sum += get_rss_mib();
    mean->n++;
}

static gboolean
open_stream(Stream *stream, const Options *options, guint i, gint64 now_us)
{
    const CameraPicture picture = {.width = 640, .height = 360, .rate = 10};
    stream->camera = camera_new(&picture);
    if (!stream->camera)
        return FALSE;
    g_autofree gchar *launch = g_strdup_printf(
        "clipsource uri=%s stall-timeout=2000000000 backoff-min=100000000 backoff-max=1000000000 ! "
        "clipclassify name=c stream-id=camera-%u model=%s gate=%s ! fakesink sync=false",
        camera_get_uri(stream->camera), i, options->model, i % 2 ? "auto" : "off");
    g_autoptr(GError) error = NULL;
    stream->pipeline = gst_parse_launch(launch, &error);
    if (error) { /* there may be half a pipeline all the same */
        fprintf(stderr, "%s\n", error->message);
        return FALSE;
    }
    stream->classify = gst_bin_get_by_name(GST_BIN(stream->pipeline), "c");
    stream->last_news_us = now_us;
    gst_element_set_state(stream->pipeline, GST_STATE_PLAYING);
    return TRUE;
}

static void
close_stream(Stream *stream)
{
    if (stream->pipeline)
        gst_element_set_state(stream->pipeline, GST_STATE_NULL);
    g_clear_pointer(&stream->classify, gst_object_unref);
    g_clear_pointer(&stream->pipeline, gst_object_unref);
    g_clear_pointer(&stream->camera, camera_free);
}

static void
inject(Stream *stream, Fault fault, gint64 now_us)
{
    static const CameraPicture other = {.codec = "h264", .width = 320, .height = 240, .rate = 10};
    stream->fault = fault;
    stream->mend_us = now_us + FAULT_US;
    switch (fault) {
    case RESTART:
        camera_restart(stream->camera, &other);
        break;
    case SWITCH_OFF:
        camera_switch(stream->camera, FALSE);
        break;
    case STALL:
        camera_stall(stream->camera, TRUE);
        break;
    case RESIZE:
        camera_resize(stream->camera, 480, 272);
        break;
    case CORRUPT:
        camera_corrupt(stream->camera, 50);
        break;
    default:
        camera_end(stream->camera);
        break;
    }
}

static void
mend(Stream *stream)
{
    stream->mend_us = 0;
    if (stream->fault == SWITCH_OFF)
        camera_switch(stream->camera, TRUE);
    else if (stream->fault == STALL)
        camera_stall(stream->camera, FALSE);
    else if (stream->fault == CORRUPT)
        camera_corrupt(stream->camera, 0);
}

/* Takes what the buses hold; FALSE where one of it is an error: clipsource lets none through. */
static gboolean
empty_bus(Stream *stream)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(stream->pipeline);
    gboolean good = TRUE;
    for (;;) {
        g_autoptr(GstMessage) message = gst_bus_pop(bus);
        if (!message)
            return good;
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
            g_autoptr(GError) error = NULL;
            gst_message_parse_error(message, &error, NULL);
            fprintf(stderr, "%s: %s\n", GST_MESSAGE_SRC_NAME(message), error->message);
            good = FALSE;
        }
    }
}

static gboolean
look(Stream *stream, gint64 now_us)
{
    GstStructure *stats = NULL;
    guint64 n_decided = 0;
    g_object_get(stream->classify, "stats", &stats, NULL);
    gst_structure_get_uint64(stats, "decided", &n_decided);
    gst_structure_free(stats);
    if (n_decided > stream->n_decided) {
        stream->longest_us = MAX(stream->longest_us, now_us - stream->last_news_us);
        stream->last_news_us = now_us;
        stream->n_decided = n_decided;
    }
    return empty_bus(stream);
}

static void
print_line(const Options *options, const Stream *streams, const char *what, gint64 since_us,
           gdouble rss, gdouble growth)
{
    guint64 n_decided = 0;
    gint64 longest_us = 0;
    for (gint i = 0; i < options->n_streams; i++) {
        n_decided += streams[i].n_decided;
        longest_us = MAX(longest_us, streams[i].longest_us);
    }
    printf("{\"soak\":\"%s\",\"seconds\":%d,\"streams\":%d,\"decided\":%" G_GUINT64_FORMAT
           ",\"longest_silence_ms\":%d,\"rss_kib\":%d,\"growth_per_mille\":%d}\n",
           what, (gint)(since_us / G_USEC_PER_SEC), options->n_streams, n_decided,
           (gint)(longest_us / 1000), (gint)(rss * 1024), (gint)(growth * 10));
    fflush(stdout);
}

/* Looks, breaks and mends until the time is over; whether all went well. */
static gboolean
watch(Stream *streams, const Options *options)
{
    const gint64 begin = g_get_monotonic_time();
    const gint64 length = (gint64)(options->minutes * 60 * G_USEC_PER_SEC);
    const gint64 warm_up = MIN(LONGEST_WARM_UP_US, length / 3);
    gint64 next_fault = begin + options->fault_seconds * G_USEC_PER_SEC;
    gint64 next_line = begin + length / 10;
    Mean warm = {0}, last = {0};
    guint n_faults = 0;
    gboolean good = TRUE;
    for (gint64 now = begin; now < begin + length; now = g_get_monotonic_time()) {
        g_usleep(100 * 1000);
        if (now - begin >= warm_up && now - begin < warm_up + length / 10)
            add_rss(&warm);
        if (now - begin >= length - length / 10)
            add_rss(&last);
        if (now >= next_fault) {
            Stream *stream = &streams[n_faults % (guint)options->n_streams];
            if (stream->mend_us == 0)
                inject(stream, (Fault)(n_faults / (guint)options->n_streams % N_FAULTS), now);
            n_faults++;
            next_fault = now + options->fault_seconds * G_USEC_PER_SEC;
        }
        for (gint i = 0; i < options->n_streams; i++) {
            good = look(&streams[i], now) && good;
            if (streams[i].mend_us != 0 && now >= streams[i].mend_us)
                mend(&streams[i]);
        }
        if (now >= next_line) {
            print_line(options, streams, "now", now - begin, get_rss_mib(), 0);
            next_line = now + length / 10;
        }
    }
    const gdouble growth = (get_mean(&last) / get_mean(&warm) - 1) * 100;
    print_line(options, streams, "warm", warm_up, get_mean(&warm), 0);
    print_line(options, streams, "end", length, get_mean(&last), growth);
    for (gint i = 0; i < options->n_streams; i++)
        if (streams[i].longest_us > LONGEST_SILENCE_US || streams[i].n_decided == 0 ||
            g_get_monotonic_time() - streams[i].last_news_us > LONGEST_SILENCE_US) {
            fprintf(stderr, "camera-%d was silent for too long\n", i);
            good = FALSE;
        }
    return good && (options->minutes < LEAST_MINUTES || growth < MOST_GROWTH);
}

int
main(int argc, char **argv)
{
    Options options = {.n_streams = 16, .minutes = 60, .fault_seconds = 5};
    const GOptionEntry entries[] = {
        {"streams", 'n', 0, G_OPTION_ARG_INT, &options.n_streams, "Cameras (default 16)", "N"},
        {"minutes", 'm', 0, G_OPTION_ARG_DOUBLE, &options.minutes, "How long (default 60)", "M"},
        {"fault-seconds", 'f', 0, G_OPTION_ARG_INT, &options.fault_seconds,
         "Time between two faults (default 5)", "S"},
        {"model", 0, 0, G_OPTION_ARG_FILENAME, &options.model, "Model (default starter)", "NAME"},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- cameras that fail");
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || options.n_streams < 1 ||
        options.n_streams > 1024 || options.fault_seconds < 1 || !(options.minutes > 0)) {
        fprintf(stderr, "soak: %s\n", error ? error->message : "numbers out of range");
        return 2;
    }
    if (!options.model)
        options.model = g_strdup("starter");
    /* Every connection brings threads, and glibc may give each an arena that keeps what was freed
     * in it: with the default number of arenas memory grows for a long time without a leak. */
    mallopt(M_ARENA_MAX, 2);
    gst_init(&argc, &argv);
    Stream *streams = g_new0(Stream, options.n_streams);
    gboolean good = TRUE;
    for (gint i = 0; i < options.n_streams && good; i++)
        good = open_stream(&streams[i], &options, (guint)i, g_get_monotonic_time());
    good = good && watch(streams, &options);
    for (gint i = 0; i < options.n_streams; i++)
        close_stream(&streams[i]);
    g_free(streams);
    g_free(options.model);
    return good ? 0 : 1;
}
