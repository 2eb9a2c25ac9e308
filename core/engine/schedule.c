#include "engine/schedule.h"

#include <clipwatch/event.h>

void
cw_schedule_restart(CwSchedule *schedule)
{
    schedule->next_ns = G_MININT64;
    schedule->last_ns = G_MININT64;
}

gboolean
cw_schedule_is_due(CwSchedule *schedule, guint64 interval_ns, gint64 now_ns)
{
    if (interval_ns == 0)
        return TRUE;
    if (now_ns == CW_TIME_NONE || now_ns < 0)
        return FALSE;
    if (now_ns < schedule->last_ns)
        cw_schedule_restart(schedule);
    schedule->last_ns = now_ns;
    if (now_ns < schedule->next_ns)
        return FALSE;
    /* The grid goes on from the first frame: a late frame does not shift those after it. */
    const gint64 interval = (gint64)MIN(interval_ns, (guint64)G_MAXINT64 / 2);
    const gint64 late =
        schedule->next_ns == G_MININT64 ? 0 : (now_ns - schedule->next_ns) % interval;
    if (now_ns - late > G_MAXINT64 - interval)
        schedule->next_ns = G_MAXINT64;
    else
        schedule->next_ns = now_ns - late + interval;
    return TRUE;
}
