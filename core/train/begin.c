/* What learning begins with. */
#include "train/parameters.h"

#include <string.h>

/* A number of a normal distribution with that deviation. */
static CwReal
draw(GRand *random, double deviation)
{
    const double length = sqrt(-2 * log(1 - g_rand_double(random)));
    return (CwReal)(deviation * length * cos(2 * G_PI * g_rand_double(random)));
}

static gboolean
ends_with_any(const char *name, const char *const *endings)
{
    for (; *endings; endings++)
        if (g_str_has_suffix(name, *endings))
            return TRUE;
    return FALSE;
}

/* Of a vector: what all its numbers begin at. */
static double
find_constant(const CwTrainEntry *entry)
{
    static const char *const ones[] = {"bn.weight",    "bn.var",       "norm.weight",
                                       "norm1.weight", "norm2.weight", NULL};
    /* A bottleneck adds nothing at first. */
    if (g_str_has_prefix(entry->name, "image.stage.") &&
        g_str_has_suffix(entry->name, ".3.bn.weight"))
        return 0;
    if (g_str_equal(entry->name, "logit_scale"))
        return log(1 / 0.07);
    return ends_with_any(entry->name, ones) ? 1 : 0;
}

static double
find_deviation(const CwTrainEntry *entry)
{
    if (g_str_equal(entry->name, "text.token"))
        return 0.02;
    if (g_str_equal(entry->name, "text.position"))
        return 0.01;
    if (g_str_equal(entry->name, "image.class_token"))
        return 1 / sqrt((double)entry->n);
    if (g_str_has_suffix(entry->name, "position"))
        return 1 / sqrt((double)entry->dims[1]);
    const double fan_in = (double)entry->n / (double)entry->dims[0];
    return entry->n_dims == 4 ? sqrt(2 / fan_in) : 1 / sqrt(fan_in);
}

void
cw_train_parameters_begin(CwTrainParameters *parameters, guint32 seed)
{
    GRand *random = g_rand_new_with_seed(seed);
    for (guint e = 0; e < parameters->entries->len; e++) {
        const CwTrainEntry *entry = &g_array_index(parameters->entries, CwTrainEntry, e);
        CwReal *values = parameters->values + entry->first;
        const gboolean drawn = entry->n_dims >= 2 || g_str_equal(entry->name, "image.class_token");
        const double parameter = drawn ? find_deviation(entry) : find_constant(entry);
        for (gsize i = 0; i < entry->n; i++)
            values[i] = drawn ? draw(random, parameter) : (CwReal)parameter;
    }
    g_rand_free(random);
}
