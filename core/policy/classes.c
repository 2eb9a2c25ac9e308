/* What the words of the classes of a set mean to a policy. */
#include "policy/policy.h"

#include "policy/fold.h"

static const char *const negations[] = {"no",  "without", "ohne",    "kein", "keine", "keinen",
                                        "sin", "ningun",  "ninguna", "zero", NULL};

/* "no people", "without any person": what is not there. */
static gboolean
is_negated(const CwMatch *match, const GPtrArray *words)
{
    for (guint back = 1; back <= 2 && back <= match->first; back++)
        if (match->first - back < words->len &&
            g_strv_contains(negations, words->pdata[match->first - back]))
            return TRUE;
    return FALSE;
}

static void
read_text(CwPolicyClass *class, CwMatching *matching, const char *text)
{
    GPtrArray *words;
    GPtrArray *matches = cw_matching_find(matching, text, &words);
    for (guint i = 0; i < matches->len; i++) {
        const CwMatch *match = matches->pdata[i];
        const guint64 bit = G_GUINT64_CONSTANT(1) << match->list;
        if (!(class->lists & bit))
            g_ptr_array_add(class->matches, matches->pdata[i]);
        class->lists |= bit;
        class->meant |= is_negated(match, words) ? 0 : bit;
    }
    g_ptr_array_unref(words);
    g_ptr_array_add(class->owners, matches);
    if (!class->name)
        class->name = cw_policy_find_name(text);
    if (class->hidden == 0)
        class->hidden = cw_fold_find_hidden(text);
}

static void
read_class(CwPolicyClass *class, CwMatching *matching, const CwPromptClass *prompt)
{
    class->matches = g_ptr_array_new();
    class->owners = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    read_text(class, matching, prompt->label);
    for (guint i = 0; i < prompt->n_texts; i++)
        read_text(class, matching, prompt->texts[i]);
}

static void
clear_class(CwPolicyClass *class)
{
    g_ptr_array_unref(class->matches);
    g_ptr_array_unref(class->owners);
    g_free(class->name);
}

CwPolicyClass *
cw_policy_classes_new(const CwPolicy *policy, const CwPromptSet *set)
{
    g_autoptr(CwMatching) matching = cw_matching_new(policy->matcher);
    CwPolicyClass *classes = g_new0(CwPolicyClass, set->n_classes);
    for (guint c = 0; c < set->n_classes; c++)
        read_class(&classes[c], matching, &set->classes[c]);
    return classes;
}

void
cw_policy_classes_free(CwPolicyClass *classes, guint n_classes)
{
    for (guint c = 0; c < n_classes; c++)
        clear_class(&classes[c]);
    g_free(classes);
}

static gboolean
has_class(const CwPolicyClass *classes, guint n_classes, guint64 lists)
{
    for (guint c = 0; c < n_classes; c++)
        if (classes[c].meant & lists)
            return TRUE;
    return FALSE;
}

gboolean
cw_policy_rule_concerns(const CwPolicyRule *rule, const CwPolicyClass *classes, guint n_classes,
                        guint class_index)
{
    const CwPolicyClass *class = &classes[class_index];
    /* "a room without thieves" tells of thieves all the same. */
    const guint64 lists = rule->check == CW_CHECK_SUPPRESS ? class->lists : class->meant;
    if (rule->of != 0 && !(lists & rule->of))
        return FALSE;
    if (rule->to & class->meant)
        return FALSE;
    if (rule->check == CW_CHECK_VETO && (class->meant & rule->lists))
        return FALSE; /* what vetoes is not vetoed */
    return rule->beside == 0 || has_class(classes, n_classes, rule->beside);
}

int
cw_policy_rule_find_target(const CwPolicyRule *rule, const CwPolicyClass *classes, guint n_classes)
{
    for (guint c = 0; c < n_classes; c++)
        if (classes[c].meant & rule->to)
            return (int)c;
    return -1;
}
