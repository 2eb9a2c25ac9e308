/* What clipclassify adds to a frame that it does not look at: 1080p buffers pushed through it and
 * through identity in turn. Prints one JSON line, times in nanoseconds per buffer. */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>

#define N_BUFFERS 20000
#define N_ROUNDS  5

/* Drops what comes; the element under test is all that is measured. */
static GstFlowReturn
drop(GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

typedef struct {
    GstElement *element;
    GstPad *source, *sink;
    guint64 n_pushed;
} Way;

static gboolean
open_way(Way *way, const gchar *launch, GError **error)
{
    way->element = gst_parse_launch(launch, error);
    if (!way->element)
        return FALSE;
    gst_object_ref_sink(way->element);
    way->source = gst_pad_new("source", GST_PAD_SRC);
    way->sink = gst_pad_new("sink", GST_PAD_SINK);
    gst_pad_set_chain_function(way->sink, drop);
    g_autoptr(GstPad) into = gst_element_get_static_pad(way->element, "sink");
    g_autoptr(GstPad) out = gst_element_get_static_pad(way->element, "src");
    gst_pad_link(way->source, into);
    gst_pad_link(out, way->sink);
    gst_pad_set_active(way->sink, TRUE);
    gst_pad_set_active(way->source, TRUE);
    if (gst_element_set_state(way->element, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        g_set_error(error, GST_CORE_ERROR, GST_CORE_ERROR_STATE_CHANGE, "%s does not play", launch);
        return FALSE;
    }
    g_autoptr(GstCaps) caps =
        gst_caps_from_string("video/x-raw,format=I420,width=1920,height=1080,framerate=25/1");
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(way->source, gst_event_new_stream_start("bench"));
    gst_pad_push_event(way->source, gst_event_new_caps(caps));
    gst_pad_push_event(way->source, gst_event_new_segment(&segment));
    return TRUE;
}

static void
close_way(Way *way)
{
    if (!way->element)
        return;
    gst_element_set_state(way->element, GST_STATE_NULL);
    gst_pad_set_active(way->source, FALSE);
    gst_pad_set_active(way->sink, FALSE);
    g_clear_pointer(&way->source, gst_object_unref);
    g_clear_pointer(&way->sink, gst_object_unref);
    g_clear_pointer(&way->element, gst_object_unref);
}

static int
compare(const void *a, const void *b)
{
    const gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return (x > y) - (x < y);
}

/* Pushes them all; times[] in order of size. FALSE where a buffer does not pass. */
static gboolean
push_all(Way *way, GstBuffer *picture, gint64 times[N_BUFFERS], GError **error)
{
    for (guint i = 0; i < N_BUFFERS; i++) {
        GstBuffer *buffer = gst_buffer_copy(picture);
        GST_BUFFER_PTS(buffer) = way->n_pushed++ * (GST_SECOND / 25);
        const GstClockTime begin = gst_util_get_timestamp();
        const GstFlowReturn flow = gst_pad_push(way->source, buffer);
        times[i] = (gint64)(gst_util_get_timestamp() - begin);
        if (flow != GST_FLOW_OK) {
            g_set_error(error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "%s: %s",
                        GST_ELEMENT_NAME(way->element), gst_flow_get_name(flow));
            return FALSE;
        }
    }
    qsort(times, N_BUFFERS, sizeof *times, compare);
    return TRUE;
}

int
main(int argc, char **argv)
{
    static gint64 times[N_BUFFERS];
    static const gchar *const launches[] = {"identity",
                                            "clipclassify model=starter interval=86400000000000"};
    Way ways[G_N_ELEMENTS(launches)] = {0};
    gint64 medians[2][N_ROUNDS], tails[2][N_ROUNDS];
    g_autoptr(GError) error = NULL;
    gst_init(&argc, &argv);
    g_autoptr(GstBuffer) picture = gst_buffer_new_allocate(NULL, 1920 * 1080 * 3 / 2, NULL);
    gst_buffer_memset(picture, 0, 128, 1920 * 1080 * 3 / 2);
    for (guint w = 0; w < G_N_ELEMENTS(launches) && !error; w++)
        open_way(&ways[w], launches[w], &error);
    for (guint round = 0; round < N_ROUNDS && !error; round++)
        for (guint w = 0; w < G_N_ELEMENTS(launches); w++) {
            if (!push_all(&ways[w], picture, times, &error))
                break;
            medians[w][round] = times[N_BUFFERS / 2];
            tails[w][round] = times[N_BUFFERS / 100 * 99];
        }
    if (error) {
        fprintf(stderr, "passing: %s\n", error->message);
    } else {
        for (guint w = 0; w < G_N_ELEMENTS(launches); w++) {
            qsort(medians[w], N_ROUNDS, sizeof **medians, compare);
            qsort(tails[w], N_ROUNDS, sizeof **tails, compare);
        }
        printf("{\"bench\":\"passing\",\"buffers\":%d,\"identity_ns\":%d,\"identity_ns_p99\":%d,"
               "\"clipclassify_ns\":%d,\"clipclassify_ns_p99\":%d}\n",
               N_BUFFERS * N_ROUNDS, (gint)medians[0][N_ROUNDS / 2], (gint)tails[0][N_ROUNDS / 2],
               (gint)medians[1][N_ROUNDS / 2], (gint)tails[1][N_ROUNDS / 2]);
    }
    for (guint w = 0; w < G_N_ELEMENTS(launches); w++)
        close_way(&ways[w]);
    return error ? 1 : 0;
}
