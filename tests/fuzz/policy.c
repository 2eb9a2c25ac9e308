/* Reads any bytes as a policy; and, after a NUL, as an entry of a list and a text to look through.
 */
#include "fuzz.h"

#include "classify/decide.h"
#include "policy/fold.h"
#include "policy/policy.h"

#include <math.h>
#include <string.h>

/* What is told is never more than there is, nor what was suppressed. */
static void
check_guarded(const CwGuarded *guarded, guint n_classes)
{
    g_assert_cmpuint(guarded->told->n_scores, <=, n_classes);
    g_assert_cmpuint(guarded->held->n_scores, ==, n_classes);
    for (guint i = 0; i < guarded->n_actions; i++)
        for (guint t = 0; t < guarded->told->n_scores; t++)
            g_assert_true(guarded->actions[i].action != CW_ACTION_SUPPRESS ||
                          guarded->told->scores[t].class_index != guarded->actions[i].class_index);
}

/* Holds some decisions against the policy's rules. */
static void
hold_decisions(CwPolicy *policy)
{
    static const float cosines[] = {0.3F, 0.29F, 0.1F, NAN};
    g_autoptr(CwPrompts) prompts =
        cw_prompts_parse("a person\na child\na car\na road [background]\n", -1, "p", NULL);
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    cw_policy_report_free(cw_policy_check(policy, prompts));
    g_autoptr(CwGuard) guard = cw_guard_new(policy, set);
    for (guint i = 0; i < 8; i++) {
        CwScore list[4] = {0};
        CwScores scores = {.scores = list, .n_scores = 4};
        for (guint c = 0; c < 4; c++)
            list[c] = (CwScore){.class_index = c,
                                .cosine = cosines[(c + i) % 4],
                                .logit = 100 * cosines[(c + i) % 4]};
        cw_scores_decide(&scores, set, FALSE);
        check_guarded(cw_guard_apply(guard, &scores, i), 4);
    }
}

static void
read_policy(const char *text, gsize length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) policy = cw_policy_parse(text, length, "input", "/nonexistent", &error);
    if (policy) {
        g_assert_no_error(error);
        g_assert_cmpuint(strlen(cw_policy_get_info(policy)->digest), ==, 64);
        g_assert_true(cw_policy_is_tighter(policy, policy, NULL));
        hold_decisions(policy);
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
