/* When a frame is: by the medium, by the pipeline and by the clocks of the world. */
#pragma once

#include <clipwatch/event.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* The times of a buffer in its segment. live: frames come as they happen, so that a frame without a
 * reference timestamp was captured about now. A frame outside of the segment has no running time.
 */
CwFrameTimes gst_clip_times_from_buffer(GstBuffer *buffer, const GstSegment *segment,
                                        gboolean live);

/* CW_TIME_NONE and what does not fit become GST_CLOCK_TIME_NONE. */
GstClockTime gst_clip_time_to_clock_time(gint64 time_ns);

G_END_DECLS
