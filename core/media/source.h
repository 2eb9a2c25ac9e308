/* Opening a location safely: which protocols may be used, and by whom. */
#pragma once

#include <clipwatch/error.h>

#include <libavformat/avformat.h>

/* A demuxer and, for local files, the bytes it reads. */
typedef struct {
    AVFormatContext *demuxer;
    AVIOContext *bytes; /* NULL for addresses, which the demuxer opens itself */
    gint64 deadline_us; /* monotonic time at which waiting for the network ends; 0 for never */
} CwSource;

/* Fills *source, which must stay where it is until it is closed: FFmpeg keeps a pointer to it. */
gboolean cw_source_open(CwSource *source, const char *location, GError **error);
void cw_source_close(CwSource *source);

/* Grants the network its full patience again; called before each read. */
void cw_source_extend_deadline(CwSource *source);

/* "LOCATION: WHAT: reason" with FFmpeg's words for code. */
void cw_source_set_error(GError **error, const char *location, const char *what, int code);
