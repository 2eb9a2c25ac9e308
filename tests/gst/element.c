/* clipclassify among other elements: states, caps, seeks, changes while playing, refusals. */
#include "fixture.h"
#include "pipeline.h"

#include <gst/check/gstharness.h>
#include <string.h>

#define VIDEO "video/x-raw,format=I420,width=160,height=120,framerate=10/1"
#define BARS  "videotestsrc pattern=smpte "

static void
test_states(void)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "is-live=true ! " VIDEO " ! clipclassify name=c ! fakesink");
    static const GstState states[] = {GST_STATE_READY, GST_STATE_NULL,    GST_STATE_PAUSED,
                                      GST_STATE_READY, GST_STATE_PLAYING, GST_STATE_PAUSED,
                                      GST_STATE_NULL};
    for (guint round = 0; round < 3; round++)
        for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
            g_assert_true(pipeline_set_state(pipeline, states[i]));
            if (states[i] == GST_STATE_PLAYING)
                pipeline_wait(pipeline, pipeline->decisions->len + 1);
        }
    g_assert_cmpuint(pipeline->decisions->len, ==, 3);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
}

/* One message in plain words that names the culprit; no second one from elsewhere. */
static void
assert_refused(const char *properties, GstState state, const char *culprit)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "! " VIDEO " ! clipclassify name=c %s ! fakesink", properties);
    g_assert_false(pipeline_set_state(pipeline, state));
    pipeline_wait(pipeline, 1);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    const char *message = pipeline->errors->pdata[0];
    if (!strstr(message, culprit))
        g_test_message("\"%s\" does not name \"%s\"", message, culprit);
    g_assert_nonnull(strstr(message, culprit));
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_NULL));
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline->pipeline);
    g_assert_null(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR));
}

static void
test_refusals(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *typo = cw_test_write(dir, "typo.txt", "fire\nflood [treshold=0.5]\n", -1);
    g_autofree char *typo_property = g_strdup_printf("prompts=%s", typo);
    g_autofree char *broken =
        cw_test_write(dir, "broken.safetensors", "this is no checkpoint at all", -1);
    g_autofree char *broken_property = g_strdup_printf("model=%s", broken);
    g_autofree char *starter = g_build_filename(g_getenv("CLIPWATCH_DATA"), "models", "starter",
                                                "open_clip_model.safetensors", NULL);
    g_autofree char *contents = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(starter, &contents, &length, NULL));
    g_autofree char *cut =
        cw_test_write(dir, "cut.safetensors", contents, (gssize)(length - length / 10));
    g_autofree char *cut_property = g_strdup_printf("model=%s", cut);
    g_autofree char *long_id = g_strnfill(256, 'x');
    g_autofree char *long_id_property = g_strdup_printf("stream-id=%s", long_id);
    assert_refused("prompts=no-such-set", GST_STATE_PAUSED, "no-such-set");
    assert_refused("prompts=/no/such/file.txt", GST_STATE_PAUSED, "/no/such/file.txt");
    assert_refused("prompts=\"\"", GST_STATE_PAUSED, "prompt file");
    assert_refused(typo_property, GST_STATE_PAUSED, "typo.txt:2");
    assert_refused("model=no-such-model", GST_STATE_PLAYING, "no-such-model");
    assert_refused(broken_property, GST_STATE_PAUSED, "broken.safetensors");
    assert_refused(cut_property, GST_STATE_PAUSED, "cut.safetensors");
    assert_refused(long_id_property, GST_STATE_PAUSED, "stream id of 256 bytes");
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_a_refused_pipeline_can_be_mended(void)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(
        BARS "num-buffers=1 ! " VIDEO " ! clipclassify name=c prompts=nothing ! fakesink");
    g_assert_false(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    pipeline_wait(pipeline, 1);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    pipeline_set_state(pipeline, GST_STATE_NULL);
    g_ptr_array_set_size(pipeline->errors, 0);
    g_object_set(pipeline_get(pipeline, "c"), "prompts", "weather", NULL);
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    g_assert_cmpuint(pipeline->decisions->len, ==, 1);
}

static GstHarness *
new_harness(const char *properties)
{
    g_autofree char *scenes = known_scenes();
    g_autofree char *launch =
        g_strdup_printf("clipclassify name=c prompts=%s %s", scenes, properties);
    GstHarness *harness = gst_harness_new_parse(launch);
    gst_harness_set_src_caps_str(harness, VIDEO);
    return harness;
}

static guint64
get_harness_stat(GstHarness *harness, const char *field)
{
    g_autoptr(GstElement) element = gst_harness_find_element(harness, "clipclassify");
    return get_stat(element, field);
}

static GstBuffer *
new_frame(GstHarness *harness, GstClockTime pts)
{
    GstBuffer *buffer = gst_harness_create_buffer(harness, 160 * 120 * 3 / 2);
    gst_buffer_memset(buffer, 0, 16, 160 * 120);
    gst_buffer_memset(buffer, 160 * 120, 128, 160 * 120 / 2);
    GST_BUFFER_PTS(buffer) = pts;
    return buffer;
}

static void
test_passthrough(void)
{
    GstHarness *harness = new_harness("sync=true");
    GstBuffer *in = new_frame(harness, 0);
    GstBuffer *witness = gst_buffer_ref(in);
    GstBuffer *out = gst_harness_push_and_pull(harness, in);
    g_assert_true(out == witness);
    g_assert_null(gst_buffer_get_custom_meta(out, "ClipClassifyMeta"));
    gst_buffer_unref(witness);
    gst_buffer_unref(out);
    gst_harness_teardown(harness);
}

static const GstStructure *
get_decision(GstBuffer *buffer)
{
    GstCustomMeta *meta = gst_buffer_get_custom_meta(buffer, "ClipClassifyMeta");
    if (!meta)
        return NULL;
    const GValue *list = gst_structure_get_value(gst_custom_meta_get_structure(meta), "decisions");
    g_assert_cmpuint(gst_value_list_get_size(list), ==, 1);
    return gst_value_get_structure(gst_value_list_get_value(list, 0));
}

static void
test_meta_of_this_frame(void)
{
    GstHarness *harness = new_harness("sync=true attach-meta=true");
    GstBuffer *out = gst_harness_push_and_pull(harness, new_frame(harness, 0));
    const GstStructure *decision = get_decision(out);
    g_assert_cmpstr(gst_structure_get_string(decision, "label"), ==, "black picture");
    gst_buffer_unref(out);
    out = gst_harness_push_and_pull(harness, new_frame(harness, 100 * GST_MSECOND));
    g_assert_null(get_decision(out)); /* not sampled */
    gst_buffer_unref(out);
    gst_harness_teardown(harness);
}

static void
assert_capture(const char *caps, GstClockTime time, const char *expected)
{
    GstHarness *harness = new_harness("sync=true attach-meta=true");
    g_autoptr(GstCaps) reference = gst_caps_from_string(caps);
    GstBuffer *frame = new_frame(harness, 0);
    gst_buffer_add_reference_timestamp_meta(frame, reference, time, GST_CLOCK_TIME_NONE);
    GstBuffer *out = gst_harness_push_and_pull(harness, frame);
    const char *json = gst_structure_get_string(get_decision(out), "json");
    g_assert_nonnull(strstr(json, expected));
    gst_buffer_unref(out);
    gst_harness_teardown(harness);
}

static void
test_capture_time(void)
{
    static const guint64 unix_seconds = 1700000000, ntp_seconds = 1700000000 + 2208988800;
    static const char *const ntp =
        "\"capture\":\"2023-11-14T22:13:20.000000Z\",\"capture_source\":\"ntp\"";
    assert_capture("timestamp/x-ntp", ntp_seconds * GST_SECOND, ntp);
    assert_capture("timestamp/x-unix", unix_seconds * GST_SECOND, ntp);
    assert_capture("timestamp/x-ntp", GST_SECOND,
                   "\"capture_source\":\"pipeline-clock\""); /* not set */
    assert_capture("timestamp/x-ptp", unix_seconds * GST_SECOND,
                   "\"capture_source\":\"pipeline-clock\"");
}

/* The buffer of a tee is shared: the copy that carries the meta shares its memory, and the other
 * branch's buffer stays bare. */
static void
test_meta_behind_a_tee(void)
{
    GstHarness *harness = new_harness("sync=true attach-meta=true");
    GstBuffer *in = new_frame(harness, 0);
    GstBuffer *other_branch = gst_buffer_ref(in);
    GstBuffer *out = gst_harness_push_and_pull(harness, in);
    g_assert_nonnull(get_decision(out));
    g_assert_null(get_decision(other_branch));
    g_assert_true(gst_buffer_peek_memory(out, 0) == gst_buffer_peek_memory(other_branch, 0));
    gst_buffer_unref(other_branch);
    gst_buffer_unref(out);
    gst_harness_teardown(harness);
}

static void
test_meta_survives(void)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(
        BARS "num-buffers=1 ! " VIDEO " ! clipclassify sync=true attach-meta=true "
             "! videoconvert ! videoscale ! video/x-raw,format=RGB,width=64,height=64 ! fakesink "
             "name=sink enable-last-sample=true");
    pipeline_play(pipeline);
    GstSample *sample = NULL;
    g_object_get(pipeline_get(pipeline, "sink"), "last-sample", &sample, NULL);
    g_assert_nonnull(get_decision(gst_sample_get_buffer(sample)));
    gst_sample_unref(sample);
}

static void
test_custom_event(void)
{
    GstHarness *harness = new_harness("sync=true custom-event=true message=false");
    GstBuffer *out = gst_harness_push_and_pull(harness, new_frame(harness, 0));
    gst_buffer_unref(out);
    guint n = 0;
    for (;;) {
        g_autoptr(GstEvent) event = gst_harness_try_pull_event(harness);
        if (!event)
            break;
        if (GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM) {
            const GstStructure *structure = gst_event_get_structure(event);
            g_assert_true(gst_structure_has_name(structure, "clipclassify"));
            g_assert_cmpstr(gst_structure_get_string(structure, "label"), ==, "black picture");
            n++;
        }
    }
    g_assert_cmpuint(n, ==, 1);
    gst_harness_teardown(harness);
}

static void
push(GstHarness *harness, GstBuffer *buffer)
{
    gst_buffer_unref(gst_harness_push_and_pull(harness, buffer));
}

static void
test_frames_without_a_picture(void)
{
    GstHarness *harness = new_harness("sync=true interval=0");
    GstBuffer *gap = new_frame(harness, 0);
    GstBuffer *corrupted = new_frame(harness, GST_SECOND);
    GstBuffer *small = gst_buffer_new_allocate(NULL, 64, NULL);
    GST_BUFFER_FLAG_SET(gap, GST_BUFFER_FLAG_GAP);
    GST_BUFFER_FLAG_SET(corrupted, GST_BUFFER_FLAG_CORRUPTED);
    GST_BUFFER_PTS(small) = 2 * GST_SECOND;
    push(harness, gap);
    push(harness, corrupted);
    push(harness, small);
    g_assert_cmpuint(get_harness_stat(harness, "unusable"), ==, 3);
    g_assert_cmpuint(get_harness_stat(harness, "decided"), ==, 0);
    push(harness, new_frame(harness, GST_CLOCK_TIME_NONE)); /* no time is no obstacle */
    g_assert_cmpuint(get_harness_stat(harness, "decided"), ==, 1);
    gst_harness_teardown(harness);
}

static void
test_frames_outside_the_segment(void)
{
    GstHarness *harness = new_harness("sync=true interval=0");
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = 5 * GST_SECOND;
    g_assert_true(gst_harness_push_event(harness, gst_event_new_segment(&segment)));
    push(harness, new_frame(harness, 4 * GST_SECOND));
    g_assert_cmpuint(get_harness_stat(harness, "decided"), ==, 0);
    push(harness, new_frame(harness, 5 * GST_SECOND));
    g_assert_cmpuint(get_harness_stat(harness, "decided"), ==, 1);
    gst_harness_teardown(harness);
}

static void
test_caps_change(void)
{
    GstHarness *harness = new_harness("sync=true interval=0");
    push(harness, new_frame(harness, 0));
    gst_harness_set_src_caps_str(harness,
                                 "video/x-raw,format=GRAY8,width=64,height=50,framerate=10/1");
    GstBuffer *small = gst_harness_create_buffer(harness, 64 * 50);
    gst_buffer_memset(small, 0, 0, 64 * 50);
    push(harness, small);
    g_assert_cmpuint(get_harness_stat(harness, "decided"), ==, 2);
    gst_harness_teardown(harness);
}

/* Pictures of another size and format are seen as what they are: no stride or offset of before. */
static void
test_labels_after_a_caps_change(void)
{
    static const char *const names[] = {"I420", "RGB", "NV12", "BGRx"};
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_new(
        BARS "num-buffers=12 ! capsfilter name=f caps=video/x-raw,format=I420,width=160,height=120,"
             "framerate=1/1 ! clipclassify name=c sync=true interval=0 prompts=%s ! fakesink",
        scenes);
    GstElement *filter = pipeline_get(pipeline, "f");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    for (guint i = 1; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GstCaps) caps = gst_caps_new_simple(
            "video/x-raw", "format", G_TYPE_STRING, names[i], "width", G_TYPE_INT, 160 + 64 * i,
            "height", G_TYPE_INT, 120 + 30 * i, "framerate", GST_TYPE_FRACTION, 1, 1, NULL);
        g_object_set(filter, "caps", caps, NULL);
        g_assert_true(pipeline_set_state(pipeline, GST_STATE_PLAYING));
        pipeline_wait(pipeline, 3 * i);
        g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    }
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->decisions->len, ==, 12);
    for (guint i = 0; i < 12; i++)
        g_assert_cmpstr(gst_structure_get_string(pipeline->decisions->pdata[i], "label"), ==,
                        "colour bars");
}

/* What no threshold lets through is told as such. */
static void
test_below(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *prompts =
        cw_test_write(dir, "high.txt", "colour bars [cosine=0.999]\nfire\n", -1);
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        BARS "num-buffers=1 ! " VIDEO " ! clipclassify sync=true prompts=%s ! fakesink", prompts);
    g_assert_cmpuint(pipeline->decisions->len, ==, 1);
    const GstStructure *decision = pipeline->decisions->pdata[0];
    g_assert_cmpstr(gst_structure_get_string(decision, "verdict"), ==, "below");
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_precisions(void)
{
    static const char *const precisions[] = {"f32", "bf16", "int8"};
    g_autofree char *scenes = known_scenes();
    for (guint i = 0; i < G_N_ELEMENTS(precisions); i++) {
        g_autofree char *member = g_strdup_printf("\"precision\":\"%s\"", precisions[i]);
        g_autoptr(Pipeline) pipeline =
            pipeline_play_new(BARS "num-buffers=1 ! " VIDEO
                                   " ! clipclassify sync=true precision=%s prompts=%s ! fakesink",
                              precisions[i], scenes);
        const GstStructure *decision = pipeline->decisions->pdata[0];
        g_assert_cmpstr(gst_structure_get_string(decision, "label"), ==, "colour bars");
        g_assert_nonnull(strstr(gst_structure_get_string(decision, "json"), member));
    }
}

/* The worker's pace is no matter to the video. */
static void
test_every_buffer_passes(void)
{
    GstHarness *harness = new_harness("interval=0");
    for (guint i = 0; i < 200; i++) {
        GstBuffer *in = new_frame(harness, i * GST_MSECOND);
        GstBuffer *witness = gst_buffer_ref(in);
        GstBuffer *out = gst_harness_push_and_pull(harness, in);
        g_assert_true(out == witness);
        gst_buffer_unref(witness);
        gst_buffer_unref(out);
    }
    g_assert_cmpuint(get_harness_stat(harness, "seen"), ==, 200);
    gst_harness_teardown(harness);
}

/* Larger than the library takes: one warning, and the video passes. */
static void
test_too_wide(void)
{
    static const char *const formats[] = {"GRAY8", "GRAY16_LE"}; /* as it lies, and converted */
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autoptr(Pipeline) pipeline =
            pipeline_new("videotestsrc num-buffers=3 ! video/x-raw,format=%s,width=16400,height=16 "
                         "! clipclassify name=c sync=true interval=0 ! fakesink",
                         formats[i]);
        pipeline_play(pipeline);
        g_assert_true(pipeline->eos);
        g_assert_cmpuint(pipeline->warnings->len, ==, 1);
        g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "cannot be classified"));
        g_assert_cmpuint(pipeline->decisions->len, ==, 0);
        g_assert_cmpuint(get_stat(pipeline_get(pipeline, "c"), "unusable"), ==, 3);
    }
}

static void
test_flush_restarts_the_schedule(void)
{
    GstHarness *harness = new_harness("sync=true");
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    push(harness, new_frame(harness, 500 * GST_MSECOND));
    push(harness, new_frame(harness, 600 * GST_MSECOND));
    g_assert_cmpuint(get_harness_stat(harness, "decided"), ==, 1);
    g_assert_true(gst_harness_push_event(harness, gst_event_new_flush_start()));
    g_assert_true(gst_harness_push_event(harness, gst_event_new_flush_stop(TRUE)));
    g_assert_true(gst_harness_push_event(harness, gst_event_new_segment(&segment)));
    push(harness, new_frame(harness, 700 * GST_MSECOND));
    g_assert_cmpuint(get_harness_stat(harness, "decided"), ==, 2);
    gst_harness_teardown(harness);
}

/* While it plays: another set, a broken one, which changes nothing, another interval. */
static void
test_changes_while_playing(void)
{
    g_autofree char *scenes = known_scenes();
    char *dir = cw_test_make_dir();
    g_autofree char *bad = cw_test_write(dir, "bad.txt", "one\ntwo [threshold=7]\n", -1);
    g_autoptr(Pipeline) pipeline = pipeline_new(
        BARS "is-live=true ! " VIDEO " ! clipclassify name=c interval=0 prompts=%s ! fakesink",
        scenes);
    GstElement *element = pipeline_get(pipeline, "c");
    g_autofree char *prompts = NULL;
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, 1);
    g_object_set(element, "prompts", bad, NULL);
    g_object_get(element, "prompts", &prompts, NULL);
    g_assert_cmpstr(prompts, ==, scenes);
    pipeline_wait_warning(pipeline);
    g_assert_cmpuint(pipeline->warnings->len, ==, 1);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "bad.txt:2"));
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "old ones stay"));
    pipeline_wait(pipeline, pipeline->decisions->len + 2);
    g_assert_cmpstr(pipeline_label(pipeline, pipeline->decisions->len - 1), ==, "colour bars");

    g_object_set(element, "prompts", "camera-health", "threshold", 0.99999, "top-k", 2, "crop", 2,
                 NULL);
    /* What was decided before may still wait on the bus; the last change to show is the crop. */
    const GstStructure *last;
    do {
        pipeline_wait(pipeline, pipeline->decisions->len + 1);
        g_assert_cmpuint(pipeline->decisions->len, <, 200);
        last = pipeline->decisions->pdata[pipeline->decisions->len - 1];
    } while (!strstr(gst_structure_get_string(last, "json"), "\"crop\":\"squash\""));
    g_assert_cmpstr(gst_structure_get_string(last, "set"), ==, "camera-health");
    g_assert_cmpuint(gst_value_list_get_size(gst_structure_get_value(last, "classes")), ==, 2);
    g_assert_nonnull(strstr(gst_structure_get_string(last, "json"), "\"value\":0.999990"));
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    cw_test_remove_dir(dir);
    g_free(dir);
}

/* A hundredth of a percent of the machine is too little for every frame: the video passes in full,
 * fewer frames are looked at, and a QOS message says so. */
static void
test_overload_is_told(void)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(
        BARS "is-live=true ! video/x-raw,format=I420,width=160,height=120,framerate=100/1 ! "
             "clipclassify name=c interval=0 engine-id=poor cpu-budget=0.01 ! fakesink");
    GstElement *element = pipeline_get(pipeline, "c");
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline->pipeline);
    GstFormat format;
    guint64 processed, left_out;
    gdouble proportion;
    gboolean live;
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    g_autoptr(GstMessage) message =
        gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_QOS);
    g_assert_nonnull(message);
    g_assert_true(GST_MESSAGE_SRC(message) == GST_OBJECT(element));
    gst_message_parse_qos(message, &live, NULL, NULL, NULL, NULL);
    gst_message_parse_qos_values(message, NULL, &proportion, NULL);
    gst_message_parse_qos_stats(message, &format, &processed, &left_out);
    g_assert_true(live);
    g_assert_cmpfloat(proportion, <, 1);
    g_assert_cmpuint(left_out, >, 0);
    g_assert_cmpuint(get_stat(element, "shed") + get_stat(element, "replaced"), >=, left_out);
    g_object_set(element, "cpu-budget", 0.0, NULL);
    pipeline_wait(pipeline, 3); /* the pause that was being paid off ends at once */
    g_assert_cmpuint(pipeline->decisions->len, ==, 3);
}

/* Another id is another encoder, which alone may have other threads. */
static void
test_engines_apart(void)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(
        BARS "! " VIDEO " ! clipclassify engine-id=a threads=1 ! clipclassify engine-id=b "
             "threads=2 ! clipclassify name=c engine-id=a threads=2 ! fakesink");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    pipeline_wait_warning(pipeline);
    g_assert_cmpuint(pipeline->warnings->len, ==, 1);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "engine-id"));
}

static void
test_null_brings_defaults_back(void)
{
    GstElement *element = gst_element_factory_make("clipclassify", NULL);
    g_autofree char *prompts = NULL;
    g_autofree char *model = NULL;
    gst_object_ref_sink(element);
    g_object_set(element, "prompts", NULL, "model", NULL, NULL);
    g_object_get(element, "prompts", &prompts, "model", &model, NULL);
    g_assert_cmpstr(prompts, ==, "scene");
    g_assert_cmpstr(model, ==, "starter");
    gst_object_unref(element);
}

/* A seek in a real pipeline: flush, new segment, and decisions from there on. */
static void
test_seek(void)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_new(BARS "num-buffers=30 ! " VIDEO " ! clipclassify sync=true ! fakesink");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    g_assert_true(gst_element_seek_simple(pipeline->pipeline, GST_FORMAT_TIME,
                                          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                                          10 * GST_SECOND));
    pipeline_play(pipeline);
    const guint n = pipeline->decisions->len;
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(n, >=, 2);
    g_assert_cmpuint(pipeline_time(pipeline, n - 1, "stream-time"), >=, 11 * GST_SECOND);
    g_assert_cmpuint(pipeline_time(pipeline, n - 1, "running-time"), <, 4 * GST_SECOND);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/element/states go up and down again and again", test_states);
    g_test_add_func("/gst/element/models and prompts are refused with one error", test_refusals);
    g_test_add_func("/gst/element/a refused pipeline can be mended",
                    test_a_refused_pipeline_can_be_mended);
    g_test_add_func("/gst/element/without meta the very buffer passes", test_passthrough);
    g_test_add_func("/gst/element/in sync the frame itself carries its decision",
                    test_meta_of_this_frame);
    g_test_add_func("/gst/element/the camera's own clock is believed", test_capture_time);
    g_test_add_func("/gst/element/behind a tee the meta costs no copy of pixels",
                    test_meta_behind_a_tee);
    g_test_add_func("/gst/element/the meta survives conversion and scaling", test_meta_survives);
    g_test_add_func("/gst/element/decisions go downstream as events", test_custom_event);
    g_test_add_func("/gst/element/what holds no picture passes and is counted",
                    test_frames_without_a_picture);
    g_test_add_func("/gst/element/frames outside the segment are not looked at",
                    test_frames_outside_the_segment);
    g_test_add_func("/gst/element/too much work is told, and the video passes",
                    test_overload_is_told);
    g_test_add_func("/gst/element/engines with another id have threads of their own",
                    test_engines_apart);
    g_test_add_func("/gst/element/caps may change", test_caps_change);
    g_test_add_func("/gst/element/labels are right after caps have changed",
                    test_labels_after_a_caps_change);
    g_test_add_func("/gst/element/what is below its threshold is told so", test_below);
    g_test_add_func("/gst/element/every precision has its name in the event", test_precisions);
    g_test_add_func("/gst/element/every buffer passes while the worker looks",
                    test_every_buffer_passes);
    g_test_add_func("/gst/element/pictures that are too wide pass", test_too_wide);
    g_test_add_func("/gst/element/a flush restarts the schedule", test_flush_restarts_the_schedule);
    g_test_add_func("/gst/element/properties change while it plays", test_changes_while_playing);
    g_test_add_func("/gst/element/NULL brings defaults back", test_null_brings_defaults_back);
    g_test_add_func("/gst/element/a seek is followed", test_seek);
    return g_test_run();
}
