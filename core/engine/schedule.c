#include "engine/schedule.h"

#include <clipwatch/event.h>

void
cw_schedule_restart(CwSchedule *schedule)
{
    schedule->next_ns = G_MININT64;
}

gboolean
cw_schedule_is_due(CwSchedule *schedule, guint64 interval_ns, gint64 now_ns)
{
    if (interval_ns == 0 || now_ns == CW_TIME_NONE || now_ns < 0)
        return TRUE;
    const gint64 interval = (gint64)MIN(interval_ns, (guint64)G_MAXINT64);
    /* The next frame is never due more than an interval ahead: where it is, time was set back. */
    if (schedule->next_ns > now_ns && schedule->next_ns - now_ns > interval)
        cw_schedule_restart(schedule);
    if (now_ns < schedule->next_ns)
        return FALSE;
    /* The grid goes on from the first frame: a late frame does not shift those after it. */
    const gint64 late =
        schedule->next_ns == G_MININT64 ? 0 : (now_ns - schedule->next_ns) % interval;
    schedule->next_ns =
        now_ns - late > G_MAXINT64 - interval ? G_MAXINT64 : now_ns - late + interval;
    return TRUE;
}
