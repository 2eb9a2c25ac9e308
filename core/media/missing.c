/* Stands in for media.c where FFmpeg was not there when this was built. */
#include "media/media.h"

#include <math.h>

CwMedia *
cw_media_open(const char *location, GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "%s: this clipwatch was built without pictures and videos (FFmpeg; meson option "
                "media)",
                location);
    return NULL;
}

void
cw_media_close(CwMedia *media)
{
}

gboolean
cw_media_is_still(const CwMedia *media)
{
    return FALSE;
}

double
cw_media_get_duration(const CwMedia *media)
{
    return NAN;
}

CwMediaResult
cw_media_next(CwMedia *media, double min_time, CwFrame *frame, CwFrameFormat *format, double *time,
              GError **error)
{
    return CW_MEDIA_END;
}

guint64
cw_media_get_n_damaged(const CwMedia *media)
{
    return 0;
}
