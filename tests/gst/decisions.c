/* What clipclassify says of generated streams whose right answers are known, and when. */
#include "fixture.h"
#include "pipeline.h"

#include <string.h>

#define VIDEO "video/x-raw,format=I420,width=160,height=120,framerate=10/1"
#define BARS  "videotestsrc pattern=smpte "

static void
assert_label_of(const char *source, const char *label)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline =
        pipeline_play_new("%s ! clipclassify sync=true prompts=%s ! fakesink", source, scenes);
    g_assert_cmpuint(pipeline->decisions->len, ==, 2);
    g_assert_cmpstr(pipeline_label(pipeline, 0), ==, label);
    g_assert_cmpstr(pipeline_label(pipeline, 1), ==, label);
}

static void
test_known_scenes(void)
{
    assert_label_of(BARS "num-buffers=20 ! " VIDEO, "colour bars");
    assert_label_of("videotestsrc pattern=snow num-buffers=20 ! " VIDEO, "static noise");
    assert_label_of("videotestsrc pattern=black num-buffers=20 ! " VIDEO, "black picture");
    assert_label_of("videotestsrc pattern=white num-buffers=20 ! " VIDEO, "white picture");
    assert_label_of("videotestsrc pattern=ball num-buffers=20 ! " VIDEO, "ball on black");
    assert_label_of("videotestsrc pattern=checkers-8 num-buffers=20 "
                    "! video/x-raw,format=I420,width=64,height=48,framerate=10/1 "
                    "! videobalance saturation=0 ! videoscale method=nearest-neighbour ! " VIDEO,
                    "checkerboard");
}

static void
assert_has(const GstStructure *structure, const char *field, GType type)
{
    if (!gst_structure_has_field_typed(structure, field, type))
        g_test_message("field %s", field);
    g_assert_true(gst_structure_has_field_typed(structure, field, type));
}

static void
assert_class_fields(const GstStructure *class)
{
    assert_has(class, "label", G_TYPE_STRING);
    assert_has(class, "label-id", G_TYPE_STRING);
    assert_has(class, "cosine", G_TYPE_DOUBLE);
    assert_has(class, "probability", G_TYPE_DOUBLE);
    assert_has(class, "verdict", G_TYPE_STRING);
}

static void
test_message_fields(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        BARS "num-buffers=11 timestamp-offset=5000000000 ! " VIDEO
             " ! clipclassify name=door sync=true top-k=3 threshold=0.4 prompts=%s ! fakesink",
        scenes);
    g_assert_cmpuint(pipeline->decisions->len, ==, 2);
    const GstStructure *message = pipeline->decisions->pdata[1];
    guint64 sequence = 0;
    double threshold = 0;
    g_assert_cmpuint(pipeline_time(pipeline, 1, "timestamp"), ==, 6 * GST_SECOND);
    g_assert_cmpuint(pipeline_time(pipeline, 1, "stream-time"), ==, 6 * GST_SECOND);
    g_assert_cmpuint(pipeline_time(pipeline, 1, "running-time"), ==, 6 * GST_SECOND);
    g_assert_cmpuint(pipeline_time(pipeline, 1, "duration"), ==, 100 * GST_MSECOND);
    g_assert_true(gst_structure_get_uint64(message, "sequence", &sequence));
    g_assert_cmpuint(sequence, ==, 1);
    g_assert_cmpstr(gst_structure_get_string(message, "stream"), ==, "door");
    g_assert_cmpstr(gst_structure_get_string(message, "set"), ==, "known-scenes");
    g_assert_cmpstr(gst_structure_get_string(message, "label-id"), ==, "colour-bars");
    g_assert_cmpstr(gst_structure_get_string(message, "verdict"), ==, "chosen");
    g_assert_cmpuint(strlen(gst_structure_get_string(message, "id")), ==, 36);
    assert_has(message, "margin", G_TYPE_DOUBLE);
    assert_class_fields(message);
    const GValue *classes = gst_structure_get_value(message, "classes");
    g_assert_cmpuint(gst_value_list_get_size(classes), ==, 3);
    const GstStructure *best = gst_value_get_structure(gst_value_list_get_value(classes, 0));
    assert_class_fields(best);
    assert_has(best, "logit", G_TYPE_DOUBLE);
    g_assert_cmpstr(gst_structure_get_string(best, "label"), ==, "colour bars");
    g_assert_true(gst_structure_get_double(best, "probability-threshold", &threshold));
    g_assert_cmpfloat_with_epsilon(threshold, 0.4, 1e-12);
}

static void
test_json_is_the_same_decision(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline =
        pipeline_play_new(BARS "num-buffers=1 ! " VIDEO " ! clipclassify stream-id=gate-7 "
                               "sync=true prompts=%s ! fakesink",
                          scenes);
    const GstStructure *message = pipeline->decisions->pdata[0];
    const char *json = gst_structure_get_string(message, "json");
    g_autofree char *id = g_strdup_printf("\"id\":\"%s\"", gst_structure_get_string(message, "id"));
    g_assert_nonnull(strstr(json, "{\"schema\":\"clipwatch.event/1\""));
    g_assert_nonnull(strstr(json, id));
    g_assert_nonnull(strstr(json, "\"stream\":\"gate-7\""));
    g_assert_nonnull(strstr(json, "\"label_ids\":[\"colour-bars\"]"));
    g_assert_nonnull(strstr(json, "\"capture_source\":\"none\""));
}

static void
test_interval(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        BARS "num-buffers=20 ! " VIDEO " ! clipclassify name=c interval=300000000 "
             "sync=true prompts=%s ! fakesink",
        scenes);
    GstElement *element = pipeline_get(pipeline, "c");
    g_assert_cmpuint(pipeline->decisions->len, ==, 7);
    for (guint i = 0; i < 7; i++)
        g_assert_cmpuint(pipeline_time(pipeline, i, "running-time"), ==, i * 300 * GST_MSECOND);
    g_assert_cmpuint(get_stat(element, "seen"), ==, 20);
    g_assert_cmpuint(get_stat(element, "sampled"), ==, 7);
    g_assert_cmpuint(get_stat(element, "decided"), ==, 7);
    g_assert_cmpuint(get_stat(element, "unusable"), ==, 0);
}

/* Not in sync mode the stream ends before the worker does, and yet the last frame is told of. */
static void
test_last_decision_comes_before_eos(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        BARS "num-buffers=10 ! " VIDEO " ! clipclassify name=c interval=0 prompts=%s ! fakesink",
        scenes);
    const guint n = pipeline->decisions->len;
    g_assert_cmpuint(n, >=, 1);
    g_assert_cmpuint(pipeline_time(pipeline, n - 1, "running-time"), ==, 900 * GST_MSECOND);
    GstElement *element = pipeline_get(pipeline, "c");
    g_assert_cmpuint(get_stat(element, "sampled"), ==, 10);
    g_assert_cmpuint(get_stat(element, "decided") + get_stat(element, "replaced"), ==, 10);
    g_assert_cmpuint(get_stat(element, "decided"), ==, n);
}

static void
test_two_sets_two_decisions(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline =
        pipeline_play_new(BARS "num-buffers=1 ! " VIDEO
                               " ! clipclassify sync=true prompts=\"%s, camera-health\" ! fakesink",
                          scenes);
    g_assert_cmpuint(pipeline->decisions->len, ==, 2);
    g_assert_cmpstr(gst_structure_get_string(pipeline->decisions->pdata[0], "set"), ==,
                    "known-scenes");
    g_assert_cmpstr(gst_structure_get_string(pipeline->decisions->pdata[1], "set"), ==,
                    "camera-health");
}

static void
test_message_can_be_turned_off(void)
{
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        BARS "num-buffers=1 ! " VIDEO " ! clipclassify name=c sync=true message=false ! fakesink");
    g_assert_cmpuint(pipeline->decisions->len, ==, 0);
    g_assert_cmpuint(get_stat(pipeline_get(pipeline, "c"), "decided"), ==, 1);
}

static void
test_live_source_has_a_capture_time(void)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_play_new(BARS "is-live=true num-buffers=2 ! " VIDEO " ! clipclassify ! fakesink");
    g_assert_cmpuint(pipeline->decisions->len, >=, 1);
    const char *json = gst_structure_get_string(pipeline->decisions->pdata[0], "json");
    g_assert_nonnull(strstr(json, "\"capture_source\":\"pipeline-clock\""));
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/decisions/known scenes get their labels", test_known_scenes);
    g_test_add_func("/gst/decisions/a message has every documented field", test_message_fields);
    g_test_add_func("/gst/decisions/the JSON line tells of the same decision",
                    test_json_is_the_same_decision);
    g_test_add_func("/gst/decisions/frames are taken by running time", test_interval);
    g_test_add_func("/gst/decisions/the last decision comes before EOS",
                    test_last_decision_comes_before_eos);
    g_test_add_func("/gst/decisions/two prompt sets give two decisions",
                    test_two_sets_two_decisions);
    g_test_add_func("/gst/decisions/messages can be turned off", test_message_can_be_turned_off);
    g_test_add_func("/gst/decisions/a live source has a capture time",
                    test_live_source_has_a_capture_time);
    return g_test_run();
}
