/* Which part of a picture becomes which part of the network input: arithmetic on sizes alone. */
#pragma once

#include <clipwatch/image.h>
#include <clipwatch/zones.h>

/* All of it is about the upright picture: turned as its orientation says, of an interlaced one only
 * the upper field. Each view resizes the region at (x, y) to target and keeps the window of
 * n columns and rows from from on, which goes to (to_x, to_y) of the input. */
typedef struct {
    gboolean is_swapped;                   /* upright rows are stored columns */
    gboolean is_mirrored_x, is_mirrored_y; /* what is stored runs against that upright axis */
    guint width, height;                   /* of the upright picture */
    guint n_views;
    guint x[CW_IMAGE_MAX_VIEWS], y[CW_IMAGE_MAX_VIEWS];
    guint region_width, region_height;
    guint64 target_width, target_height;
    guint64 from_x, from_y;
    guint n_columns, n_rows;
    guint to_x, to_y;
} CwGeometry;

/* The values of format and preprocess are within their ranges. zone: its rectangle stands for the
 * picture, rounded outwards to whole pixels; NULL: the whole picture. */
void cw_geometry_init(CwGeometry *geometry, const CwFrameFormat *format,
                      const CwPreprocess *preprocess, CwCrop crop, const CwZone *zone);
