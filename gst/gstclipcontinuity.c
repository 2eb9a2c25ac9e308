#include "gstclipcontinuity.h"

void
gst_clip_continuity_init(GstClipContinuity *continuity)
{
    *continuity = (GstClipContinuity){0};
    gst_segment_init(&continuity->segment, GST_FORMAT_UNDEFINED);
}

void
gst_clip_continuity_connect(GstClipContinuity *continuity)
{
    continuity->shift = 0;
}

void
gst_clip_continuity_hold(GstClipContinuity *continuity, GstEvent *segment)
{
    gst_event_copy_segment(segment, &continuity->segment);
    continuity->seqnum = gst_event_get_seqnum(segment);
    continuity->held = TRUE;
    gst_event_unref(segment);
}

static GstClockTime
get_running_time(const GstClipContinuity *continuity, GstClockTime timestamp)
{
    if (continuity->segment.format != GST_FORMAT_TIME || !GST_CLOCK_TIME_IS_VALID(timestamp))
        return GST_CLOCK_TIME_NONE;
    const GstClockTime time =
        gst_segment_to_running_time(&continuity->segment, GST_FORMAT_TIME, timestamp);
    return GST_CLOCK_TIME_IS_VALID(time) ? time + continuity->shift : GST_CLOCK_TIME_NONE;
}

GstEvent *
gst_clip_continuity_release(GstClipContinuity *continuity, GstClockTime timestamp,
                            GstClockTime duration, GstClockTime now)
{
    GstClockTime time = get_running_time(continuity, timestamp);
    GstEvent *event = NULL;
    /* A camera's clock may go back without a word: one that plays a clip again and again, say. */
    const gboolean is_back = GST_CLOCK_TIME_IS_VALID(time) && time < continuity->last;
    if (continuity->held || is_back) {
        GstSegment segment = continuity->segment;
        if (is_back) {
            const GstClockTime right =
                GST_CLOCK_TIME_IS_VALID(now) ? MAX(now, continuity->end) : continuity->end;
            continuity->shift += right - time;
            time = right;
        }
        if (segment.format == GST_FORMAT_TIME)
            segment.base += continuity->shift;
        event = gst_event_new_segment(&segment);
        gst_event_set_seqnum(event, continuity->seqnum);
        continuity->held = FALSE;
    }
    if (GST_CLOCK_TIME_IS_VALID(time)) {
        continuity->last = MAX(continuity->last, time);
        continuity->end =
            MAX(continuity->end, time + (GST_CLOCK_TIME_IS_VALID(duration) ? duration : 0));
    }
    return event;
}
