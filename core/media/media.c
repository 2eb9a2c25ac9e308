#include "media/media.h"

#include "media/picture.h"
#include "media/source.h"

#include <libavcodec/avcodec.h>
#include <libavutil/cpu.h>
#include <math.h>

/* Reads that may fail in a row before the source counts as lost. */
#define MAX_READ_FAILURES 16

/* Failures that a decoder may have while it hands out its last frames. */
#define MAX_DECODE_FAILURES 1000

/* Decoder threads: more of them only add pictures under way. */
#define MAX_DECODER_THREADS 4

/* A clock that falls back by more than this has been set anew; less is out of order. */
#define CLOCK_SLACK_S 0.5

struct _CwMedia {
    char *location;
    CwSource source;
    AVStream *stream;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *decoded;
    CwPicture *picture;
    gboolean is_still;

    gboolean input_ended; /* the decoder has been told to hand out what it holds */
    int read_error;       /* why, when it was not the end; else 0 */
    int decode_error;     /* why the last damaged packet was; else 0 */
    guint n_read_failures;
    guint64 n_damaged, n_decoded;

    double frame_s; /* between two frames, for those without a time stamp */
    double last_s;  /* time of the last frame; below 0 before the first */
    double start_s; /* time stamp that is time 0 */
};

static gboolean
open_decoder(CwMedia *media, GError **error)
{
    const AVCodecParameters *parameters = media->stream->codecpar;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec) {
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED, "%s: FFmpeg has no decoder for %s",
                    media->location, avcodec_get_name(parameters->codec_id));
        return FALSE;
    }
    if ((gint64)parameters->width * parameters->height > CW_MEDIA_MAX_PIXELS) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "%s: pictures of %dx%d pixels, at most %u in all are read", media->location,
                    parameters->width, parameters->height, CW_MEDIA_MAX_PIXELS);
        return FALSE;
    }
    media->decoder = avcodec_alloc_context3(codec);
    int result = media->decoder ? avcodec_parameters_to_context(media->decoder, parameters)
                                : AVERROR(ENOMEM);
    if (result >= 0) {
        media->decoder->pkt_timebase = media->stream->time_base;
        media->decoder->max_pixels = CW_MEDIA_MAX_PIXELS;
        media->decoder->thread_count =
            media->is_still ? 1 : MIN(av_cpu_count(), MAX_DECODER_THREADS);
        result = avcodec_open2(media->decoder, codec, NULL);
    }
    if (result < 0)
        cw_source_set_error(error, media->location, "its decoder cannot be opened", result);
    return result >= 0;
}

/* Looks at the beginning of the streams, with the same bound on pictures as later. */
static int
probe_streams(AVFormatContext *demuxer)
{
    const guint n = demuxer->nb_streams;
    g_autofree AVDictionary **options = g_new0(AVDictionary *, n);
    for (guint i = 0; i < n; i++)
        av_dict_set_int(&options[i], "max_pixels", CW_MEDIA_MAX_PIXELS, 0);
    const int result = avformat_find_stream_info(demuxer, options);
    for (guint i = 0; i < n; i++)
        av_dict_free(&options[i]);
    return result;
}

/* The best video stream; the others are not read. */
static gboolean
choose_stream(CwMedia *media, GError **error)
{
    AVFormatContext *demuxer = media->source.demuxer;
    int index = probe_streams(demuxer);
    if (index >= 0)
        index = av_find_best_stream(demuxer, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    if (index == AVERROR_STREAM_NOT_FOUND) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: holds no pictures (format %s)",
                    media->location, demuxer->iformat->name);
        return FALSE;
    }
    if (index < 0) {
        cw_source_set_error(error, media->location, "cannot be read", index);
        return FALSE;
    }
    for (guint i = 0; i < demuxer->nb_streams; i++)
        if ((int)i != index)
            demuxer->streams[i]->discard = AVDISCARD_ALL;
    media->stream = demuxer->streams[index];
    const AVRational rate = av_guess_frame_rate(demuxer, media->stream, NULL);
    media->frame_s = rate.num > 0 && rate.den > 0 ? av_q2d(av_inv_q(rate)) : 0.04;
    if (demuxer->start_time != AV_NOPTS_VALUE)
        media->start_s = (double)demuxer->start_time / AV_TIME_BASE;
    return TRUE;
}

CwMedia *
cw_media_open(const char *location, GError **error)
{
    g_autoptr(CwMedia) media = g_new0(CwMedia, 1);
    media->location = g_strdup(location);
    media->start_s = NAN;
    media->last_s = -1.0;
    if (!cw_source_open(&media->source, location, error))
        return NULL;
    media->is_still = g_str_has_suffix(media->source.demuxer->iformat->name, "_pipe");
    media->picture = cw_picture_new();
    media->packet = av_packet_alloc();
    media->decoded = av_frame_alloc();
    if (!media->packet || !media->decoded) {
        cw_source_set_error(error, location, "cannot be opened", AVERROR(ENOMEM));
        return NULL;
    }
    if (!choose_stream(media, error) || !open_decoder(media, error))
        return NULL;
    return g_steal_pointer(&media);
}

void
cw_media_close(CwMedia *media)
{
    if (!media)
        return;
    avcodec_free_context(&media->decoder);
    av_packet_free(&media->packet);
    av_frame_free(&media->decoded);
    cw_picture_free(media->picture);
    cw_source_close(&media->source);
    g_free(media->location);
    g_free(media);
}

gboolean
cw_media_is_still(const CwMedia *media)
{
    return media->is_still;
}

double
cw_media_get_duration(const CwMedia *media)
{
    const gint64 duration = media->source.demuxer->duration;
    return media->is_still || duration == AV_NOPTS_VALUE || duration < 0
               ? NAN
               : (double)duration / AV_TIME_BASE;
}

guint64
cw_media_get_n_damaged(const CwMedia *media)
{
    return media->n_damaged;
}

static void
note_damage(CwMedia *media, int result)
{
    if (result >= 0)
        return;
    media->n_damaged++;
    media->decode_error = result;
}

/* One packet of the stream to the decoder, or word that there are no more. */
static void
feed_decoder(CwMedia *media)
{
    cw_source_extend_deadline(&media->source);
    const int result = av_read_frame(media->source.demuxer, media->packet);
    if (result >= 0) {
        media->n_read_failures = 0;
        if (media->packet->stream_index == media->stream->index)
            note_damage(media, avcodec_send_packet(media->decoder, media->packet));
        av_packet_unref(media->packet);
        return;
    }
    if (result != AVERROR_EOF && result != AVERROR_EXIT &&
        ++media->n_read_failures < MAX_READ_FAILURES) {
        note_damage(media, result);
        return;
    }
    media->read_error = result == AVERROR_EOF ? 0 : result;
    media->input_ended = TRUE;
    avcodec_send_packet(media->decoder, NULL);
}

/* Decodes one frame into media->decoded; FALSE when there are no more. */
static gboolean
decode_frame(CwMedia *media)
{
    for (guint n_failures = 0; n_failures < MAX_DECODE_FAILURES;) {
        const int result = avcodec_receive_frame(media->decoder, media->decoded);
        if (result >= 0) {
            media->n_decoded++;
            return TRUE;
        }
        if (result == AVERROR_EOF)
            return FALSE;
        if (result != AVERROR(EAGAIN)) {
            note_damage(media, result);
            n_failures += media->input_ended;
        } else if (media->input_ended) {
            return FALSE;
        } else {
            feed_decoder(media);
        }
    }
    return FALSE;
}

/* Seconds from the start. Missing time stamps are counted on; a clock that was set back (a
 * recording joined from several) goes on from where it was. */
static double
measure_time(CwMedia *media)
{
    const double next_s = media->last_s < 0.0 ? 0.0 : media->last_s + media->frame_s;
    if (media->decoded->best_effort_timestamp == AV_NOPTS_VALUE)
        return next_s;
    const double stamp_s =
        (double)media->decoded->best_effort_timestamp * av_q2d(media->stream->time_base);
    if (isnan(media->start_s))
        media->start_s = stamp_s;
    if (stamp_s - media->start_s < media->last_s - CLOCK_SLACK_S)
        media->start_s = stamp_s - next_s;
    return MAX(MAX(stamp_s - media->start_s, media->last_s), 0.0);
}

static const gint32 *
find_display_matrix(const AVStream *stream)
{
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
    const AVPacketSideData *data =
        av_packet_side_data_get(stream->codecpar->coded_side_data,
                                stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    return data && data->size >= 9 * sizeof(gint32) ? (const gint32 *)data->data : NULL;
#else
    size_t size = 0;
    const guint8 *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 9 * sizeof(gint32) ? (const gint32 *)data : NULL;
#endif
}

/* After the last frame: an end, or why there was no more. */
static CwMediaResult
finish(const CwMedia *media, GError **error)
{
    if (media->read_error) {
        cw_source_set_error(error, media->location, "reading failed", media->read_error);
        return CW_MEDIA_ERROR;
    }
    if (media->n_decoded == 0) {
        char reason[AV_ERROR_MAX_STRING_SIZE] = "no data";
        if (media->decode_error)
            av_strerror(media->decode_error, reason, sizeof reason);
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: not one picture could be decoded (%s, %" G_GUINT64_FORMAT
                    " damaged packets): %s",
                    media->location, avcodec_get_name(media->stream->codecpar->codec_id),
                    media->n_damaged, reason);
        return CW_MEDIA_ERROR;
    }
    return CW_MEDIA_END;
}

CwMediaResult
cw_media_next(CwMedia *media, double min_time, CwFrame *frame, CwFrameFormat *format, double *time,
              GError **error)
{
    do {
        if (!decode_frame(media))
            return finish(media, error);
        media->last_s = measure_time(media);
    } while (media->last_s < min_time);

    const CwPictureHints hints = {
        .display_matrix = find_display_matrix(media->stream),
        .aspect =
            av_guess_sample_aspect_ratio(media->source.demuxer, media->stream, media->decoded),
        .is_still = media->is_still,
    };
    if (!cw_picture_describe(media->picture, media->decoded, &hints, frame, format, error)) {
        g_prefix_error(error, "%s: ", media->location);
        return CW_MEDIA_ERROR;
    }
    *time = media->last_s;
    return CW_MEDIA_FRAME;
}
