/* The request pad `events`: decisions as JSON buffers, sent by a task of its own so that nothing
 * downstream of it can delay the video. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstClipEvents GstClipEvents;

/* Makes the pad and its queue; the caller adds the pad to its element. element_pad: the sink pad
 * whose stream id the events' is derived from. */
GstClipEvents *gst_clip_events_new(GstPadTemplate *template, const gchar *name,
                                   GstPad *element_pad);

/* Frees the queue; the pad must have been deactivated. */
void gst_clip_events_free(GstClipEvents *events);

GstPad *gst_clip_events_get_pad(GstClipEvents *events);

/* All of these only put into the queue and may be called from any thread. When the queue is full
 * the oldest line makes room and is counted. */
void gst_clip_events_push_json(GstClipEvents *events, const gchar *json, GstClockTime pts,
                               GstClockTime duration);
void gst_clip_events_push_gap(GstClipEvents *events, GstClockTime pts, GstClockTime duration);
void gst_clip_events_push_segment(GstClipEvents *events, const GstSegment *segment);
void gst_clip_events_push_eos(GstClipEvents *events);

/* Forwards FLUSH_START and FLUSH_STOP out of band and empties the queue. Consumes event. */
void gst_clip_events_flush(GstClipEvents *events, GstEvent *event);

guint64 gst_clip_events_get_n_dropped(GstClipEvents *events);

G_END_DECLS
