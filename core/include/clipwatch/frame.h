/* What a picture in memory is, and what a network wants of it: plain descriptions, no code. */
#pragma once

#include <clipwatch/version.h>

G_BEGIN_DECLS

/* Memory layouts of 8-bit and 10-bit video, named as GStreamer names them. Alpha is ignored. */
typedef enum {
    CW_PIXEL_I420 = 0,
    CW_PIXEL_YV12,
    CW_PIXEL_NV12,
    CW_PIXEL_NV21,
    CW_PIXEL_YUY2,
    CW_PIXEL_UYVY,
    CW_PIXEL_Y42B, /* planar 4:2:2, what MJPEG cameras decode to */
    CW_PIXEL_Y444,
    CW_PIXEL_RGB,
    CW_PIXEL_BGR,
    CW_PIXEL_RGBX, /* also RGBA */
    CW_PIXEL_BGRX, /* also BGRA */
    CW_PIXEL_XRGB, /* also ARGB */
    CW_PIXEL_XBGR, /* also ABGR */
    CW_PIXEL_GRAY8,
    CW_PIXEL_P010_10LE,
    CW_PIXEL_I420_10LE,
    CW_PIXEL_LAST /* number of formats, not one of them */
} CwPixelFormat;

typedef enum {
    CW_MATRIX_BT601 = 0,
    CW_MATRIX_BT709,
    CW_MATRIX_BT2020,
    CW_MATRIX_SMPTE240M,
    CW_MATRIX_FCC,
} CwColorMatrix;

typedef enum {
    CW_RANGE_LIMITED = 0, /* luma 16..235 */
    CW_RANGE_FULL,        /* 0..255, JPEG */
} CwColorRange;

/* How the stored picture must be turned to stand upright; the values are those of EXIF. */
typedef enum {
    CW_ORIENTATION_UPRIGHT = 1,
    CW_ORIENTATION_MIRROR = 2, /* mirrored left-right */
    CW_ORIENTATION_180 = 3,
    CW_ORIENTATION_FLIP = 4,       /* mirrored top-bottom */
    CW_ORIENTATION_TRANSPOSE = 5,  /* mirrored along the main diagonal */
    CW_ORIENTATION_90 = 6,         /* turn 90 degrees clockwise to stand upright */
    CW_ORIENTATION_TRANSVERSE = 7, /* mirrored along the other diagonal */
    CW_ORIENTATION_270 = 8,        /* turn 90 degrees counter-clockwise */
} CwOrientation;

/* The geometry and colour of a stream's pictures: constant between two caps changes. */
typedef struct {
    CwPixelFormat format;
    CwColorMatrix matrix; /* ignored for RGB and grey */
    CwColorRange range;   /* ignored for RGB */
    guint width;          /* of the stored picture, in pixels, at most CW_FRAME_MAX_SIDE */
    guint height;
    guint par_n; /* pixel aspect ratio, 1/1 where unknown; never 0 */
    guint par_d;
    CwOrientation orientation;
    gboolean interlaced; /* two fields woven into the picture: only the upper one is looked at */
} CwFrameFormat;

#define CW_FRAME_MAX_SIDE   16384
#define CW_FRAME_MAX_PLANES 3

/* One picture. The planes belong to the caller and are only read during the call they are passed
 * to. A stride is in bytes, positive, and at least what the format needs for its width. */
typedef struct {
    const guint8 *planes[CW_FRAME_MAX_PLANES];
    guint strides[CW_FRAME_MAX_PLANES];
} CwFrame;

typedef enum {
    CW_INTERPOLATION_BILINEAR = 2, /* the numbers of Pillow and of the publishers' configs */
    CW_INTERPOLATION_BICUBIC = 3,
} CwInterpolation;

typedef enum {
    CW_RESIZE_SHORTEST = 0, /* shortest side to the input size, then a centre crop */
    CW_RESIZE_SQUASH,       /* both sides to the input size, aspect ratio lost */
    CW_RESIZE_LONGEST,      /* longest side to the input size, the rest filled with the mean */
} CwResizeMode;

/* What the network was trained to see (facts of the checkpoint). */
typedef struct {
    guint width; /* of the network input, in pixels */
    guint height;
    CwInterpolation interpolation;
    CwResizeMode resize_mode;
    float mean[3]; /* of R, G, B, on a scale where white is 1 */
    float std[3];
} CwPreprocess;

/* What part of the picture the network sees. */
typedef enum {
    CW_CROP_MODEL = 0, /* as the checkpoint says: the only one that reproduces published accuracy */
    CW_CROP_CENTER,    /* shortest side to the input, centre square */
    CW_CROP_SQUASH,    /* the whole picture, aspect ratio lost */
    CW_CROP_LETTERBOX, /* the whole picture, bars of the mean colour */
    CW_CROP_TILES,     /* overlapping squares along the long side; their embeddings are averaged */
} CwCrop;

G_END_DECLS
