/* Which frames are due: tables of times and answers. */
#include "engine/schedule.h"

#include <clipwatch/event.h>

#define MS    G_GINT64_CONSTANT(1000000)
#define S     (1000 * MS)
#define FRAME (S / 25)

typedef struct {
    gint64 time;
    gboolean due;
} Step;

static void
expect_steps(guint64 interval_ns, const Step *steps, guint n)
{
    CwSchedule schedule;
    cw_schedule_restart(&schedule);
    for (guint i = 0; i < n; i++)
        if (cw_schedule_is_due(&schedule, interval_ns, steps[i].time) != steps[i].due)
            g_error("step %u at %" G_GINT64_FORMAT " ns should %sbe due", i, steps[i].time,
                    steps[i].due ? "" : "not ");
}

#define EXPECT(interval, ...)                           \
    expect_steps(interval, (const Step[]){__VA_ARGS__}, \
                 sizeof((const Step[]){__VA_ARGS__}) / sizeof(Step))

static void
test_the_first_frame_is_due_and_then_one_every_interval(void)
{
    EXPECT(S, {300 * MS, TRUE}, {800 * MS, FALSE}, {1299 * MS, FALSE}, {1300 * MS, TRUE},
           {1301 * MS, FALSE}, {2300 * MS, TRUE});
}

static void
test_late_frames_do_not_shift_the_grid(void)
{
    EXPECT(S, {0, TRUE}, {1010 * MS, TRUE}, {2005 * MS, TRUE}, {3000 * MS, TRUE},
           {3999 * MS, FALSE}, {4000 * MS, TRUE});
}

static void
test_a_gap_is_not_made_up_for(void)
{
    EXPECT(S, {0, TRUE}, {7500 * MS, TRUE}, {7540 * MS, FALSE}, {8000 * MS, TRUE});
}

static void
test_an_hour_at_an_odd_rate_has_exactly_its_number_of_frames(void)
{
    CwSchedule schedule;
    guint n_due = 0;
    cw_schedule_restart(&schedule);
    for (gint64 i = 0; i < 3600 * 30000 / 1001; i++)
        n_due += cw_schedule_is_due(&schedule, 333333333, i * 1001 * S / 30000) != 0;
    g_assert_cmpuint(n_due, ==, 10800);
}

static void
test_interval_zero_takes_every_frame(void)
{
    EXPECT(0, {0, TRUE}, {0, TRUE}, {FRAME, TRUE}, {-1, TRUE}, {CW_TIME_NONE, TRUE}, {0, TRUE});
}

static void
test_an_interval_below_the_frame_distance_takes_every_frame(void)
{
    EXPECT(MS, {0, TRUE}, {FRAME, TRUE}, {2 * FRAME, TRUE}, {2 * FRAME, FALSE});
}

static void
test_time_that_is_set_back_restarts_the_schedule(void)
{
    EXPECT(S, {100 * S, TRUE}, {100 * S + FRAME, FALSE}, {0, TRUE}, {FRAME, FALSE}, {S, TRUE});
}

static void
test_jitter_does_not_restart_the_schedule(void)
{
    EXPECT(S, {2 * S, TRUE}, {2 * S + 80 * MS, FALSE}, {2 * S + 40 * MS, FALSE},
           {2 * S + 160 * MS, FALSE}, {2 * S + 120 * MS, FALSE}, {3 * S, TRUE});
}

static void
test_a_frame_without_a_time_is_due_and_leaves_the_schedule_alone(void)
{
    EXPECT(S, {CW_TIME_NONE, TRUE}, {-1, TRUE}, {G_MININT64, TRUE}, {0, TRUE}, {-1, TRUE},
           {500 * MS, FALSE}, {CW_TIME_NONE, TRUE}, {S, TRUE});
}

static void
test_the_largest_times_and_intervals_do_not_overflow(void)
{
    EXPECT(G_MAXUINT64, {0, TRUE}, {G_MAXINT64 - 1, FALSE}, {0, FALSE});
    EXPECT(S, {G_MAXINT64 - 2, TRUE}, {G_MAXINT64 - 1, FALSE}, {0, TRUE}, {S, TRUE});
    EXPECT(G_MAXINT64, {G_MAXINT64 - 1, TRUE}, {1, FALSE});
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/schedule/" #name, test_##name)
    CASE(the_first_frame_is_due_and_then_one_every_interval);
    CASE(late_frames_do_not_shift_the_grid);
    CASE(a_gap_is_not_made_up_for);
    CASE(an_hour_at_an_odd_rate_has_exactly_its_number_of_frames);
    CASE(interval_zero_takes_every_frame);
    CASE(an_interval_below_the_frame_distance_takes_every_frame);
    CASE(time_that_is_set_back_restarts_the_schedule);
    CASE(jitter_does_not_restart_the_schedule);
    CASE(a_frame_without_a_time_is_due_and_leaves_the_schedule_alone);
    CASE(the_largest_times_and_intervals_do_not_overflow);
    return g_test_run();
}
