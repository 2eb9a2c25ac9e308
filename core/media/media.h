/* Pictures and videos from files through FFmpeg: frames in order, upright, with their times. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

/* An open file, device or address. Belongs to one thread. */
typedef struct _CwMedia CwMedia;

CwMedia *cw_media_open(const char *location, GError **error);
void cw_media_close(CwMedia *media);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwMedia, cw_media_close)

gboolean cw_media_is_still(const CwMedia *media);   /* a single picture */
double cw_media_get_duration(const CwMedia *media); /* seconds, NAN where unknown */

typedef enum {
    CW_MEDIA_FRAME,
    CW_MEDIA_END,
    CW_MEDIA_ERROR,
} CwMediaResult;

/* The next frame at or after min_time (seconds from the start): those before it are decoded as
 * needed and passed over. frame, format and time belong to media and hold until the next call.
 * Damaged packets are skipped and counted; CW_MEDIA_ERROR only where nothing more can be read. */
CwMediaResult cw_media_next(CwMedia *media, double min_time, CwFrame *frame, CwFrameFormat *format,
                            double *time, GError **error);
guint64 cw_media_get_n_damaged(const CwMedia *media);
