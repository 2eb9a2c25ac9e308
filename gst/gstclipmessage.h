/* A decision as a GstStructure: what the element message, the meta and the custom event carry. */
#pragma once

#include <clipwatch/event.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_CLIP_MESSAGE_NAME "clipclassify"

/* (transfer full). json: the decision as one line of JSON. Fields: docs/ELEMENT.md. */
GstStructure *gst_clip_message_new(const CwDecision *decision, const gchar *json);

G_END_DECLS
