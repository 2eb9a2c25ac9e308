/* Pixel formats that the library does not read, converted for the sampled frame alone. */
#pragma once

#include <gst/video/video.h>

G_BEGIN_DECLS

/* A converter and the frame that it writes, made once per caps. Belongs to the streaming thread. */
typedef struct _GstClipConvert GstClipConvert;

/* From in to I420, or RGB where in is some RGB, of the same size; NULL when GStreamer cannot, or a
 * side is above CW_FRAME_MAX_SIDE. */
GstClipConvert *gst_clip_convert_new(const GstVideoInfo *in);
void gst_clip_convert_free(GstClipConvert *convert);

const GstVideoInfo *gst_clip_convert_get_info(const GstClipConvert *convert);

/* The converted picture, valid until the next call. */
GstVideoFrame *gst_clip_convert_run(GstClipConvert *convert, const GstVideoFrame *in);

G_END_DECLS
