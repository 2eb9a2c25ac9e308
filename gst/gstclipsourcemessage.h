/* What clipsource says: docs/STREAMS.md. No secret of an address leaves it. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The address without what is nobody's business: name, password and query. (transfer full) */
gchar *gst_clip_source_get_public_uri(const gchar *uri);

/* The text of another element, which may quote the whole address; NULL is empty. (transfer full) */
gchar *gst_clip_source_hide_uri(const gchar *text, const gchar *uri, const gchar *public_uri);

/* reason, error: of what led here, or NULL. (transfer full) */
GstStructure *gst_clip_source_message_new(const gchar *state, const gchar *uri, guint attempt,
                                          const gchar *reason, const GError *error,
                                          GstClockTime delay, GstClockTime running_time);

G_END_DECLS
