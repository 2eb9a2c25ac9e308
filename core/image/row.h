/* A piece of a stored row as bytes of R, G and B. */
#pragma once

#include "image/kernels.h"

typedef struct {
    const CwLayout *layout;
    const CwImageKernels *kernels;
    CwColor color;
    gint16 *samples[3]; /* scratch of the layouts that are not converted as they lie */
} CwRowReader;

/* n pixels from column x on (even) of the row that planes point to. Each row of rgb has room for n
 * rounded up to CW_IMAGE_MAX_BYTES, samples for n. */
void cw_row_read(const CwRowReader *reader, const guint8 *const planes[CW_FRAME_MAX_PLANES],
                 guint x, guint n, guint8 *const rgb[3]);
