/* Policy files: what is read, and the place of every fault. */
#include "fixture.h"
#include "policy/policy.h"

#include <string.h>

#define LIST "thief\ndrug dealer\n"

/* A policy with one list in a folder of its own; rules as given. NULL with an error. */
static CwPolicy *
read_policy(const char *list, const char *head, const char *rules, GError **error)
{
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, LIST, -1);
    g_autofree char *text = g_strdup_printf(
        "{\"schema\":\"clipwatch-policy/1\",\"id\":\"test/1\",%s\"lists\":{\"crime\":{\"files\":"
        "[{\"file\":\"crime.txt\",\"sha256\":\"%s\",\"language\":\"en\"}]}},\"rules\":[%s]}",
        head, digest, rules);
    g_free(cw_test_write(dir, "crime.txt", list, -1));
    CwPolicy *policy = cw_policy_parse(text, strlen(text), "test.json", dir, error);
    cw_test_remove_dir(dir);
    return policy;
}

#define MODE "\"mode\":\"enforce\","
#define RULE                                                                                   \
    "{\"id\":\"R1\",\"check\":\"forbidden\",\"lists\":[\"crime\"],\"action\":\"refuse_load\"," \
    "\"why\":"                                                                                 \
    "\"because\"}"

static void
expect_refusal(const char *list, const char *head, const char *rules, int code, const char *a,
               const char *b)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) policy = read_policy(list, head, rules, &error);
    g_assert_null(policy);
    cw_test_expect_error(&error, CW_ERROR, code, a, b, NULL);
}

static void
test_good(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) policy = read_policy(LIST, MODE, RULE, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(cw_policy_get_info(policy)->id, ==, "test/1");
    g_assert_cmpuint(strlen(cw_policy_get_info(policy)->digest), ==, 64);
}

static void
test_unknown_keys(void)
{
    expect_refusal(LIST, MODE "\"modus\":1,", RULE, CW_ERROR_UNSUPPORTED, "test.json", "modus");
    expect_refusal(LIST, MODE,
                   "{\"id\":\"R1\",\"check\":\"hidden\",\"lists\":[\"crime\"],\"action\":\"warn\","
                   "\"why\":\"x\"}",
                   CW_ERROR_UNSUPPORTED, "rules[0].lists", "not a known key");
}

static void
test_bad_values(void)
{
    expect_refusal(LIST, "\"mode\":\"on\",", RULE, CW_ERROR_FORMAT, "mode", "'on'");
    expect_refusal(LIST, MODE, RULE "," RULE, CW_ERROR_FORMAT, "rules[1].id", "another rule's");
    expect_refusal(LIST, MODE,
                   "{\"id\":\"R\",\"check\":\"forbidden\",\"lists\":[\"x\"],\"action\":\"warn\","
                   "\"why\":\"x\"}",
                   CW_ERROR_FORMAT, "rules[0].lists", "no list 'x'");
    expect_refusal(LIST, MODE,
                   "{\"id\":\"R\",\"check\":\"magic\",\"action\":\"warn\",\"why\":\"x\"}",
                   CW_ERROR_UNSUPPORTED, "rules[0].check", "'magic'");
}

static void
test_changed_list(void)
{
    expect_refusal("thief\n", MODE, RULE, CW_ERROR_MISMATCH, "sha256", "crime.txt");
}

static void
test_shipped(void)
{
    static const char *const names[] = {"strict", "scene-only", "wildlife", "audit-only"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CwPolicy) policy = cw_policy_load(names[i], &error);
        g_assert_no_error(error);
        g_assert_true(g_str_has_prefix(cw_policy_get_info(policy)->id, names[i]));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/read/a-policy-with-a-list-is-read", test_good);
    g_test_add_func("/policy/read/an-unknown-key-is-refused-with-its-path", test_unknown_keys);
    g_test_add_func("/policy/read/a-bad-value-is-refused-with-its-path", test_bad_values);
    g_test_add_func("/policy/read/a-list-that-was-changed-is-refused", test_changed_list);
    g_test_add_func("/policy/read/the-shipped-policies-are-found-by-name", test_shipped);
    return g_test_run();
}
