#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

#define GST_TYPE_CLIP_CLASSIFY (gst_clip_classify_get_type())
G_DECLARE_FINAL_TYPE(GstClipClassify, gst_clip_classify, GST, CLIP_CLASSIFY, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE(clipclassify)

G_END_DECLS
