/* Many streams, and an encoder that cannot serve them all: who gets how much. */
#include "encoder.h"
#include "fixture.h"
#include "scene.h"

enum { N_STREAMS = 24 };

typedef struct {
    CwStream *stream;
    guint per_second;
} Feed;

static void
submit(CwStream *stream, gint64 running_ns)
{
    const CwFrame frame = scene_frame((guint8)(running_ns % 251));
    const CwFrameTimes times = scene_time(running_ns);
    if (cw_stream_due(stream, running_ns))
        cw_stream_submit(stream, &frame, &times);
}

/* Every stream gets its frames on the clock until so many views are encoded. */
static void
feed_until(Encoder *encoder, Feed *feeds, guint n_views)
{
    const gint64 begin = g_get_monotonic_time();
    gint64 next[N_STREAMS] = {0};
    while (encoder_get_n_views(encoder) < n_views) {
        const gint64 now = g_get_monotonic_time() - begin;
        for (guint i = 0; i < N_STREAMS; i++)
            if (now >= next[i]) {
                submit(feeds[i].stream, now * 1000);
                next[i] = now + G_USEC_PER_SEC / feeds[i].per_second;
            }
        g_usleep(500); /* cameras have clocks */
    }
}

static void
open_feeds(CwEngine *engine, Feed *feeds, guint per_second)
{
    for (guint i = 0; i < N_STREAMS; i++) {
        g_autofree char *id = g_strdup_printf("stream %u", i);
        feeds[i] = (Feed){scene_open_stream(engine, id, NULL), per_second};
    }
}

/* Of some streams together. */
typedef struct {
    double seen, decided;
} Counts;

static Counts
count(const Feed *feeds, guint n)
{
    Counts counts = {0, 0};
    for (guint i = 0; i < n; i++) {
        CwStreamStats stats;
        cw_stream_get_stats(feeds[i].stream, &stats);
        counts.seen += (double)stats.seen;
        counts.decided += (double)stats.decided;
    }
    return counts;
}

static void
test_under_overload_every_stream_gets_as_much(void)
{
    Encoder encoder;
    Feed feeds[N_STREAMS];
    encoder_init(&encoder, 1000);
    {
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        open_feeds(engine, feeds, 100); /* 2,400 a second, of which 1,000 can be served */
        feed_until(&encoder, feeds, 40 * N_STREAMS);
        guint64 least = G_MAXUINT64, most = 0, n_left_out = 0;
        double asked_per_second = 0;
        for (guint i = 0; i < N_STREAMS; i++) {
            CwStreamStats stats;
            cw_stream_drain(feeds[i].stream, SCENE_MINUTE_US);
            cw_stream_get_stats(feeds[i].stream, &stats);
            least = MIN(least, stats.decided);
            most = MAX(most, stats.decided);
            n_left_out += stats.shed;
            g_assert_cmpuint(stats.seen, ==, stats.early + stats.shed + stats.sampled);
            g_assert_cmpuint(stats.sampled, ==, stats.replaced + stats.decided);
            g_assert_cmpint(stats.age_p95_us, >=, stats.age_p50_us);
            g_assert_cmpint(stats.age_p50_us, >, 0);
            g_assert_cmpfloat(stats.held_per_second, <, 1.1 * stats.asked_per_second);
            asked_per_second += stats.asked_per_second;
            cw_stream_free(feeds[i].stream);
        }
        g_assert_cmpuint(least, >=, 35);
        g_assert_cmpuint(most - least, <=, 6);
        /* Where this thread cannot keep the cameras' clock there is no overload. */
        g_test_message("%.0f frames a second", asked_per_second);
        g_assert_true(n_left_out > 0 || asked_per_second < 2000);
    }
    encoder_clear(&encoder);
}

static void
test_rates_fall_evenly_whatever_was_asked(void)
{
    Encoder encoder;
    Feed feeds[N_STREAMS];
    encoder_init(&encoder, 1000);
    {
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        const guint half = N_STREAMS / 2;
        open_feeds(engine, feeds, 200);
        for (guint i = 0; i < half; i++)
            feeds[i].per_second = 50;
        feed_until(&encoder, feeds, 700); /* until then the engine does not know its load */
        const Counts slow_before = count(feeds, half), fast_before = count(feeds + half, half);
        feed_until(&encoder, feeds, 1500);
        const Counts slow = count(feeds, half), fast = count(feeds + half, half);
        const double frames = (fast.seen - fast_before.seen) / (slow.seen - slow_before.seen);
        const double decisions =
            (fast.decided - fast_before.decided) / (slow.decided - slow_before.decided);
        /* Four times the frames, where this thread keeps the cameras' clock, and as many times the
         * decisions. Were all given as much, those would be equal. */
        g_test_message("%.2f times the frames, %.2f times the decisions", frames, decisions);
        g_assert_cmpfloat(slow.decided, >, slow_before.decided);
        g_assert_cmpfloat(decisions / frames, >, 0.5);
        g_assert_cmpfloat(decisions / frames, <, 1.5);
        for (guint i = 0; i < N_STREAMS; i++)
            cw_stream_free(feeds[i].stream);
    }
    encoder_clear(&encoder);
}

static void
test_a_budget_of_cpu_time_is_not_exceeded(void)
{
    Encoder encoder;
    Feed feeds[N_STREAMS];
    encoder_init(&encoder, 2000);
    {
        const guint n_views = 100;
        g_autoptr(CwEngine) engine =
            encoder_open_engine(&encoder, 25.0 / (double)g_get_num_processors());
        open_feeds(engine, feeds, 100);
        const gint64 begin = g_get_monotonic_time();
        feed_until(&encoder, feeds, n_views);
        const double wall_us = (double)(g_get_monotonic_time() - begin);
        /* A quarter of one CPU, and what was saved up before: a tenth of a second's share. The last
         * batch has not been paid for. */
        g_assert_cmpfloat((n_views - 8) * 2000.0, <, 0.25 * (wall_us + 100000) * 1.1);
        for (guint i = 0; i < N_STREAMS; i++)
            cw_stream_free(feeds[i].stream);
    }
    encoder_clear(&encoder);
}

static void
test_a_budget_that_cannot_be_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_assert_false(cw_engine_set_cpu_budget(engine, 100.5, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "100.5 is not 0 to 100", NULL);
    g_assert_false(cw_engine_set_cpu_budget(engine, -1, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "-1", NULL);
    g_assert_true(cw_engine_set_cpu_budget(engine, 50, &error));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/overload/" #name, test_##name)
    CASE(under_overload_every_stream_gets_as_much);
    CASE(rates_fall_evenly_whatever_was_asked);
    CASE(a_budget_of_cpu_time_is_not_exceeded);
    CASE(a_budget_that_cannot_be_is_refused);
    return g_test_run();
}
