/* How each pixel format lies in memory, and how a row of it is read. */
#pragma once

#include <clipwatch/frame.h>

/* How a row of a layout is read. */
typedef enum {
    CW_LAYOUT_RGB,        /* read_rgb gives bytes of R, G, B */
    CW_LAYOUT_HALF_YUV,   /* 8 bits, a chroma sample for two pixels: converted as it lies */
    CW_LAYOUT_PACKED_YUV, /* the same, luma and chroma in turn */
    CW_LAYOUT_YUV,        /* read_samples gives luma * 2^7, (chroma - 128) * 2^8 of 8-bit values */
    CW_LAYOUT_GREY        /* read_samples gives luma * 2^7 in the first row */
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
    } u, v; /* where the first samples of two kinds are; v of packed layouts follows from u */
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
