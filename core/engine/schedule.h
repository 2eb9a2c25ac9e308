/* Which frames are due: one every interval of running time, without drift. */
#pragma once

#include <glib.h>

typedef struct {
    gint64 next_ns; /* when the next frame is due; G_MININT64: at once */
} CwSchedule;

/* The next frame is due, and the grid begins there. */
void cw_schedule_restart(CwSchedule *schedule);

/* Whether the frame at now_ns is due; advances when it is. A frame without a time (CW_TIME_NONE or
 * negative) is always due: nobody can say that it is too early. Time that is set back by more than
 * what is left of an interval restarts the schedule; jitter does not. */
gboolean cw_schedule_is_due(CwSchedule *schedule, guint64 interval_ns, gint64 now_ns);
