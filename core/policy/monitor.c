#include "policy/monitor.h"

#include <math.h>
#include <string.h>

#define PPM      1e6
#define DAY_S    86400
#define US_PER_S 1000000

/* What a day weighs less than the next: what is usual is that of the last ten days or so. */
#define FORGET 0.9

/* A rate that never changes is not known to be one of decisions that know nothing of each other. */
#define MOST_CORRELATION 0.9999

CwMonitor *
cw_monitor_new(const CwMonitorConfig *config, guint n_classes)
{
    CwMonitor *monitor = g_new0(CwMonitor, 1);
    monitor->config = *config;
    monitor->n_classes = n_classes <= CW_MONITOR_MAX_CLASSES ? n_classes : 0;
    monitor->n_rates = monitor->n_classes + 3;
    monitor->n_slots = (guint)(DAY_S / config->window_s);
    monitor->slots = g_new0(CwMonitorSlot, monitor->n_slots);
    monitor->usual = g_new0(CwMonitorCount, (gsize)monitor->n_slots * monitor->n_rates);
    monitor->counts = g_new0(CwMonitorCount, monitor->n_rates);
    monitor->held = g_new0(guint8, monitor->n_rates);
    monitor->holds = g_new0(guint8, monitor->n_rates);
    monitor->window = -1;
    return monitor;
}

void
cw_monitor_free(CwMonitor *monitor)
{
    if (!monitor)
        return;
    g_free(monitor->slots);
    g_free(monitor->usual);
    g_free(monitor->counts);
    g_free(monitor->held);
    g_free(monitor->holds);
    g_free(monitor);
}

const char *
cw_monitor_kind_to_string(CwMonitorKind kind)
{
    static const char *const names[] = {"label", "suppression", "review", "abstention"};
    return (guint)kind < G_N_ELEMENTS(names) ? names[kind] : "unknown";
}

/* How much a decision says of the next: of a chain of two states, from how often it changes. */
static double
estimate_correlation(const CwMonitorCount *count, double n)
{
    const double share = MIN(1, count->n_held / n);
    const double expected = 2 * n * share * (1 - share);
    return expected > 0 ? CLAMP(1 - count->n_changes / expected, 0, MOST_CORRELATION) : 0;
}

/* Wilson's interval over as many decisions as are worth something. */
static CwMonitorRate
estimate_rate(const CwMonitorCount *count, double n, double correlation, double z)
{
    const double independent = MAX(1, n * (1 - correlation) / (1 + correlation));
    const double share = MIN(1, count->n_held / n);
    const double zz = z * z / independent;
    const double centre = (share + zz / 2) / (1 + zz);
    const double half =
        z / (1 + zz) * sqrt(share * (1 - share) / independent + zz / (4 * independent));
    return (CwMonitorRate){n, independent, share, MAX(0, centre - half), MIN(1, centre + half)};
}

/* Whether the two are apart for certain, and by enough to matter. */
static gboolean
differ(const CwMonitorRate *now, const CwMonitorRate *usual, double ratio)
{
    return (now->low > usual->high && now->share >= ratio * usual->share) ||
           (now->high < usual->low && usual->share >= ratio * now->share);
}

static void
compare(const CwMonitor *monitor, guint rate, const CwMonitorCount *usual, double n_usual,
        CwMonitorFunc func, gpointer user_data)
{
    const CwMonitorCount *count = &monitor->counts[rate];
    const double n = (double)monitor->n;
    const double z = (double)monitor->config.z_ppm / PPM;
    const double correlation =
        MAX(estimate_correlation(count, n), estimate_correlation(usual, n_usual));
    const gint64 window_us = monitor->config.window_s * US_PER_S;
    const gboolean is_label = rate < monitor->n_classes;
    const CwMonitorAlarm alarm = {
        .kind = is_label ? CW_MONITOR_LABEL
                         : (CwMonitorKind)(rate - monitor->n_classes + CW_MONITOR_SUPPRESSION),
        .class_index = is_label ? rate : 0,
        .begin_us = monitor->window * window_us,
        .end_us = (monitor->window + 1) * window_us,
        .now = estimate_rate(count, n, correlation, z),
        .usual = estimate_rate(usual, n_usual, correlation, z),
    };
    if (func && differ(&alarm.now, &alarm.usual, (double)monitor->config.ratio_ppm / PPM))
        func(&alarm, user_data);
}

/* The open window becomes part of what is usual at its time of day. */
static void
learn(CwMonitor *monitor, CwMonitorSlot *slot, CwMonitorCount *usual)
{
    slot->n_windows = FORGET * slot->n_windows + 1;
    slot->n = FORGET * slot->n + (double)monitor->n;
    for (guint rate = 0; rate < monitor->n_rates; rate++) {
        usual[rate].n_held = FORGET * usual[rate].n_held + monitor->counts[rate].n_held;
        usual[rate].n_changes = FORGET * usual[rate].n_changes + monitor->counts[rate].n_changes;
    }
}

/* Weights of that many days. */
static double
weigh_days(gint64 n)
{
    return (1 - pow(FORGET, (double)n)) / (1 - FORGET);
}

static void
close_window(CwMonitor *monitor, CwMonitorFunc func, gpointer user_data)
{
    const guint at = (guint)(monitor->window % monitor->n_slots);
    CwMonitorSlot *slot = &monitor->slots[at];
    CwMonitorCount *usual = monitor->usual + (gsize)at * monitor->n_rates;
    const CwMonitorConfig *config = &monitor->config;
    const double least = (double)config->least_decisions;
    if ((double)monitor->n < least)
        return;
    if (slot->n >= least && slot->n_windows >= weigh_days(config->least_windows) - 1e-6)
        for (guint rate = 0; rate < monitor->n_rates; rate++)
            compare(monitor, rate, &usual[rate], slot->n, func, user_data);
    learn(monitor, slot, usual);
}

/* Which rates this decision is one of. */
static void
judge(CwMonitor *monitor, const CwGuarded *guarded)
{
    const CwScores *told = guarded->told;
    gboolean has_suppressed = FALSE, has_review = FALSE;
    memset(monitor->holds, 0, monitor->n_rates);
    for (guint i = 0; i < told->n_scores; i++)
        if (told->scores[i].verdict == CW_VERDICT_CHOSEN &&
            told->scores[i].class_index < monitor->n_classes)
            monitor->holds[told->scores[i].class_index] = TRUE;
    for (guint i = 0; i < guarded->n_actions; i++) {
        has_suppressed |= guarded->actions[i].action == CW_ACTION_SUPPRESS;
        has_review |= guarded->actions[i].action == CW_ACTION_REVIEW;
    }
    monitor->holds[cw_monitor_rate_index(monitor, CW_MONITOR_SUPPRESSION)] = has_suppressed;
    monitor->holds[cw_monitor_rate_index(monitor, CW_MONITOR_REVIEW)] = has_review;
    monitor->holds[cw_monitor_rate_index(monitor, CW_MONITOR_ABSTENTION)] =
        told->n_chosen == 0 && !has_suppressed && !has_review;
}

static void
count(CwMonitor *monitor)
{
    for (guint rate = 0; rate < monitor->n_rates; rate++) {
        monitor->counts[rate].n_held += monitor->holds[rate];
        monitor->counts[rate].n_changes +=
            monitor->n > 0 && monitor->holds[rate] != monitor->held[rate];
        monitor->held[rate] = monitor->holds[rate];
    }
    monitor->n++;
}

gboolean
cw_monitor_add(CwMonitor *monitor, const CwGuarded *guarded, gint64 time_us, CwMonitorFunc func,
               gpointer user_data)
{
    const gint64 window = MAX(time_us, 0) / (monitor->config.window_s * US_PER_S);
    const gboolean closes = monitor->window >= 0 && window != monitor->window;
    if (closes && window > monitor->window)
        close_window(monitor, func, user_data); /* where the clock went back nothing is known */
    if (window != monitor->window) {
        memset(monitor->counts, 0, monitor->n_rates * sizeof *monitor->counts);
        monitor->n = 0;
        monitor->window = window;
    }
    judge(monitor, guarded);
    count(monitor);
    return closes;
}
