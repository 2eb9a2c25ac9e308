/* A decoded frame of FFmpeg's as one of ours. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

#include <libavutil/frame.h>

typedef struct _CwPicture CwPicture;

CwPicture *cw_picture_new(void);
void cw_picture_free(CwPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwPicture, cw_picture_free)

/* What the frame does not say itself. */
typedef struct {
    const gint32 *display_matrix; /* of the stream, or NULL */
    AVRational aspect;            /* of a pixel; 0/x where unknown */
    gboolean is_still;
} CwPictureHints;

/* Describes decoded, whose planes frame borrows; a pixel format that is not among ours is first
 * converted to the nearest one, into memory of picture that holds until the next call.
 * CW_ERROR_LIMIT for sides over CW_FRAME_MAX_SIDE, CW_ERROR_UNSUPPORTED for what cannot be
 * converted. The messages do not name the file. */
gboolean cw_picture_describe(CwPicture *picture, const AVFrame *decoded,
                             const CwPictureHints *hints, CwFrame *frame, CwFrameFormat *format,
                             GError **error);

/* The nearest of the eight orientations. matrix: nine numbers as in libavutil/display.h. */
CwOrientation cw_picture_get_orientation(const gint32 *matrix);
