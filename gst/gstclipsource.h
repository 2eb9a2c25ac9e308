#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_CLIP_SOURCE (gst_clip_source_get_type())
G_DECLARE_FINAL_TYPE(GstClipSource, gst_clip_source, GST, CLIP_SOURCE, GstBin)

GST_ELEMENT_REGISTER_DECLARE(clipsource)

G_END_DECLS
