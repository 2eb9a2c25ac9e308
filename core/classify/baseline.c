#include "classify/baseline.h"

#include <math.h>

#define MEMORY    10000
#define FAR_OUT   3.0
#define WARMED_UP 30 /* before, what is far out is not known */

double
cw_baseline_get_spread(const CwBaseline *baseline)
{
    return MAX(sqrt(baseline->variance), CW_BASELINE_LEAST_SPREAD);
}

void
cw_baseline_learn(CwBaseline *baseline, double cosine)
{
    if (!isfinite(cosine))
        return;
    double away = cosine - baseline->mean;
    if (baseline->n >= WARMED_UP) {
        const double limit = FAR_OUT * cw_baseline_get_spread(baseline);
        away = CLAMP(away, -limit, limit);
    }
    baseline->n++;
    const double weight = 1.0 / (double)MIN(baseline->n, MEMORY);
    baseline->mean += weight * away;
    baseline->variance = (1 - weight) * (baseline->variance + weight * away * away);
}
