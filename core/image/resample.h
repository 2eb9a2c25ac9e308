/* Pillow's antialiased resize of one axis, to the byte: which source positions each output is the
 * weighted sum of. The sums are those of image/kernels.h. */
#pragma once

#include "image/kernels.h"

#include <clipwatch/error.h>

typedef struct {
    guint n;           /* outputs */
    guint n_padded;    /* up to a multiple of CW_IMAGE_MAX_LANES: those behind weigh nothing */
    guint begin, end;  /* source positions that any output needs */
    CwWeights weights; /* group 0 begins at position begin */
} CwResample;

/* The outputs from..from + n of resizing source_size positions to target_size. mirrored: the source
 * runs backwards; the result is that of turning it first. CW_ERROR_LIMIT when out of memory. */
gboolean cw_resample_init(CwResample *axis, const CwImageKernels *kernels,
                          CwInterpolation interpolation, guint source_size, guint64 target_size,
                          guint64 from, guint n, gboolean mirrored, GError **error);
void cw_resample_clear(CwResample *axis);

/* Groups of four positions that all outputs together need. */
guint cw_resample_get_n_groups(const CwResample *axis);

/* The groups that the outputs first..first + 4 need (first < n): *begin..*end. */
void cw_resample_get_span(const CwResample *axis, guint first, guint *begin, guint *end);
