#include "engine/ages.h"

#include <math.h>

#define LEAST_US 64

/* With so many all counts are halved: older decisions weigh less and less. */
#define ENOUGH 1024

static guint
find_step(gint64 age_us)
{
    if (age_us < LEAST_US)
        return 0;
    const double step = log2((double)age_us / LEAST_US) * CW_AGES_STEPS;
    return MIN((guint)step, CW_AGES_OCTAVES * CW_AGES_STEPS - 1);
}

static void
forget_half(CwAges *ages)
{
    ages->n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(ages->counts); i++) {
        ages->counts[i] /= 2;
        ages->n += ages->counts[i];
    }
}

void
cw_ages_add(CwAges *ages, gint64 age_us)
{
    if (ages->n == ENOUGH)
        forget_half(ages);
    ages->counts[find_step(age_us)]++;
    ages->n++;
}

gint64
cw_ages_quantile(const CwAges *ages, double share)
{
    const double wanted = share * ages->n;
    guint n = 0;
    for (guint i = 0; i < G_N_ELEMENTS(ages->counts); i++) {
        n += ages->counts[i];
        if (n > 0 && n >= wanted)
            return (gint64)(LEAST_US * exp2((i + 1.0) / CW_AGES_STEPS));
    }
    return 0;
}
