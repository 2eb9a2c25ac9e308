/* The rules of policy files. */
#include "policy/read.h"

#include <string.h>

typedef struct {
    const char *name;
    const char *keys[6]; /* beside those of every rule */
    gboolean wants_lists, wants_of;
} CheckKind;

static const CheckKind kinds[CW_N_CHECKS] = {
    [CW_CHECK_FORBIDDEN] = {"forbidden", {"lists", "beside"}, TRUE, FALSE},
    [CW_CHECK_HIDDEN] = {"hidden", {NULL}, FALSE, FALSE},
    [CW_CHECK_NAMES] = {"names", {NULL}, FALSE, FALSE},
    [CW_CHECK_COUNTER_CLASSES] = {"counter_classes", {"of", "lists", "background"}, FALSE, TRUE},
    [CW_CHECK_THRESHOLD] = {"threshold", {"of", "least_ppm", "refuse_below_ppm"}, FALSE, TRUE},
    [CW_CHECK_BALANCE] = {"balance", {"of", "least_classes", "most_ppm"}, FALSE, TRUE},
    [CW_CHECK_FINE_GRAINED] = {"fine_grained", {NULL}, FALSE, FALSE},
    [CW_CHECK_SUPPRESS] = {"suppress", {"of", "beside"}, FALSE, TRUE},
    [CW_CHECK_VETO] = {"veto", {"of", "beside", "lists", "background", "logit_ppm"}, FALSE, FALSE},
    [CW_CHECK_FLOOR] = {"floor", {"of", "beside", "least_ppm"}, FALSE, FALSE},
    [CW_CHECK_MARGIN] = {"margin", {"of", "beside", "logit_ppm"}, FALSE, FALSE},
    [CW_CHECK_BACKGROUND] = {"background", {"of", "beside", "most_ppm"}, FALSE, FALSE},
    [CW_CHECK_EVIDENCE] = {"evidence", {"of", "beside", "least", "window", "gap_ms"}, FALSE, FALSE},
    [CW_CHECK_CLASS] = {"class", {"of", "beside", "to"}, FALSE, TRUE},
};

static const char *const common_keys[] = {"id", "check", "action", "why", "source"};

static const char *const actions[] = {
    [CW_ACTION_EMIT] = "emit",
    [CW_ACTION_AUDIT_ONLY] = "audit_only",
    [CW_ACTION_REVIEW] = "review",
    [CW_ACTION_REDACT] = "redact",
    [CW_ACTION_GENERALISE] = "generalise",
    [CW_ACTION_SUPPRESS] = "suppress",
};

/* How the actions of checks at load are written in files. */
static const char *const load_actions[] = {
    [CW_POLICY_WARN] = "warn",
    [CW_POLICY_REFUSE] = "refuse_load",
};

const char *
cw_policy_check_name(CwPolicyCheck check)
{
    return kinds[check].name;
}

const char *
cw_action_name(CwAction action)
{
    return (guint)action < G_N_ELEMENTS(actions) ? actions[action] : "unknown";
}

/* Names of lists to bits; an absent array is none. */
static gboolean
read_bits(const CwPolicy *policy, CwJsonValue rule, const char *key, guint64 *bits, GError **error)
{
    CwJsonValue names, name;
    const void *cursor = NULL;
    const char *text;
    *bits = 0;
    if (!cw_json_is_present(cw_json_member(rule, key)))
        return TRUE;
    if (!cw_json_get_array(rule, key, &names, error))
        return FALSE;
    while (cw_json_next(names, &cursor, &name, NULL)) {
        if (!cw_json_value_string(name, &text, error))
            return FALSE;
        const int list = cw_matcher_find_list(policy->matcher, text);
        if (list < 0)
            return cw_policy_fail_at(error, CW_ERROR_FORMAT, rule, key, "there is no list '%s'",
                                     text);
        *bits |= G_GUINT64_CONSTANT(1) << list;
    }
    return TRUE;
}

static gboolean
read_check(CwJsonValue object, CwPolicyCheck *check, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    const char *name;
    if (!cw_json_get_string(object, "check", &name, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", kinds[i].name);
        if (g_str_equal(name, kinds[i].name)) {
            const char *keys[G_N_ELEMENTS(common_keys) + G_N_ELEMENTS(kinds[i].keys) + 1] = {NULL};
            memcpy(keys, common_keys, sizeof common_keys);
            memcpy(keys + G_N_ELEMENTS(common_keys), kinds[i].keys, sizeof kinds[i].keys);
            *check = (CwPolicyCheck)i;
            return cw_json_only_keys(object, keys, error);
        }
    }
    return cw_policy_fail_at(error, CW_ERROR_UNSUPPORTED, object, "check", "'%s' is none of %s",
                             name, known->str);
}

/* The index of the name; -1: it is none. */
static int
find_name(const char *const *names, guint n, const char *name)
{
    for (guint i = 0; i < n; i++)
        if (g_strcmp0(names[i], name) == 0)
            return (int)i;
    return -1;
}

static gboolean
read_action(CwJsonValue object, CwPolicyRule *rule, GError **error)
{
    const gboolean is_of_decisions = rule->check >= CW_CHECK_FIRST_OF_DECISIONS;
    const char *name;
    if (!cw_json_get_string(object, "action", &name, error))
        return FALSE;
    const int action = is_of_decisions ? find_name(actions, G_N_ELEMENTS(actions), name)
                                       : find_name(load_actions, G_N_ELEMENTS(load_actions), name);
    if (action < 0)
        return cw_policy_fail_at(
            error, CW_ERROR_FORMAT, object, "action", "'%s' is none of %s", name,
            is_of_decisions ? "emit, audit_only, review, redact, generalise, suppress"
                            : "warn, refuse_load");
    if (is_of_decisions)
        rule->done = (CwAction)action;
    else
        rule->action = (CwPolicyAction)action;
    return TRUE;
}

/* That a rule says what it is about. */
static gboolean
check_rule(CwJsonValue object, const CwPolicyRule *rule, GError **error)
{
    if (kinds[rule->check].wants_lists && rule->lists == 0)
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "lists", "names no list");
    if (kinds[rule->check].wants_of && rule->of == 0)
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "of", "names no list");
    if (rule->refuse_ppm > rule->least_ppm)
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "refuse_below_ppm",
                                 "is above least_ppm: what is refused is warned of too");
    if (rule->check == CW_CHECK_VETO && rule->lists == 0 && !rule->background)
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "lists",
                                 "names nothing that vetoes, nor does background");
    if (rule->least > rule->window)
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "least",
                                 "is above window: never is so much seen");
    if ((rule->done == CW_ACTION_GENERALISE) != (rule->to != 0) ||
        (rule->to != 0 && rule->check != CW_CHECK_CLASS))
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "to",
                                 "goes with check class and action generalise, and they with it");
    return TRUE;
}

static gboolean
read_numbers(CwJsonValue object, CwPolicyRule *rule, GError **error)
{
    const struct {
        const char *key;
        gint64 least, most, otherwise;
        gint64 *value;
    } numbers[] = {
        {"least_ppm", 0, 1000000, 0, &rule->least_ppm},
        {"refuse_below_ppm", 0, 1000000, 0, &rule->refuse_ppm},
        {"least_classes", 0, 10000, 0, &rule->least_classes},
        {"most_ppm", 0, 1000000, 1000000, &rule->most_ppm},
        {"logit_ppm", 0, 100000000, 0, &rule->logit_ppm},
        {"least", 1, CW_POLICY_MAX_WINDOW, 1, &rule->least},
        {"window", 1, CW_POLICY_MAX_WINDOW, 1, &rule->window},
        {"gap_ms", 1, 86400000, 10000, &rule->gap_ms},
    };
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (!cw_json_get_int_or(object, numbers[i].key, numbers[i].least, numbers[i].most,
                                numbers[i].otherwise, numbers[i].value, error))
            return FALSE;
    return TRUE;
}

gboolean
cw_policy_read_rule(CwPolicy *policy, CwJsonValue object, GError **error)
{
    CwPolicyRule rule = {0};
    const char *id, *why, *source;
    if (!cw_json_check_object(object, error) || !read_check(object, &rule.check, error) ||
        !cw_json_get_string(object, "id", &id, error) ||
        !cw_json_get_string(object, "why", &why, error) ||
        !cw_json_get_string_or(object, "source", NULL, &source, error) ||
        !read_action(object, &rule, error) ||
        !read_bits(policy, object, "lists", &rule.lists, error) ||
        !read_bits(policy, object, "of", &rule.of, error) ||
        !read_bits(policy, object, "beside", &rule.beside, error) ||
        !read_bits(policy, object, "to", &rule.to, error) ||
        !cw_json_get_bool_or(object, "background", FALSE, &rule.background, error) ||
        !read_numbers(object, &rule, error) || !check_rule(object, &rule, error))
        return FALSE;
    for (guint i = 0; i < policy->rules->len; i++)
        if (g_str_equal(g_array_index(policy->rules, CwPolicyRule, i).id, id))
            return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "id",
                                     "'%s' is another rule's too", id);
    rule.id = g_strdup(id);
    rule.why = g_strdup(why);
    rule.source = g_strdup(source);
    g_array_append_val(policy->rules, rule);
    return TRUE;
}
