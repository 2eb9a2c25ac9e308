/* How often something happened lately, per second of the monotonic clock. */
#pragma once

#include <glib.h>

/* What came in one span, and in the one before; all zero: nothing yet. */
typedef struct {
    gint64 begin_us; /* of this span; 0: none has begun */
    guint n;
    guint n_before;
    gint64 before_us; /* length of the span before; 0: there is none */
} CwRate;

void cw_rate_add(CwRate *rate, gint64 now_us);

/* Per second, over the span before and what is known of this one. */
double cw_rate_get(const CwRate *rate, gint64 now_us);
