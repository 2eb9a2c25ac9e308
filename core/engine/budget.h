/* Holding the encoder to a share of the machine's CPU time: by pauses between batches. */
#pragma once

#include <glib.h>

typedef struct {
    double per_us;    /* CPU nanoseconds that may be used in a microsecond; 0: all there are */
    double credit_ns; /* of CPU time; below 0: used ahead of time */
    gint64 then_us;
    guint64 used_ns;
} CwBudget;

/* percent of n_cpus, 0 or 100: no limit. used_ns: CPU time used up to now_us, ever rising. */
void cw_budget_init(CwBudget *budget, double percent, guint n_cpus, guint64 used_ns, gint64 now_us);

/* Accounts for the CPU time used up to now_us and returns how long to pause before more is used. */
gint64 cw_budget_settle(CwBudget *budget, guint64 used_ns, gint64 now_us);
