/* How each pixel format lies in memory, and how a row of it is read. */
#pragma once

#include <clipwatch/frame.h>

/* What reads a row of a layout, and what it gives. */
typedef enum {
    CW_LAYOUT_RGB,      /* read_rgb: bytes of R, G, B */
    CW_LAYOUT_HALF_YUV, /* nothing: 8 bits, a chroma sample for two pixels, converted as it lies */
    CW_LAYOUT_YUV,      /* read_samples: luma * 2^7, (chroma - 128) * 2^8 of 8-bit values */
    CW_LAYOUT_GREY      /* read_samples: luma * 2^7 in the first row */
} CwLayoutKind;

/* Reads n pixels of one row from column x on (even) into rows of at least n. planes point to the
 * starts of the rows that hold these pixels. */
typedef void (*CwReadRgb)(const guint8 *const planes[CW_FRAME_MAX_PLANES], guint x, guint n,
                          guint8 *const out[3]);
typedef void (*CwReadSamples)(const guint8 *const planes[CW_FRAME_MAX_PLANES], guint x, guint n,
                              gint16 *const out[3]);

typedef struct {
    const char *name; /* GStreamer's */
    CwLayoutKind kind;
    guint depth; /* bits of a sample */
    guint n_planes;
    struct {
        guint8 x_shift, y_shift; /* 1 where one sample stands for two columns or rows */
        guint8 n_bytes;          /* of one sample, or of the samples that lie together */
    } planes[CW_FRAME_MAX_PLANES];
    CwReadRgb read_rgb;
    CwReadSamples read_samples;
    struct {
        guint8 plane, offset;
    } u, v; /* of CW_LAYOUT_HALF_YUV: the first samples */
} CwLayout;

/* Samples of every depth are brought to the same scale, so that one conversion serves all: 8-bit
 * luma times 2^7 and chroma, less its zero point, times 2^8 both just fit 16 bits. */
static inline gint16
cw_layout_scale_luma(guint value)
{
    return (gint16)(value << 7);
}

static inline gint16
cw_layout_scale_chroma(guint value)
{
    return (gint16)((gint32)(value << 8) - 32768);
}

/* The layout of a format, static; NULL for a value that is none. */
const CwLayout *cw_layout_get(CwPixelFormat format);
