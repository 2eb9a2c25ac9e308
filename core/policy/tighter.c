/* Whether one policy holds back all that another does. */
#include "policy/policy.h"

typedef struct {
    const CwPolicy *policy, *than;
    const CwPolicyRule *rule, *than_rule;
} Pair;

/* Numbers of a rule: a tighter one has more of it, or less. */
static const struct {
    const char *key;
    gsize offset;
    gboolean less;
} numbers[] = {
    {"least_ppm", G_STRUCT_OFFSET(CwPolicyRule, least_ppm), FALSE},
    {"refuse_below_ppm", G_STRUCT_OFFSET(CwPolicyRule, refuse_ppm), FALSE},
    {"least_classes", G_STRUCT_OFFSET(CwPolicyRule, least_classes), FALSE},
    {"most_ppm", G_STRUCT_OFFSET(CwPolicyRule, most_ppm), TRUE},
    {"logit_ppm", G_STRUCT_OFFSET(CwPolicyRule, logit_ppm), FALSE},
    {"least", G_STRUCT_OFFSET(CwPolicyRule, least), FALSE},
    {"window", G_STRUCT_OFFSET(CwPolicyRule, window), TRUE},
    {"gap_ms", G_STRUCT_OFFSET(CwPolicyRule, gap_ms), TRUE},
};

static gboolean looser(GError **error, const CwPolicy *policy, const CwPolicy *than,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);

static gboolean
looser(GError **error, const CwPolicy *policy, const CwPolicy *than, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, CW_ERROR, CW_ERROR_REFUSED, "%s is looser than %s: %s", policy->id, than->id,
                what);
    return FALSE;
}

static const CwPolicyList *
get_list(const CwPolicy *policy, guint list)
{
    return &g_array_index(policy->lists, CwPolicyList, list);
}

static gboolean
has_files(const CwPolicyList *list, const CwPolicyList *of)
{
    for (guint i = 0; i < of->files->len; i++)
        if (!g_ptr_array_find_with_equal_func(list->files, of->files->pdata[i], g_str_equal, NULL))
            return FALSE;
    return TRUE;
}

/* Whether the lists are among the other policy's bits, by name. exactly: more of their entries
 * would loosen the rule. */
static gboolean
has_lists(const Pair *pair, const char *key, guint64 bits, guint64 than_bits, gboolean exactly,
          GError **error)
{
    for (guint i = 0; i < pair->than->lists->len; i++) {
        if (!((than_bits >> i) & 1))
            continue;
        const char *name = cw_matcher_list_name(pair->than->matcher, i);
        const int at = cw_matcher_find_list(pair->policy->matcher, name);
        if (at < 0 || !((bits >> at) & 1))
            return looser(error, pair->policy, pair->than, "rule %s lacks the list %s in '%s'",
                          pair->than_rule->id, name, key);
        const CwPolicyList *list = get_list(pair->policy, (guint)at);
        const CwPolicyList *than_list = get_list(pair->than, i);
        if (list->kind > than_list->kind || !has_files(list, than_list) ||
            (exactly && !has_files(than_list, list)))
            return looser(error, pair->policy, pair->than,
                          "the list %s of rule %s has not the same files or is matched otherwise",
                          name, pair->than_rule->id);
    }
    return TRUE;
}

static gboolean
has_same_lists(const Pair *pair, const char *key, guint64 bits, guint64 than_bits, GError **error)
{
    if (__builtin_popcountll(bits) != __builtin_popcountll(than_bits))
        return looser(error, pair->policy, pair->than, "rule %s has other lists in '%s'",
                      pair->rule->id, key);
    return has_lists(pair, key, bits, than_bits, TRUE, error);
}

/* What vetoes is not vetoed, and what fulfils a condition may stand alone. */
static gboolean
compare_lists(const Pair *pair, GError **error)
{
    const CwPolicyRule *rule = pair->rule, *than = pair->than_rule;
    if (than->check == CW_CHECK_VETO)
        return has_same_lists(pair, "lists", rule->lists, than->lists, error);
    return has_lists(pair, "lists", rule->lists, than->lists,
                     than->check == CW_CHECK_COUNTER_CLASSES, error);
}

static gboolean
compare_numbers(const Pair *pair, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const gint64 value = G_STRUCT_MEMBER(gint64, pair->rule, numbers[i].offset);
        const gint64 than = G_STRUCT_MEMBER(gint64, pair->than_rule, numbers[i].offset);
        if (numbers[i].less ? value > than : value < than)
            return looser(error, pair->policy, pair->than,
                          "rule %s has %s %" G_GINT64_FORMAT " in place of %" G_GINT64_FORMAT,
                          pair->rule->id, numbers[i].key, value, than);
    }
    return TRUE;
}

/* A rule that is bound to a condition is tighter with more that fulfils it, tightest with none. */
static gboolean
compare_conditions(const Pair *pair, GError **error)
{
    const CwPolicyRule *rule = pair->rule, *than = pair->than_rule;
    if (rule->beside == 0)
        return TRUE;
    return (than->beside != 0 &&
            has_lists(pair, "beside", rule->beside, than->beside, FALSE, error)) ||
           (than->beside == 0 && looser(error, pair->policy, pair->than,
                                        "rule %s holds under a condition alone", rule->id));
}

/* Without `of` a rule of decisions speaks of all classes, and one at load always has it. */
static gboolean
compare_subjects(const Pair *pair, GError **error)
{
    const CwPolicyRule *rule = pair->rule, *than = pair->than_rule;
    if (rule->of == 0)
        return TRUE;
    if (than->of == 0)
        return looser(error, pair->policy, pair->than, "rule %s speaks of some classes alone",
                      rule->id);
    return has_lists(pair, "of", rule->of, than->of, FALSE, error);
}

static gboolean
compare_rules(const Pair *pair, GError **error)
{
    const CwPolicyRule *rule = pair->rule, *than = pair->than_rule;
    if (rule->check != than->check || rule->action < than->action || rule->done < than->done ||
        (than->background && !rule->background))
        return looser(error, pair->policy, pair->than, "rule %s checks or does less", than->id);
    return compare_lists(pair, error) && compare_subjects(pair, error) &&
           has_same_lists(pair, "to", rule->to, than->to, error) &&
           compare_conditions(pair, error) && compare_numbers(pair, error);
}

static const CwPolicyRule *
find_rule(const CwPolicy *policy, const char *id)
{
    for (guint i = 0; i < policy->rules->len; i++) {
        const CwPolicyRule *rule = &g_array_index(policy->rules, CwPolicyRule, i);
        if (g_str_equal(rule->id, id))
            return rule;
    }
    return NULL;
}

/* Nothing is exempt that was not. */
static gboolean
compare_exemptions(const CwPolicy *policy, const CwPolicy *than, GError **error)
{
    for (guint i = 0; i < policy->lists->len; i++) {
        const CwPolicyList *list = get_list(policy, i);
        const char *name = cw_matcher_list_name(policy->matcher, i);
        const int at = cw_matcher_find_list(than->matcher, name);
        if (list->kind == CW_LIST_EXEMPT && list->files->len > 0 &&
            (at < 0 || get_list(than, (guint)at)->kind != CW_LIST_EXEMPT ||
             !has_files(get_list(than, (guint)at), list)))
            return looser(error, policy, than, "the list %s exempts more", name);
    }
    return TRUE;
}

gboolean
cw_policy_is_tighter(const CwPolicy *policy, const CwPolicy *than, GError **error)
{
    if (!than)
        return TRUE;
    if (!policy) {
        g_set_error(error, CW_ERROR, CW_ERROR_REFUSED, "no policy is looser than %s", than->id);
        return FALSE;
    }
    if (policy->info.mode == CW_POLICY_AUDIT && than->info.mode == CW_POLICY_ENFORCE)
        return looser(error, policy, than, "it refuses nothing");
    if (than->info.monitor && !policy->info.monitor)
        return looser(error, policy, than, "it follows no rates");
    for (guint i = 0; i < than->rules->len; i++) {
        const CwPolicyRule *than_rule = &g_array_index(than->rules, CwPolicyRule, i);
        const Pair pair = {policy, than, find_rule(policy, than_rule->id), than_rule};
        if (!pair.rule)
            return looser(error, policy, than, "it has no rule %s", than_rule->id);
        if (!compare_rules(&pair, error))
            return FALSE;
    }
    return compare_exemptions(policy, than, error);
}
