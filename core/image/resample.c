#include "image/resample.h"

#include <math.h>

/* Pillow's src/libImaging/Resample.c: PRECISION_BITS. */
#define WEIGHT_BITS 22
#define LOWER_BITS  12

static double
weigh_bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys' cubic with a = -0.5, in Pillow's order of operations. */
static double
weigh_bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

/* Below 2^11 the lower part is the weight itself, so that it never outgrows the weight and neither
 * sum can overflow where Pillow's own does not. */
static void
store_weight(CwResample *axis, gsize at, double weight)
{
    const double scaled = weight * (1 << WEIGHT_BITS);
    const gint32 fixed = (gint32)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    const gint32 upper = (fixed + (1 << (LOWER_BITS - 1))) >> LOWER_BITS;
    axis->upper[at] = (gint16)upper;
    axis->lower[at] = (gint16)(fixed - upper * (1 << LOWER_BITS));
}

typedef struct {
    double (*weigh)(double x);
    double scale, stretch, support;
} Filter;

static void
fill_output(CwResample *axis, const Filter *filter, guint i, guint64 target, guint source_size,
            gboolean mirrored, double *weights)
{
    const double center = ((double)target + 0.5) * filter->scale;
    const double from = center - filter->support + 0.5, to = center + filter->support + 0.5;
    const guint begin = from > 0 ? (guint)from : 0;
    const guint end = to < source_size ? (guint)to : source_size;
    const guint n = end - begin;
    const double narrow = 1.0 / filter->stretch;
    double sum = 0.0;

    for (guint k = 0; k < n; k++) {
        weights[k] = filter->weigh(((double)k + begin - center + 0.5) * narrow);
        sum += weights[k];
    }
    axis->first[i] = mirrored ? source_size - end : begin;
    axis->n_taps[i] = n;
    for (guint k = 0; k < n; k++)
        store_weight(axis, (gsize)i * axis->pitch + (mirrored ? n - 1 - k : k),
                     sum != 0.0 ? weights[k] / sum : weights[k]);
}

gboolean
cw_resample_init(CwResample *axis, CwInterpolation interpolation, guint source_size,
                 guint64 target_size, guint64 from, guint n, gboolean mirrored, GError **error)
{
    Filter filter = {.scale = (double)source_size / (double)target_size};
    filter.stretch = MAX(filter.scale, 1.0);
    filter.weigh = interpolation == CW_INTERPOLATION_BICUBIC ? weigh_bicubic : weigh_bilinear;
    filter.support = (interpolation == CW_INTERPOLATION_BICUBIC ? 2.0 : 1.0) * filter.stretch;

    const guint most = MIN((guint)ceil(filter.support) * 2 + 1, source_size);
    const guint pitch = (most + CW_RESAMPLE_LANES - 1) / CW_RESAMPLE_LANES * CW_RESAMPLE_LANES;
    g_autofree double *weights = g_try_new(double, most);
    *axis = (CwResample){.n = n, .pitch = pitch};
    axis->first = g_try_new0(guint, n);
    axis->n_taps = g_try_new0(guint, n);
    axis->upper = g_try_malloc0_n(n, pitch * sizeof *axis->upper);
    axis->lower = g_try_malloc0_n(n, pitch * sizeof *axis->lower);
    if (!weights || !axis->first || !axis->n_taps || !axis->upper || !axis->lower) {
        cw_resample_clear(axis);
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for resizing %u to %" G_GUINT64_FORMAT " pixels", source_size,
                    target_size);
        return FALSE;
    }

    for (guint i = 0; i < n; i++) {
        fill_output(axis, &filter, i, from + i, source_size, mirrored, weights);
        axis->max_taps = MAX(axis->max_taps, axis->n_taps[i]);
    }
    return TRUE;
}

void
cw_resample_clear(CwResample *axis)
{
    g_clear_pointer(&axis->first, g_free);
    g_clear_pointer(&axis->n_taps, g_free);
    g_clear_pointer(&axis->upper, g_free);
    g_clear_pointer(&axis->lower, g_free);
}

void
cw_resample_get_span(const CwResample *axis, guint *begin, guint *end)
{
    *begin = G_MAXUINT;
    *end = 0;
    for (guint i = 0; i < axis->n; i++) {
        *begin = MIN(*begin, axis->first[i]);
        *end = MAX(*end, axis->first[i] + axis->n_taps[i]);
    }
}

/* Joins the two sums (modulo 2^32: either may lie outside, the whole does not), rounds, clips. */
static inline gint16
finish_sum(gint32 upper, gint32 lower)
{
    const guint32 half = 1u << (WEIGHT_BITS - 1);
    const gint32 sum = (gint32)(((guint32)upper << LOWER_BITS) + (guint32)lower + half);
    gint32 level = sum >> WEIGHT_BITS;
    level = level < 0 ? 0 : level;
    return (gint16)(level > 255 ? 255 : level);
}

void
cw_resample_along_row(const CwResample *axis, const gint16 *row, guint origin, gint16 *out)
{
    for (guint i = 0; i < axis->n; i++) {
        const gint16 *restrict in = row + (axis->first[i] - origin);
        const gint16 *restrict upper = axis->upper + (gsize)i * axis->pitch;
        const gint16 *restrict lower = axis->lower + (gsize)i * axis->pitch;
        const guint n = (axis->n_taps[i] + 7) & ~7u; /* weights behind the last tap are zero */
        gint32 upper_sum = 0, lower_sum = 0;
        for (guint k = 0; k < n; k++) {
            upper_sum += (gint32)in[k] * upper[k];
            lower_sum += (gint32)in[k] * lower[k];
        }
        out[i] = finish_sum(upper_sum, lower_sum);
    }
}

/* Several rows at a time, so that the sums are not stored and read again for each. */
static inline void
add_rows(const gint16 *const *rows, guint x, const gint16 *upper, const gint16 *lower, guint n,
         gint32 *restrict upper_sums, gint32 *restrict lower_sums)
{
    const gint16 *restrict a = rows[0] + x, *restrict b = rows[1] + x;
    const gint16 *restrict c = rows[2] + x, *restrict d = rows[3] + x;
    for (guint j = 0; j < n; j++) {
        upper_sums[j] += a[j] * upper[0] + b[j] * upper[1] + c[j] * upper[2] + d[j] * upper[3];
        lower_sums[j] += a[j] * lower[0] + b[j] * lower[1] + c[j] * lower[2] + d[j] * lower[3];
    }
}

void
cw_resample_across_rows(const CwResample *axis, guint output, const gint16 *const *rows,
                        guint n_lanes, gint16 *out)
{
    enum { BLOCK = 16 * CW_RESAMPLE_LANES }; /* sums that stay in the first-level cache */
    const gint16 *upper = axis->upper + (gsize)output * axis->pitch;
    const gint16 *lower = axis->lower + (gsize)output * axis->pitch;
    const guint n_taps = axis->n_taps[output];

    for (guint x = 0; x < n_lanes; x += BLOCK) {
        const guint n = MIN(n_lanes - x, BLOCK) & ~(CW_RESAMPLE_LANES - 1u);
        gint32 upper_sums[BLOCK] = {0}, lower_sums[BLOCK] = {0};
        for (guint k = 0; k < n_taps; k += CW_RESAMPLE_ROWS)
            add_rows(rows + k, x, upper + k, lower + k, n, upper_sums, lower_sums);
        for (guint j = 0; j < n; j++)
            out[x + j] = finish_sum(upper_sums[j], lower_sums[j]);
    }
}
