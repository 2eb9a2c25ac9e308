/* What ended a connection, and what may be done about it. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct {
    const gchar *reason; /* error, end, stall or timeout; NULL: nothing did */
    GError *error;       /* in words */
    gchar *debug;
} GstClipFault;

void gst_clip_fault_clear(GstClipFault *fault);

/* Nothing came for so long. (transfer full) */
GstClipFault gst_clip_fault_of_silence(const gchar *reason, GstClockTime timeout);

/* Whether an error tells of broken data in a stream that may go on behind it. Where it does not,
 * its source says so, or the silence. */
gboolean gst_clip_fault_is_blemish(const GError *error);

/* Whether another attempt may end better, as far as the error tells. */
gboolean gst_clip_fault_is_mendable(const GstClipFault *fault);

/* The error for the bus, without the secrets of the address. (transfer full) */
GstMessage *gst_clip_fault_to_message(const GstClipFault *fault, GstObject *source,
                                      const gchar *uri);

G_END_DECLS
