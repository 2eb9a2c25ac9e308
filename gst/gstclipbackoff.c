#include "gstclipbackoff.h"

GstClockTime
gst_clip_backoff_fail(GstClipBackoff *backoff, const GstClipBackoffBounds *bounds,
                      GstClockTime held, gdouble random)
{
    if (held > backoff->last_delay)
        backoff->n_failures = 0;
    GstClockTime delay = MIN(bounds->min, bounds->max);
    for (guint i = 0; i < backoff->n_failures && delay < bounds->max; i++)
        delay = delay > bounds->max / 2 ? bounds->max : MAX(delay, 1) * 2;
    backoff->n_failures++;
    const gdouble luck = 1 + bounds->jitter * (2 * random - 1);
    backoff->last_delay = (GstClockTime)MIN((gdouble)delay * luck, (gdouble)bounds->max);
    return backoff->last_delay;
}
