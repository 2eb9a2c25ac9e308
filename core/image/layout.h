/* How each pixel format lies in memory, and how a row of it is read. */
#pragma once

#include <clipwatch/frame.h>

/* What the three rows that an unpacker writes hold. */
typedef enum {
    CW_LAYOUT_RGB, /* R, G, B, 0..255 */
    CW_LAYOUT_YUV, /* luma * 2^7 and (chroma - 128) * 2^8 of 8-bit values, chroma repeated */
    CW_LAYOUT_GREY /* luma * 2^7 in the first row; the others are not written */
} CwLayoutKind;

/* Reads n pixels of one row from column x on (even) into rows of at least n. planes point to the
 * starts of the rows that hold these pixels. */
typedef void (*CwUnpackRow)(const guint8 *const planes[CW_FRAME_MAX_PLANES], guint x, guint n,
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
    CwUnpackRow unpack;
} CwLayout;

/* The layout of a format, static; NULL for a value that is none. */
const CwLayout *cw_layout_get(CwPixelFormat format);
