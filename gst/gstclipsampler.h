#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_CLIP_SAMPLER (gst_clip_sampler_get_type())
G_DECLARE_FINAL_TYPE(GstClipSampler, gst_clip_sampler, GST, CLIP_SAMPLER, GstElement)

GST_ELEMENT_REGISTER_DECLARE(clipsampler)

/* What the element reads, for those who look for it: encoded video whose buffers are whole pictures
 * and say which of them are keyframes. */
#define GST_CLIP_SAMPLER_CAPS                                                  \
    "video/x-h264, alignment=(string)au; video/x-h265, alignment=(string)au; " \
    "video/x-av1, alignment=(string)tu; video/x-vp8; video/x-vp9; image/jpeg"

G_END_DECLS
