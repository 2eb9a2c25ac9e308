/* Reads any bytes as what a monitor knew, and goes on with it. */
#include "fuzz.h"

#include "policy/monitor.h"

#include <math.h>

static void
check_alarm(const CwMonitorAlarm *alarm, gpointer data)
{
    g_assert_true(isfinite(alarm->now.low) && isfinite(alarm->usual.high));
    g_assert_cmpfloat(alarm->usual.low, <=, alarm->usual.high);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const CwMonitorConfig config = {43200, 1, 1, 1000000, 1000000};
    const CwScores scores = {0};
    const CwGuarded guarded = {.told = &scores, .held = &scores};
    g_autoptr(GError) error = NULL;
    g_autoptr(CwMonitor) monitor = cw_monitor_new(&config, 1);
    g_autoptr(CwJson) json = cw_json_parse((const char *)data, size, "input", &error);
    if (!json || !cw_monitor_read(monitor, cw_json_root(json), &error)) {
        g_assert_true(error && error->domain == CW_ERROR);
        return 0;
    }
    for (gint64 window = 0; window < 6; window++)
        cw_monitor_add(monitor, &guarded, window * 43200 * G_USEC_PER_SEC, check_alarm, NULL);
    g_autoptr(GString) again = g_string_new(NULL);
    cw_monitor_write(monitor, again);
    g_autoptr(CwJson) written = cw_json_parse(again->str, again->len, "again", &error);
    g_assert_no_error(error);
    g_assert_true(cw_monitor_read(monitor, cw_json_root(written), &error));
    return 0;
}
