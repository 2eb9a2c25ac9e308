#include "engine/rate.h"

#define SPAN_US (4 * G_USEC_PER_SEC)

void
cw_rate_add(CwRate *rate, gint64 now_us)
{
    if (rate->begin_us == 0) {
        rate->begin_us = now_us;
    } else if (now_us - rate->begin_us >= SPAN_US) {
        rate->n_before = rate->n;
        rate->before_us = now_us - rate->begin_us;
        rate->begin_us = now_us;
        rate->n = 0;
    }
    rate->n++;
}

double
cw_rate_get(const CwRate *rate, gint64 now_us)
{
    const gint64 length = rate->before_us + MAX(now_us - rate->begin_us, 0);
    if (rate->begin_us == 0 || length == 0)
        return 0;
    /* Where nothing came before, the first one only opens the span. */
    const guint n = rate->n_before + rate->n - (rate->before_us == 0 ? 1 : 0);
    return n * (double)G_USEC_PER_SEC / (double)length;
}
