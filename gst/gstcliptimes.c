#include "gstcliptimes.h"

/* Seconds between the epochs of NTP (1900) and Unix (1970). */
#define NTP_TO_UNIX_SECONDS G_GUINT64_CONSTANT(2208988800)

/* The camera's own time, where RTP sender reports gave it. */
static gboolean
find_reference_time(GstBuffer *buffer, gint64 *time_us)
{
    gpointer state = NULL;
    GstMeta *meta;
    while ((meta = gst_buffer_iterate_meta_filtered(buffer, &state,
                                                    GST_REFERENCE_TIMESTAMP_META_API_TYPE))) {
        const GstReferenceTimestampMeta *reference = (GstReferenceTimestampMeta *)meta;
        const GstStructure *kind = gst_caps_get_structure(reference->reference, 0);
        GstClockTime time = reference->timestamp;
        if (!GST_CLOCK_TIME_IS_VALID(time))
            continue;
        if (gst_structure_has_name(kind, "timestamp/x-ntp")) {
            if (time < NTP_TO_UNIX_SECONDS * GST_SECOND)
                continue;
            time -= NTP_TO_UNIX_SECONDS * GST_SECOND;
        } else if (!gst_structure_has_name(kind, "timestamp/x-unix")) {
            continue;
        }
        *time_us = (gint64)(time / GST_USECOND);
        return TRUE;
    }
    return FALSE;
}

static gint64
to_time_ns(guint64 time)
{
    return time > G_MAXINT64 ? CW_TIME_NONE : (gint64)time; /* GST_CLOCK_TIME_NONE is the largest */
}

CwFrameTimes
gst_clip_times_from_buffer(GstBuffer *buffer, const GstSegment *segment, gboolean live)
{
    const GstClockTime pts = GST_BUFFER_PTS(buffer);
    CwFrameTimes times = {
        .stream_time_ns = CW_TIME_NONE,
        .running_time_ns = CW_TIME_NONE,
        .capture_time_us = CW_TIME_NONE,
        .capture_source = CW_CAPTURE_NONE,
        .timestamp_ns = pts,
        .duration_ns = GST_BUFFER_DURATION(buffer),
    };
    if (GST_CLOCK_TIME_IS_VALID(pts) && segment->format == GST_FORMAT_TIME) {
        times.stream_time_ns =
            to_time_ns(gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts));
        times.running_time_ns =
            to_time_ns(gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts));
    }
    if (find_reference_time(buffer, &times.capture_time_us)) {
        times.capture_source = CW_CAPTURE_NTP;
    } else if (live) {
        times.capture_time_us = g_get_real_time();
        times.capture_source = CW_CAPTURE_PIPELINE_CLOCK;
    }
    return times;
}

GstClockTime
gst_clip_time_to_clock_time(gint64 time_ns)
{
    return time_ns == CW_TIME_NONE || time_ns < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime)time_ns;
}
