#include "media/source.h"

#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <string.h>

/* How long a camera or server may keep silent. */
#define NETWORK_PATIENCE_US (15 * G_USEC_PER_SEC)

/* What an address may lead to. Never a local file: its content comes from elsewhere. */
static const char network_protocols[] =
    "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto,data";

static const char *const address_schemes[] = {"rtsp://", "rtsps://", "http://", "https://"};

/* FFmpeg writes to stderr unless told otherwise; the library never prints. */
static void
forward_log(void *context, int level, const char *format, va_list arguments)
{
    char line[1024];
    int print_prefix = 1;
    if (level > AV_LOG_WARNING)
        return;
    av_log_format_line2(context, level, format, arguments, line, sizeof line, &print_prefix);
    g_debug("%s", g_strchomp(line));
}

static gpointer
set_up_log(gpointer unused)
{
    av_log_set_callback(forward_log);
    return NULL;
}

void
cw_source_set_error(GError **error, const char *location, const char *what, int code)
{
    char reason[AV_ERROR_MAX_STRING_SIZE] = "";
    CwErrorCode kind = CW_ERROR_FORMAT;
    av_strerror(code, reason, sizeof reason);
    if (code == AVERROR(ENOENT))
        kind = CW_ERROR_NOT_FOUND;
    else if (code == AVERROR(ENOMEM))
        kind = CW_ERROR_LIMIT;
    else if (code == AVERROR_DECODER_NOT_FOUND || code == AVERROR_PROTOCOL_NOT_FOUND ||
             code == AVERROR_PATCHWELCOME)
        kind = CW_ERROR_UNSUPPORTED;
    else if (code == AVERROR_EXIT || code == AVERROR(EIO) || code == AVERROR(EACCES) ||
             code == AVERROR(EISDIR) || code == AVERROR(ECONNREFUSED) || code == AVERROR(ETIMEDOUT))
        kind = CW_ERROR_IO;
    g_set_error(error, CW_ERROR, kind, "%s: %s: %s", location, what,
                code == AVERROR_EXIT ? "no answer in time" : reason);
}

static int
is_out_of_patience(void *data)
{
    const CwSource *source = data;
    return source->deadline_us != 0 && g_get_monotonic_time() > source->deadline_us;
}

void
cw_source_extend_deadline(CwSource *source)
{
    if (!source->bytes)
        source->deadline_us = g_get_monotonic_time() + NETWORK_PATIENCE_US;
}

static gboolean
is_address(const char *location)
{
    for (guint i = 0; i < G_N_ELEMENTS(address_schemes); i++)
        if (g_ascii_strncasecmp(location, address_schemes[i], strlen(address_schemes[i])) == 0)
            return TRUE;
    return FALSE;
}

/* The path that location means, (transfer full). */
static char *
find_path(const char *location, GError **error)
{
    if (g_str_has_prefix(location, "file://")) {
        g_autoptr(GError) cause = NULL;
        g_autofree char *host = NULL;
        g_autofree char *path = g_filename_from_uri(location, &host, &cause);
        if (path && !host)
            return g_steal_pointer(&path);
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "%s: %s", location,
                    cause ? cause->message : "names a host; write file:///path");
        return NULL;
    }
    if (strstr(location, "://")) {
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                    "%s: not an address that can be read; file, http, https, rtsp and rtsps can",
                    location);
        return NULL;
    }
    return g_strdup(location);
}

/* The bytes are opened here, and the demuxer may open nothing: a playlist that names another file,
 * or a server, gets neither. */
static int
open_bytes(CwSource *source, const char *path)
{
    const gboolean is_stdin = strcmp(path, "-") == 0;
    g_autofree char *url = is_stdin ? g_strdup("pipe:0") : g_strconcat("file:", path, NULL);
    if (!is_stdin && g_file_test(path, G_FILE_TEST_IS_DIR))
        return AVERROR(EISDIR);
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "file,pipe", 0);
    const int result = avio_open2(&source->bytes, url, AVIO_FLAG_READ, NULL, &options);
    av_dict_free(&options);
    return result;
}

/* Opens the demuxer that the content asks for. The refusal by name is for its message; what keeps
 * files apart is the empty list of protocols. */
static int
open_demuxer(CwSource *source, const char **refused)
{
    static const char *const playlists[] = {"concat", "dash", "hls", "imf", "sdp"};
    const AVInputFormat *format = NULL;
    int result = av_probe_input_buffer2(source->bytes, &format, NULL, NULL, 0, 0);
    if (result < 0)
        return result;
    for (guint i = 0; i < G_N_ELEMENTS(playlists); i++) {
        if (strcmp(format->name, playlists[i]) == 0) {
            *refused = format->name;
            return AVERROR(EPERM);
        }
    }
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    source->demuxer->pb = source->bytes;
    result = avformat_open_input(&source->demuxer, NULL, format, &options);
    av_dict_free(&options);
    return result;
}

static int
open_address(CwSource *source, const char *location)
{
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", network_protocols, 0);
    av_dict_set(&options, "rtsp_flags", "prefer_tcp", 0);
    source->demuxer->interrupt_callback = (AVIOInterruptCB){is_out_of_patience, source};
    cw_source_extend_deadline(source);
    const int result = avformat_open_input(&source->demuxer, location, NULL, &options);
    av_dict_free(&options);
    return result;
}

gboolean
cw_source_open(CwSource *source, const char *location, GError **error)
{
    static GOnce log_once = G_ONCE_INIT;
    g_once(&log_once, set_up_log, NULL);

    *source = (CwSource){NULL};
    const gboolean remote = is_address(location);
    g_autofree char *path = remote ? NULL : find_path(location, error);
    if (!remote && !path)
        return FALSE;

    const char *playlist = NULL;
    source->demuxer = avformat_alloc_context();
    int result = source->demuxer ? 0 : AVERROR(ENOMEM);
    if (result >= 0)
        result = remote ? open_address(source, location) : open_bytes(source, path);
    if (result >= 0 && !remote)
        result = open_demuxer(source, &playlist);
    if (result >= 0)
        return TRUE;
    if (playlist)
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                    "%s: is a playlist (%s), which may not open other files; name them instead",
                    location, playlist);
    else
        cw_source_set_error(error, location, "cannot be opened", result);
    cw_source_close(source);
    return FALSE;
}

void
cw_source_close(CwSource *source)
{
    avformat_close_input(&source->demuxer); /* leaves bytes that are not its own */
    avio_closep(&source->bytes);
}
