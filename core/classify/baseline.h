/* The usual cosine of a class on a camera: mean and spread, learned one decision at a time. */
#pragma once

#include <glib.h>

/* All zero: nothing learned. */
typedef struct {
    guint64 n; /* decisions learned from */
    double mean;
    double variance;
} CwBaseline;

/* A spread is never taken as smaller than this: cosines of a still picture differ by less from
 * coding noise alone. */
#define CW_BASELINE_LEAST_SPREAD 0.002

/* So many decisions make a baseline that scores are held against. */
#define CW_BASELINE_ENOUGH 60

/* Takes in one cosine. Robust: what lies far out is taken as lying three spreads away. Decays: of
 * many decisions the last 10,000 or so count, so that it follows the seasons. What is not a number
 * is passed over. */
void cw_baseline_learn(CwBaseline *baseline, double cosine);

double cw_baseline_get_spread(const CwBaseline *baseline);
