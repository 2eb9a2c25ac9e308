/* Pictures of any video format to network input, exactly as the reference does: Pillow's
 * antialiased resize, byte for byte. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

G_BEGIN_DECLS

/* Largest side of a network input. */
#define CW_IMAGE_MAX_INPUT 4096

/* Pixel aspect ratios from 1:CW_IMAGE_MAX_PAR to CW_IMAGE_MAX_PAR:1 are believed. */
#define CW_IMAGE_MAX_PAR 128

/* Most views that one picture may be cut into (CW_CROP_TILES on a very long picture). */
#define CW_IMAGE_MAX_VIEWS 8

/* What the planes of a format look like: how many there are; bytes that a row of one needs at
 * least; rows that one has. Planes lie as GStreamer orders them in memory: YV12 has V before U. A
 * format or plane that does not exist gives 0. */
CW_API guint cw_frame_format_get_n_planes(const CwFrameFormat *format);
CW_API guint cw_frame_format_get_min_stride(const CwFrameFormat *format, guint plane);
CW_API guint cw_frame_format_get_plane_height(const CwFrameFormat *format, guint plane);

/* "model", "center", "squash", "letterbox", "tiles", and back. Static strings, NULL for a value
 * that is none; FALSE for an unknown name. */
CW_API const char *cw_crop_to_string(CwCrop crop);
CW_API gboolean cw_crop_from_string(const char *name, CwCrop *crop);

/* A resize worked out for one frame format and one network: coefficients and row buffers.
 * Belongs to one thread at a time; running it allocates nothing. */
typedef struct _CwImagePlan CwImagePlan;

/* Returns NULL with CW_ERROR_ARGUMENT when a size, ratio or enum is out of range, CW_ERROR_LIMIT
 * when memory cannot be had. */
CW_API CwImagePlan *cw_image_plan_new(const CwFrameFormat *format, const CwPreprocess *preprocess,
                                      CwCrop crop, GError **error);
CW_API void cw_image_plan_free(CwImagePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwImagePlan, cw_image_plan_free)

/* Number of network inputs that one picture yields: 1, or the number of tiles. */
CW_API guint cw_image_plan_get_n_views(const CwImagePlan *plan);

/* Crops, converts to RGB, turns upright and resizes. frame is of the plan's format, its strides at
 * least the least ones; nothing beyond the picture's own bytes is read. rgb:
 * [n_views][3][height][width] bytes of the network input, owned by the caller. */
CW_API void cw_image_plan_run(CwImagePlan *plan, const CwFrame *frame, guint8 *rgb);

/* (rgb / 255 - mean) / std, for n pictures. rgb and pixels: [n][3][height][width]. */
CW_API void cw_image_normalize(const CwPreprocess *preprocess, const guint8 *rgb, guint n,
                               float *pixels);

G_END_DECLS
