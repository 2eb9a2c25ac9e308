/* How old decisions were when they were made: a histogram of bounded size that forgets slowly. */
#pragma once

#include <glib.h>

/* Eight steps to each doubling, from 64 us to more than an hour: every age is known to 9 percent.
 */
#define CW_AGES_STEPS   8
#define CW_AGES_OCTAVES 26

typedef struct {
    guint n; /* sum of counts */
    guint counts[CW_AGES_OCTAVES * CW_AGES_STEPS];
} CwAges;

void cw_ages_add(CwAges *ages, gint64 age_us);

/* The age that this share (0..1) of the latest decisions did not exceed, at the upper end of its
 * step; 0 before the first one. */
gint64 cw_ages_quantile(const CwAges *ages, double share);
