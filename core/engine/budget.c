#include "engine/budget.h"

/* Credit for so much time at most: an idle hour is no leave to fill the next one. */
#define MAX_CREDIT_US (G_USEC_PER_SEC / 10)

void
cw_budget_init(CwBudget *budget, double percent, guint n_cpus, guint64 used_ns, gint64 now_us)
{
    *budget = (CwBudget){
        .per_us = percent > 0 && percent < 100 ? percent / 100 * n_cpus * 1000 : 0,
        .then_us = now_us,
        .used_ns = used_ns,
    };
}

gint64
cw_budget_settle(CwBudget *budget, guint64 used_ns, gint64 now_us)
{
    if (budget->per_us == 0)
        return 0;
    budget->credit_ns += (double)(now_us - budget->then_us) * budget->per_us;
    budget->credit_ns = MIN(budget->credit_ns, MAX_CREDIT_US * budget->per_us);
    budget->credit_ns -= (double)(used_ns - budget->used_ns);
    budget->then_us = now_us;
    budget->used_ns = used_ns;
    return budget->credit_ns < 0 ? (gint64)(-budget->credit_ns / budget->per_us) + 1 : 0;
}
