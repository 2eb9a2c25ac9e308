/* Rates against their own past: which differences are told, and how seldom chance is. */
#include "policy/monitor.h"

#include "fixture.h"

#include <math.h>
#include <string.h>

#define HOUR_US ((gint64)3600 * G_USEC_PER_SEC)

static const CwMonitorConfig config = {3600, 200, 3, 2000000, 3290000};

typedef struct {
    CwMonitor *monitor;
    guint64 state;   /* of the random numbers */
    gint64 time_us;  /* of the next decision */
    GString *alarms; /* what was told: kind, class, and '+' or '-' */
    guint n_alarms;
    double stay; /* how likely the next decision is as the last, beyond chance */
    gboolean holds[2];
} Camera;

static void
note_alarm(const CwMonitorAlarm *alarm, gpointer data)
{
    Camera *camera = data;
    camera->n_alarms++;
    g_assert_cmpfloat(alarm->now.low, <=, alarm->now.share);
    g_assert_cmpfloat(alarm->now.high, >=, alarm->now.share);
    g_assert_cmpfloat(alarm->now.independent, <=, alarm->now.n);
    g_string_append_printf(camera->alarms, "%s%u%c ", cw_monitor_kind_to_string(alarm->kind),
                           alarm->class_index, alarm->now.share > alarm->usual.share ? '+' : '-');
}

static void
init(Camera *camera, double stay, guint64 seed)
{
    *camera = (Camera){.monitor = cw_monitor_new(&config, 2), .state = seed, .stay = stay};
    camera->alarms = g_string_new(NULL);
}

static void
clear(Camera *camera)
{
    cw_monitor_free(camera->monitor);
    g_string_free(camera->alarms, TRUE);
}

static double
next_random(Camera *camera)
{
    camera->state = camera->state * 6364136223846793005U + 1442695040888963407U;
    return (double)(camera->state >> 11) / (double)(G_GUINT64_CONSTANT(1) << 53);
}

/* One decision: class 0 chosen, or something held back, or nothing. */
static void
add(Camera *camera, gboolean chosen, gboolean suppressed)
{
    CwScore list[2] = {{.class_index = 0, .verdict = chosen ? CW_VERDICT_CHOSEN : CW_VERDICT_BELOW},
                       {.class_index = 1}};
    const CwScores scores = {.scores = list, .n_scores = 2, .n_chosen = chosen};
    const CwGuardAction action = {CW_ACTION_SUPPRESS, "R", "w", 1, 1};
    const CwGuarded guarded = {&scores, &scores, &action, suppressed};
    cw_monitor_add(camera->monitor, &guarded, camera->time_us, note_alarm, camera);
    camera->time_us += G_USEC_PER_SEC;
}

/* An hour in which class 0 is chosen so often, and something is held back so often. */
static void
run_hour(Camera *camera, double chosen, double suppressed)
{
    const double shares[2] = {chosen, suppressed};
    for (guint i = 0; i < 3600; i++) {
        for (guint k = 0; k < 2; k++)
            if (next_random(camera) >= camera->stay)
                camera->holds[k] = next_random(camera) < shares[k];
        add(camera, camera->holds[0], camera->holds[1]);
    }
}

static void
run_days(Camera *camera, guint n, double chosen, double suppressed)
{
    for (guint hour = 0; hour < 24 * n; hour++)
        run_hour(camera, chosen, suppressed);
}

static void
test_changes(void)
{
    Camera camera;
    init(&camera, 0, 1);
    run_days(&camera, 4, 0.2, 0.05);
    g_assert_cmpuint(camera.n_alarms, ==, 0);
    run_hour(&camera, 0.2, 0.15);
    run_hour(&camera, 0.05, 0.05);
    run_hour(&camera, 0.2, 0.05);
    g_assert_cmpstr(camera.alarms->str, ==, "suppression0+ label0- ");
    clear(&camera);
}

/* Each hour of the day has its own past: a night like every night is none. */
static void
test_hours(void)
{
    Camera camera;
    init(&camera, 0.9, 2);
    for (guint hour = 0; hour < 24 * 8; hour++)
        run_hour(&camera, hour % 24 < 8 ? 0.02 : 0.7, 0);
    g_assert_cmpuint(camera.n_alarms, ==, 0);
    for (guint hour = 0; hour < 2; hour++)
        run_hour(&camera, 0.7, 0);
    g_assert_cmpuint(camera.n_alarms, >, 0);
    clear(&camera);
}

static void
test_too_little(void)
{
    Camera camera;
    init(&camera, 0, 3);
    run_days(&camera, 2, 0.5, 0);
    run_hour(&camera, 0, 0);
    run_hour(&camera, 0.5, 0);
    g_assert_cmpuint(camera.n_alarms, ==, 0); /* two days are not yet usual */
    clear(&camera);
    init(&camera, 0, 3);
    run_days(&camera, 5, 0.5, 0);
    for (guint i = 0; i < 100; i++)
        add(&camera, FALSE, FALSE);
    camera.time_us = (24 * 5 + 1) * HOUR_US;
    run_hour(&camera, 0.5, 0);
    g_assert_cmpuint(camera.n_alarms, ==, 0); /* nor are a hundred decisions an hour */
    clear(&camera);
}

/* What comes in runs says less than its number: the test knows. 400 days of cameras whose decisions
 * stay as they are 95 times of 100, or half the time: 9,600 hours of five rates each; a hundred
 * times as many with `-m thorough`. */
static void
test_chance(void)
{
    Camera camera;
    const guint n_cameras = g_test_thorough() ? 400 : 4;
    guint n_alarms = 0;
    for (guint i = 0; i < n_cameras; i++) {
        init(&camera, i % 4 < 3 ? 0.95 : 0.5, 10 + i);
        run_days(&camera, 100, i % 2 ? 0.3 : 0.05, i % 2 ? 0.01 : 0.5);
        n_alarms += camera.n_alarms;
        clear(&camera);
    }
    g_test_message("%u alarms in %u hours", n_alarms, n_cameras * 2400);
    g_assert_cmpuint(n_alarms, <=, n_cameras / 2);
}

static void
test_clock(void)
{
    Camera camera;
    init(&camera, 0, 5);
    run_days(&camera, 4, 0.5, 0);
    camera.time_us -= 2 * HOUR_US;
    run_hour(&camera, 0, 0);
    g_assert_cmpuint(camera.n_alarms, ==, 0);
    clear(&camera);
}

static gboolean
read_back(CwMonitor *monitor, const char *text, GError **error)
{
    g_autoptr(CwJson) json = cw_json_parse(text, strlen(text), "state", error);
    return json && cw_monitor_read(monitor, cw_json_root(json), error);
}

static void
test_restart(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) json = g_string_new(NULL);
    Camera camera, after;
    init(&camera, 0, 6);
    run_days(&camera, 5, 0.2, 0.05);
    cw_monitor_write(camera.monitor, json);
    init(&after, 0, 7);
    g_assert_true(read_back(after.monitor, json->str, &error));
    after.time_us = camera.time_us;
    run_hour(&after, 0.2, 0.05);
    run_hour(&after, 0.6, 0.05);
    run_hour(&after, 0.2, 0.05);
    g_assert_cmpstr(after.alarms->str, ==, "label0+ abstention0- ");
    g_autoptr(CwMonitor) other = cw_monitor_new(&config, 3);
    g_assert_false(read_back(other, json->str, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, "other windows or classes", NULL);
    g_autoptr(GString) broken = g_string_new(json->str);
    g_string_replace(broken, "[", "[-", 2);
    g_assert_false(read_back(after.monitor, broken->str, &error));
    clear(&camera);
    clear(&after);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/monitor/a-rate-that-changes-is-told", test_changes);
    g_test_add_func("/policy/monitor/every-hour-has-its-own-past", test_hours);
    g_test_add_func("/policy/monitor/too-little-says-nothing", test_too_little);
    g_test_add_func("/policy/monitor/chance-is-hardly-ever-told", test_chance);
    g_test_add_func("/policy/monitor/a-clock-that-goes-back-says-nothing", test_clock);
    g_test_add_func("/policy/monitor/what-is-usual-survives-a-restart", test_restart);
    return g_test_run();
}
