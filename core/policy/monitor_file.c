/* What is usual, as JSON: counts that weigh less the older they are. */
#include "policy/monitor.h"

#include "base/json_write.h"

#include <math.h>
#include <string.h>

#define PLACES 3

/* A decision each millisecond in windows of a day. */
#define MOST 1e9

static void
write_number(GString *json, double value)
{
    cw_json_write_decimal(json, value, PLACES);
    g_string_append_c(json, ',');
}

static void
close_list(GString *json)
{
    if (json->str[json->len - 1] == ',')
        g_string_truncate(json, json->len - 1);
    g_string_append_c(json, ']');
}

/* Of each window of the day: days, decisions, then of each rate how often it held and changed. */
void
cw_monitor_write(const CwMonitor *monitor, GString *json)
{
    g_string_append_c(json, '{');
    cw_json_write_key(json, "window_s");
    cw_json_write_int(json, monitor->config.window_s);
    cw_json_write_key(json, "rates");
    cw_json_write_uint(json, monitor->n_rates);
    cw_json_write_key(json, "slots");
    g_string_append_c(json, '[');
    for (guint s = 0; s < monitor->n_slots; s++) {
        const CwMonitorCount *usual = monitor->usual + (gsize)s * monitor->n_rates;
        g_string_append(json, "\n[");
        write_number(json, monitor->slots[s].n_windows);
        write_number(json, monitor->slots[s].n);
        for (guint rate = 0; rate < monitor->n_rates; rate++) {
            write_number(json, usual[rate].n_held);
            write_number(json, usual[rate].n_changes);
        }
        close_list(json);
        g_string_append_c(json, ',');
    }
    close_list(json);
    g_string_append_c(json, '}');
}

static gboolean
fail(CwJsonValue value, GError **error, int code, const char *what)
{
    g_autofree char *place = cw_json_describe(value, NULL);
    g_set_error(error, CW_ERROR, code, "%s: %s", place, what);
    return FALSE;
}

/* numbers: [2 + 2 * n_rates] */
static gboolean
read_slot(CwJsonValue slot, guint n_rates, double *numbers, GError **error)
{
    const guint n = 2 + 2 * n_rates;
    const void *cursor = NULL;
    CwJsonValue value;
    if (!cw_json_is_array(slot) || cw_json_length(slot) != n)
        return fail(slot, error, CW_ERROR_FORMAT, "not a list of two numbers and two of each rate");
    for (guint i = 0; i < n && cw_json_next(slot, &cursor, &value, NULL); i++)
        if (!cw_json_value_double(value, 0, MOST, &numbers[i], error))
            return FALSE;
    for (guint i = 2; i < n; i++)
        if (numbers[i] > numbers[1] + 0.01) /* as written, to three places */
            return fail(slot, error, CW_ERROR_FORMAT, "a rate held more often than was decided");
    return TRUE;
}

gboolean
cw_monitor_read(CwMonitor *monitor, CwJsonValue object, GError **error)
{
    gint64 window_s, n_rates;
    const void *cursor = NULL;
    CwJsonValue slots, slot;
    const guint n_numbers = 2 + 2 * monitor->n_rates;
    if (!cw_json_check_object(object, error) ||
        !cw_json_get_int(object, "window_s", 1, G_MAXINT32, &window_s, error) ||
        !cw_json_get_int(object, "rates", 1, G_MAXINT32, &n_rates, error) ||
        !cw_json_get_array(object, "slots", &slots, error))
        return FALSE;
    if (window_s != monitor->config.window_s || n_rates != monitor->n_rates ||
        cw_json_length(slots) != monitor->n_slots)
        return fail(object, error, CW_ERROR_MISMATCH, "of other windows or classes");
    g_autofree double *numbers = g_new0(double, (gsize)monitor->n_slots *n_numbers);
    for (guint s = 0; cw_json_next(slots, &cursor, &slot, NULL); s++)
        if (!read_slot(slot, monitor->n_rates, numbers + (gsize)s * n_numbers, error))
            return FALSE;
    for (guint s = 0; s < monitor->n_slots; s++) {
        const double *of_slot = numbers + (gsize)s * n_numbers;
        monitor->slots[s] = (CwMonitorSlot){of_slot[0], of_slot[1]};
        for (guint rate = 0; rate < monitor->n_rates; rate++)
            monitor->usual[(gsize)s * monitor->n_rates + rate] =
                (CwMonitorCount){of_slot[2 + 2 * rate], of_slot[3 + 2 * rate]};
    }
    return TRUE;
}
