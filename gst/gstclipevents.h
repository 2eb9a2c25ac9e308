/* The request pad `events`: decisions as JSON buffers, sent by a task of its own so that nothing
 * downstream of it can delay the video. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The pad with its queue. Shared by reference; every function is thread-safe. */
typedef struct _GstClipEvents GstClipEvents;

/* Makes the pad and its queue; the caller adds the pad to its element. element_pad: the sink pad of
 * the video, whose stream and segment the events belong to. */
GstClipEvents *gst_clip_events_new(GstPadTemplate *template, const gchar *name,
                                   GstPad *element_pad);
GstClipEvents *gst_clip_events_ref(GstClipEvents *events);
void gst_clip_events_unref(GstClipEvents *events);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GstClipEvents, gst_clip_events_unref)

GstPad *gst_clip_events_get_pad(GstClipEvents *events);

/* All of these only put into the queue. Times are running times, from which the buffers' own
 * timestamps follow by the segment that was pushed last; none where GST_CLOCK_TIME_NONE. When the
 * queue is full the oldest line makes room and is counted. */
void gst_clip_events_push_json(GstClipEvents *events, const gchar *json, GstClockTime running_time,
                               GstClockTime duration);
void gst_clip_events_push_gap(GstClipEvents *events, GstClockTime running_time);
void gst_clip_events_push_start(GstClipEvents *events);
void gst_clip_events_push_segment(GstClipEvents *events, const GstSegment *segment);
void gst_clip_events_push_eos(GstClipEvents *events);

/* Forwards FLUSH_START and FLUSH_STOP out of band and empties the queue. Consumes event. */
void gst_clip_events_flush(GstClipEvents *events, GstEvent *event);

guint64 gst_clip_events_get_n_dropped(GstClipEvents *events);

G_END_DECLS
