/* The decision as meta on a video buffer. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Name of the GstCustomMeta: gst_buffer_get_custom_meta (buffer, GST_CLIP_META_NAME). Its structure
 * has one field, "decisions": a list with one structure per prompt set, which has the fields of the
 * element message (docs/ELEMENT.md). */
#define GST_CLIP_META_NAME "ClipClassifyMeta"

/* Registers the meta. Called when the plugin is loaded. */
void gst_clip_meta_register(void);

/* Adds a decision to a writable buffer; fields is copied. */
void gst_clip_meta_add(GstBuffer *buffer, const GstStructure *fields);

G_END_DECLS
