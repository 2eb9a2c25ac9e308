#include "image/resample.h"

#include <math.h>
#include <string.h>

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

typedef struct {
    double (*weigh)(double x);
    double scale, stretch, support;
    guint source_size;
    gboolean is_mirrored;
} Filter;

/* Source positions first..first + n. */
typedef struct {
    guint first, n;
} Window;

static Window
place_window(const Filter *filter, guint64 target, double *center)
{
    *center = ((double)target + 0.5) * filter->scale;
    const double from = *center - filter->support + 0.5, to = *center + filter->support + 0.5;
    const guint begin = from > 0 ? (guint)from : 0;
    const guint end = to < filter->source_size ? (guint)to : filter->source_size;
    return (Window){begin, end - begin};
}

/* The window of an output as the source is stored. */
static Window
find_window(const Filter *filter, guint64 target)
{
    double center;
    Window window = place_window(filter, target, &center);
    if (filter->is_mirrored)
        window.first = filter->source_size - window.first - window.n;
    return window;
}

/* weights[k] for position first + k of the window; floats: room for as many. */
static void
compute_weights(const Filter *filter, guint64 target, double *floats, gint32 *weights)
{
    double center, sum = 0.0;
    const Window window = place_window(filter, target, &center);
    const double narrow = 1.0 / filter->stretch;
    for (guint k = 0; k < window.n; k++) {
        floats[k] = filter->weigh(((double)k + window.first - center + 0.5) * narrow);
        sum += floats[k];
    }
    for (guint k = 0; k < window.n; k++) {
        const double weight = sum != 0.0 ? floats[k] / sum : floats[k];
        const double scaled = weight * (1 << CW_WEIGHT_BITS);
        weights[filter->is_mirrored ? window.n - 1 - k : k] =
            (gint32)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
}

static Filter
make_filter(CwInterpolation interpolation, guint source_size, guint64 target_size,
            gboolean mirrored)
{
    const double scale = (double)source_size / (double)target_size;
    const double stretch = MAX(scale, 1.0);
    const gboolean bicubic = interpolation == CW_INTERPOLATION_BICUBIC;
    return (Filter){
        .weigh = bicubic ? weigh_bicubic : weigh_bilinear,
        .scale = scale,
        .stretch = stretch,
        .support = (bicubic ? 2.0 : 1.0) * stretch,
        .source_size = source_size,
        .is_mirrored = mirrored,
    };
}

#define GROUP 4

/* Sets begin and end; returns how many groups an output needs at most. */
static guint
place_outputs(CwResample *axis, const Filter *filter, guint64 from)
{
    guint most = 0;
    axis->begin = G_MAXUINT;
    for (guint i = 0; i < axis->n; i++) {
        const Window window = find_window(filter, from + i);
        axis->begin = MIN(axis->begin, window.first);
        axis->end = MAX(axis->end, window.first + window.n);
    }
    for (guint i = 0; i < axis->n; i++) {
        const Window window = find_window(filter, from + i);
        const guint first = window.first - axis->begin;
        axis->weights.first_group[i] = first / GROUP;
        axis->weights.n_groups[i] = (first + window.n - 1) / GROUP - first / GROUP + 1;
        most = MAX(most, axis->weights.n_groups[i]);
    }
    for (guint i = axis->n; i < axis->n_padded; i++)
        axis->weights.first_group[i] = axis->weights.first_group[axis->n - 1];
    return most;
}

static gboolean
fill_weights(CwResample *axis, const CwImageKernels *kernels, const Filter *filter, guint64 from,
             guint n_groups)
{
    const gsize n = (gsize)n_groups * GROUP;
    g_autofree double *floats = g_try_new(double, n);
    g_autofree gint32 *weights = g_try_new(gint32, n);
    axis->weights.pitch = (gsize)n_groups * kernels->bytes_of_a_weight;
    axis->weights.packed = g_try_malloc0_n(axis->n_padded, axis->weights.pitch);
    if (!floats || !weights || !axis->weights.packed)
        return FALSE;
    for (guint i = 0; i < axis->n; i++) {
        const guint before = (find_window(filter, from + i).first - axis->begin) % GROUP;
        guint8 *to = axis->weights.packed + i * axis->weights.pitch;
        memset(weights, 0, n * sizeof *weights);
        compute_weights(filter, from + i, floats, weights + before);
        for (guint g = 0; g < axis->weights.n_groups[i]; g++, to += kernels->bytes_of_a_weight)
            kernels->pack_weights(weights + GROUP * g, to);
    }
    return TRUE;
}

gboolean
cw_resample_init(CwResample *axis, const CwImageKernels *kernels, CwInterpolation interpolation,
                 guint source_size, guint64 target_size, guint64 from, guint n, gboolean mirrored,
                 GError **error)
{
    const Filter filter = make_filter(interpolation, source_size, target_size, mirrored);
    const guint n_padded = (n + CW_IMAGE_MAX_LANES - 1) / CW_IMAGE_MAX_LANES * CW_IMAGE_MAX_LANES;
    *axis = (CwResample){.n = n, .n_padded = n_padded};
    axis->weights.first_group = g_try_new0(guint, n_padded);
    axis->weights.n_groups = g_try_new0(guint, n_padded);
    if (axis->weights.first_group && axis->weights.n_groups &&
        fill_weights(axis, kernels, &filter, from, place_outputs(axis, &filter, from)))
        return TRUE;
    cw_resample_clear(axis);
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                "no memory for resizing %u to %" G_GUINT64_FORMAT " pixels", source_size,
                target_size);
    return FALSE;
}

void
cw_resample_clear(CwResample *axis)
{
    g_clear_pointer(&axis->weights.first_group, g_free);
    g_clear_pointer(&axis->weights.n_groups, g_free);
    g_clear_pointer(&axis->weights.packed, g_free);
}

guint
cw_resample_get_n_groups(const CwResample *axis)
{
    return (axis->end - axis->begin + GROUP - 1) / GROUP;
}

void
cw_resample_get_span(const CwResample *axis, guint first, guint *begin, guint *end)
{
    *begin = G_MAXUINT;
    *end = 0;
    for (guint i = first; i < MIN(first + 4, axis->n); i++) {
        *begin = MIN(*begin, axis->weights.first_group[i]);
        *end = MAX(*end, axis->weights.first_group[i] + axis->weights.n_groups[i]);
    }
}
