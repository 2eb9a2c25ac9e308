/* A picture's way to the network input, a stored row at a time: read, convert to RGB, resize along
 * one axis into a ring of rows, resize the ring along the other, place. */
#include "image/color.h"
#include "image/geometry.h"
#include "image/resample.h"

#include <math.h>
#include <string.h>

struct _CwImagePlan {
    const CwLayout *layout;
    CwColor color;
    gboolean interlaced;
    guint width, height; /* of the network input */
    guint8 fill[3];
    gboolean has_bars; /* the picture leaves a part of the input to the fill */

    /* Pillow resizes upright rows first. Where these are stored columns, the first pass weighs
     * whole stored rows against each other and the second one runs along them; else the other way
     * round. */
    gboolean is_swapped, rows_run_backwards;
    CwResample columns, rows; /* along stored columns and stored rows of a region */
    guint n_views;
    guint view_columns[CW_IMAGE_MAX_VIEWS], view_rows[CW_IMAGE_MAX_VIEWS]; /* regions, as stored */
    guint begin, n_needed;           /* stored columns of a region that any output needs */
    gsize to, column_step, row_step; /* where outputs of columns and rows lie in the input */

    guint pitch, line_pitch; /* lanes of one colour in a ring row and in the other rows */
    guint n_ring;
    gint16 *ring;          /* [n_ring][3][pitch] */
    const gint16 **window; /* ring rows in order */
    gint16 *source;        /* [3][line_pitch] one stored row */
    gint16 *line;          /* [3][line_pitch] one result of the second pass */
};

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
    CwResample *x = g->is_swapped ? &plan->rows : &plan->columns;
    CwResample *y = g->is_swapped ? &plan->columns : &plan->rows;
    plan->is_swapped = g->is_swapped;
    plan->rows_run_backwards = g->is_swapped ? g->is_mirrored_x : g->is_mirrored_y;
    return cw_resample_init(x, interpolation, g->region_width, g->target_width, g->from_x,
                            g->n_columns, g->is_mirrored_x, error) &&
           cw_resample_init(y, interpolation, g->region_height, g->target_height, g->from_y,
                            g->n_rows, g->is_mirrored_y, error);
}

static guint
round_up_to_lanes(guint n)
{
    return (n + CW_RESAMPLE_LANES - 1) / CW_RESAMPLE_LANES * CW_RESAMPLE_LANES;
}

static gboolean
allocate_rows(CwImagePlan *plan, GError **error)
{
    /* One column more on the left, so that reading can start at a whole chroma sample. */
    plan->line_pitch =
        round_up_to_lanes(MAX(plan->n_needed + 1, plan->columns.n)) + CW_RESAMPLE_LANES;
    plan->pitch = plan->is_swapped ? plan->line_pitch : round_up_to_lanes(plan->columns.n);
    plan->n_ring = plan->rows.max_taps;
    plan->ring = g_try_malloc0_n(plan->n_ring, 3 * plan->pitch * sizeof *plan->ring);
    plan->window = g_try_new0(const gint16 *, plan->n_ring + CW_RESAMPLE_ROWS - 1);
    plan->source = g_try_malloc0_n(3, plan->line_pitch * sizeof *plan->source);
    plan->line = g_try_malloc0_n(3, plan->line_pitch * sizeof *plan->line);
    if (plan->ring && plan->window && plan->source && plan->line)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for %u rows of %u pixels", plan->n_ring,
                plan->pitch);
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
    plan->column_step = g->is_swapped ? plan->width : 1;
    plan->row_step = g->is_swapped ? 1 : plan->width;
}

CwImagePlan *
cw_image_plan_new(const CwFrameFormat *format, const CwPreprocess *preprocess, CwCrop crop,
                  GError **error)
{
    if (!check_arguments(format, preprocess, crop, error))
        return NULL;
    CwGeometry geometry;
    cw_geometry_init(&geometry, format, preprocess, crop);

    g_autoptr(CwImagePlan) plan = g_new0(CwImagePlan, 1);
    plan->layout = cw_layout_get(format->format);
    plan->interlaced = format->interlaced;
    cw_color_init(&plan->color, format->matrix, format->range, plan->layout->depth);
    place_views(plan, &geometry);
    place_outputs(plan, &geometry, preprocess);
    if (!resample_axes(plan, &geometry, preprocess->interpolation, error))
        return NULL;
    guint end;
    cw_resample_get_span(&plan->columns, &plan->begin, &end);
    plan->n_needed = end - plan->begin;
    return allocate_rows(plan, error) ? g_steal_pointer(&plan) : NULL;
}

void
cw_image_plan_free(CwImagePlan *plan)
{
    if (!plan)
        return;
    cw_resample_clear(&plan->columns);
    cw_resample_clear(&plan->rows);
    g_free(plan->ring);
    g_free(plan->window);
    g_free(plan->source);
    g_free(plan->line);
    g_free(plan);
}

guint
cw_image_plan_get_n_views(const CwImagePlan *plan)
{
    return plan->n_views;
}

/* How many columns before the first needed one its chroma sample begins. */
static guint
count_columns_before(const CwImagePlan *plan, guint view)
{
    return (plan->view_columns[view] + plan->begin) % 2;
}

/* Reads the columns of a view that are needed of one stored row and turns them into RGB. */
static void
read_row(const CwImagePlan *plan, const CwFrame *frame, guint view, guint row,
         gint16 *const rows[3])
{
    const CwLayout *layout = plan->layout;
    const guint first = plan->view_columns[view] + plan->begin;
    const guint before = count_columns_before(plan, view);
    const guint8 *planes[CW_FRAME_MAX_PLANES] = {NULL};
    for (guint p = 0; p < layout->n_planes; p++) {
        /* Chroma belongs to its field as luma does, so doubled strides are all it takes. */
        const gsize stride = (gsize)frame->strides[p] << (plan->interlaced ? 1 : 0);
        planes[p] = frame->planes[p] + (row >> layout->planes[p].y_shift) * stride;
    }
    layout->unpack(planes, first - before, plan->n_needed + before, rows);
    cw_color_convert(&plan->color, layout->kind, plan->n_needed + before, rows);
}

/* One stored row, as the ring holds it: all its pixels, or resized along the row. */
static void
fill_ring_row(CwImagePlan *plan, const CwFrame *frame, guint view, guint row)
{
    gint16 *slot = plan->ring + (gsize)(row % plan->n_ring) * 3 * plan->pitch;
    gint16 *const source[3] = {plan->source, plan->source + plan->line_pitch,
                               plan->source + 2 * plan->line_pitch};
    gint16 *const kept[3] = {slot, slot + plan->pitch, slot + 2 * plan->pitch};
    const guint stored_row = plan->view_rows[view] + row;

    if (plan->is_swapped) {
        read_row(plan, frame, view, stored_row, kept);
        return;
    }
    read_row(plan, frame, view, stored_row, source);
    for (guint c = 0; c < 3; c++)
        cw_resample_along_row(&plan->columns, source[c] + count_columns_before(plan, view),
                              plan->begin, kept[c]);
}

/* Places one finished line, output `output` of the stored rows' axis. */
static void
store_line(const CwImagePlan *plan, guint output, const gint16 *const lines[3], guint8 *rgb)
{
    const gsize plane = (gsize)plan->width * plan->height;
    for (guint c = 0; c < 3; c++) {
        guint8 *to = rgb + c * plane + plan->to + output * plan->row_step;
        for (guint i = 0; i < plan->columns.n; i++)
            to[i * plan->column_step] = (guint8)lines[c][i];
    }
}

static void
finish_line(CwImagePlan *plan, guint view, guint output, guint8 *rgb)
{
    const guint first = plan->rows.first[output];
    for (guint k = 0; k < plan->rows.n_taps[output] + CW_RESAMPLE_ROWS - 1; k++)
        plan->window[k] = plan->ring + (gsize)((first + k) % plan->n_ring) * 3 * plan->pitch;
    cw_resample_across_rows(&plan->rows, output, plan->window, 3 * plan->pitch, plan->line);

    const gint16 *lines[3];
    for (guint c = 0; c < 3; c++) {
        lines[c] = plan->line + (gsize)c * plan->pitch;
        if (plan->is_swapped) {
            gint16 *resized = plan->source + (gsize)c * plan->line_pitch;
            cw_resample_along_row(&plan->columns, lines[c] + count_columns_before(plan, view),
                                  plan->begin, resized);
            lines[c] = resized;
        }
    }
    store_line(plan, output, lines, rgb);
}

static void
run_view(CwImagePlan *plan, const CwFrame *frame, guint view, guint8 *rgb)
{
    const guint n = plan->rows.n;
    guint next = 0; /* first row of the view that the ring has not had */

    for (guint i = 0; i < n; i++) {
        const guint output = plan->rows_run_backwards ? n - 1 - i : i;
        const guint first = plan->rows.first[output];
        const guint end = first + plan->rows.n_taps[output];
        for (next = MAX(next, first); next < end; next++)
            fill_ring_row(plan, frame, view, next);
        finish_line(plan, view, output, rgb);
    }
}

void
cw_image_plan_run(CwImagePlan *plan, const CwFrame *frame, guint8 *rgb)
{
    const gsize plane = (gsize)plan->width * plan->height;
    for (guint view = 0; view < plan->n_views; view++, rgb += 3 * plane) {
        if (plan->has_bars)
            for (guint c = 0; c < 3; c++)
                memset(rgb + c * plane, plan->fill[c], plane);
        run_view(plan, frame, view, rgb);
    }
}
