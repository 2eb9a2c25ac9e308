#include "gstclipcaps.h"

typedef struct {
    GstVideoFormat theirs;
    CwPixelFormat ours;
} FormatPair;

static const FormatPair formats[] = {
    {GST_VIDEO_FORMAT_I420, CW_PIXEL_I420},
    {GST_VIDEO_FORMAT_YV12, CW_PIXEL_YV12},
    {GST_VIDEO_FORMAT_NV12, CW_PIXEL_NV12},
    {GST_VIDEO_FORMAT_NV21, CW_PIXEL_NV21},
    {GST_VIDEO_FORMAT_YUY2, CW_PIXEL_YUY2},
    {GST_VIDEO_FORMAT_UYVY, CW_PIXEL_UYVY},
    {GST_VIDEO_FORMAT_Y42B, CW_PIXEL_Y42B},
    {GST_VIDEO_FORMAT_Y444, CW_PIXEL_Y444},
    {GST_VIDEO_FORMAT_RGB, CW_PIXEL_RGB},
    {GST_VIDEO_FORMAT_BGR, CW_PIXEL_BGR},
    {GST_VIDEO_FORMAT_RGBx, CW_PIXEL_RGBX},
    {GST_VIDEO_FORMAT_RGBA, CW_PIXEL_RGBX},
    {GST_VIDEO_FORMAT_BGRx, CW_PIXEL_BGRX},
    {GST_VIDEO_FORMAT_BGRA, CW_PIXEL_BGRX},
    {GST_VIDEO_FORMAT_xRGB, CW_PIXEL_XRGB},
    {GST_VIDEO_FORMAT_ARGB, CW_PIXEL_XRGB},
    {GST_VIDEO_FORMAT_xBGR, CW_PIXEL_XBGR},
    {GST_VIDEO_FORMAT_ABGR, CW_PIXEL_XBGR},
    {GST_VIDEO_FORMAT_GRAY8, CW_PIXEL_GRAY8},
    {GST_VIDEO_FORMAT_P010_10LE, CW_PIXEL_P010_10LE},
    {GST_VIDEO_FORMAT_I420_10LE, CW_PIXEL_I420_10LE},
};

static CwColorMatrix
convert_matrix(GstVideoColorMatrix matrix)
{
    switch (matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT709:
        return CW_MATRIX_BT709;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
        return CW_MATRIX_BT2020;
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
        return CW_MATRIX_SMPTE240M;
    case GST_VIDEO_COLOR_MATRIX_FCC:
        return CW_MATRIX_FCC;
    default:
        return CW_MATRIX_BT601;
    }
}

gboolean
gst_clip_format_from_info(const GstVideoInfo *info, CwOrientation orientation,
                          CwFrameFormat *format)
{
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].theirs != GST_VIDEO_INFO_FORMAT(info))
            continue;
        *format = (CwFrameFormat){
            .format = formats[i].ours,
            .matrix = convert_matrix(info->colorimetry.matrix),
            .range = info->colorimetry.range == GST_VIDEO_COLOR_RANGE_0_255 ? CW_RANGE_FULL
                                                                            : CW_RANGE_LIMITED,
            .width = (guint)GST_VIDEO_INFO_WIDTH(info),
            .height = (guint)GST_VIDEO_INFO_HEIGHT(info),
            .par_n = (guint)MAX(GST_VIDEO_INFO_PAR_N(info), 1),
            .par_d = (guint)MAX(GST_VIDEO_INFO_PAR_D(info), 1),
            .orientation = orientation,
            .interlaced =
                GST_VIDEO_INFO_INTERLACE_MODE(info) == GST_VIDEO_INTERLACE_MODE_INTERLEAVED,
        };
        return TRUE;
    }
    return FALSE;
}

void
gst_clip_frame_from_video(const GstVideoFrame *frame, CwFrame *out)
{
    const guint n_planes = MIN(GST_VIDEO_FRAME_N_PLANES(frame), CW_FRAME_MAX_PLANES);
    for (guint i = 0; i < n_planes; i++) {
        out->planes[i] = GST_VIDEO_FRAME_PLANE_DATA(frame, i);
        out->strides[i] = (guint)GST_VIDEO_FRAME_PLANE_STRIDE(frame, i);
    }
}

CwOrientation
gst_clip_orientation_from_tag(const gchar *tag)
{
    static const struct {
        const gchar *tag;
        CwOrientation orientation;
    } orientations[] = {
        {"rotate-0", CW_ORIENTATION_UPRIGHT},     {"rotate-90", CW_ORIENTATION_90},
        {"rotate-180", CW_ORIENTATION_180},       {"rotate-270", CW_ORIENTATION_270},
        {"flip-rotate-0", CW_ORIENTATION_MIRROR}, {"flip-rotate-90", CW_ORIENTATION_TRANSVERSE},
        {"flip-rotate-180", CW_ORIENTATION_FLIP}, {"flip-rotate-270", CW_ORIENTATION_TRANSPOSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(orientations); i++)
        if (g_str_equal(tag, orientations[i].tag))
            return orientations[i].orientation;
    return CW_ORIENTATION_UPRIGHT;
}
