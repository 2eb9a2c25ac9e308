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
             code == AVERROR(ECONNREFUSED) || code == AVERROR(ETIMEDOUT))
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
        char *path = g_filename_from_uri(location, NULL, &cause);
        if (!path)
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "%s: %s", location, cause->message);
        return path;
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
open_bytes(CwSource *source, const char *path, AVDictionary **options)
{
    const gboolean is_stdin = strcmp(path, "-") == 0;
    g_autofree char *url = is_stdin ? g_strdup("pipe:0") : g_strconcat("file:", path, NULL);
    if (!is_stdin && g_file_test(path, G_FILE_TEST_IS_DIR))
        return AVERROR(EISDIR);
    AVDictionary *own = NULL;
    av_dict_set(&own, "protocol_whitelist", "file,pipe", 0);
    const int result = avio_open2(&source->bytes, url, AVIO_FLAG_READ, NULL, &own);
    av_dict_free(&own);
    if (result < 0)
        return result;
    source->demuxer->pb = source->bytes;
    av_dict_set(options, "protocol_whitelist", "none", 0);
    return 0;
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

    AVDictionary *options = NULL;
    int result = 0;
    source->demuxer = avformat_alloc_context();
    if (!source->demuxer) {
        result = AVERROR(ENOMEM);
    } else if (remote) {
        av_dict_set(&options, "protocol_whitelist", network_protocols, 0);
        av_dict_set(&options, "rtsp_flags", "prefer_tcp", 0);
        source->demuxer->interrupt_callback = (AVIOInterruptCB){is_out_of_patience, source};
        cw_source_extend_deadline(source);
    } else {
        result = open_bytes(source, path, &options);
    }
    /* Without a name the content alone tells the format. */
    if (result >= 0)
        result = avformat_open_input(&source->demuxer, remote ? location : NULL, NULL, &options);
    av_dict_free(&options);
    if (result < 0) {
        cw_source_set_error(error, location, "cannot be opened", result);
        cw_source_close(source);
        return FALSE;
    }
    return TRUE;
}

void
cw_source_close(CwSource *source)
{
    avformat_close_input(&source->demuxer); /* leaves bytes that are not its own */
    avio_closep(&source->bytes);
}
