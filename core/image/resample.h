/* Pillow's antialiased resize of one axis, to the byte: its windows and weights, and the two ways
 * of applying them to rows of 16-bit lanes that hold 0..255. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

/* Rows are read in groups of this many lanes: they need this many spare lanes at their end. */
#define CW_RESAMPLE_LANES 16

/* Whole rows are added in groups of this many. */
#define CW_RESAMPLE_ROWS 4

/* One axis: which source positions each output is the weighted sum of. A weight (fixed point, 22
 * fractional bits) is kept as upper * 2^12 + lower, both 16 bits wide, so that the sums run in
 * multiply-add instructions of every CPU and are exact all the same. */
typedef struct {
    guint n; /* outputs */
    guint max_taps;
    guint pitch;   /* weights from one output to the next */
    guint *first;  /* [n] first source position */
    guint *n_taps; /* [n] */
    gint16 *upper; /* [n][pitch], zero behind the last tap */
    gint16 *lower;
} CwResample;

/* The outputs from..from + n of resizing source_size positions to target_size. mirrored: the source
 * runs backwards; the result is that of turning it first. CW_ERROR_LIMIT when out of memory. */
gboolean cw_resample_init(CwResample *axis, CwInterpolation interpolation, guint source_size,
                          guint64 target_size, guint64 from, guint n, gboolean mirrored,
                          GError **error);
void cw_resample_clear(CwResample *axis);

/* The source positions that any output needs: *begin..*end. */
void cw_resample_get_span(const CwResample *axis, guint *begin, guint *end);

/* out[i] for every output i from one row; row[0] is source position origin. The row has
 * CW_RESAMPLE_LANES spare lanes, of any value. */
void cw_resample_along_row(const CwResample *axis, const gint16 *row, guint origin, gint16 *out);

/* One output from whole rows: rows[k] is the source row first[output] + k, and some row or other
 * from the last tap up to a multiple of CW_RESAMPLE_ROWS. n_lanes is a multiple of
 * CW_RESAMPLE_LANES. */
void cw_resample_across_rows(const CwResample *axis, guint output, const gint16 *const *rows,
                             guint n_lanes, gint16 *out);
