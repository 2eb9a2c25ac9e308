/* The ceiling of the machine, and the share of it that is written down. */
#include "eval/peak.h"

#include <math.h>
#include <string.h>

static void
test_every_precision(void)
{
    static const CwPrecision precisions[] = {CW_PRECISION_F32, CW_PRECISION_BF16,
                                             CW_PRECISION_INT8};
    for (guint i = 0; i < G_N_ELEMENTS(precisions); i++) {
        const CwPeak peak = cw_peak_measure(precisions[i], 1, 0.01);
        if (!peak.instruction) {
            g_assert_true(isnan(peak.gop_per_second));
            continue;
        }
        g_test_message("%s: %s, %d Gop/s", cw_precision_to_string(precisions[i]), peak.instruction,
                       (int)peak.gop_per_second);
        g_assert_cmpfloat(peak.gop_per_second, >, 0);
        g_assert_true(isfinite(peak.gop_per_second));
    }
}

static void
test_one_thread(void)
{
    CwCeiling ceiling = cw_ceiling_begin(CW_PRECISION_AUTO, 1);
    g_autoptr(GString) json = g_string_new("{");
    cw_ceiling_end(&ceiling);
    g_assert_cmpuint(ceiling.n_threads, ==, 1);
    g_assert_cmpfloat(ceiling.threads_speedup, ==, 1);
    cw_ceiling_write_threads(&ceiling, json);
    g_assert_cmpstr(json->str, ==, "{\"threads\":1");
}

static void
test_share(void)
{
    const CwCeiling ceiling = {.n_threads = 2, .peak = {"fma", 100}, .threads_speedup = 1.9876};
    g_autoptr(GString) json = g_string_new("{");
    cw_ceiling_write_threads(&ceiling, json);
    cw_ceiling_write_share(&ceiling, 5e9, 100, json); /* 50 Gop/s */
    g_assert_cmpstr(json->str, ==,
                    "{\"threads\":2,\"threads_speedup_probe\":1.988,\"dense_gflop\":5.000,"
                    "\"peak_instruction\":\"fma\",\"peak_gop_per_second\":100.0,"
                    "\"share_of_peak\":0.5000");
}

static void
test_no_ceiling(void)
{
    const CwCeiling ceiling = {.n_threads = 1, .peak = {NULL, NAN}};
    g_autoptr(GString) json = g_string_new("{");
    cw_ceiling_write_share(&ceiling, 5e9, 100, json);
    g_assert_nonnull(strstr(json->str, "\"share_of_peak\":null"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eval/peak/every precision has a ceiling, or none is known",
                    test_every_precision);
    g_test_add_func("/eval/peak/one thread is not compared with itself", test_one_thread);
    g_test_add_func("/eval/peak/the share is dense work over time over ceiling", test_share);
    g_test_add_func("/eval/peak/without a ceiling the share is null", test_no_ceiling);
    return g_test_run();
}
