/* clipsampler: which encoded pictures pass, and what a decoder makes of them. */
#include "fixture.h"
#include "pipeline.h"

#include <gst/check/gstharness.h>
#include <string.h>

#define H264 "video/x-h264,stream-format=byte-stream,alignment=au,parsed=true"
#define JPEG "image/jpeg,parsed=true"

static GstHarness *
new_harness(const char *properties, const char *caps)
{
    g_autofree char *launch = g_strdup_printf("clipsampler %s", properties);
    GstHarness *harness = gst_harness_new_parse(launch);
    gst_harness_set_src_caps_str(harness, caps);
    return harness;
}

static GstBuffer *
new_picture(GstClockTime pts, gboolean keyframe)
{
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, 4, NULL);
    GST_BUFFER_PTS(buffer) = pts;
    if (!keyframe)
        GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    return buffer;
}

static guint64
get_sampler_stat(GstHarness *harness, const char *field)
{
    g_autoptr(GstElement) element = gst_harness_find_element(harness, "clipsampler");
    return get_stat(element, field);
}

static GstClockTime
get_distance(GstHarness *harness)
{
    g_autoptr(GstElement) element = gst_harness_find_element(harness, "clipsampler");
    guint64 distance = 0;
    g_object_get(element, "keyframe-distance", &distance, NULL);
    return distance;
}

/* Pushes pictures 100 ms apart, a keyframe each gop of them, and returns the times in ms of those
 * that passed, as text. */
static char *
push_gops(GstHarness *harness, GstClockTime start, guint n, guint gop)
{
    GString *passed = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        g_assert_cmpint(
            gst_harness_push(harness, new_picture(start + i * 100 * GST_MSECOND, i % gop == 0)), ==,
            GST_FLOW_OK);
    for (GstBuffer *buffer; (buffer = gst_harness_try_pull(harness)); gst_buffer_unref(buffer))
        g_string_append_printf(passed, "%s%u", passed->len > 0 ? " " : "",
                               (guint)(GST_BUFFER_PTS(buffer) / GST_MSECOND));
    return g_string_free(passed, FALSE);
}

static void
assert_passed(const char *properties, const char *caps, guint gop, const char *expected)
{
    GstHarness *harness = new_harness(properties, caps);
    g_autofree char *passed = push_gops(harness, 0, 50, gop);
    g_assert_cmpstr(passed, ==, expected);
    gst_harness_teardown(harness);
}

static void
test_which_pass(void)
{
    assert_passed("", H264, 10, "0 1000 2000 3000 4000");
    assert_passed("", H264, 5, "0 1000 2000 3000 4000");
    assert_passed("", H264, 20, "0 2000 4000");
    assert_passed("", H264, 6, "0 1200 2400 3600 4800");
    assert_passed("", H264, 9, "0 900 2700 3600 4500");
    assert_passed("interval=0", H264, 10, "0 1000 2000 3000 4000");
    assert_passed("interval=0 every=2", H264, 10, "0 2000 4000");
    assert_passed("interval=1000000000 every=3", H264, 5, "0 3000");
    assert_passed("interval=2000000000", H264, 5, "0 2000 4000");
    assert_passed("", JPEG, 1, "0 1000 2000 3000 4000");
    assert_passed("interval=500000000 every=2", JPEG, 1, "0 1000 2000 3000 4000");
}

/* Times as cameras stamp them: a keyframe a second, early or late by up to 50 ms. */
static void
test_jitter(void)
{
    GstHarness *harness = new_harness("", H264);
    guint32 random = 1;
    for (guint i = 0; i < 200; i++) {
        random = random * 1664525 + 1013904223;
        const GstClockTime jitter = (random >> 16) % 100 * GST_MSECOND;
        gst_harness_push(harness, new_picture(i * GST_SECOND + jitter, TRUE));
    }
    g_assert_cmpuint(get_sampler_stat(harness, "passed"), ==, 200);
    gst_harness_teardown(harness);
}

static void
test_rate_is_held(void)
{
    GstHarness *harness = new_harness("", H264);
    for (guint i = 0; i < 1000; i++)
        gst_harness_push(harness, new_picture(i * 930 * GST_MSECOND, TRUE));
    g_assert_cmpuint(get_sampler_stat(harness, "passed"), <=, 931);
    g_assert_cmpuint(get_sampler_stat(harness, "passed"), >, 450);
    gst_harness_teardown(harness);
}

static void
test_without_times(void)
{
    GstHarness *harness = new_harness("", H264);
    for (guint i = 0; i < 6; i++)
        gst_harness_push(harness, new_picture(GST_CLOCK_TIME_NONE, i % 2 == 0));
    g_assert_cmpuint(gst_harness_buffers_received(harness), ==, 3);
    gst_harness_teardown(harness);
}

static void
test_discont(void)
{
    GstHarness *harness = new_harness("", H264);
    for (guint i = 0; i < 30; i++)
        gst_harness_push(harness, new_picture(i * 100 * GST_MSECOND, i % 10 == 0));
    for (guint i = 0; i < 3; i++) {
        GstBuffer *buffer = gst_harness_pull(harness);
        g_assert_cmpint(GST_BUFFER_IS_DISCONT(buffer), ==, i > 0);
        gst_buffer_unref(buffer);
    }
    /* Nothing lost, nothing said: the very same buffer goes on. */
    gst_harness_set(harness, "clipsampler", "interval", G_GUINT64_CONSTANT(0), NULL);
    gst_harness_push(harness, new_picture(3 * GST_SECOND, TRUE));
    gst_buffer_unref(gst_harness_pull(harness));
    GstBuffer *in = new_picture(3100 * GST_MSECOND, TRUE);
    GstBuffer *out = gst_harness_push_and_pull(harness, in);
    g_assert_true(out == in);
    g_assert_false(GST_BUFFER_IS_DISCONT(out));
    gst_buffer_unref(out);
    gst_harness_teardown(harness);
}

static void
test_start_between_keyframes(void)
{
    GstHarness *harness = new_harness("mode=auto", H264);
    for (guint i = 0; i < 5; i++)
        gst_harness_push(harness, new_picture(i * 100 * GST_MSECOND, FALSE));
    g_assert_cmpuint(gst_harness_buffers_received(harness), ==, 0);
    gst_harness_push(harness, new_picture(500 * GST_MSECOND, TRUE));
    GstBuffer *first = gst_harness_pull(harness);
    g_assert_true(GST_BUFFER_IS_DISCONT(first));
    gst_buffer_unref(first);
    gst_harness_teardown(harness);
}

/* The flags of the last segment that came out. */
static GstSegmentFlags
get_segment_flags(GstHarness *harness)
{
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(harness->sinkpad, GST_EVENT_SEGMENT, 0);
    const GstSegment *segment;
    g_assert_nonnull(event);
    gst_event_parse_segment(event, &segment);
    return segment->flags & (GST_SEGMENT_FLAG_TRICKMODE | GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS);
}

/* Gops of 3 s, then of 0.5 s, then of 3 s again. */
static void
test_auto(void)
{
    GstHarness *harness = new_harness("mode=auto", H264);
    g_free(push_gops(harness, 0, 60, 30));
    g_assert_cmpuint(get_sampler_stat(harness, "passed"), ==, 60);
    g_assert_cmpint(get_segment_flags(harness), ==, 0);

    g_autofree char *fast = push_gops(harness, 6 * GST_SECOND, 60, 5);
    g_autofree char *tail = g_strdup(strstr(fast, " 8000"));
    g_assert_cmpstr(tail, ==, " 8000 9000 10000 11000"); /* behind four distances of 0.5 s */
    g_assert_cmpint(get_segment_flags(harness), !=, 0);

    g_autofree char *again = push_gops(harness, 12 * GST_SECOND, 40, 30);
    g_assert_cmpstr(again, ==, "12000 15000 15100 15200 15300 15400 15500 15600 15700 15800 15900");
    gst_harness_teardown(harness);
}

static void
test_thin_mark(void)
{
    GstHarness *harness = new_harness("", H264);
    gst_harness_push(harness, new_picture(0, TRUE));
    g_assert_cmpint(get_segment_flags(harness), ==,
                    GST_SEGMENT_FLAG_TRICKMODE | GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS);
    gst_harness_teardown(harness);
}

/* Messages "clipsampler" that wait on the bus; the last one, (transfer full), in *last. */
static guint
count_messages(GstBus *bus, GstStructure **last)
{
    guint n = 0;
    for (GstMessage *message; (message = gst_bus_pop(bus)); gst_message_unref(message)) {
        if (!gst_message_has_name(message, "clipsampler"))
            continue;
        g_clear_pointer(last, gst_structure_free);
        *last = gst_structure_copy(gst_message_get_structure(message));
        n++;
    }
    return n;
}

static void
test_rare_keyframes_are_told(void)
{
    g_autoptr(GstBus) bus = gst_bus_new();
    GstStructure *message = NULL;
    GstClockTime distance = 0;
    GstHarness *harness = new_harness("", H264);
    gst_element_set_bus(harness->element, bus);

    g_free(push_gops(harness, 0, 30, 10));
    g_assert_cmpuint(count_messages(bus, &message), ==, 0);
    g_assert_cmpuint(get_distance(harness), ==, GST_SECOND);

    g_free(push_gops(harness, 3 * GST_SECOND, 100, 40));
    g_assert_cmpuint(count_messages(bus, &message), ==, 1);
    g_assert_true(gst_structure_get_clock_time(message, "keyframe-distance", &distance));
    g_assert_cmpuint(distance, >, GST_SECOND);
    g_assert_cmpstr(gst_structure_get_string(message, "mode"), ==, "keyframes");
    g_assert_cmpuint(get_distance(harness), ==, 4 * GST_SECOND);
    gst_structure_free(message);
    gst_harness_teardown(harness);
}

static void
test_endless_gop_is_told(void)
{
    g_autoptr(GstBus) bus = gst_bus_new();
    GstStructure *message = NULL;
    GstHarness *harness = new_harness("", H264);
    gst_element_set_bus(harness->element, bus);
    g_free(push_gops(harness, 0, 99, 1000));
    g_assert_cmpuint(count_messages(bus, &message), ==, 0);
    gst_harness_push(harness, new_picture(10 * GST_SECOND, FALSE));
    g_assert_cmpuint(count_messages(bus, &message), ==, 1);
    g_assert_cmpuint(get_distance(harness), ==, 0);
    gst_structure_free(message);
    gst_harness_teardown(harness);
}

static void
test_break(void)
{
    GstHarness *harness = new_harness("", H264);
    g_free(push_gops(harness, 0, 30, 10));
    GstBuffer *after = new_picture(100 * GST_SECOND, TRUE);
    GST_BUFFER_FLAG_SET(after, GST_BUFFER_FLAG_DISCONT);
    gst_harness_push(harness, after);
    g_assert_cmpuint(get_distance(harness), ==, GST_SECOND);
    gst_harness_teardown(harness);
}

static void
test_flush(void)
{
    GstHarness *harness = new_harness("", H264);
    g_free(push_gops(harness, 50 * GST_SECOND, 10, 10));
    gst_harness_push_event(harness, gst_event_new_flush_start());
    gst_harness_push_event(harness, gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(harness, gst_event_new_segment(&segment));
    g_autofree char *passed = push_gops(harness, 0, 30, 10);
    g_assert_cmpstr(passed, ==, "0 1000 2000");
    gst_harness_teardown(harness);
}

static guint
count_upstream(GstHarness *harness, GstEventType type)
{
    guint n = 0;
    for (GstEvent *event; (event = gst_harness_try_pull_upstream_event(harness));
         gst_event_unref(event))
        n += GST_EVENT_TYPE(event) == type;
    return n;
}

static void
test_upstream_events(void)
{
    GstHarness *harness = new_harness("", H264);
    count_upstream(harness, GST_EVENT_UNKNOWN);
    gst_harness_push_upstream_event(harness,
                                    gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 2.0, GST_SECOND, 0));
    g_assert_cmpuint(count_upstream(harness, GST_EVENT_QOS), ==, 0);
    gst_harness_push_upstream_event(harness,
                                    gst_event_new_navigation(gst_structure_new_empty("x")));
    g_assert_cmpuint(count_upstream(harness, GST_EVENT_NAVIGATION), ==, 1);
    gst_harness_teardown(harness);
}

static void
test_latency(void)
{
    GstHarness *harness = new_harness("", H264);
    gst_harness_set_upstream_latency(harness, 40 * GST_MSECOND);
    g_assert_cmpuint(gst_harness_query_latency(harness), ==, 40 * GST_MSECOND);
    gst_harness_teardown(harness);
}

static void
test_eos(void)
{
    GstHarness *harness = new_harness("", H264);
    g_free(push_gops(harness, 0, 15, 10));
    gst_harness_push_event(harness, gst_event_new_eos());
    g_autoptr(GstEvent) event = NULL;
    while ((event = gst_harness_try_pull_event(harness)) && GST_EVENT_TYPE(event) != GST_EVENT_EOS)
        g_clear_pointer(&event, gst_event_unref);
    g_assert_nonnull(event);
    gst_harness_teardown(harness);
}

static void
test_caps(void)
{
    static const struct {
        const char *caps;
        GstFlowReturn flow;
    } cases[] = {
        {H264, GST_FLOW_OK},
        {"video/x-h264,stream-format=avc,alignment=au", GST_FLOW_OK},
        {"video/x-h265,stream-format=hev1,alignment=au", GST_FLOW_OK},
        {"video/x-av1,stream-format=obu-stream,alignment=tu", GST_FLOW_OK},
        {"video/x-vp8", GST_FLOW_OK},
        {"image/jpeg", GST_FLOW_OK},
        {"video/x-h264,stream-format=byte-stream,alignment=nal", GST_FLOW_NOT_NEGOTIATED},
        {"video/x-raw,format=I420,width=16,height=16", GST_FLOW_NOT_NEGOTIATED},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GstHarness *harness = new_harness("", cases[i].caps);
        g_assert_cmpint(gst_harness_push(harness, new_picture(0, TRUE)), ==, cases[i].flow);
        gst_harness_teardown(harness);
    }
}

typedef struct {
    guint n_in, n_out;
    guint max_inside; /* pictures that the decoder held when it got another */
} DecoderCount;

static GstPadProbeReturn
count_in(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    DecoderCount *count = data;
    count->max_inside = MAX(count->max_inside, count->n_in - count->n_out);
    count->n_in++;
    return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
count_out(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    ((DecoderCount *)data)->n_out++;
    return GST_PAD_PROBE_OK;
}

static void
add_probe(Pipeline *pipeline, const char *name, const char *pad_name, GstPadProbeCallback probe,
          gpointer data)
{
    g_autoptr(GstPad) pad = gst_element_get_static_pad(pipeline_get(pipeline, name), pad_name);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, probe, data, NULL);
}

/* Encodes 5 s at 10 pictures a second with a keyframe a second, thins it and decodes it; the
 * decoder gives each picture back before it gets the next one, B frames or not. */
static void
assert_decoded(const char *encoder, const char *decoder)
{
    DecoderCount count = {0};
    g_autoptr(Pipeline) pipeline =
        pipeline_new("videotestsrc num-buffers=50 pattern=ball "
                     "! video/x-raw,format=I420,width=160,height=120,framerate=10/1 ! %s "
                     "! clipsampler name=s ! %s name=d ! fakesink",
                     encoder, decoder);
    add_probe(pipeline, "d", "sink", count_in, &count);
    add_probe(pipeline, "d", "src", count_out, &count);
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(get_stat(pipeline_get(pipeline, "s"), "seen"), ==, 50);
    g_assert_cmpuint(count.n_in, ==, 5);
    g_assert_cmpuint(count.n_out, ==, 5);
    g_assert_cmpuint(count.max_inside, ==, 0);
}

static void
test_decoders(void)
{
    static const struct {
        const char *needs, *encoder, *decoder;
    } cases[] = {
        {"openh264enc", "openh264enc gop-size=10 ! h264parse config-interval=-1", "avdec_h264"},
        {"openh264enc", "openh264enc gop-size=10 ! h264parse", "openh264dec"},
        {"x265enc", "x265enc key-int-max=10 option-string=bframes=3:open-gop=0 ! h265parse",
         "avdec_h265"},
        {"vp8enc", "vp8enc keyframe-max-dist=10 deadline=1", "vp8dec"},
        {"jpegenc", "jpegenc ! jpegparse", "jpegdec"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GstElementFactory) factory = gst_element_factory_find(cases[i].needs);
        g_test_message("%s -> %s%s", cases[i].encoder, cases[i].decoder,
                       factory ? "" : ": not installed");
        if (factory)
            assert_decoded(cases[i].encoder, cases[i].decoder);
    }
}

/* The pipeline of docs/STREAMS.md, of a file in place of a camera: one decision per keyframe that
 * passed, none of the pictures between. */
static void
test_decisions(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        "videotestsrc num-buffers=50 pattern=smpte "
        "! video/x-raw,format=I420,width=160,height=120,framerate=10/1 ! openh264enc gop-size=5 "
        "! h264parse config-interval=-1 ! clipsampler ! decodebin "
        "! clipclassify name=c interval=0 sync=true prompts=%s ! fakesink",
        scenes);
    g_assert_cmpuint(pipeline->decisions->len, ==, 5);
    g_assert_cmpuint(get_stat(pipeline_get(pipeline, "c"), "seen"), ==, 5);
    for (guint i = 0; i < 5; i++) {
        g_assert_cmpuint(pipeline_time(pipeline, i, "running-time") / GST_SECOND, ==, i);
        g_assert_cmpstr(pipeline_label(pipeline, i), ==, "colour bars");
    }
}

/* The full video on one side, a thin one to be looked at on the other. */
static void
test_branch(void)
{
    DecoderCount full = {0};
    g_autoptr(Pipeline) pipeline =
        pipeline_new("videotestsrc num-buffers=50 "
                     "! video/x-raw,format=I420,width=160,height=120,framerate=10/1 "
                     "! openh264enc gop-size=10 ! h264parse config-interval=-1 ! tee name=t "
                     "t. ! queue ! identity name=full ! fakesink "
                     "t. ! queue ! clipsampler ! decodebin "
                     "! clipclassify name=c interval=0 sync=true ! fakesink");
    add_probe(pipeline, "full", "src", count_out, &full);
    pipeline_play(pipeline);
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(full.n_out, ==, 50);
    g_assert_cmpuint(pipeline->decisions->len, ==, 5);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/sampler/one keyframe passes each interval", test_which_pass);
    g_test_add_func("/gst/sampler/no keyframe is lost to jitter", test_jitter);
    g_test_add_func("/gst/sampler/the rate is held in the long run", test_rate_is_held);
    g_test_add_func("/gst/sampler/without times every keyframe passes", test_without_times);
    g_test_add_func("/gst/sampler/what follows a drop says so", test_discont);
    g_test_add_func("/gst/sampler/a stream begins with a keyframe", test_start_between_keyframes);
    g_test_add_func("/gst/sampler/auto passes whole groups where keyframes are rare", test_auto);
    g_test_add_func("/gst/sampler/the segment says that keyframes alone come", test_thin_mark);
    g_test_add_func("/gst/sampler/rare keyframes are told once", test_rare_keyframes_are_told);
    g_test_add_func("/gst/sampler/a group without end is told", test_endless_gop_is_told);
    g_test_add_func("/gst/sampler/no distance is measured across a break", test_break);
    g_test_add_func("/gst/sampler/a flush begins anew", test_flush);
    g_test_add_func("/gst/sampler/qos ends here, other events go up", test_upstream_events);
    g_test_add_func("/gst/sampler/latency is that of upstream", test_latency);
    g_test_add_func("/gst/sampler/the end passes", test_eos);
    g_test_add_func("/gst/sampler/whole pictures alone are taken", test_caps);
    g_test_add_func("/gst/sampler/decoders hand each picture out at once", test_decoders);
    g_test_add_func("/gst/sampler/each keyframe that passes is decided on", test_decisions);
    g_test_add_func("/gst/sampler/a branch of its own leaves the video whole", test_branch);
    return g_test_run();
}
