/* What a monitor knows, for its file. */
#pragma once

#include "base/json.h"

#include <clipwatch/monitor.h>

/* Of one rate in one window of the day. */
typedef struct {
    double n_held;    /* decisions that it held in */
    double n_changes; /* times that it began or ceased to hold from one decision to the next */
} CwMonitorCount;

/* One window of the day: its usual counts, earlier days weighing less. */
typedef struct {
    double n_windows; /* days */
    double n;         /* decisions */
} CwMonitorSlot;

struct _CwMonitor {
    CwMonitorConfig config;
    guint n_classes; /* followed one by one; 0: too many */
    guint n_rates;
    guint n_slots;
    CwMonitorSlot *slots;   /* [n_slots] */
    CwMonitorCount *usual;  /* [n_slots][n_rates] */
    CwMonitorCount *counts; /* [n_rates], of the window that is open */
    guint8 *held;           /* [n_rates], of the last decision */
    guint8 *holds;          /* of this one */
    guint64 n;              /* decisions in the open window */
    gint64 window;          /* its number since 1970; -1: none is open */
};

/* Rates are those of the classes followed, then those of the other kinds. */
static inline guint
cw_monitor_rate_index(const CwMonitor *monitor, CwMonitorKind kind)
{
    return monitor->n_classes + (guint)kind - CW_MONITOR_SUPPRESSION;
}

/* Appends the usual counts as an object. */
void cw_monitor_write(const CwMonitor *monitor, GString *json);

/* Takes them back; FALSE, and nothing is changed, where they are of another window, of other
 * classes, or not possible. */
gboolean cw_monitor_read(CwMonitor *monitor, CwJsonValue object, GError **error);
