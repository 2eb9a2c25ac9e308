/* Whether a camera is told of as often as it usually is at that hour: labels, suppressions, reviews
 * and abstentions against their own past. docs/POLICIES.md says what an alarm means. */
#pragma once

#include <clipwatch/guard.h>

G_BEGIN_DECLS

typedef enum {
    CW_MONITOR_LABEL = 0,   /* decisions that tell one class as chosen */
    CW_MONITOR_SUPPRESSION, /* that hold something back */
    CW_MONITOR_REVIEW,      /* that ask for a person */
    CW_MONITOR_ABSTENTION,  /* that tell nothing, for no reason but the scores */
} CwMonitorKind;

/* Sets with more classes are followed as a whole, not class by class. */
#define CW_MONITOR_MAX_CLASSES 64

typedef struct {
    double n;           /* decisions; of what is usual a weighted sum over days */
    double independent; /* as many that knew nothing of each other would say as much */
    double share;       /* of them, 0..1 */
    double low, high;   /* Wilson's interval for it */
} CwMonitorRate;

typedef struct {
    CwMonitorKind kind;
    guint class_index;       /* of LABEL */
    gint64 begin_us, end_us; /* of the window, since 1970 UTC */
    CwMonitorRate now, usual;
} CwMonitorAlarm;

/* Valid until the call returns. */
typedef void (*CwMonitorFunc)(const CwMonitorAlarm *alarm, gpointer user_data);

/* The rates of one stream of decisions on one prompt set. Belongs to one thread; allocates nothing
 * once it is made. Bounded: a window's share of a day times 67 rates. */
typedef struct _CwMonitor CwMonitor;

CW_API CwMonitor *cw_monitor_new(const CwMonitorConfig *config, guint n_classes);
CW_API void cw_monitor_free(CwMonitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwMonitor, cw_monitor_free)

/* Counts a decision of that time (since 1970 UTC). The first one of a later window closes the one
 * before: it is compared with what is usual at its time of day, told of where it differs, and
 * becomes part of what is usual. TRUE when a window was closed. */
CW_API gboolean cw_monitor_add(CwMonitor *monitor, const CwGuarded *guarded, gint64 time_us,
                               CwMonitorFunc func, gpointer user_data);

/* "label", "suppression", "review", "abstention"; static. */
CW_API const char *cw_monitor_kind_to_string(CwMonitorKind kind);

G_END_DECLS
