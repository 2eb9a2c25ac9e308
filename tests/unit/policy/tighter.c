/* Which policy may take another one's place while the video goes on. */
#include "fixture.h"

#include <clipwatch/policy.h>

#include <string.h>

static CwPolicy *
load(const char *name)
{
    g_autoptr(GError) error = NULL;
    CwPolicy *policy = cw_policy_load(name, &error);
    g_assert_no_error(error);
    return policy;
}

/* Whether `policy` is tighter than `than`; otherwise the message says `culprit`. */
static void
expect(const CwPolicy *policy, const CwPolicy *than, const char *culprit)
{
    g_autoptr(GError) error = NULL;
    const gboolean tighter = cw_policy_is_tighter(policy, than, &error);
    g_assert_cmpint(tighter, ==, culprit == NULL);
    if (culprit)
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_REFUSED, culprit, NULL);
}

static void
test_shipped(void)
{
    g_autoptr(CwPolicy) strict = load("strict");
    g_autoptr(CwPolicy) scenes = load("scene-only");
    g_autoptr(CwPolicy) audit = load("audit-only");
    g_autoptr(CwPolicy) wildlife = load("wildlife");
    expect(strict, strict, NULL);
    expect(scenes, strict, NULL);
    expect(strict, audit, NULL);
    expect(strict, wildlife, NULL);
    expect(strict, NULL, NULL);
    expect(strict, scenes, "no rule NO-PEOPLE");
    expect(audit, strict, "refuses nothing");
    expect(wildlife, strict, "rule ANIMAL-OR-PERSON checks or does less");
    expect(NULL, audit, "no policy is looser");
}

/* Two lists, of which the second may hold two files. */
static CwPolicy *
parse(const char *dir, const char *more_lists, const char *rules)
{
    g_autofree char *text = g_strdup_printf(
        "{\"schema\":\"clipwatch-policy/1\",\"id\":\"t\",\"mode\":\"enforce\",\"lists\":{"
        "\"person\":{\"files\":[{\"file\":\"a.txt\",\"sha256\":"
        "\"%s\",\"language\":\"en\"}]}%s},\"rules\":[%s]}",
        "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7", more_lists, rules);
    g_autofree char *path = cw_test_write(dir, "p.json", text, -1);
    return load(path);
}

#define FILE_B                        \
    "{\"file\":\"b.txt\",\"sha256\":" \
    "\"0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f\",\"language\":\"en\"}"

static void
test_parts(void)
{
    char *dir = cw_test_make_dir();
    g_free(cw_test_write(dir, "a.txt", "a\n", -1));
    g_free(cw_test_write(dir, "b.txt", "b\n", -1));
    static const char floor[] = "{\"id\":\"T\",\"check\":\"threshold\",\"action\":\"refuse_load\","
                                "\"why\":\"w\",\"of\":[\"person\"],\"least_ppm\":%d}";
    static const char forbid[] = "{\"id\":\"F\",\"check\":\"forbidden\",\"action\":\"%s\","
                                 "\"why\":\"w\",\"lists\":[\"person\"]%s}";
    g_autofree char *low = g_strdup_printf(floor, 40000), *high = g_strdup_printf(floor, 50000);
    g_autofree char *refuse = g_strdup_printf(forbid, "refuse_load", "");
    g_autofree char *warn = g_strdup_printf(forbid, "warn", "");
    g_autofree char *beside = g_strdup_printf(forbid, "refuse_load", ",\"beside\":[\"person\"]");
    g_autoptr(CwPolicy) at_low = parse(dir, "", low);
    g_autoptr(CwPolicy) at_high = parse(dir, "", high);
    g_autoptr(CwPolicy) refuses = parse(dir, "", refuse);
    g_autoptr(CwPolicy) warns = parse(dir, "", warn);
    g_autoptr(CwPolicy) conditional = parse(dir, "", beside);
    g_autoptr(CwPolicy) exempts =
        parse(dir, ",\"x\":{\"match\":\"exempt\",\"files\":[" FILE_B "]}", refuse);
    expect(at_high, at_low, NULL);
    expect(at_low, at_high, "least_ppm 40000 in place of 50000");
    expect(refuses, warns, NULL);
    expect(warns, refuses, "rule F checks or does less");
    expect(refuses, conditional, NULL);
    expect(conditional, refuses, "under a condition alone");
    expect(refuses, exempts, NULL);
    expect(exempts, refuses, "the list x exempts more");
    cw_test_remove_dir(dir);
    g_free(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/tighter/the-shipped-ones-are-ordered", test_shipped);
    g_test_add_func("/policy/tighter/each-part-of-a-rule-counts", test_parts);
    return g_test_run();
}
