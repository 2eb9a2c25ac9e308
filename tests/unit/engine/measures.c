/* What statistics are made of, and the budget of CPU time, on a clock of the test's own. */
#include "engine/ages.h"
#include "engine/budget.h"
#include "engine/rate.h"

static void
test_quantiles_of_ages_are_known_to_a_tenth(void)
{
    CwAges ages = {0};
    g_assert_cmpint(cw_ages_quantile(&ages, 0.5), ==, 0);
    for (gint64 i = 1; i <= 1000; i++)
        cw_ages_add(&ages, i * 1000);
    g_assert_cmpint(cw_ages_quantile(&ages, 0.5), >=, 500000);
    g_assert_cmpint(cw_ages_quantile(&ages, 0.5), <=, 550000);
    g_assert_cmpint(cw_ages_quantile(&ages, 0.95), >=, 950000);
    g_assert_cmpint(cw_ages_quantile(&ages, 0.95), <=, 1045000);
    g_assert_cmpint(cw_ages_quantile(&ages, 1), >=, 1000000);
}

static void
test_old_ages_are_forgotten(void)
{
    CwAges ages = {0};
    for (guint i = 0; i < 5000; i++)
        cw_ages_add(&ages, G_USEC_PER_SEC);
    for (guint i = 0; i < 20000; i++)
        cw_ages_add(&ages, 1000);
    g_assert_cmpint(cw_ages_quantile(&ages, 0.99), <, 1100);
    g_assert_cmpuint(ages.n, <=, 1024);
}

static void
test_ages_beyond_the_histogram_stay_in_it(void)
{
    CwAges ages = {0};
    cw_ages_add(&ages, -5);
    g_assert_cmpint(cw_ages_quantile(&ages, 0.5), <=, 70);
    cw_ages_add(&ages, G_MAXINT64);
    g_assert_cmpint(cw_ages_quantile(&ages, 1), >, G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC);
}

static void
test_a_rate_follows_what_happens(void)
{
    CwRate rate = {0};
    gint64 now = 1000;
    g_assert_cmpfloat(cw_rate_get(&rate, now), ==, 0);
    for (guint i = 0; i < 100; i++, now += 100000)
        cw_rate_add(&rate, now);
    g_assert_cmpfloat_with_epsilon(cw_rate_get(&rate, now), 10, 0.3);
    for (guint i = 0; i < 20; i++, now += 500000)
        cw_rate_add(&rate, now);
    g_assert_cmpfloat_with_epsilon(cw_rate_get(&rate, now), 2, 0.3);
    g_assert_cmpfloat(cw_rate_get(&rate, now + G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC), <, 0.01);
}

/* Batches of 50 ms on n_cpus for ten seconds, with the pauses that the budget wants; returns the
 * percentage of the machine that was used. */
static double
run_batches(double percent, guint n_cpus)
{
    CwBudget budget;
    gint64 now = 12345;
    guint64 used = 777;
    cw_budget_init(&budget, percent, n_cpus, used, now);
    const gint64 begin = now;
    while (now - begin < G_GINT64_CONSTANT(10) * G_USEC_PER_SEC) {
        now += 50000;
        used += (guint64)50000 * 1000 * n_cpus;
        now += cw_budget_settle(&budget, used, now);
    }
    return (double)(used - 777) / 10.0 / n_cpus / (double)(now - begin);
}

static void
test_a_budget_is_held(void)
{
    const double percents[] = {1, 10, 25, 50, 90};
    for (guint i = 0; i < G_N_ELEMENTS(percents); i++)
        for (guint n_cpus = 1; n_cpus <= 64; n_cpus *= 8)
            g_assert_cmpfloat_with_epsilon(run_batches(percents[i], n_cpus), percents[i],
                                           percents[i] / 50);
    g_assert_cmpfloat_with_epsilon(run_batches(0, 4), 100, 1e-9);
    g_assert_cmpfloat_with_epsilon(run_batches(100, 4), 100, 1e-9);
}

static void
test_an_idle_hour_is_no_leave_to_burn(void)
{
    CwBudget budget;
    const gint64 hour = G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC;
    cw_budget_init(&budget, 50, 1, 0, 0);
    g_assert_cmpint(cw_budget_settle(&budget, 0, hour), ==, 0);
    /* A second of work: half of it has been paid for while it ran, a tenth before. */
    g_assert_cmpint(cw_budget_settle(&budget, 1000000000, hour + G_USEC_PER_SEC), >,
                    G_USEC_PER_SEC * 7 / 10);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/measures/" #name, test_##name)
    CASE(quantiles_of_ages_are_known_to_a_tenth);
    CASE(old_ages_are_forgotten);
    CASE(ages_beyond_the_histogram_stay_in_it);
    CASE(a_rate_follows_what_happens);
    CASE(a_budget_is_held);
    CASE(an_idle_hour_is_no_leave_to_burn);
    return g_test_run();
}
