#include "image/geometry.h"

#include <math.h>

static const struct {
    gboolean is_swapped, is_mirrored_x, is_mirrored_y;
} turns[] = {
    [CW_ORIENTATION_UPRIGHT] = {FALSE, FALSE, FALSE},
    [CW_ORIENTATION_MIRROR] = {FALSE, TRUE, FALSE},
    [CW_ORIENTATION_180] = {FALSE, TRUE, TRUE},
    [CW_ORIENTATION_FLIP] = {FALSE, FALSE, TRUE},
    [CW_ORIENTATION_TRANSPOSE] = {TRUE, FALSE, FALSE},
    [CW_ORIENTATION_90] = {TRUE, TRUE, FALSE},
    [CW_ORIENTATION_TRANSVERSE] = {TRUE, TRUE, TRUE},
    [CW_ORIENTATION_270] = {TRUE, FALSE, TRUE},
};

/* Width and height as they should look, in a unit of their own: only the ratio counts, and it is
 * the plain size in pixels where pixels are square. */
typedef struct {
    guint64 width, height;
} Display;

static void
measure_upright(CwGeometry *geometry, const CwFrameFormat *format)
{
    geometry->width = format->width;
    geometry->height = format->height;
    if (format->interlaced) {
        geometry->height = (format->height + 1) / 2;
    }
    geometry->is_swapped = turns[format->orientation].is_swapped;
    geometry->is_mirrored_x = turns[format->orientation].is_mirrored_x;
    geometry->is_mirrored_y = turns[format->orientation].is_mirrored_y;
    if (geometry->is_swapped) {
        geometry->width = geometry->height;
        geometry->height = format->width;
    }
}

/* The pixels from begin to end, shares of a side, along that side: what decimals only just miss is
 * not touched. */
static void
place_span(double begin, double end, guint side, guint *offset, guint *length)
{
    const double first = CLAMP(floor(begin * side + 1e-6), 0, side - 1.0);
    const double last = CLAMP(ceil(end * side - 1e-6), first + 1, side);
    *offset = (guint)first;
    *length = (guint)(last - first);
}

/* The region that is looked at; x and y receive where it begins. */
static void
place_region(CwGeometry *geometry, const CwZone *zone, guint *x, guint *y)
{
    double left = 1, right = 0, top = 1, bottom = 0;
    for (guint i = 0; zone && i < zone->n_points; i++) {
        left = MIN(left, zone->points[i].x);
        right = MAX(right, zone->points[i].x);
        top = MIN(top, zone->points[i].y);
        bottom = MAX(bottom, zone->points[i].y);
    }
    if (!zone) {
        left = top = 0;
        right = bottom = 1;
    }
    place_span(left, right, geometry->width, x, &geometry->region_width);
    place_span(top, bottom, geometry->height, y, &geometry->region_height);
}

static Display
measure_region(const CwGeometry *geometry, const CwFrameFormat *format)
{
    guint64 par_n = format->par_n, par_d = format->par_d;
    if (format->interlaced)
        par_d *= 2;
    if (par_n == par_d)
        par_n = par_d = 1;
    return geometry->is_swapped
               ? (Display){geometry->region_width * par_d, geometry->region_height * par_n}
               : (Display){geometry->region_width * par_n, geometry->region_height * par_d};
}

/* Python's int(round((size - n) / 2)): halves go to the even neighbour. */
static guint64
center_offset(guint64 size, guint64 n)
{
    const guint64 half = (size - n) / 2;
    return (size - n) % 2 ? half + half % 2 : half;
}

/* torchvision's Resize(n) for a square input, open_clip's ResizeKeepRatio for another one. */
static void
fit_shortest(CwGeometry *geometry, Display display, guint width, guint height)
{
    if (width != height) {
        const double ratio = MIN((double)display.width / width, (double)display.height / height);
        geometry->target_width = (guint64)rint((double)display.width / ratio);
        geometry->target_height = (guint64)rint((double)display.height / ratio);
    } else if (display.width <= display.height) {
        geometry->target_width = width;
        geometry->target_height = width * display.height / display.width;
    } else {
        geometry->target_width = height * display.width / display.height;
        geometry->target_height = height;
    }
    geometry->n_columns = width;
    geometry->n_rows = height;
    geometry->from_x = center_offset(geometry->target_width, width);
    geometry->from_y = center_offset(geometry->target_height, height);
}

static void
fit_longest(CwGeometry *geometry, Display display, guint width, guint height)
{
    const double ratio = MAX((double)display.width / width, (double)display.height / height);
    const double target_width = rint((double)display.width / ratio);
    const double target_height = rint((double)display.height / ratio);
    geometry->n_columns = (guint)CLAMP(target_width, 1, width);
    geometry->n_rows = (guint)CLAMP(target_height, 1, height);
    geometry->target_width = geometry->n_columns;
    geometry->target_height = geometry->n_rows;
    geometry->to_x = (width - geometry->n_columns) / 2;
    geometry->to_y = (height - geometry->n_rows) / 2;
}

static void
fit_squash(CwGeometry *geometry, guint width, guint height)
{
    geometry->target_width = geometry->n_columns = width;
    geometry->target_height = geometry->n_rows = height;
}

/* Evenly spread views of one side's length `part` over `whole`, both ends covered. */
static void
spread_views(CwGeometry *geometry, guint *offsets, guint whole, guint part)
{
    const guint n_gaps = geometry->n_views - 1;
    for (guint i = 1; i <= n_gaps; i++)
        offsets[i] = (2 * i * (whole - part) + n_gaps) / (2 * n_gaps);
}

/* As many regions of the input's shape as it takes to cover the long side. */
static void
fit_tiles(CwGeometry *geometry, Display display, guint width, guint height)
{
    const guint64 wide = display.width * height, tall = display.height * width;
    const guint64 whole = MAX(wide, tall), part = MIN(wide, tall);
    const guint64 n = whole / part + (whole % part != 0);
    geometry->n_views = (guint)MIN(n, CW_IMAGE_MAX_VIEWS);
    guint *side = wide >= tall ? &geometry->region_width : &geometry->region_height;
    guint *offsets = wide >= tall ? geometry->x : geometry->y;
    const guint length = *side;
    *side = (guint)MAX(rint((double)length * ((double)part / (double)whole)), 1);
    spread_views(geometry, offsets, length, *side);
    fit_squash(geometry, width, height);
}

static CwResizeMode
choose_mode(CwResizeMode of_model, CwCrop crop)
{
    switch (crop) {
    case CW_CROP_CENTER:
        return CW_RESIZE_SHORTEST;
    case CW_CROP_SQUASH:
        return CW_RESIZE_SQUASH;
    case CW_CROP_LETTERBOX:
        return CW_RESIZE_LONGEST;
    default:
        return of_model;
    }
}

static void
fit(CwGeometry *geometry, Display display, const CwPreprocess *preprocess, CwCrop crop)
{
    const guint width = preprocess->width, height = preprocess->height;
    if (crop == CW_CROP_TILES) {
        fit_tiles(geometry, display, width, height);
        return;
    }
    switch (choose_mode(preprocess->resize_mode, crop)) {
    case CW_RESIZE_SHORTEST:
        fit_shortest(geometry, display, width, height);
        break;
    case CW_RESIZE_SQUASH:
        fit_squash(geometry, width, height);
        break;
    case CW_RESIZE_LONGEST:
        fit_longest(geometry, display, width, height);
        break;
    }
}

void
cw_geometry_init(CwGeometry *geometry, const CwFrameFormat *format, const CwPreprocess *preprocess,
                 CwCrop crop, const CwZone *zone)
{
    guint x, y;
    *geometry = (CwGeometry){.n_views = 1};
    measure_upright(geometry, format);
    place_region(geometry, zone, &x, &y);
    fit(geometry, measure_region(geometry, format), preprocess, crop);
    for (guint i = 0; i < geometry->n_views; i++) {
        geometry->x[i] += x;
        geometry->y[i] += y;
    }
}
