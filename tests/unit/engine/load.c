/* Overload: the share that every stream gets, worked out on a clock of the test's own. */
#include "engine/load.h"

#include <math.h>

/* A worker that takes cost_us for a view and is asked for asked_per_second views; streams take
 * their turns by the share. Returns the views that were served in the last second of n. */
static guint
simulate(CwLoad *load, guint asked_per_second, gint64 cost_us, guint n_seconds)
{
    const gint64 step_us = G_USEC_PER_SEC / asked_per_second;
    guint n_served = 0;
    double turn = 0;
    gint64 free_us = 0;
    for (gint64 now = G_USEC_PER_SEC; now < (n_seconds + 1) * G_USEC_PER_SEC; now += step_us) {
        cw_load_ask(load, 1);
        turn += load->share;
        if (turn < 1)
            continue;
        turn -= 1;
        if (free_us > now + 4 * cost_us)
            continue; /* replaced in its slot by a newer one */
        free_us = MAX(free_us, now) + cost_us;
        cw_load_serve(load, 1, cost_us, free_us);
        n_served += now >= n_seconds * G_USEC_PER_SEC;
    }
    return n_served;
}

static void
test_all_is_served_where_there_is_time_for_all(void)
{
    CwLoad load;
    cw_load_init(&load);
    g_assert_cmpuint(simulate(&load, 100, 9000, 5), ==, 100);
    g_assert_cmpfloat(load.share, ==, 1);
}

static void
test_under_overload_the_worker_is_asked_for_what_it_can_do(void)
{
    const guint factors[] = {2, 10, 100};
    for (guint i = 0; i < G_N_ELEMENTS(factors); i++) {
        CwLoad load;
        cw_load_init(&load);
        /* 10 ms a view: 100 in a second at most. */
        const guint n_served = simulate(&load, 100 * factors[i], 10000, 10);
        g_assert_cmpuint(n_served, >=, 85);
        g_assert_cmpuint(n_served, <=, 100);
        g_assert_cmpfloat_with_epsilon(load.share, 0.95 / factors[i], 0.1 / factors[i]);
    }
}

static void
test_the_share_rises_again_when_streams_leave(void)
{
    CwLoad load;
    cw_load_init(&load);
    simulate(&load, 1000, 10000, 5);
    g_assert_cmpfloat(load.share, <, 0.2);
    cw_load_init(&load);
    load.share = 0.1;
    g_assert_cmpuint(simulate(&load, 50, 10000, 5), ==, 50);
    g_assert_cmpfloat(load.share, ==, 1);
}

static void
test_a_dearer_encoder_lowers_the_share(void)
{
    CwLoad load;
    cw_load_init(&load);
    simulate(&load, 100, 5000, 5);
    g_assert_cmpfloat(load.share, ==, 1);
    load.begin_us = 0;
    simulate(&load, 100, 50000, 10);
    g_assert_cmpfloat_with_epsilon(load.share, 0.19, 0.04);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/load/" #name, test_##name)
    CASE(all_is_served_where_there_is_time_for_all);
    CASE(under_overload_the_worker_is_asked_for_what_it_can_do);
    CASE(the_share_rises_again_when_streams_leave);
    CASE(a_dearer_encoder_lowers_the_share);
    return g_test_run();
}
