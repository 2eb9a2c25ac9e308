/* GStreamer's descriptions of video in the library's terms. */
#pragma once

#include <clipwatch/frame.h>
#include <gst/video/video.h>

G_BEGIN_DECLS

/* FALSE when the pixel format is one that has to be converted first (see gstclipconvert.h). */
gboolean gst_clip_format_from_info(const GstVideoInfo *info, CwOrientation orientation,
                                   CwFrameFormat *format);

/* The frame's planes in the library's order; valid while frame is mapped. */
void gst_clip_frame_from_video(const GstVideoFrame *frame, CwFrame *out);

/* The value of an image-orientation tag ("rotate-90", "flip-rotate-0" …); UPRIGHT for others. */
CwOrientation gst_clip_orientation_from_tag(const gchar *tag);

G_END_DECLS
