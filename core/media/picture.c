#include "media/picture.h"

#include <clipwatch/image.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdlib.h>

/* Rows of standard definition. */
#define MAX_SD_HEIGHT 576

struct _CwPicture {
    struct SwsContext *scaler;
    AVFrame *converted;
};

/* Formats that are ours as they are: of those with alpha, the alpha plane is left out. */
static const struct {
    enum AVPixelFormat from;
    CwPixelFormat to;
} pixel_formats[] = {
    {AV_PIX_FMT_YUV420P, CW_PIXEL_I420},
    {AV_PIX_FMT_YUVJ420P, CW_PIXEL_I420},
    {AV_PIX_FMT_YUVA420P, CW_PIXEL_I420},
    {AV_PIX_FMT_NV12, CW_PIXEL_NV12},
    {AV_PIX_FMT_NV21, CW_PIXEL_NV21},
    {AV_PIX_FMT_YUYV422, CW_PIXEL_YUY2},
    {AV_PIX_FMT_UYVY422, CW_PIXEL_UYVY},
    {AV_PIX_FMT_YUV422P, CW_PIXEL_Y42B},
    {AV_PIX_FMT_YUVJ422P, CW_PIXEL_Y42B},
    {AV_PIX_FMT_YUVA422P, CW_PIXEL_Y42B},
    {AV_PIX_FMT_YUV444P, CW_PIXEL_Y444},
    {AV_PIX_FMT_YUVJ444P, CW_PIXEL_Y444},
    {AV_PIX_FMT_YUVA444P, CW_PIXEL_Y444},
    {AV_PIX_FMT_RGB24, CW_PIXEL_RGB},
    {AV_PIX_FMT_BGR24, CW_PIXEL_BGR},
    {AV_PIX_FMT_RGBA, CW_PIXEL_RGBX},
    {AV_PIX_FMT_RGB0, CW_PIXEL_RGBX},
    {AV_PIX_FMT_BGRA, CW_PIXEL_BGRX},
    {AV_PIX_FMT_BGR0, CW_PIXEL_BGRX},
    {AV_PIX_FMT_ARGB, CW_PIXEL_XRGB},
    {AV_PIX_FMT_0RGB, CW_PIXEL_XRGB},
    {AV_PIX_FMT_ABGR, CW_PIXEL_XBGR},
    {AV_PIX_FMT_0BGR, CW_PIXEL_XBGR},
    {AV_PIX_FMT_GRAY8, CW_PIXEL_GRAY8},
    {AV_PIX_FMT_P010LE, CW_PIXEL_P010_10LE},
    {AV_PIX_FMT_YUV420P10LE, CW_PIXEL_I420_10LE},
    {AV_PIX_FMT_YUVA420P10LE, CW_PIXEL_I420_10LE},
};

CwPicture *
cw_picture_new(void)
{
    return g_new0(CwPicture, 1);
}

void
cw_picture_free(CwPicture *picture)
{
    if (!picture)
        return;
    sws_freeContext(picture->scaler);
    av_frame_free(&picture->converted);
    g_free(picture);
}

static CwPixelFormat
find_own_format(int format)
{
    for (guint i = 0; i < G_N_ELEMENTS(pixel_formats); i++)
        if ((int)pixel_formats[i].from == format)
            return pixel_formats[i].to;
    return CW_PIXEL_LAST;
}

/* The one of ours that keeps most of a format: colour model, chroma resolution, depth. */
static enum AVPixelFormat
choose_nearest(const AVPixFmtDescriptor *from)
{
    if (from->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL))
        return AV_PIX_FMT_RGB24;
    if (from->nb_components < 3)
        return AV_PIX_FMT_GRAY8;
    if (from->log2_chroma_w == 1 && from->log2_chroma_h == 1)
        return from->comp[0].depth > 8 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
    if (from->log2_chroma_w == 1 && from->log2_chroma_h == 0)
        return AV_PIX_FMT_YUV422P;
    return AV_PIX_FMT_YUV444P;
}

static gboolean
is_full_range(const AVFrame *frame, gboolean is_still)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(frame->format);
    if (descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL))
        return TRUE;
    if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
        return frame->color_range == AVCOL_RANGE_JPEG;
    return frame->format == AV_PIX_FMT_YUVJ420P || frame->format == AV_PIX_FMT_YUVJ422P ||
           frame->format == AV_PIX_FMT_YUVJ444P || frame->format == AV_PIX_FMT_YUVJ440P ||
           frame->format == AV_PIX_FMT_YUVJ411P || (is_still && descriptor->nb_components < 3);
}

/* What a video does not say is guessed from its height, where GStreamer draws the line too, so that
 * a file gives the same bytes on both ways in. Pictures without a word have the matrix of JPEG. */
static CwColorMatrix
choose_matrix(const AVFrame *frame, gboolean is_still)
{
    switch (frame->colorspace) {
    case AVCOL_SPC_BT709:
        return CW_MATRIX_BT709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return CW_MATRIX_BT601;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return CW_MATRIX_BT2020;
    case AVCOL_SPC_SMPTE240M:
        return CW_MATRIX_SMPTE240M;
    case AVCOL_SPC_FCC:
        return CW_MATRIX_FCC;
    default:
        return is_still || frame->height <= MAX_SD_HEIGHT ? CW_MATRIX_BT601 : CW_MATRIX_BT709;
    }
}

static gboolean
is_interlaced(const AVFrame *frame)
{
#ifdef AV_FRAME_FLAG_INTERLACED /* libavutil 58.7 */
    return (frame->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
    return frame->interlaced_frame;
#endif
}

/* x' = a x + c y and y' = b x + d y, with y downwards. */
CwOrientation
cw_picture_get_orientation(const gint32 *matrix)
{
    const gint64 a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    if (ABS(b) + ABS(c) > ABS(a) + ABS(d)) {
        if (b < 0)
            return c < 0 ? CW_ORIENTATION_TRANSVERSE : CW_ORIENTATION_270;
        return c < 0 ? CW_ORIENTATION_90 : CW_ORIENTATION_TRANSPOSE;
    }
    if (a < 0)
        return d < 0 ? CW_ORIENTATION_180 : CW_ORIENTATION_MIRROR;
    return d < 0 ? CW_ORIENTATION_FLIP : CW_ORIENTATION_UPRIGHT;
}

/* The frame's own matrix first, then EXIF (which FFmpeg 5 to 7 gives as text), then the stream's.
 */
static CwOrientation
find_orientation(const AVFrame *frame, const gint32 *stream_matrix)
{
    const AVFrameSideData *own = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (own && own->size >= 9 * sizeof(gint32))
        return cw_picture_get_orientation((const gint32 *)own->data);
    const AVDictionaryEntry *exif = av_dict_get(frame->metadata, "Orientation", NULL, 0);
    const gint64 value = exif ? g_ascii_strtoll(exif->value, NULL, 10) : 0;
    if (value >= CW_ORIENTATION_UPRIGHT && value <= CW_ORIENTATION_270)
        return (CwOrientation)value;
    return stream_matrix ? cw_picture_get_orientation(stream_matrix) : CW_ORIENTATION_UPRIGHT;
}

/* Pictures are square-pixelled whatever their resolution tags say: Pillow, which the network was
 * trained through, does not look at them. */
static void
set_aspect(CwFrameFormat *format, AVRational aspect, gboolean is_still)
{
    format->par_n = format->par_d = 1;
    if (is_still || aspect.num <= 0 || aspect.den <= 0 ||
        aspect.num / CW_IMAGE_MAX_PAR >= aspect.den || aspect.den / CW_IMAGE_MAX_PAR >= aspect.num)
        return;
    format->par_n = (guint)aspect.num;
    format->par_d = (guint)aspect.den;
}

static gboolean
prepare_target(CwPicture *picture, const AVFrame *decoded, enum AVPixelFormat format)
{
    AVFrame *target = picture->converted;
    if (target && target->width == decoded->width && target->height == decoded->height &&
        target->format == (int)format)
        return TRUE;
    av_frame_free(&picture->converted);
    target = av_frame_alloc();
    if (!target)
        return FALSE;
    picture->converted = target;
    target->width = decoded->width;
    target->height = decoded->height;
    target->format = format;
    return av_frame_get_buffer(target, 0) >= 0;
}

/* Same size, same matrix, same range: only the layout changes. */
static gboolean
convert(CwPicture *picture, const AVFrame *decoded, gboolean full_range, GError **error)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(decoded->format);
    if (descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL || !sws_isSupportedInput(decoded->format)) {
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED, "pixel format %s cannot be converted",
                    descriptor->name);
        return FALSE;
    }
    const enum AVPixelFormat own = find_own_format(decoded->format) != CW_PIXEL_LAST
                                       ? (enum AVPixelFormat)decoded->format
                                       : choose_nearest(descriptor);
    if (!prepare_target(picture, decoded, own)) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for a picture of %dx%d pixels",
                    decoded->width, decoded->height);
        return FALSE;
    }
    picture->scaler =
        sws_getCachedContext(picture->scaler, decoded->width, decoded->height, decoded->format,
                             decoded->width, decoded->height, own,
                             SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, NULL, NULL, NULL);
    if (picture->scaler) {
        const int *matrix = sws_getCoefficients(SWS_CS_DEFAULT);
        sws_setColorspaceDetails(picture->scaler, matrix, full_range, matrix, full_range, 0,
                                 1 << 16, 1 << 16);
        if (sws_scale(picture->scaler, (const guint8 *const *)decoded->data, decoded->linesize, 0,
                      decoded->height, picture->converted->data,
                      picture->converted->linesize) == decoded->height)
            return TRUE;
    }
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED, "pixel format %s cannot be converted to %s",
                descriptor->name, av_get_pix_fmt_name(own));
    return FALSE;
}

static gboolean
has_forward_rows(const AVFrame *frame)
{
    for (guint p = 0; p < CW_FRAME_MAX_PLANES && frame->data[p]; p++)
        if (frame->linesize[p] <= 0)
            return FALSE;
    return TRUE;
}

gboolean
cw_picture_describe(CwPicture *picture, const AVFrame *decoded, const CwPictureHints *hints,
                    CwFrame *frame, CwFrameFormat *format, GError **error)
{
    if (decoded->width > CW_FRAME_MAX_SIDE || decoded->height > CW_FRAME_MAX_SIDE ||
        !av_pix_fmt_desc_get(decoded->format)) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "picture of %dx%d pixels, sides must not exceed %d", decoded->width,
                    decoded->height, CW_FRAME_MAX_SIDE);
        return FALSE;
    }
    const gboolean full_range = is_full_range(decoded, hints->is_still);
    const AVFrame *shown = decoded;
    if (find_own_format(decoded->format) == CW_PIXEL_LAST || !has_forward_rows(decoded)) {
        if (!convert(picture, decoded, full_range, error))
            return FALSE;
        shown = picture->converted;
    }
    *format = (CwFrameFormat){
        .format = find_own_format(shown->format),
        .matrix = choose_matrix(decoded, hints->is_still),
        .range = full_range ? CW_RANGE_FULL : CW_RANGE_LIMITED,
        .width = (guint)shown->width,
        .height = (guint)shown->height,
        .orientation = find_orientation(decoded, hints->display_matrix),
        .interlaced = is_interlaced(decoded),
    };
    set_aspect(format, hints->aspect, hints->is_still);
    *frame = (CwFrame){.planes = {NULL}};
    for (guint p = 0; p < cw_frame_format_get_n_planes(format); p++) {
        frame->planes[p] = shown->data[p];
        frame->strides[p] = (guint)shown->linesize[p];
    }
    return TRUE;
}
