#include "image/hidden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    guint begin, end; /* columns */
} Span;

struct _CwHidden {
    guint row, n_rows; /* of the picture as stored */
    guint *first;      /* [n_rows + 1], into spans */
    GArray *spans;     /* of all rows, in order */
};

/* An outline in pixels of the stored picture. */
typedef struct {
    CwPoint points[CW_ZONE_MAX_POINTS];
    guint n;
} Outline;

/* The rows and columns that are looked at, as stored. */
typedef struct {
    guint row, n_rows, column, n_columns;
} Window;

/* Shares are decimals: what was meant to lie on the edge of a pixel does. */
static double
snap(double pixels)
{
    const double whole = rint(pixels);
    return fabs(pixels - whole) < 1e-6 ? whole : pixels;
}

static void
place_outline(Outline *outline, const CwZone *zone, const CwGeometry *g)
{
    outline->n = zone->n_points;
    for (guint i = 0; i < zone->n_points; i++) {
        const CwPoint upright = zone->points[i];
        const double x = snap((g->is_mirrored_x ? 1 - upright.x : upright.x) * g->width);
        const double y = snap((g->is_mirrored_y ? 1 - upright.y : upright.y) * g->height);
        outline->points[i] = g->is_swapped ? (CwPoint){y, x} : (CwPoint){x, y};
    }
}

/* Marks the columns from left to right with value. */
static void
mark(guint8 *marks, const Window *window, double left, double right, guint8 value)
{
    const double last = window->column + window->n_columns;
    const double begin = floor(CLAMP(left, window->column, last));
    const double end = ceil(CLAMP(right, window->column, last));
    if (begin < end)
        memset(marks + (guint)begin - window->column, value, (gsize)(end - begin));
}

/* What the edge covers of the band between two rows. */
static void
mark_edge(guint8 *marks, const Window *window, CwPoint a, CwPoint b, double top, guint8 value)
{
    if (a.y > b.y) {
        const CwPoint lower = a;
        a = b;
        b = lower;
    }
    const double from = MAX(a.y, top), to = MIN(b.y, top + 1);
    if (from > to || b.y <= top || a.y >= top + 1)
        return;
    const double slope = b.y > a.y ? (b.x - a.x) / (b.y - a.y) : 0;
    const double x = b.y > a.y ? a.x + (from - a.y) * slope : a.x;
    const double other = b.y > a.y ? a.x + (to - a.y) * slope : b.x;
    mark(marks, window, snap(MIN(x, other)), snap(MAX(x, other)), value);
}

static int
compare(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

/* Where the line through the middle of a row crosses the outline, sorted; returns how often. */
static guint
cross(const Outline *outline, double middle, double *crossings)
{
    guint n = 0;
    for (guint i = 0; i < outline->n; i++) {
        const CwPoint a = outline->points[i], b = outline->points[(i + 1) % outline->n];
        if ((a.y <= middle) != (b.y <= middle))
            crossings[n++] = snap(a.x + (middle - a.y) / (b.y - a.y) * (b.x - a.x));
    }
    qsort(crossings, n, sizeof *crossings, compare);
    return n;
}

/* Marks the pixels of a row that the outline touches: whatever of it lies between two rows is
 * either straight above or below a part of the middle line that is inside, or of an edge. */
static void
mark_touched(guint8 *marks, const Window *window, const Outline *outline, guint row, guint8 value)
{
    double crossings[CW_ZONE_MAX_POINTS];
    const guint n = cross(outline, row + 0.5, crossings);
    for (guint i = 0; i + 1 < n; i += 2)
        mark(marks, window, crossings[i], crossings[i + 1], value);
    for (guint i = 0; i < outline->n; i++)
        mark_edge(marks, window, outline->points[i], outline->points[(i + 1) % outline->n], row,
                  value);
}

static void
append_spans(GArray *spans, const guint8 *marks, const Window *window)
{
    for (guint x = 0; x < window->n_columns;) {
        const guint8 *from = memchr(marks + x, TRUE, window->n_columns - x);
        if (!from)
            return;
        const guint begin = (guint)(from - marks);
        for (x = begin; x < window->n_columns && marks[x]; x++)
            continue;
        const Span span = {window->column + begin, window->column + x};
        g_array_append_val(spans, span);
    }
}

/* The region that all views lie in, as stored. */
static Window
get_window(const CwGeometry *g)
{
    const guint left = g->x[0], width = g->x[g->n_views - 1] + g->region_width - left;
    const guint top = g->y[0], height = g->y[g->n_views - 1] + g->region_height - top;
    const guint x = g->is_mirrored_x ? g->width - left - width : left;
    const guint y = g->is_mirrored_y ? g->height - top - height : top;
    return g->is_swapped ? (Window){x, width, y, height} : (Window){y, height, x, width};
}

static CwHidden *
allocate(const Window *window, GError **error)
{
    CwHidden *hidden = g_new0(CwHidden, 1);
    hidden->row = window->row;
    hidden->n_rows = window->n_rows;
    hidden->first = g_try_new(guint, (gsize)window->n_rows + 1);
    hidden->spans = g_array_new(FALSE, FALSE, sizeof(Span));
    if (hidden->first)
        return hidden;
    cw_hidden_free(hidden);
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for the masks of %u rows",
                window->n_rows);
    return NULL;
}

gboolean
cw_hidden_new(const CwGeometry *geometry, const CwZone *zone, const CwZones *masks,
              CwHidden **hidden, GError **error)
{
    const guint n_masks = masks ? cw_zones_get_n_masks(masks) : 0;
    const Window window = get_window(geometry);
    *hidden = NULL;
    if (!zone && n_masks == 0)
        return TRUE;
    CwHidden *made = allocate(&window, error);
    if (!made)
        return FALSE;
    Outline outlines[1 + CW_ZONES_MAX_MASKS];
    if (zone)
        place_outline(&outlines[0], zone, geometry);
    for (guint i = 0; i < n_masks; i++)
        place_outline(&outlines[1 + i], cw_zones_get_mask(masks, i), geometry);

    guint8 marks[CW_FRAME_MAX_SIDE];
    for (guint y = 0; y < window.n_rows; y++) {
        made->first[y] = made->spans->len;
        memset(marks, zone != NULL, window.n_columns);
        if (zone)
            mark_touched(marks, &window, &outlines[0], window.row + y, FALSE);
        for (guint i = 0; i < n_masks; i++)
            mark_touched(marks, &window, &outlines[1 + i], window.row + y, TRUE);
        append_spans(made->spans, marks, &window);
    }
    made->first[window.n_rows] = made->spans->len;
    if (made->spans->len > 0)
        *hidden = made;
    else
        cw_hidden_free(made);
    return TRUE;
}

void
cw_hidden_free(CwHidden *hidden)
{
    g_free(hidden->first);
    g_array_unref(hidden->spans);
    g_free(hidden);
}

void
cw_hidden_blank(const CwHidden *hidden, guint row, guint column, guint n, const guint8 fill[3],
                guint8 *const rgb[3])
{
    const guint y = row - hidden->row;
    for (guint i = hidden->first[y]; i < hidden->first[y + 1]; i++) {
        const Span span = g_array_index(hidden->spans, Span, i);
        const guint begin = MAX(span.begin, column), end = MIN(span.end, column + n);
        for (guint c = 0; begin < end && c < 3; c++)
            memset(rgb[c] + (begin - column), fill[c], end - begin);
    }
}
