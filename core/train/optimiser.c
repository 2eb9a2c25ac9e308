#include "train/optimiser.h"

#include "train/loss.h"

#include <string.h>

CwTrainAdamW
cw_train_adamw_default(void)
{
    return (CwTrainAdamW){
        .beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-6, .decay = 0.2, .max_norm = 1};
}

CwTrainOptimiser *
cw_train_optimiser_new(const CwTrainAdamW *settings, const CwTrainParameters *parameters,
                       GError **error)
{
    g_autoptr(CwTrainOptimiser) optimiser = g_new0(CwTrainOptimiser, 1);
    const gsize n = optimiser->n = parameters->n;
    optimiser->settings = *settings;
    optimiser->mean = g_try_new0(CwReal, n);
    optimiser->square = g_try_new0(CwReal, n);
    if (settings->average_keep > 0)
        optimiser->average = g_try_new(CwReal, n);
    if (!optimiser->mean || !optimiser->square ||
        (settings->average_keep > 0 && !optimiser->average)) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for the optimiser of %" G_GSIZE_FORMAT " parameters", n);
        return NULL;
    }
    if (optimiser->average)
        memcpy(optimiser->average, parameters->values, n * sizeof(CwReal));
    return g_steal_pointer(&optimiser);
}

void
cw_train_optimiser_free(CwTrainOptimiser *optimiser)
{
    g_free(optimiser->mean);
    g_free(optimiser->square);
    g_free(optimiser->average);
    g_free(optimiser);
}

static double
measure_norm(const CwTrainParameters *parameters)
{
    double sum = 0;
    for (gsize i = 0; i < parameters->n; i++)
        sum += (double)parameters->gradients[i] * (double)parameters->gradients[i];
    return sqrt(sum);
}

/* What all numbers of a step share. */
typedef struct {
    CwReal rate, factor;             /* of the gradients, where they are clipped */
    CwReal correction1, correction2; /* the means begin at zero */
} Step;

static void
move(CwTrainOptimiser *optimiser, CwTrainParameters *parameters, const CwTrainEntry *entry,
     const Step *step)
{
    const CwTrainAdamW *s = &optimiser->settings;
    const CwReal beta1 = (CwReal)s->beta1, beta2 = (CwReal)s->beta2, epsilon = (CwReal)s->epsilon;
    const CwReal kept = entry->n_dims >= 2 ? 1 - step->rate * (CwReal)s->decay : 1;
    for (gsize i = entry->first; i < entry->first + entry->n; i++) {
        const CwReal g = parameters->gradients[i] * step->factor;
        const CwReal mean = beta1 * optimiser->mean[i] + (1 - beta1) * g;
        const CwReal square = beta2 * optimiser->square[i] + (1 - beta2) * g * g;
        const CwReal deviation = sqrt(square * step->correction2) + epsilon;
        parameters->values[i] =
            kept * parameters->values[i] - step->rate * mean * step->correction1 / deviation;
        optimiser->mean[i] = mean;
        optimiser->square[i] = square;
    }
}

double
cw_train_optimiser_step(CwTrainOptimiser *optimiser, CwTrainParameters *parameters, double rate)
{
    const CwTrainAdamW *s = &optimiser->settings;
    const double norm = measure_norm(parameters);
    if (!isfinite(norm))
        return norm;
    optimiser->n_steps++;
    const Step step = {
        .rate = (CwReal)rate,
        .factor = s->max_norm > 0 && norm > s->max_norm ? (CwReal)(s->max_norm / norm) : 1,
        .correction1 = (CwReal)(1 / (1 - pow(s->beta1, (double)optimiser->n_steps))),
        .correction2 = (CwReal)(1 / (1 - pow(s->beta2, (double)optimiser->n_steps))),
    };
    for (guint e = 0; e < parameters->entries->len; e++) {
        const CwTrainEntry *entry = &g_array_index(parameters->entries, CwTrainEntry, e);
        move(optimiser, parameters, entry, &step);
        if (g_str_equal(entry->name, "logit_scale")) {
            CwReal *log_scale = &parameters->values[entry->first];
            *log_scale = MIN(*log_scale, (CwReal)log((double)CW_TRAIN_MAX_SCALE));
        }
    }
    const CwReal keep = (CwReal)s->average_keep;
    if (optimiser->average)
        for (gsize i = 0; i < optimiser->n; i++)
            optimiser->average[i] =
                keep * optimiser->average[i] + (1 - keep) * parameters->values[i];
    return norm;
}

double
cw_train_rate(double peak, guint64 step, guint64 n_warm_up, guint64 n_steps)
{
    if (step < n_warm_up)
        return peak * (double)(step + 1) / (double)n_warm_up;
    if (step >= n_steps)
        return 0;
    return peak * (1 + cos(G_PI * (double)(step - n_warm_up) / (double)(n_steps - n_warm_up))) / 2;
}
