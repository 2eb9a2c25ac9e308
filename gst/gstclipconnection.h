/* One attempt to play an address: a bin that reads it, decodes its first video and shows that on a
 * pad "src" as soon as there is one. It lives until the attempt fails; clipsource then makes
 * another. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_CLIP_CONNECTION (gst_clip_connection_get_type())
G_DECLARE_FINAL_TYPE(GstClipConnection, gst_clip_connection, GST, CLIP_CONNECTION, GstBin)

/* Whether the elements that it is made of are installed. */
gboolean gst_clip_connection_is_possible(void);

/* keyframes_only: decodes one keyframe an interval (ns), where the codec has any. on_source: called
 * with the element that reads the address and data, before it does. Returns NULL where an element
 * of GStreamer's playback plugin is missing. (transfer floating) */
GstElement *gst_clip_connection_new(const gchar *uri, gboolean keyframes_only, guint64 interval,
                                    void (*on_source)(GstElement *source, gpointer data),
                                    gpointer data);

/* May be called while it plays. */
void gst_clip_connection_set_interval(GstClipConnection *connection, guint64 interval);

/* When something of the video last came in, by the monotonic clock in microseconds; 0: never.
 * Pictures count, or with keyframes_only what goes to the sampler, for it holds most of it back. */
gint64 gst_clip_connection_get_last_sign(GstClipConnection *connection);

G_END_DECLS
