#include "classify/calibration_fit.h"

#include <math.h>

/* Where a best class begins to stand out: one spread above what is usual. */
#define LEAST_Z 1.0

/* Scenes differ more than a camera's noise does. */
#define LEAST_SPREAD 0.005

#define FEW_SCENES 10

#define MAX_STEPS 100

typedef struct {
    guint scene;
    guint class_index;
    float cosine;
    gboolean holds;
} Example;

struct _CwLabelled {
    guint n_classes;
    guint n_scenes;
    GArray *examples; /* of Example */
};

CwLabelled *
cw_labelled_new(guint n_classes)
{
    CwLabelled *labelled = g_new0(CwLabelled, 1);
    labelled->n_classes = n_classes;
    labelled->examples = g_array_new(FALSE, FALSE, sizeof(Example));
    return labelled;
}

void
cw_labelled_free(CwLabelled *labelled)
{
    g_array_unref(labelled->examples);
    g_free(labelled);
}

void
cw_labelled_add(CwLabelled *labelled, guint scene, const float *cosines, const gboolean *holds)
{
    labelled->n_scenes = MAX(labelled->n_scenes, scene + 1);
    for (guint c = 0; c < labelled->n_classes; c++) {
        const Example example = {scene, c, cosines[c], holds[c]};
        if (isfinite(cosines[c]))
            g_array_append_val(labelled->examples, example);
    }
}

static int
compare_doubles(gconstpointer a, gconstpointer b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts values. */
static double
find_median(double *values, guint n)
{
    qsort(values, n, sizeof *values, compare_doubles);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Around the middle: by the median of how far they lie away, which scenes that are quite different
 * hardly move; of a few scenes that says little, and the standard deviation is taken. */
static double
find_spread(double *values, guint n, double middle)
{
    double squares = 0;
    for (guint i = 0; i < n; i++) {
        values[i] = fabs(values[i] - middle);
        squares += values[i] * values[i];
    }
    return n < FEW_SCENES ? sqrt(squares / n) : 1.4826 * find_median(values, n);
}

/* A class's usual cosine where it does not hold: the median of the scenes' means, with the spread
 * between scenes and that within them. FALSE where every picture shows it. */
static gboolean
fit_usual(const CwLabelled *labelled, guint class_index, CwUsual *usual)
{
    g_autofree CwBaseline *scenes = g_new0(CwBaseline, labelled->n_scenes);
    g_autofree double *values = g_new(double, labelled->n_scenes);
    guint n = 0;
    for (guint i = 0; i < labelled->examples->len; i++) {
        const Example *example = &g_array_index(labelled->examples, Example, i);
        if (example->class_index == class_index && !example->holds)
            cw_baseline_learn(&scenes[example->scene], example->cosine);
    }
    for (guint s = 0; s < labelled->n_scenes; s++)
        if (scenes[s].n > 0)
            values[n++] = scenes[s].mean;
    if (n == 0)
        return FALSE;
    usual->mean = find_median(values, n);
    const double between = find_spread(values, n, usual->mean);
    n = 0;
    for (guint s = 0; s < labelled->n_scenes; s++)
        if (scenes[s].n > 0)
            values[n++] = scenes[s].variance;
    usual->spread = MAX(sqrt(between * between + find_median(values, n)), LEAST_SPREAD);
    return TRUE;
}

/* The gradient and curvature of the likelihood of slope and offset. */
typedef struct {
    double slope, offset;
    double slope_slope, slope_offset, offset_offset;
} Step;

/* Platt's targets: not quite 1 and 0, so that a small set does not make for certainty. */
static Step
sum_step(const CwLabelled *labelled, const CwCalibratedSet *set, double slope, double offset)
{
    const double high = ((double)set->n_positive + 1) / ((double)set->n_positive + 2);
    const double low = 1 / ((double)set->n_negative + 2);
    /* A whiff of a prior, for where the data leave the slope open. */
    Step step = {0, 0, 1e-6, 0, 1e-6};
    for (guint i = 0; i < labelled->examples->len; i++) {
        const Example *example = &g_array_index(labelled->examples, Example, i);
        const CwUsual *usual = &set->usual[example->class_index];
        const double z = cw_calibration_limit_z((example->cosine - usual->mean) / usual->spread);
        const double p = 1 / (1 + exp(-(slope * z + offset)));
        const double error = (example->holds ? high : low) - p, weight = p * (1 - p);
        step.slope += error * z;
        step.offset += error;
        step.slope_slope += weight * z * z;
        step.slope_offset += weight * z;
        step.offset_offset += weight;
    }
    return step;
}

/* Logistic regression of "it holds" on z, by Newton's method with steps that are kept short. */
static void
fit_logistic(const CwLabelled *labelled, const CwCalibratedSet *set, double *slope, double *offset)
{
    *slope = 0;
    *offset = log(((double)set->n_positive + 1) / ((double)set->n_negative + 1));
    for (guint i = 0; i < MAX_STEPS; i++) {
        const Step step = sum_step(labelled, set, *slope, *offset);
        const double det =
            step.slope_slope * step.offset_offset - step.slope_offset * step.slope_offset;
        double by_slope = (step.slope * step.offset_offset - step.offset * step.slope_offset) / det;
        double by_offset = (step.offset * step.slope_slope - step.slope * step.slope_offset) / det;
        const double length = fabs(by_slope) + fabs(by_offset);
        if (!isfinite(length))
            return;
        if (length > 1) {
            by_slope /= length;
            by_offset /= length;
        }
        *slope += by_slope;
        *offset += by_offset;
        if (length < 1e-9)
            return;
    }
}

gboolean
cw_labelled_fit(const CwLabelled *labelled, CwCalibratedSet *set, GError **error)
{
    double slope, offset;
    g_autofree CwUsual *usual = g_new0(CwUsual, labelled->n_classes);
    set->n_positive = set->n_negative = 0;
    for (guint i = 0; i < labelled->examples->len; i++) {
        const gboolean holds = g_array_index(labelled->examples, Example, i).holds;
        set->n_positive += holds;
        set->n_negative += !holds;
    }
    if (set->n_positive == 0 || set->n_negative == 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "set '%s': %s of its classes: a fit needs pictures with and without them",
                    set->name,
                    set->n_positive == 0 ? "no picture shows any" : "every picture shows all");
        return FALSE;
    }
    for (guint c = 0; c < labelled->n_classes; c++)
        if (!fit_usual(labelled, c, &usual[c])) {
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                        "set '%s': every picture shows '%s': add some that do not", set->name,
                        set->ids[c]);
            return FALSE;
        }
    g_free(set->usual);
    set->usual = g_steal_pointer(&usual);
    fit_logistic(labelled, set, &slope, &offset);
    if (!(slope > 1e-3)) {
        set->temperature = NAN;
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "set '%s': its scores are no higher where its classes hold than elsewhere, so "
                    "no probability can be made of them: other words or a larger model may do",
                    set->name);
        return FALSE;
    }
    set->temperature = 1 / slope;
    set->offset = offset;
    set->least_z = LEAST_Z;
    return TRUE;
}
