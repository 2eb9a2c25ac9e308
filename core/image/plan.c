#include "image/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static gboolean
check_value(const char *what, guint value, guint least, guint most, GError **error)
{
    if (value >= least && value <= most)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "image: %s %u is not between %u and %u", what,
                value, least, most);
    return FALSE;
}

static gboolean
check_aspect(guint64 par_n, guint64 par_d, GError **error)
{
    if (par_n && par_d && par_n <= par_d * CW_IMAGE_MAX_PAR && par_d <= par_n * CW_IMAGE_MAX_PAR)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                "image: pixel aspect ratio %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT
                " is not between 1:%d and %d:1",
                par_n, par_d, CW_IMAGE_MAX_PAR, CW_IMAGE_MAX_PAR);
    return FALSE;
}

static gboolean
check_arguments(const CwFrameFormat *f, const CwPreprocess *p, CwCrop crop, GError **error)
{
    return check_value("pixel format", f->format, 0, CW_PIXEL_LAST - 1, error) &&
           check_value("colour matrix", f->matrix, 0, CW_MATRIX_FCC, error) &&
           check_value("colour range", f->range, 0, CW_RANGE_FULL, error) &&
           check_value("orientation", f->orientation, 1, CW_ORIENTATION_270, error) &&
           check_value("picture width", f->width, 1, CW_FRAME_MAX_SIDE, error) &&
           check_value("picture height", f->height, 1, CW_FRAME_MAX_SIDE, error) &&
           check_aspect(f->par_n, f->par_d, error) &&
           check_value("input width", p->width, 1, CW_IMAGE_MAX_INPUT, error) &&
           check_value("input height", p->height, 1, CW_IMAGE_MAX_INPUT, error) &&
           check_value("interpolation", p->interpolation, CW_INTERPOLATION_BILINEAR,
                       CW_INTERPOLATION_BICUBIC, error) &&
           check_value("resize mode", p->resize_mode, 0, CW_RESIZE_LONGEST, error) &&
           check_value("crop", crop, 0, CW_CROP_TILES, error);
}

/* Regions of the upright picture as regions of the stored one. */
static void
place_views(CwImagePlan *plan, const CwGeometry *g)
{
    plan->n_views = g->n_views;
    for (guint i = 0; i < g->n_views; i++) {
        const guint right = g->width - g->region_width - g->x[i];
        const guint below = g->height - g->region_height - g->y[i];
        const guint x = g->is_mirrored_x ? right : g->x[i];
        const guint y = g->is_mirrored_y ? below : g->y[i];
        plan->view_columns[i] = g->is_swapped ? y : x;
        plan->view_rows[i] = g->is_swapped ? x : y;
    }
}

static gboolean
resample_axes(CwImagePlan *plan, const CwGeometry *g, CwInterpolation interpolation, GError **error)
{
    const CwImageKernels *kernels = plan->reader.kernels;
    plan->is_swapped = g->is_swapped;
    plan->rows_run_backwards = g->is_mirrored_y;
    return cw_resample_init(&plan->x, kernels, interpolation, g->region_width, g->target_width,
                            g->from_x, g->n_columns, g->is_mirrored_x, error) &&
           cw_resample_init(&plan->y, kernels, interpolation, g->region_height, g->target_height,
                            g->from_y, g->n_rows, g->is_mirrored_y, error);
}

/* Sizes are multiples of this, so that vectors never lie across cache lines. */
static gsize
round_up(gsize n)
{
    return (n + CW_IMAGE_MAX_BYTES - 1) / CW_IMAGE_MAX_BYTES * CW_IMAGE_MAX_BYTES;
}

/* Room for what one step needs at most, and for some bands, so that what it keeps is not moved for
 * each. */
static guint
count_line_groups(const CwImagePlan *plan)
{
    guint most = 0;
    for (guint i = 0; i < plan->y.n; i += 4) {
        guint begin, end;
        cw_resample_get_span(&plan->y, i, &begin, &end);
        most = MAX(most, end - begin);
    }
    return most + 4 * (plan->n_band_rows / 4);
}

/* The next piece of the plan's memory; on the first walk there is none yet and only sizes count. */
static void *
take(CwImagePlan *plan, gsize *used, gsize size)
{
    void *piece = plan->memory ? plan->memory + *used : NULL;
    *used += round_up(size);
    return piece;
}

/* Returns the size of all. */
static gsize
lay_out_memory(CwImagePlan *plan)
{
    /* A piece may begin one column early, at a whole chroma sample; kernels write whole vectors. */
    const gsize n_positions = round_up(plan->x.end - plan->x.begin);
    const gsize row = CW_IMAGE_PIECE + 64;
    const gsize n_groups = n_positions / 4;
    gsize used = 0;

    for (guint r = 0; r < CW_IMAGE_MAX_LANES; r++)
        for (guint c = 0; c < 3; c++)
            plan->rows[r][c] = (guint8 *)take(plan, &used, row + 64) + (plan->memory ? 64 : 0);
    for (guint c = 0; c < 3; c++)
        plan->reader.samples[c] = take(plan, &used, row * sizeof(gint16));
    plan->band.colour = 4 * plan->n_band_rows;
    plan->band.group = 3 * plan->band.colour;
    plan->band.bytes = take(plan, &used, n_groups * plan->band.group);
    plan->lines.colour = 4 * plan->x.n_padded;
    plan->lines.group = 3 * plan->lines.colour;
    plan->lines.bytes = take(plan, &used, plan->n_line_groups * plan->lines.group);
    plan->result.colour = 16;
    plan->result.group = 3 * plan->result.colour;
    plan->result.bytes = take(plan, &used, plan->x.n_padded / 4 * plan->result.group);
    return used;
}

static gboolean
allocate_memory(CwImagePlan *plan, GError **error)
{
    /* Short pieces of rows would cost more in calls than in pixels. */
    plan->n_band_rows = plan->is_swapped ? CW_IMAGE_MAX_BYTES : plan->reader.kernels->n_lanes;
    plan->n_line_groups = count_line_groups(plan);
    const gsize size = lay_out_memory(plan);
    plan->memory = aligned_alloc(CW_IMAGE_MAX_BYTES, size);
    if (plan->memory) {
        memset(plan->memory, 0, size);
        lay_out_memory(plan);
        return TRUE;
    }
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for %" G_GSIZE_FORMAT " bytes of rows",
                size);
    return FALSE;
}

static void
place_outputs(CwImagePlan *plan, const CwGeometry *g, const CwPreprocess *preprocess)
{
    plan->width = preprocess->width;
    plan->height = preprocess->height;
    for (guint c = 0; c < 3; c++)
        plan->fill[c] = (guint8)CLAMP(lrintf(preprocess->mean[c] * 255.0f), 0, 255);
    plan->has_bars = g->n_columns < plan->width || g->n_rows < plan->height;
    plan->to = (gsize)g->to_y * plan->width + g->to_x;
}

CwImagePlan *
cw_image_plan_new_zone(const CwImageKernels *kernels, const CwFrameFormat *format,
                       const CwPreprocess *preprocess, CwCrop crop, const CwZone *zone,
                       const CwZones *masks, GError **error)
{
    if (!check_arguments(format, preprocess, crop, error))
        return NULL;
    CwGeometry geometry;
    cw_geometry_init(&geometry, format, preprocess, crop, zone);

    g_autoptr(CwImagePlan) plan = g_new0(CwImagePlan, 1);
    plan->reader.layout = cw_layout_get(format->format);
    plan->reader.kernels = kernels;
    cw_color_init(&plan->reader.color, format->matrix, format->range, plan->reader.layout->depth);
    plan->interlaced = format->interlaced;
    place_views(plan, &geometry);
    place_outputs(plan, &geometry, preprocess);
    if (!resample_axes(plan, &geometry, preprocess->interpolation, error) ||
        !cw_hidden_new(&geometry, zone, masks, &plan->hidden, error) ||
        !allocate_memory(plan, error))
        return NULL;
    return g_steal_pointer(&plan);
}

CwImagePlan *
cw_image_plan_new_with(const CwImageKernels *kernels, const CwFrameFormat *format,
                       const CwPreprocess *preprocess, CwCrop crop, GError **error)
{
    return cw_image_plan_new_zone(kernels, format, preprocess, crop, NULL, NULL, error);
}

CwImagePlan *
cw_image_plan_new(const CwFrameFormat *format, const CwPreprocess *preprocess, CwCrop crop,
                  GError **error)
{
    return cw_image_plan_new_with(cw_image_kernels(), format, preprocess, crop, error);
}

void
cw_image_plan_free(CwImagePlan *plan)
{
    if (!plan)
        return;
    cw_resample_clear(&plan->x);
    cw_resample_clear(&plan->y);
    g_clear_pointer(&plan->hidden, cw_hidden_free);
    free(plan->memory);
    g_free(plan);
}

guint
cw_image_plan_get_n_views(const CwImagePlan *plan)
{
    return plan->n_views;
}
