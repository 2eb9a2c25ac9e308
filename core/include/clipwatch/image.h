/* Pictures of any video format to network input, exactly as the reference does: Pillow's
 * antialiased resize, byte for byte. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

G_BEGIN_DECLS

/* Most views that one picture may be cut into (CW_CROP_TILES on a very long picture). */
#define CW_IMAGE_MAX_VIEWS 8

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

/* Crops, converts to RGB and resizes. rgb: [n_views][3][height][width] bytes of the network input,
 * owned by the caller. */
CW_API void cw_image_plan_run(CwImagePlan *plan, const CwFrame *frame, guint8 *rgb);

/* (rgb / 255 - mean) / std, for n pictures. rgb and pixels: [n][3][height][width]. */
CW_API void cw_image_normalize(const CwPreprocess *preprocess, const guint8 *rgb, guint n,
                               float *pixels);

G_END_DECLS
