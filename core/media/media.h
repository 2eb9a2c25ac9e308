/* Pictures and videos from files and addresses through FFmpeg: frames in order with their times. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

/* Most pixels of a picture, whatever its shape: a file of a few bytes may claim any size. */
#define CW_MEDIA_MAX_PIXELS (1u << 27)

/* An open file or address. Belongs to one thread. */
typedef struct _CwMedia CwMedia;

/* location: a path, "-" for standard input, or a file:, http:, https:, rtsp: or rtsps: address.
 * What it holds is told by its content, never by its name. A file is read on its own: a playlist
 * that names other files or addresses is refused. Errors name the location and FFmpeg's reason. */
CwMedia *cw_media_open(const char *location, GError **error);
void cw_media_close(CwMedia *media);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwMedia, cw_media_close)

gboolean cw_media_is_still(const CwMedia *media);   /* of a picture format: JPEG, PNG, WebP … */
double cw_media_get_duration(const CwMedia *media); /* seconds, NAN where unknown */

typedef enum {
    CW_MEDIA_FRAME,
    CW_MEDIA_END,
    CW_MEDIA_ERROR,
} CwMediaResult;

/* The next frame at or after min_time (seconds from the start): those before it are decoded as
 * needed and passed over. frame, format and time belong to media and hold until the next call; time
 * never goes back. Damaged packets are skipped and counted; CW_MEDIA_ERROR only where nothing more
 * can be read, or where the end is reached and not one frame could be decoded. */
CwMediaResult cw_media_next(CwMedia *media, double min_time, CwFrame *frame, CwFrameFormat *format,
                            double *time, GError **error);
guint64 cw_media_get_n_damaged(const CwMedia *media);
