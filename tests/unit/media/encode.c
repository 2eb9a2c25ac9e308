#include "encode.h"

#include <clipwatch/image.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <string.h>

guint8
test_video_byte(guint frame, guint plane, guint row, guint at)
{
    return (guint8)(16 + (frame * 29 + plane * 61 + row * 7 + at * 3) % 200);
}

void
test_video_check(const CwFrameFormat *format, const CwFrame *frame, guint n)
{
    for (guint p = 0; p < cw_frame_format_get_n_planes(format); p++)
        for (guint y = 0; y < cw_frame_format_get_plane_height(format, p); y++)
            for (guint i = 0; i < cw_frame_format_get_min_stride(format, p); i++)
                g_assert_cmpuint(frame->planes[p][y * frame->strides[p] + i], ==,
                                 test_video_byte(n, p, y, i));
}

static AVRational
get_aspect(const TestVideo *video)
{
    return video->aspect.den ? video->aspect : (AVRational){0, 1};
}

static AVFrame *
make_frame(const TestVideo *video, guint n)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(video->format);
    AVFrame *frame = av_frame_alloc();
    frame->width = video->width;
    frame->height = video->height;
    frame->format = video->format;
    frame->pts = n;
    frame->colorspace = video->space;
    frame->color_range = video->range;
    frame->sample_aspect_ratio = get_aspect(video);
    if (video->interlaced) {
#ifdef AV_FRAME_FLAG_INTERLACED
        frame->flags |= AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
        frame->interlaced_frame = frame->top_field_first = 1;
#endif
    }
    g_assert_cmpint(av_frame_get_buffer(frame, 0), ==, 0);
    for (guint p = 0; p < 4 && frame->data[p]; p++) {
        const int row_bytes = av_image_get_linesize(video->format, video->width, (int)p);
        const int n_rows = p == 1 || p == 2
                               ? AV_CEIL_RSHIFT(video->height, descriptor->log2_chroma_h)
                               : video->height;
        for (int y = 0; y < n_rows; y++)
            for (int i = 0; i < row_bytes; i++)
                frame->data[p][y * frame->linesize[p] + i] =
                    test_video_byte(n, p, (guint)y, (guint)i);
    }
    return frame;
}

static AVCodecContext *
open_encoder(const TestVideo *video, gboolean global_header)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(video->codec);
    if (!codec) {
        g_test_skip("this FFmpeg lacks an encoder that the test needs");
        return NULL;
    }
    AVCodecContext *encoder = avcodec_alloc_context3(codec);
    encoder->width = video->width;
    encoder->height = video->height;
    encoder->pix_fmt = video->format;
    encoder->time_base = (AVRational){1, 25};
    encoder->framerate = (AVRational){25, 1};
    encoder->sample_aspect_ratio = get_aspect(video);
    encoder->colorspace = video->space;
    encoder->color_range = video->range;
    encoder->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
    if (video->interlaced) {
        encoder->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
        encoder->field_order = AV_FIELD_TT;
    }
    if (global_header)
        encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    g_assert_cmpint(avcodec_open2(encoder, codec, NULL), ==, 0);
    return encoder;
}

static void
add_display_matrix(AVStream *stream, const gint32 *matrix)
{
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
    AVPacketSideData *data = av_packet_side_data_new(
        &stream->codecpar->coded_side_data, &stream->codecpar->nb_coded_side_data,
        AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof *matrix, 0);
    memcpy(data->data, matrix, 9 * sizeof *matrix);
#else
    guint8 *data = av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof *matrix);
    memcpy(data, matrix, 9 * sizeof *matrix);
#endif
}

static void
write_packets(AVFormatContext *muxer, AVCodecContext *encoder, AVPacket *packet)
{
    while (avcodec_receive_packet(encoder, packet) == 0) {
        av_packet_rescale_ts(packet, encoder->time_base, muxer->streams[0]->time_base);
        packet->stream_index = 0;
        g_assert_cmpint(av_interleaved_write_frame(muxer, packet), ==, 0);
    }
}

gboolean
test_video_write(const char *path, const TestVideo *video, guint n_frames)
{
    AVFormatContext *muxer = NULL;
    g_assert_cmpint(avformat_alloc_output_context2(&muxer, NULL, video->muxer, path), >=, 0);
    AVCodecContext *encoder =
        open_encoder(video, (muxer->oformat->flags & AVFMT_GLOBALHEADER) != 0);
    if (!encoder) {
        avformat_free_context(muxer);
        return FALSE;
    }
    AVStream *stream = avformat_new_stream(muxer, NULL);
    stream->time_base = encoder->time_base;
    stream->avg_frame_rate = encoder->framerate;
    stream->sample_aspect_ratio = get_aspect(video);
    g_assert_cmpint(avcodec_parameters_from_context(stream->codecpar, encoder), >=, 0);
    if (video->display_matrix)
        add_display_matrix(stream, video->display_matrix);
    muxer->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
    g_assert_cmpint(avio_open(&muxer->pb, path, AVIO_FLAG_WRITE), >=, 0);
    g_assert_cmpint(avformat_write_header(muxer, NULL), >=, 0);

    AVPacket *packet = av_packet_alloc();
    for (guint n = 0; n <= n_frames; n++) {
        AVFrame *frame = n < n_frames ? make_frame(video, n) : NULL;
        g_assert_cmpint(avcodec_send_frame(encoder, frame), ==, 0);
        write_packets(muxer, encoder, packet);
        av_frame_free(&frame);
    }
    g_assert_cmpint(av_write_trailer(muxer), ==, 0);
    avio_closep(&muxer->pb);
    av_packet_free(&packet);
    avcodec_free_context(&encoder);
    avformat_free_context(muxer);
    return TRUE;
}

GByteArray *
test_video_encode(const TestVideo *video)
{
    AVCodecContext *encoder = open_encoder(video, FALSE);
    if (!encoder)
        return NULL;
    GByteArray *bytes = g_byte_array_new();
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = make_frame(video, 0);
    g_assert_cmpint(avcodec_send_frame(encoder, frame), ==, 0);
    g_assert_cmpint(avcodec_send_frame(encoder, NULL), ==, 0);
    while (avcodec_receive_packet(encoder, packet) == 0) {
        g_byte_array_append(bytes, packet->data, (guint)packet->size);
        av_packet_unref(packet);
    }
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&encoder);
    return bytes;
}
