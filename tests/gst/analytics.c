/* Decisions as upstream's analytics meta: built where GStreamer has it. */
#define GST_USE_UNSTABLE_API
#include "pipeline.h"

#include <gst/analytics/analytics.h>

static GstPadProbeReturn
look_at_meta(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    guint *n_seen = data;
    GstAnalyticsRelationMeta *meta = gst_buffer_get_analytics_relation_meta(buffer);
    GstAnalyticsClsMtd mtd;
    gpointer state = NULL;
    g_assert_nonnull(meta);
    g_assert_true(gst_analytics_relation_meta_iterate(
        meta, &state, gst_analytics_cls_mtd_get_mtd_type(), (GstAnalyticsMtd *)&mtd));
    g_assert_cmpuint(gst_analytics_cls_mtd_get_length(&mtd), ==, 2);
    const gfloat best = gst_analytics_cls_mtd_get_level(&mtd, 0);
    g_assert_cmpfloat(best, >=, gst_analytics_cls_mtd_get_level(&mtd, 1));
    g_assert_cmpfloat(best, <=, 1);
    g_assert_cmpstr(g_quark_to_string(gst_analytics_cls_mtd_get_quark(&mtd, 0)), ==, "colour-bars");
    (*n_seen)++;
    return GST_PAD_PROBE_OK;
}

static void
test_every_frame_carries_its_classes(void)
{
    guint n_seen = 0;
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline =
        pipeline_new("videotestsrc pattern=smpte num-buffers=3 ! video/x-raw,width=160,height=120 "
                     "! clipclassify prompts=%s sync=true interval=0 top-k=2 attach-meta=true "
                     "message=false ! fakesink name=sink",
                     scenes);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(pipeline_get(pipeline, "sink"), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, look_at_meta, &n_seen, NULL);
    pipeline_play(pipeline);
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(n_seen, ==, 3);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/analytics/every frame carries its classes",
                    test_every_frame_carries_its_classes);
    return g_test_run();
}
