#include "image/plan.h"

#include <string.h>

/* n pixels of a stored row as RGB in to, of a view whose needed pixels begin at (column, row). */
static void
read_pixels(const CwImagePlan *plan, const CwFrame *frame, guint column, guint row, guint n,
            guint8 *const to[3])
{
    const CwLayout *layout = plan->reader.layout;
    /* Reading begins at a whole chroma sample. */
    const guint before = column % 2;
    guint8 *const rgb[3] = {to[0] - before, to[1] - before, to[2] - before};
    const guint8 *planes[CW_FRAME_MAX_PLANES] = {NULL};
    for (guint p = 0; p < layout->n_planes; p++) {
        /* Chroma belongs to its field as luma does, so doubled strides are all it takes. */
        const gsize stride = (gsize)frame->strides[p] << (plan->interlaced ? 1 : 0);
        planes[p] = frame->planes[p] + (row >> layout->planes[p].y_shift) * stride;
    }
    cw_row_read(&plan->reader, planes, column - before, n + before, rgb);
    if (plan->hidden)
        cw_hidden_blank(plan->hidden, row, column, n, plan->fill, to);
}

/* Pieces of one colour, in the order of the rows. */
static void
collect_rows(const CwImagePlan *plan, guint colour, guint n, const guint8 **rows)
{
    for (guint r = 0; r < n; r++)
        rows[r] = plan->rows[r][colour];
}

/* Upright rows are stored rows: as many as there are lanes, piece by piece. Lanes and positions
 * behind the last ones hold what was there before; nothing comes of them. */
static void
fill_band(const CwImagePlan *plan, const CwFrame *frame, guint view, guint from, guint n)
{
    const guint column = plan->view_columns[view] + plan->x.begin;
    const guint row = plan->view_rows[view] + plan->y.begin + from;
    const guint n_columns = plan->x.end - plan->x.begin;
    const guint8 *rows[CW_IMAGE_MAX_LANES];

    for (guint x = 0; x < n_columns; x += CW_IMAGE_PIECE) {
        const guint n_here = MIN(n_columns - x, CW_IMAGE_PIECE);
        for (guint r = 0; r < n; r++)
            read_pixels(plan, frame, column + x, row + r, n_here, plan->rows[r]);
        for (guint c = 0; c < 3; c++) {
            collect_rows(plan, c, plan->n_band_rows, rows);
            plan->reader.kernels->stack_rows(
                rows, n_here, plan->band.bytes + x / 4 * plan->band.group + c * plan->band.colour,
                plan->band.group);
        }
    }
}

/* Upright rows are stored columns: a piece as wide as the band is read of every stored row. */
static void
fill_turned_band(const CwImagePlan *plan, const CwFrame *frame, guint view, guint from, guint n)
{
    const guint column = plan->view_columns[view] + plan->y.begin + from;
    const guint row = plan->view_rows[view] + plan->x.begin;
    const guint n_rows = plan->x.end - plan->x.begin;
    const guint8 *rows[4];

    for (guint x = 0; x < n_rows; x += 4) {
        for (guint r = 0; r < MIN(n_rows - x, 4); r++)
            read_pixels(plan, frame, column, row + x + r, n, plan->rows[r]);
        for (guint c = 0; c < 3; c++) {
            collect_rows(plan, c, 4, rows);
            plan->reader.kernels->stack_columns(
                rows, n, plan->band.bytes + x / 4 * plan->band.group + c * plan->band.colour);
        }
    }
}

/* The lines that are there: groups first..end of y. */
typedef struct {
    guint first, end;
} Held;

/* Adds the band of upright rows that comes next to the lines; those before group keep may go. */
static void
add_lines(const CwImagePlan *plan, const CwFrame *frame, guint view, guint keep, Held *held)
{
    const guint n_groups = plan->n_band_rows / 4, from = 4 * held->end;
    const guint n = MIN(plan->y.end - plan->y.begin - from, plan->n_band_rows);
    const CwQuads *lines = &plan->lines;

    if (held->end - held->first + n_groups > plan->n_line_groups) {
        memmove(lines->bytes, lines->bytes + (keep - held->first) * lines->group,
                (held->end - keep) * lines->group);
        held->first = keep;
    }
    if (plan->is_swapped)
        fill_turned_band(plan, frame, view, from, n);
    else
        fill_band(plan, frame, view, from, n);
    const CwQuads out = {lines->bytes + (held->end - held->first) * lines->group, lines->group,
                         lines->colour};
    plan->reader.kernels->weigh(&plan->x.weights, 0, plan->x.n_padded, &plan->band, 0,
                                plan->n_band_rows, &out);
    held->end += n_groups;
}

/* Places the outputs first..first + 4 of y. */
static void
store_result(const CwImagePlan *plan, guint first, guint8 *rgb)
{
    const guint n = plan->x.n;
    for (guint c = 0; c < 3; c++)
        for (guint i = 0; i < MIN(plan->y.n - first, 4); i++) {
            const guint8 *from = plan->result.bytes + c * plan->result.colour + 4 * i;
            guint8 *to = rgb + (gsize)c * plan->width * plan->height + plan->to +
                         (gsize)(first + i) * plan->width;
            guint x = 0;
            for (; x + 4 <= n; x += 4, from += plan->result.group)
                memcpy(to + x, from, 4);
            memcpy(to + x, from, n - x);
        }
}

static void
run_view(const CwImagePlan *plan, const CwFrame *frame, guint view, guint8 *rgb)
{
    const guint n_steps = (plan->y.n + 3) / 4;
    Held held = {0};

    for (guint step = 0; step < n_steps; step++) {
        const guint first = 4 * (plan->rows_run_backwards ? n_steps - 1 - step : step);
        guint begin, end;
        cw_resample_get_span(&plan->y, first, &begin, &end);
        while (held.end < end)
            add_lines(plan, frame, view, begin, &held);
        plan->reader.kernels->weigh(&plan->y.weights, first, 4, &plan->lines, held.first,
                                    plan->x.n_padded, &plan->result);
        store_result(plan, first, rgb);
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
