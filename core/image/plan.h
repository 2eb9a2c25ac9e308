/* A plan's parts, for what makes it and what runs it. */
#pragma once

#include "image/geometry.h"
#include "image/hidden.h"
#include "image/resample.h"
#include "image/row.h"

#include <clipwatch/image.h>

/* A picture's way to the network input, a band of upright rows at a time: convert to RGB and lay in
 * quads (band), weigh along x into the quads of the other axis (lines), weigh along y (result),
 * place. Where the picture is stored turned, only what fills the band differs. */
struct _CwImagePlan {
    CwRowReader reader;
    gboolean interlaced;
    gboolean is_swapped;         /* upright rows are stored columns */
    gboolean rows_run_backwards; /* upright rows are stored from the last to the first */
    CwResample x, y;             /* along upright rows and upright columns of a region */
    guint n_views;
    guint view_columns[CW_IMAGE_MAX_VIEWS], view_rows[CW_IMAGE_MAX_VIEWS]; /* regions, as stored */

    guint width, height; /* of the network input */
    guint8 fill[3];
    CwHidden *hidden;  /* is read as the fill; NULL: nothing */
    gboolean has_bars; /* the picture leaves a part of the input to the fill */
    gsize to;          /* where the picture's first byte lies in a plane of the input */

    /* Pieces of stored rows, as many as fill the lanes of the kernels. */
    guint8 *rows[CW_IMAGE_MAX_LANES][3];
    guint n_band_rows;
    CwQuads band;        /* lanes are upright rows, positions are x */
    CwQuads lines;       /* lanes are outputs of x, positions are y */
    guint n_line_groups; /* that there is room for */
    CwQuads result;      /* of four outputs of y, [lane / 4][colour][4][lane % 4] */
    guint8 *memory;      /* all of these */
};

/* Pixels that a piece of a row holds: as long as pieces of CW_IMAGE_MAX_LANES rows stay in the
 * first-level cache. */
#define CW_IMAGE_PIECE 256

/* As cw_image_plan_new(), with a table of kernels that may be slower than the machine's best. */
CwImagePlan *cw_image_plan_new_with(const CwImageKernels *kernels, const CwFrameFormat *format,
                                    const CwPreprocess *preprocess, CwCrop crop, GError **error);

/* The same of one zone (NULL: of the whole picture). What lies outside it and what the masks (NULL:
 * none) cover is read as if it had the mean colour, which the network takes for nothing; it is
 * hidden before anything is resized, so that no trace of it reaches the pixels beside it. Neither
 * zone nor masks are kept. */
CwImagePlan *cw_image_plan_new_zone(const CwImageKernels *kernels, const CwFrameFormat *format,
                                    const CwPreprocess *preprocess, CwCrop crop, const CwZone *zone,
                                    const CwZones *masks, GError **error);
