/* Prompt sets held against the rules of a policy. */
#include "policy/policy.h"

#include "policy/fold.h"

#include <string.h>

#define PPM 1000000.0

/* One set under way. */
typedef struct {
    const CwPolicy *policy;
    const CwPromptSet *set;
    CwPolicyClass *classes; /* [n_classes] */
    GArray *findings;
} Check;

static void add_finding(Check *check, const CwPolicyRule *rule, const CwPromptClass *class,
                        CwPolicyAction action, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* class NULL: the set as a whole. */
static void
add_finding(Check *check, const CwPolicyRule *rule, const CwPromptClass *class,
            CwPolicyAction action, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    const gboolean is_lenient = check->policy->info.mode == CW_POLICY_AUDIT;
    const CwPolicyFinding finding = {
        .file = check->set->file,
        .set = check->set->name,
        .label = class ? class->label : NULL,
        .line = class ? class->line : check->set->classes[0].line,
        .rule = rule->id,
        .check = cw_policy_check_name(rule->check),
        .reason = g_strdup_printf("%s: %s", what, rule->why),
        .source = rule->source,
        .action = is_lenient ? MIN(action, CW_POLICY_WARN) : action,
    };
    g_array_append_val(check->findings, finding);
}

/* Whether any class but this one is meant as one of the lists. */
static gboolean
has_beside(const Check *check, guint c, guint64 lists)
{
    for (guint i = 0; i < check->set->n_classes; i++)
        if (i != c && (check->classes[i].meant & lists))
            return TRUE;
    return FALSE;
}

static const CwMatch *
first_match(const CwPolicyClass *class, guint64 lists)
{
    for (guint i = 0; i < class->matches->len; i++) {
        const CwMatch *match = class->matches->pdata[i];
        if ((lists >> match->list) & 1)
            return match;
    }
    return NULL;
}

static void
check_forbidden(Check *check, const CwPolicyRule *rule)
{
    for (guint c = 0; c < check->set->n_classes; c++) {
        const CwMatch *match = first_match(&check->classes[c], rule->lists);
        const guint64 self = check->classes[c].meant & rule->beside;
        if (!match || (rule->beside && !self && !has_beside(check, c, rule->beside)))
            continue;
        add_finding(check, rule, &check->set->classes[c], rule->action,
                    "'%s' is '%s' of the list %s", match->words, match->entry,
                    cw_matcher_list_name(check->policy->matcher, match->list));
    }
}

static void
check_hidden(Check *check, const CwPolicyRule *rule)
{
    for (guint c = 0; c < check->set->n_classes; c++)
        if (check->classes[c].hidden != 0)
            add_finding(check, rule, &check->set->classes[c], rule->action,
                        "it holds U+%04X, which does not show", check->classes[c].hidden);
}

static void
check_names(Check *check, const CwPolicyRule *rule)
{
    for (guint c = 0; c < check->set->n_classes; c++)
        if (check->classes[c].name)
            add_finding(check, rule, &check->set->classes[c], rule->action, "it holds %s",
                        check->classes[c].name);
}

static gboolean
has_background(const CwPromptSet *set)
{
    for (guint c = 0; c < set->n_classes; c++)
        if (set->classes[c].background)
            return TRUE;
    return FALSE;
}

/* The first class that the rule is about; -1: none. */
static int
find_class(const Check *check, guint64 lists)
{
    for (guint c = 0; c < check->set->n_classes; c++)
        if (check->classes[c].meant & lists)
            return (int)c;
    return -1;
}

static void
check_counter_classes(Check *check, const CwPolicyRule *rule)
{
    const int person = find_class(check, rule->of);
    g_autoptr(GString) missing = g_string_new(NULL);
    if (person < 0)
        return;
    for (guint list = 0; list < CW_MATCH_MAX_LISTS; list++) {
        const guint64 bit = G_GUINT64_CONSTANT(1) << list;
        if ((rule->lists & bit) && find_class(check, bit) < 0)
            g_string_append_printf(missing, "%sa class of the list %s", missing->len ? ", " : "",
                                   cw_matcher_list_name(check->policy->matcher, list));
    }
    if (rule->background && check->set->scoring == CW_SCORING_EXCLUSIVE &&
        !has_background(check->set))
        g_string_append_printf(missing, "%sa [background] class", missing->len ? ", " : "");
    if (missing->len > 0)
        add_finding(check, rule, &check->set->classes[person], rule->action,
                    "a class of people stands without %s", missing->str);
}

static void
check_threshold(Check *check, const CwPolicyRule *rule)
{
    for (guint c = 0; c < check->set->n_classes; c++) {
        const CwPromptClass *class = &check->set->classes[c];
        const double ppm = class->threshold.value * PPM;
        char number[G_ASCII_DTOSTR_BUF_SIZE], least[G_ASCII_DTOSTR_BUF_SIZE];
        const gboolean is_share = class->threshold.kind == CW_THRESHOLD_PROBABILITY ||
                                  class->threshold.kind == CW_THRESHOLD_CALIBRATED;
        if (!(check->classes[c].meant & rule->of) || !is_share || ppm >= (double)rule->least_ppm)
            continue;
        const CwPolicyAction action =
            ppm < (double)rule->refuse_ppm ? CW_POLICY_REFUSE : CW_POLICY_WARN;
        g_ascii_formatd(number, sizeof number, "%g", class->threshold.value);
        g_ascii_formatd(least, sizeof least, "%g", (double)rule->least_ppm / PPM);
        add_finding(check, rule, class, action, "its threshold %s is below %s", number, least);
    }
}

static void
check_balance(Check *check, const CwPolicyRule *rule)
{
    const CwPromptSet *set = check->set;
    guint n = 0;
    for (guint c = 0; c < set->n_classes; c++)
        n += (check->classes[c].meant & rule->of) != 0;
    if (n == 0 || set->scoring != CW_SCORING_EXCLUSIVE)
        return;
    if (set->n_classes < (guint64)rule->least_classes)
        add_finding(check, rule, NULL, rule->action,
                    "%u classes share all of the probability, fewer than %" G_GINT64_FORMAT,
                    set->n_classes, rule->least_classes);
    if ((double)n * PPM > (double)rule->most_ppm * (double)set->n_classes)
        add_finding(check, rule, NULL, rule->action, "%u of %u classes are of one family", n,
                    set->n_classes);
}

/* Whether the words are the same but for one, which comes after a "with". */
static gboolean
is_one_detail(const GPtrArray *a, const GPtrArray *b)
{
    static const char *const before_details[] = {
        "with", "without", "wearing", "holding", "carrying", "mit", "ohne", "con", "sin", NULL};
    guint begin = 0, end = 0;
    gboolean has_before = FALSE;
    const guint n = MIN(a->len, b->len);
    for (; begin < n && g_str_equal(a->pdata[begin], b->pdata[begin]); begin++)
        has_before = has_before || g_strv_contains(before_details, a->pdata[begin]);
    while (end < n - begin && g_str_equal(a->pdata[a->len - 1 - end], b->pdata[b->len - 1 - end]))
        end++;
    return has_before && a->len == b->len && n - begin - end == 1;
}

/* Pairs beyond this many classes are not looked at: it is advice. */
#define MAX_PAIRED 500

static void
check_fine_grained(Check *check, const CwPolicyRule *rule)
{
    const CwPromptSet *set = check->set;
    const guint n = MIN(set->n_classes, MAX_PAIRED);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    for (guint c = 0; c < n; c++) {
        g_autofree char *folded = cw_fold(set->classes[c].texts[0]);
        g_ptr_array_add(words, cw_fold_words(folded));
        for (guint other = 0; other < c; other++)
            if (is_one_detail(words->pdata[other], words->pdata[c]))
                add_finding(check, rule, &set->classes[c], rule->action,
                            "it differs from '%s' in one detail alone", set->classes[other].label);
    }
}

/* What is to be told as another class needs that class. */
static void
check_target(Check *check, const CwPolicyRule *rule)
{
    const CwPromptSet *set = check->set;
    const int target = cw_policy_rule_find_target(rule, check->classes, set->n_classes);
    for (guint c = 0; target < 0 && c < set->n_classes; c++)
        if (cw_policy_rule_concerns(rule, check->classes, set->n_classes, c))
            add_finding(check, rule, &set->classes[c], CW_POLICY_REFUSE,
                        "the set has no class that it could be told as");
}

static void
check_set(Check *check)
{
    static void (*const checks[])(Check *, const CwPolicyRule *) = {
        [CW_CHECK_FORBIDDEN] = check_forbidden,
        [CW_CHECK_HIDDEN] = check_hidden,
        [CW_CHECK_NAMES] = check_names,
        [CW_CHECK_COUNTER_CLASSES] = check_counter_classes,
        [CW_CHECK_THRESHOLD] = check_threshold,
        [CW_CHECK_BALANCE] = check_balance,
        [CW_CHECK_FINE_GRAINED] = check_fine_grained,
    };
    const CwPolicy *policy = check->policy;
    check->classes = cw_policy_classes_new(policy, check->set);
    for (guint i = 0; i < policy->rules->len; i++) {
        const CwPolicyRule *rule = &g_array_index(policy->rules, CwPolicyRule, i);
        if (rule->check < CW_CHECK_FIRST_OF_DECISIONS)
            checks[rule->check](check, rule);
        else if (rule->done == CW_ACTION_GENERALISE)
            check_target(check, rule);
    }
    cw_policy_classes_free(check->classes, check->set->n_classes);
}

static int
compare_findings(const void *a, const void *b)
{
    const CwPolicyFinding *one = a, *other = b;
    const int files = strcmp(one->file, other->file);
    return files ? files : (one->line > other->line) - (one->line < other->line);
}

CwPolicyReport *
cw_policy_check(CwPolicy *policy, CwPrompts *prompts)
{
    CwPolicyReport *report = g_new0(CwPolicyReport, 1);
    GArray *findings = g_array_new(FALSE, FALSE, sizeof(CwPolicyFinding));
    report->policy = cw_policy_ref(policy);
    report->prompts = cw_prompts_ref(prompts);
    for (guint i = 0; i < cw_prompts_get_n_sets(prompts); i++) {
        Check check = {
            .policy = policy, .set = cw_prompts_get_set(prompts, i), .findings = findings};
        check_set(&check);
    }
    g_array_sort(findings, compare_findings);
    report->n_findings = findings->len;
    report->findings = (CwPolicyFinding *)(void *)g_array_free(findings, FALSE);
    for (guint i = 0; i < report->n_findings; i++)
        report->action = MAX(report->action, report->findings[i].action);
    return report;
}

void
cw_policy_report_free(CwPolicyReport *report)
{
    if (!report)
        return;
    for (guint i = 0; i < report->n_findings; i++)
        g_free(report->findings[i].reason);
    g_free(report->findings);
    cw_policy_unref(report->policy);
    cw_prompts_unref(report->prompts);
    g_free(report);
}

gboolean
cw_policy_admit(CwPolicy *policy, CwPrompts *prompts, GError **error)
{
    g_autoptr(CwPolicyReport) report = cw_policy_check(policy, prompts);
    const CwPolicyFinding *first = NULL;
    guint n = 0;
    for (guint i = 0; i < report->n_findings; i++)
        if (report->findings[i].action == CW_POLICY_REFUSE) {
            first = first ? first : &report->findings[i];
            n++;
        }
    if (!first)
        return TRUE;
    g_autofree char *more = n > 1 ? g_strdup_printf("; and %u more", n - 1) : g_strdup("");
    g_set_error(error, CW_ERROR, CW_ERROR_REFUSED,
                "%s:%u: rule %s of %s refuses '%s': %s%s; mend "
                "the prompts, or name a policy that allows them (docs/POLICIES.md)",
                first->file, first->line, first->rule, policy->id,
                first->label ? first->label : first->set, first->reason, more);
    return FALSE;
}

const char *
cw_policy_mode_name(CwPolicyMode mode)
{
    return mode == CW_POLICY_AUDIT ? "audit" : "enforce";
}

const char *
cw_policy_action_name(CwPolicyAction action)
{
    static const char *const names[] = {"accept", "warn", "refuse"};
    return (guint)action < G_N_ELEMENTS(names) ? names[action] : "unknown";
}
