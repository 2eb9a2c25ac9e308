/* What can be set on clipsource. Not thread-safe. */
#pragma once

#include "gstclipbackoff.h"

G_BEGIN_DECLS

enum {
    GST_CLIP_SOURCE_URI = 1,
    GST_CLIP_SOURCE_KEYFRAMES_ONLY,
    GST_CLIP_SOURCE_INTERVAL,
    GST_CLIP_SOURCE_KIND,
    GST_CLIP_SOURCE_CONNECT_TIMEOUT,
    GST_CLIP_SOURCE_STALL_TIMEOUT,
    GST_CLIP_SOURCE_BACKOFF_MIN,
    GST_CLIP_SOURCE_BACKOFF_MAX,
    GST_CLIP_SOURCE_BACKOFF_JITTER,
    GST_CLIP_SOURCE_STATS, /* read only: the element's own */
};

typedef enum {
    GST_CLIP_SOURCE_KIND_AUTO,
    GST_CLIP_SOURCE_KIND_LIVE,
    GST_CLIP_SOURCE_KIND_RECORDING,
} GstClipSourceKind;

typedef struct {
    gchar *uri;
    gboolean keyframes_only;
    guint64 interval;
    GstClipSourceKind kind;
    GstClockTime connect_timeout, stall_timeout; /* 0: none */
    GstClipBackoffBounds backoff;
} GstClipSourceSettings;

void gst_clip_source_settings_install(GObjectClass *class);
void gst_clip_source_settings_init(GstClipSourceSettings *settings);
void gst_clip_source_settings_clear(GstClipSourceSettings *settings);

/* Whether there is an address that some installed element may read; the error is one for the bus.
 */
gboolean gst_clip_source_settings_check(const GstClipSourceSettings *settings, GError **error);

/* FALSE: no such property here. */
gboolean gst_clip_source_settings_set(GstClipSourceSettings *settings, guint id,
                                      const GValue *value);
gboolean gst_clip_source_settings_get(const GstClipSourceSettings *settings, guint id,
                                      GValue *value);

G_END_DECLS
