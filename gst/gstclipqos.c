#include "gstclipqos.h"

#include "gstcliptimes.h"

/* The quality of full service, by GStreamer's convention. */
#define FULL_QUALITY 1000000

static GstMessage *
new_message(GstElement *element, const CwStreamStats *stats, const CwFrameTimes *times,
            gboolean live)
{
    const gdouble share = stats->asked_per_second > 0
                              ? CLAMP(stats->held_per_second / stats->asked_per_second, 0, 1)
                              : 1;
    GstMessage *message = gst_message_new_qos(GST_OBJECT(element), live,
                                              gst_clip_time_to_clock_time(times->running_time_ns),
                                              gst_clip_time_to_clock_time(times->stream_time_ns),
                                              times->timestamp_ns, times->duration_ns);
    gst_message_set_qos_values(message, stats->last_age_us * GST_USECOND, share,
                               (gint)(share * FULL_QUALITY));
    gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, stats->decided,
                              stats->shed + stats->replaced);
    return message;
}

void
gst_clip_qos_report(GstClipQos *qos, GstElement *element, CwStream *stream,
                    const CwFrameTimes *times, gboolean live)
{
    CwStreamStats stats;
    const gint64 now_us = g_get_monotonic_time();
    if (qos->said_us != 0 && now_us - qos->said_us < G_USEC_PER_SEC)
        return;
    qos->said_us = now_us;
    cw_stream_get_stats(stream, &stats);
    if (stats.shed + stats.replaced == qos->n_left_out)
        return;
    qos->n_left_out = stats.shed + stats.replaced;
    gst_element_post_message(element, new_message(element, &stats, times, live));
}
