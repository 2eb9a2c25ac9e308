/* Medians and percentiles of repeated runs, and the head of a line. */
#include "eval/bench.h"

#include <string.h>

static CwTimes
times_of(const double *values, guint n)
{
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(double));
    g_array_append_vals(samples, values, n);
    return cw_times_of(samples);
}

static void
test_odd(void)
{
    const CwTimes times = times_of((double[]){11, 1, 2, 10, 9, 3, 4, 8, 7, 5, 6}, 11);
    g_assert_cmpuint(times.n, ==, 11);
    g_assert_cmpfloat(times.median, ==, 6);
    g_assert_cmpfloat(times.p10, ==, 2);
    g_assert_cmpfloat(times.p90, ==, 10);
}

static void
test_even(void)
{
    const CwTimes times = times_of((double[]){4, 1, 3, 2}, 4);
    g_assert_cmpfloat(times.median, ==, 2.5);
    g_assert_cmpfloat(times.p10, ==, 1);
    g_assert_cmpfloat(times.p90, ==, 4);
}

static void
test_one(void)
{
    const CwTimes times = times_of((double[]){7}, 1);
    g_assert_cmpfloat(times.median, ==, 7);
    g_assert_cmpfloat(times.p10, ==, 7);
    g_assert_cmpfloat(times.p90, ==, 7);
}

static void
test_members(void)
{
    g_autoptr(GString) json = g_string_new("{");
    cw_bench_write_times(json, "ms", (CwTimes){2.5, 1, 4.00006, 4});
    g_assert_cmpstr(json->str, ==, "{\"ms\":2.5000,\"ms_p10\":1.0000,\"ms_p90\":4.0001");
}

static void
test_head(void)
{
    g_autoptr(GString) json = g_string_new(NULL);
    cw_bench_write_head(json, "image", NULL);
    g_assert_true(g_str_has_prefix(json->str, "{\"bench\":\"image\",\"cpu\":\""));
    g_assert_nonnull(strstr(json->str, "\"isa\":\""));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eval/times/the middle one of an odd number", test_odd);
    g_test_add_func("/eval/times/between the middle two of an even number", test_even);
    g_test_add_func("/eval/times/one run is its own median", test_one);
    g_test_add_func("/eval/times/a time is three members", test_members);
    g_test_add_func("/eval/times/a line names the machine", test_head);
    return g_test_run();
}
