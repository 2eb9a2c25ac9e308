/* The request pad `events`: lines, gaps, EOS, seeks, and that nothing behind it holds up the video.
 */
#include "fixture.h"
#include "pipeline.h"

#include <gst/check/gstharness.h>
#include <string.h>

#define VIDEO "video/x-raw,format=I420,width=160,height=120,framerate=10/1"
#define BARS  "videotestsrc pattern=smpte "

/* What a sink of the events branch saw. */
typedef struct {
    GMutex lock;
    GPtrArray *lines; /* of gchar */
    GArray *times;    /* of GstClockTime, of the lines */
    guint n_gaps;
    guint n_starts;
    guint n_caps;
    guint n_segments;
    guint n_eos;
    GString *order; /* s, c, g for the first three, l for the first line */
    GstCaps *caps;
} Seen;

static Seen *
seen_new(void)
{
    Seen *seen = g_new0(Seen, 1);
    g_mutex_init(&seen->lock);
    seen->lines = g_ptr_array_new_with_free_func(g_free);
    seen->times = g_array_new(FALSE, FALSE, sizeof(GstClockTime));
    seen->order = g_string_new(NULL);
    return seen;
}

static void
seen_free(Seen *seen)
{
    g_mutex_clear(&seen->lock);
    g_ptr_array_unref(seen->lines);
    g_array_unref(seen->times);
    g_string_free(seen->order, TRUE);
    gst_clear_caps(&seen->caps);
    g_free(seen);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seen, seen_free)

static void
note_buffer(Seen *seen, GstBuffer *buffer)
{
    const GstClockTime time = GST_BUFFER_PTS(buffer);
    GstMapInfo map;
    g_assert_true(gst_buffer_map(buffer, &map, GST_MAP_READ));
    g_ptr_array_add(seen->lines, g_strndup((const char *)map.data, map.size));
    g_array_append_val(seen->times, time);
    gst_buffer_unmap(buffer, &map);
    if (seen->lines->len == 1)
        g_string_append_c(seen->order, 'l');
}

static void
note_order(Seen *seen, GstEvent *event)
{
    GstCaps *caps;
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        g_string_append_c(seen->order, 's');
        break;
    case GST_EVENT_CAPS:
        g_string_append_c(seen->order, 'c');
        gst_event_parse_caps(event, &caps);
        gst_caps_replace(&seen->caps, caps);
        break;
    case GST_EVENT_SEGMENT:
        g_string_append_c(seen->order, 'g');
        break;
    default:
        break;
    }
}

static GstPadProbeReturn
note(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    Seen *seen = data;
    g_mutex_lock(&seen->lock);
    if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
        note_buffer(seen, gst_pad_probe_info_get_buffer(info));
    else if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
        const GstEventType type = GST_EVENT_TYPE(gst_pad_probe_info_get_event(info));
        seen->n_gaps += type == GST_EVENT_GAP;
        seen->n_starts += type == GST_EVENT_STREAM_START;
        seen->n_caps += type == GST_EVENT_CAPS;
        seen->n_segments += type == GST_EVENT_SEGMENT;
        seen->n_eos += type == GST_EVENT_EOS;
        note_order(seen, gst_pad_probe_info_get_event(info));
    }
    g_mutex_unlock(&seen->lock);
    return GST_PAD_PROBE_OK;
}

static guint
count_lines(Seen *seen)
{
    g_mutex_lock(&seen->lock);
    const guint n = seen->lines->len;
    g_mutex_unlock(&seen->lock);
    return n;
}

static void
watch(Pipeline *pipeline, const char *sink, Seen *seen)
{
    g_autoptr(GstPad) pad = gst_element_get_static_pad(pipeline_get(pipeline, sink), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note,
                      seen, NULL);
}

static void
test_lines(void)
{
    g_autoptr(Seen) seen = seen_new();
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "num-buffers=30 ! " VIDEO " ! clipclassify name=c sync=true "
                          "! fakesink c.events ! fakesink name=json");
    watch(pipeline, "json", seen);
    pipeline_play(pipeline);
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(seen->lines->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        g_autofree char *expected = g_strdup_printf(
            "%s\n", gst_structure_get_string(pipeline->decisions->pdata[i], "json"));
        g_assert_cmpstr(seen->lines->pdata[i], ==, expected);
        g_assert_cmpuint(g_array_index(seen->times, GstClockTime, i), ==, i * GST_SECOND);
    }
    g_assert_cmpstr(seen->order->str, ==, "scgl");
    g_assert_cmpstr(gst_structure_get_name(gst_caps_get_structure(seen->caps, 0)), ==,
                    "application/x-json");
    g_assert_cmpuint(seen->n_eos, ==, 1);
    g_assert_cmpuint(seen->n_gaps, >=, 1);
}

/* Files with the lines of several runs can be read line by line. */
static void
test_file_of_lines(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = g_build_filename(dir, "events.jsonl", NULL);
    g_autofree char *text = NULL;
    g_autoptr(Pipeline) pipeline =
        pipeline_play_new(BARS "num-buffers=20 ! " VIDEO " ! clipclassify name=c sync=true "
                               "! fakesink c.events ! filesink location=%s",
                          path);
    g_assert_cmpuint(pipeline->decisions->len, ==, 2);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 3); /* the last is empty */
    g_assert_true(g_str_has_prefix(lines[0], "{\"schema\":") && g_str_has_suffix(lines[0], "}"));
    g_assert_cmpstr(lines[2], ==, "");
    cw_test_remove_dir(dir);
    g_free(dir);
}

static GstPadProbeReturn
mark_as_gap(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    GstBuffer *buffer = gst_buffer_make_writable(gst_pad_probe_info_get_buffer(info));
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
    info->data = buffer;
    return GST_PAD_PROBE_OK;
}

/* Frames that hold no picture give no line, and yet the branch learns how far time has come: it
 * prerolls and ends. */
static void
test_gaps(void)
{
    g_autoptr(Seen) seen = seen_new();
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "num-buffers=25 ! " VIDEO " ! clipclassify name=c sync=true ! fakesink "
                          "c.events ! fakesink name=json");
    g_autoptr(GstPad) pad = gst_element_get_static_pad(pipeline_get(pipeline, "c"), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, mark_as_gap, NULL, NULL);
    watch(pipeline, "json", seen);
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    pipeline_play(pipeline);
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(seen->lines->len, ==, 0);
    g_assert_cmpuint(seen->n_gaps, >=, 1);
    g_assert_cmpuint(seen->n_gaps, <=, 3);
}

static void
test_unlinked(void)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(
        BARS "num-buffers=200 ! " VIDEO " ! clipclassify name=c sync=true interval=0 ! fakesink");
    GstElement *element = pipeline_get(pipeline, "c");
    g_autoptr(GstPad) pad = gst_element_request_pad_simple(element, "events");
    g_assert_nonnull(pad);
    g_assert_null(gst_element_request_pad(/* there is one already */
                                          element, gst_element_get_pad_template(element, "events"),
                                          NULL, NULL));
    pipeline_play(pipeline);
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(pipeline->decisions->len, ==, 200);
    gst_element_release_request_pad(element, pad);
}

static GstPadProbeReturn
block(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    return GST_PAD_PROBE_OK;
}

static void
count_frame(GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer n_frames)
{
    g_atomic_int_inc((gint *)n_frames);
}

/* A reader that stands still: all of the video passes, the oldest lines are lost and counted. */
static void
test_blocked_reader(void)
{
    gint n_frames = 0;
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "num-buffers=200 ! " VIDEO " ! clipclassify name=c sync=true interval=0 "
                          "! fakesink name=video async=false signal-handoffs=true "
                          "c.events ! fakesink name=json async=false");
    GstElement *element = pipeline_get(pipeline, "c");
    g_autoptr(GstPad) pad = gst_element_get_static_pad(element, "events");
    g_assert_nonnull(pad);
    const gulong probe =
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, block, NULL, NULL);
    g_signal_connect(pipeline_get(pipeline, "video"), "handoff", G_CALLBACK(count_frame),
                     &n_frames);
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, 200);
    g_assert_cmpuint(pipeline->decisions->len, ==, 200);
    g_assert_cmpuint(get_stat(element, "lines-dropped"), >=, 200 - 64 - 1);
    gst_pad_remove_probe(pad, probe); /* it reads on: EOS gets through */
    pipeline_wait(pipeline, G_MAXUINT);
    g_assert_true(pipeline->eos);
    g_assert_cmpint(g_atomic_int_get(&n_frames), ==, 200);
}

/* Going down with a reader that stands still must not hang either. */
static void
test_blocked_reader_stops(void)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "num-buffers=20 ! " VIDEO " ! clipclassify name=c sync=true interval=0 "
                          "! fakesink async=false c.events ! fakesink async=false");
    g_autoptr(GstPad) pad = gst_element_get_static_pad(pipeline_get(pipeline, "c"), "events");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BLOCK_DOWNSTREAM, block, NULL, NULL);
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, 20);
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_NULL));
}

static void
test_seek(void)
{
    g_autoptr(Seen) seen = seen_new();
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "num-buffers=30 ! " VIDEO " ! clipclassify name=c sync=true "
                          "! fakesink c.events ! fakesink name=json");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    watch(pipeline, "json", seen);
    g_assert_true(gst_element_seek_simple(pipeline->pipeline, GST_FORMAT_TIME,
                                          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                                          10 * GST_SECOND));
    pipeline_play(pipeline);
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(seen->lines->len, >=, 2);
    const guint last = seen->times->len - 1;
    g_assert_cmpuint(g_array_index(seen->times, GstClockTime, last), >=, 11 * GST_SECOND);
    g_assert_nonnull(strstr(seen->lines->pdata[last], "\"stream_ns\":1"));
    g_assert_cmpuint(seen->n_eos, ==, 1);
}

/* The pad comes and goes while video flows. */
static void
test_requested_late(void)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "is-live=true ! " VIDEO " ! clipclassify name=c interval=0 ! fakesink");
    GstElement *element = pipeline_get(pipeline, "c");
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, 1);
    for (guint round = 0; round < 3; round++) {
        g_autoptr(Seen) seen = seen_new();
        g_autoptr(GstPad) pad = gst_element_request_pad_simple(element, "events");
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                          note, seen, NULL);
        while (count_lines(seen) == 0) {
            const guint n = pipeline->decisions->len;
            pipeline_wait(pipeline, n + 1);
            g_assert_cmpuint(pipeline->decisions->len, >, n);
        }
        gst_element_release_request_pad(element, pad);
        g_assert_cmpuint(seen->n_starts, ==, 1);
        g_assert_cmpuint(seen->n_segments, ==, 1);
    }
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/events/each decision is a line with the frame's time", test_lines);
    g_test_add_func("/gst/events/a file of them is JSON lines", test_file_of_lines);
    g_test_add_func("/gst/events/where nothing is decided there are gaps", test_gaps);
    g_test_add_func("/gst/events/an unlinked pad does not stop the video", test_unlinked);
    g_test_add_func("/gst/events/a reader that stands still loses the oldest lines",
                    test_blocked_reader);
    g_test_add_func("/gst/events/a reader that stands still does not hold up the end",
                    test_blocked_reader_stops);
    g_test_add_func("/gst/events/a seek is followed", test_seek);
    g_test_add_func("/gst/events/the pad may come and go while video flows", test_requested_late);
    return g_test_run();
}
