/* Reads any bytes as a policy; and, after a NUL, as an entry of a list and a text to look through.
 */
#include "fuzz.h"

#include "policy/fold.h"
#include "policy/policy.h"

#include <string.h>

static void
read_policy(const char *text, gsize length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) policy = cw_policy_parse(text, length, "input", "/nonexistent", &error);
    if (policy) {
        g_assert_no_error(error);
        g_assert_cmpuint(strlen(cw_policy_get_info(policy)->digest), ==, 64);
        return;
    }
    g_assert_true(error && error->domain == CW_ERROR);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
}

static void
match(const char *entry, const char *text)
{
    g_autoptr(CwMatcher) matcher = cw_matcher_new();
    const guint list = cw_matcher_add_list(matcher, "person", CW_LIST_LIKENESS);
    if (!g_utf8_validate(entry, -1, NULL) || !g_utf8_validate(text, -1, NULL) ||
        !cw_matcher_add(matcher, list, entry, "en", NULL))
        return;
    g_autoptr(CwMatching) matching = cw_matching_new(matcher);
    g_autoptr(GPtrArray) matches = cw_matching_find(matching, text, NULL);
    for (guint i = 0; i < matches->len; i++) {
        const CwMatch *found = matches->pdata[i];
        g_assert_cmpuint(found->first, <, found->end);
        g_assert_cmpstr(found->entry, ==, entry);
    }
    g_free(cw_policy_find_name(text));
    cw_fold_find_hidden(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    const gsize length = strlen(text);
    read_policy((const char *)data, size);
    if (length < size) {
        g_autofree char *rest = g_strndup((const char *)data + length + 1, size - length - 1);
        match(text, rest);
    }
    return 0;
}
