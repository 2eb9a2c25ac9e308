/* Which frames are due: one every interval of running time, without drift. */
#pragma once

#include <glib.h>

typedef struct {
    gint64 next_ns; /* when the next frame is due; G_MININT64: at once */
    gint64 last_ns; /* the last time that was asked about */
} CwSchedule;

void cw_schedule_restart(CwSchedule *schedule);

/* Whether the frame at now_ns is due; advances when it is. A frame without a time (CW_TIME_NONE or
 * negative) is due only where interval_ns is 0. Time that runs backwards restarts the schedule. */
gboolean cw_schedule_is_due(CwSchedule *schedule, guint64 interval_ns, gint64 now_ns);
