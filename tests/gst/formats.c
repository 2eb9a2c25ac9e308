/* Pictures of every format, turned, stretched and interlaced, come out as what they show. */
#include "fixture.h"
#include "pipeline.h"

#include <gst/check/gstharness.h>
#include <gst/video/video.h>

static double
get_cosine(const Pipeline *pipeline, guint i)
{
    double cosine = 2;
    g_assert_cmpuint(i, <, pipeline->decisions->len);
    g_assert_true(gst_structure_get_double(pipeline->decisions->pdata[i], "cosine", &cosine));
    return cosine;
}

static void
test_every_format(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(GstCaps) caps = gst_caps_from_string("video/x-raw,format=" GST_VIDEO_FORMATS_ALL);
    const GValue *formats = gst_structure_get_value(gst_caps_get_structure(caps, 0), "format");
    g_assert_cmpuint(gst_value_list_get_size(formats), >, 80);
    for (guint i = 0; i < gst_value_list_get_size(formats); i++) {
        const char *format = g_value_get_string(gst_value_list_get_value(formats, i));
        const GstVideoFormatInfo *info =
            gst_video_format_get_info(gst_video_format_from_string(format));
        g_test_message("%s", format);
        g_autoptr(Pipeline) pipeline = pipeline_play_new(
            "videotestsrc pattern=smpte num-buffers=1 "
            "! video/x-raw,format=AYUV,width=160,height=120 ! videoconvert "
            "! video/x-raw,format=%s ! clipclassify sync=true prompts=%s ! fakesink",
            format, scenes);
        g_assert_cmpuint(pipeline->decisions->len, ==, 1);
        if (!GST_VIDEO_FORMAT_INFO_IS_GRAY(info))
            g_assert_cmpstr(pipeline_label(pipeline, 0), ==, "colour bars");
    }
}

/* GStreamer's own videoflip is the judge of what a tag means. */
static void
test_orientations(void)
{
    static const struct {
        const char *tag;
        const char *direction;
    } turns[] = {
        {"rotate-0", "identity"},    {"rotate-90", "90r"},         {"rotate-180", "180"},
        {"rotate-270", "90l"},       {"flip-rotate-0", "horiz"},   {"flip-rotate-90", "ur-ll"},
        {"flip-rotate-180", "vert"}, {"flip-rotate-270", "ul-lr"},
    };
    static const char *const source =
        "videotestsrc pattern=smpte num-buffers=1 ! video/x-raw,format=RGB,width=160,height=120";
    double upright = 2;
    for (guint i = 0; i < G_N_ELEMENTS(turns); i++) {
        g_autoptr(Pipeline) told = pipeline_play_new(
            "%s ! taginject tags=image-orientation=%s ! clipclassify sync=true crop=squash "
            "! fakesink",
            source, turns[i].tag);
        g_autoptr(Pipeline) turned = pipeline_play_new(
            "%s ! videoflip video-direction=%s ! clipclassify sync=true crop=squash ! fakesink",
            source, turns[i].direction);
        g_assert_cmpfloat_with_epsilon(get_cosine(told, 0), get_cosine(turned, 0), 1e-6);
        if (i == 0)
            upright = get_cosine(told, 0);
        else
            g_assert_cmpfloat(ABS(get_cosine(told, 0) - upright), >, 1e-4);
    }
}

static void
test_pixel_aspect_ratio(void)
{
    g_autofree char *scenes = known_scenes();
    static const char *const description =
        "videotestsrc pattern=smpte num-buffers=1 ! video/x-raw,format=RGB,width=160,height=120 "
        "! %s ! clipclassify sync=true crop=letterbox prompts=%s ! fakesink";
    g_autofree char *as_it_is = g_strdup_printf(description, "identity", scenes);
    g_autofree char *stretched =
        g_strdup_printf(description, "capssetter caps=video/x-raw,pixel-aspect-ratio=2/1", scenes);
    g_autofree char *scaled = g_strdup_printf(
        description,
        "videoscale add-borders=false ! video/x-raw,width=320,height=120,pixel-aspect-ratio=1/1",
        scenes);
    g_autoptr(Pipeline) square = pipeline_play_new("%s", as_it_is);
    g_autoptr(Pipeline) told = pipeline_play_new("%s", stretched);
    g_autoptr(Pipeline) done = pipeline_play_new("%s", scaled);
    const double off = ABS(get_cosine(told, 0) - get_cosine(done, 0));
    g_assert_cmpfloat(off, <, ABS(get_cosine(square, 0) - get_cosine(done, 0)) / 2);
}

/* Even lines black, odd lines white: two fields of different pictures. */
static GstBuffer *
new_comb(GstHarness *harness, GstClockTime pts)
{
    GstBuffer *buffer = gst_harness_create_buffer(harness, 64 * 64);
    for (guint y = 0; y < 64; y++)
        gst_buffer_memset(buffer, y * 64, y % 2 ? 255 : 0, 64);
    GST_BUFFER_PTS(buffer) = pts;
    return buffer;
}

static char *
get_label(GstHarness *harness, GstBuffer *buffer)
{
    GstBuffer *out = gst_harness_push_and_pull(harness, buffer);
    GstCustomMeta *meta = gst_buffer_get_custom_meta(out, "ClipClassifyMeta");
    g_assert_nonnull(meta);
    const GValue *list = gst_structure_get_value(gst_custom_meta_get_structure(meta), "decisions");
    const GstStructure *decision = gst_value_get_structure(gst_value_list_get_value(list, 0));
    char *label = g_strdup(gst_structure_get_string(decision, "label"));
    gst_buffer_unref(out);
    return label;
}

static void
test_interlaced(void)
{
    g_autofree char *scenes = known_scenes();
    g_autofree char *launch =
        g_strdup_printf("clipclassify sync=true interval=0 attach-meta=true prompts=%s", scenes);
    GstHarness *harness = gst_harness_new_parse(launch);
    gst_harness_set_src_caps_str(harness, "video/x-raw,format=GRAY8,width=64,height=64,"
                                          "framerate=25/1,interlace-mode=interleaved");
    g_autofree char *interleaved = get_label(harness, new_comb(harness, 0));
    g_assert_cmpstr(interleaved, ==, "black picture");

    gst_harness_set_src_caps_str(harness, "video/x-raw,format=GRAY8,width=64,height=64,"
                                          "framerate=25/1,interlace-mode=mixed");
    g_autofree char *progressive = get_label(harness, new_comb(harness, GST_SECOND));
    g_assert_cmpstr(progressive, !=, "black picture");
    GstBuffer *fields = new_comb(harness, 2 * GST_SECOND);
    GST_BUFFER_FLAG_SET(fields, GST_VIDEO_BUFFER_FLAG_INTERLACED);
    g_autofree char *mixed = get_label(harness, fields);
    g_assert_cmpstr(mixed, ==, "black picture");
    gst_harness_teardown(harness);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/formats/every raw format is seen as it is", test_every_format);
    g_test_add_func("/gst/formats/orientation tags turn as videoflip does", test_orientations);
    g_test_add_func("/gst/formats/pixels may be wide", test_pixel_aspect_ratio);
    g_test_add_func("/gst/formats/of two fields the upper is looked at", test_interlaced);
    return g_test_run();
}
