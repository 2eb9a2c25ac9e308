#include "policy/guard_rules.h"

static void
clear(gpointer data)
{
    CwGuardRules *rules = data;
    g_clear_pointer(&rules->policy, cw_policy_unref);
    g_free(rules->rules);
    g_free(rules->concerns);
    g_free(rules->vetoes);
    g_free(rules->targets);
    g_free(rules->is_background);
}

/* Adds the rule where it speaks of any class. */
static void
add_rule(CwGuardRules *rules, const CwPolicyRule *rule, const CwPolicyClass *classes)
{
    const gsize first = (gsize)rules->n_rules * rules->n_classes;
    const int target = cw_policy_rule_find_target(rule, classes, rules->n_classes);
    gboolean is_of_any = FALSE;
    for (guint c = 0; c < rules->n_classes; c++) {
        const gboolean concerns = cw_policy_rule_concerns(rule, classes, rules->n_classes, c);
        rules->concerns[first + c] = concerns;
        rules->vetoes[first + c] =
            (classes[c].meant & rule->lists) != 0 || (rule->background && rules->is_background[c]);
        if (concerns && target >= 0 && rules->targets[c] == c)
            rules->targets[c] = (guint)target;
        is_of_any |= concerns;
    }
    if (!is_of_any)
        return;
    if (rule->check == CW_CHECK_EVIDENCE)
        rules->gap_ns = MIN(rules->gap_ns, rule->gap_ms * 1000000);
    rules->rules[rules->n_rules++] = rule;
}

static void
add_rules(CwGuardRules *rules, const CwPromptSet *set)
{
    const GArray *all = rules->policy->rules;
    const gsize n = (gsize)all->len * rules->n_classes;
    CwPolicyClass *classes = cw_policy_classes_new(rules->policy, set);
    rules->rules = g_new(const CwPolicyRule *, all->len + 1);
    rules->concerns = g_new0(guint8, n + rules->n_classes);
    rules->vetoes = g_new0(guint8, n + rules->n_classes);
    for (guint check = CW_CHECK_FIRST_OF_DECISIONS; check < CW_N_CHECKS; check++)
        for (guint i = 0; i < all->len; i++) {
            const CwPolicyRule *rule = &g_array_index(all, CwPolicyRule, i);
            if (rule->check == check)
                add_rule(rules, rule, classes);
        }
    cw_policy_classes_free(classes, rules->n_classes);
}

CwGuardRules *
cw_guard_rules_new(CwPolicy *policy, const CwPromptSet *set)
{
    CwGuardRules *rules = g_atomic_rc_box_new0(CwGuardRules);
    rules->policy = policy ? cw_policy_ref(policy) : NULL;
    rules->n_classes = set->n_classes;
    rules->is_exclusive = set->scoring == CW_SCORING_EXCLUSIVE;
    rules->gap_ns = G_MAXINT64;
    rules->targets = g_new(guint, set->n_classes);
    rules->is_background = g_new(guint8, set->n_classes);
    for (guint c = 0; c < set->n_classes; c++) {
        rules->targets[c] = c;
        rules->is_background[c] = set->classes[c].background;
    }
    if (policy)
        add_rules(rules, set);
    return rules;
}

CwGuardRules *
cw_guard_rules_ref(CwGuardRules *rules)
{
    return g_atomic_rc_box_acquire(rules);
}

void
cw_guard_rules_unref(CwGuardRules *rules)
{
    g_atomic_rc_box_release_full(rules, clear);
}
