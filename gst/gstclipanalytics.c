#define GST_USE_UNSTABLE_API /* upstream's word for API that may still grow */
#include "gstclipanalytics.h"

#include <gst/analytics/analytics.h>
#include <math.h>

/* Reads the classes of a decision; FALSE where one of them has no probability. */
static gboolean
read_classes(const GValue *list, gfloat *confidences, GQuark *labels)
{
    for (guint i = 0; i < gst_value_list_get_size(list); i++) {
        const GstStructure *class = gst_value_get_structure(gst_value_list_get_value(list, i));
        gdouble probability;
        if (!gst_structure_get_double(class, "probability", &probability) || isnan(probability))
            return FALSE;
        confidences[i] = (gfloat)probability;
        labels[i] = g_quark_from_string(gst_structure_get_string(class, "label-id"));
    }
    return TRUE;
}

void
gst_clip_analytics_add(GstBuffer *buffer, const GstStructure *fields)
{
    const GValue *list = gst_structure_get_value(fields, "classes");
    const guint n = gst_value_list_get_size(list);
    g_autofree gfloat *confidences = g_new(gfloat, n);
    g_autofree GQuark *labels = g_new(GQuark, n);
    GstAnalyticsClsMtd mtd;
    if (n == 0 || !read_classes(list, confidences, labels))
        return;
    GstAnalyticsRelationMeta *meta = gst_buffer_get_analytics_relation_meta(buffer);
    if (!meta)
        meta = gst_buffer_add_analytics_relation_meta(buffer);
    gst_analytics_relation_meta_add_cls_mtd(meta, n, confidences, labels, &mtd);
}
