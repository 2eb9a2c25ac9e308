/* Makes one stream of many: running time goes on where a connection begins its own at zero. A
 * segment is held back until the first picture shows what it means. Not thread-safe: of the
 * streaming thread. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct {
    GstSegment segment; /* as it came */
    guint32 seqnum;
    gboolean held;      /* it has not been sent on */
    GstClockTime shift; /* added to its running times */
    GstClockTime last;  /* running time of the latest picture that was sent on */
    GstClockTime end;   /* of its end */
} GstClipContinuity;

void gst_clip_continuity_init(GstClipContinuity *continuity);

/* A connection begins. */
void gst_clip_continuity_connect(GstClipContinuity *continuity);

/* Takes the event. */
void gst_clip_continuity_hold(GstClipContinuity *continuity, GstEvent *segment);

/* To be called for each picture (or anything else that needs the segment; timestamp may be invalid)
 * before it is sent on. now: running time by the clock, or GST_CLOCK_TIME_NONE. Returns the segment
 * to send before it, or NULL. (transfer full) */
GstEvent *gst_clip_continuity_release(GstClipContinuity *continuity, GstClockTime timestamp,
                                      GstClockTime duration, GstClockTime now);

G_END_DECLS
