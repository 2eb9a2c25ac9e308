#include "gstclipconvert.h"

#include <clipwatch/frame.h>

struct _GstClipConvert {
    GstVideoConverter *converter;
    GstVideoInfo out;
    GstBuffer *buffer;
    GstVideoFrame frame;
};

GstClipConvert *
gst_clip_convert_new(const GstVideoInfo *in)
{
    const guint width = (guint)GST_VIDEO_INFO_WIDTH(in), height = (guint)GST_VIDEO_INFO_HEIGHT(in);
    const GstVideoFormat format =
        GST_VIDEO_INFO_IS_RGB(in) ? GST_VIDEO_FORMAT_RGB : GST_VIDEO_FORMAT_I420;
    if (width > CW_FRAME_MAX_SIDE || height > CW_FRAME_MAX_SIDE)
        return NULL;
    GstClipConvert *convert = g_new0(GstClipConvert, 1);
    gst_video_info_set_interlaced_format(&convert->out, format, GST_VIDEO_INFO_INTERLACE_MODE(in),
                                         width, height);
    GST_VIDEO_INFO_PAR_N(&convert->out) = GST_VIDEO_INFO_PAR_N(in);
    GST_VIDEO_INFO_PAR_D(&convert->out) = GST_VIDEO_INFO_PAR_D(in);
    GST_VIDEO_INFO_FPS_N(&convert->out) = GST_VIDEO_INFO_FPS_N(in);
    GST_VIDEO_INFO_FPS_D(&convert->out) = GST_VIDEO_INFO_FPS_D(in);
    convert->converter = gst_video_converter_new((GstVideoInfo *)in, &convert->out, NULL);
    convert->buffer = gst_buffer_new_allocate(NULL, GST_VIDEO_INFO_SIZE(&convert->out), NULL);
    if (!convert->converter || !convert->buffer ||
        !gst_video_frame_map(&convert->frame, &convert->out, convert->buffer, GST_MAP_READWRITE)) {
        g_clear_pointer(&convert->converter, gst_video_converter_free);
        gst_clear_buffer(&convert->buffer);
        g_free(convert);
        return NULL;
    }
    return convert;
}

void
gst_clip_convert_free(GstClipConvert *convert)
{
    gst_video_frame_unmap(&convert->frame);
    gst_buffer_unref(convert->buffer);
    gst_video_converter_free(convert->converter);
    g_free(convert);
}

const GstVideoInfo *
gst_clip_convert_get_info(const GstClipConvert *convert)
{
    return &convert->out;
}

GstVideoFrame *
gst_clip_convert_run(GstClipConvert *convert, const GstVideoFrame *in)
{
    gst_video_converter_frame(convert->converter, in, &convert->frame);
    return &convert->frame;
}
