/* Rates of a stream against their own past: what is told of, and that it outlives the stream. */
#include "fixture.h"
#include "scene.h"

#include <string.h>

#define HOUR_US ((gint64)3600 * G_USEC_PER_SEC)
#define DAY_US  (24 * HOUR_US)
#define NOON_US (1700000000 / 86400 * DAY_US + 12 * HOUR_US)

typedef struct {
    char *dir, *state;
    CwPolicy *policy;
    CwEngine *engine;
    GString *alarms; /* lines */
    guint n_decisions;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    f->dir = cw_test_make_dir();
    f->state = g_build_filename(f->dir, "state.json", NULL);
    g_autofree char *path =
        cw_test_write(f->dir, "p.json",
                      "{\"schema\":\"clipwatch-policy/1\",\"id\":\"m/1\",\"mode\":\"enforce\","
                      "\"lists\":{},\"rules\":[],"
                      "\"monitor\":{\"least_decisions\":20,\"least_windows\":1,\"z_ppm\":2000000}}",
                      -1);
    f->policy = cw_policy_load(path, &error);
    g_assert_no_error(error);
    f->engine = scene_open_engine();
    f->alarms = g_string_new(NULL);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_engine_unref(f->engine);
    cw_policy_unref(f->policy);
    cw_test_remove_dir(f->dir);
    g_free(f->dir);
    g_free(f->state);
    g_string_free(f->alarms, TRUE);
}

static void
note_decision(const CwDecision *decision, const char *json, gpointer data)
{
    ((Fixture *)data)->n_decisions++;
}

static void
note_alarm(const CwAlarmEvent *event, const char *json, gpointer data)
{
    Fixture *f = data;
    g_assert_cmpstr(event->stream_id, ==, "gate");
    g_string_append_printf(f->alarms, "%s\n", json);
}

static CwStream *
open_stream(Fixture *f, CwPolicy *policy, GError **error)
{
    g_autoptr(CwPrompts) prompts = scene_parse("black picture\nwhite picture\n");
    const CwFrameFormat format = scene_format(64, 48);
    const CwStreamConfig config = {.stream_id = "gate",
                                   .decided = note_decision,
                                   .alarm = note_alarm,
                                   .monitor_state = f->state,
                                   .policy = policy,
                                   .user_data = f};
    CwStream *stream = cw_stream_new(f->engine, prompts, &config, error);
    if (stream)
        g_assert_true(cw_stream_set_format(stream, &format, NULL));
    return stream;
}

/* n pictures of that grey from then on, one a second, as a camera with a clock has them. */
static void
show(CwStream *stream, gint64 from_us, guint n, guint8 grey)
{
    const CwFrame frame = scene_frame(grey);
    for (guint i = 0; i < n; i++) {
        const gint64 capture_us = from_us + i * G_USEC_PER_SEC;
        const CwFrameTimes times = {CW_TIME_NONE, (capture_us - NOON_US) * 1000, capture_us,
                                    CW_CAPTURE_NTP};
        g_assert_true(cw_stream_classify(stream, &frame, &times));
    }
}

static guint
count(const Fixture *f, const char *what)
{
    guint n = 0;
    for (const char *at = f->alarms->str; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void
test_told(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwStream) stream = open_stream(f, f->policy, &error);
    g_assert_no_error(error);
    show(stream, NOON_US, 30, 0);
    show(stream, NOON_US + HOUR_US, 30, 255);
    show(stream, NOON_US + DAY_US, 30, 0);
    g_assert_cmpuint(f->alarms->len, ==, 0);
    show(stream, NOON_US + DAY_US + HOUR_US, 30, 0);
    show(stream, NOON_US + DAY_US + 2 * HOUR_US, 1, 0);
    g_assert_cmpuint(count(f, "\"kind\":\"label\""), ==, 2);
    g_assert_cmpuint(
        count(f,
              "\"label_id\":\"black-picture\",\"direction\":\"rise\","
              "\"begin\":\"2023-11-15T13:00:00.000000Z\",\"end\":\"2023-11-15T14:00:00.000000Z\""),
        ==, 1);
    g_assert_cmpuint(count(f, "\"label_id\":\"white-picture\",\"direction\":\"fall\""), ==, 1);
    g_assert_cmpuint(count(f, "\"policy\":{\"id\":\"m/1\""), ==, 2);
}

static void
test_restart(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    CwStream *stream = open_stream(f, f->policy, &error);
    g_assert_no_error(error);
    show(stream, NOON_US, 30, 0);
    show(stream, NOON_US + HOUR_US, 1, 0);
    cw_stream_free(stream);
    g_assert_true(g_file_test(f->state, G_FILE_TEST_EXISTS));
    stream = open_stream(f, f->policy, &error);
    g_assert_no_error(error);
    show(stream, NOON_US + DAY_US, 30, 255);
    show(stream, NOON_US + DAY_US + HOUR_US, 1, 0);
    g_assert_cmpuint(count(f, "\"direction\":\"rise\""), ==, 1);
    g_assert_cmpuint(count(f, "\"direction\":\"fall\""), ==, 1);
    cw_stream_free(stream);
    g_free(cw_test_write(f->dir, "state.json", "{\"schema\":\"x\"}", -1));
    g_assert_null(open_stream(f, f->policy, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "state.json", NULL);
}

static void
test_off(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwStream) stream = open_stream(f, NULL, &error);
    g_assert_no_error(error);
    for (gint64 day = 0; day < 3; day++)
        show(stream, NOON_US + day * DAY_US, 30, day == 2 ? 255 : 0);
    g_assert_cmpuint(f->n_decisions, ==, 90);
    g_assert_cmpuint(f->alarms->len, ==, 0);
    g_assert_false(g_file_test(f->state, G_FILE_TEST_EXISTS));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/engine/monitors/" name, Fixture, NULL, set_up, test, tear_down)
    ADD("a-rate-that-is-not-as-usual-at-that-hour-is-told", test_told);
    ADD("what-is-usual-outlives-the-stream", test_restart);
    ADD("without-a-policy-nothing-is-followed", test_off);
    return g_test_run();
}
