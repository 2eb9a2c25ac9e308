/* Saying that a machine is too slow for what is asked of it: as QOS messages, at most one a second.
 */
#pragma once

#include <clipwatch/clipwatch.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* Of the streaming thread; all zero: nothing was said yet. */
typedef struct {
    gint64 said_us; /* monotonic */
    guint64 n_left_out;
} GstClipQos;

/* To be called for each frame that was due. Posts where frames have been shed or replaced since the
 * last message. */
void gst_clip_qos_report(GstClipQos *qos, GstElement *element, CwStream *stream,
                         const CwFrameTimes *times, gboolean live);

G_END_DECLS
