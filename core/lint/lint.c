#include "lint/lint.h"

#include <math.h>

struct _CwLint {
    CwPrompts *prompts; /* the findings borrow from it */
    GArray *findings;   /* of CwFinding */
    gboolean refuses;
};

static void
clear_finding(gpointer data)
{
    CwFinding *finding = data;
    g_free(finding->reason);
}

CwLint *
cw_lint_new(CwPrompts *prompts, const CwModel *model, GError **error)
{
    g_autoptr(CwLint) lint = g_new0(CwLint, 1);
    lint->prompts = cw_prompts_ref(prompts);
    lint->findings = g_array_new(FALSE, FALSE, sizeof(CwFinding));
    g_array_set_clear_func(lint->findings, clear_finding);
    for (guint i = 0; i < cw_prompts_get_n_sets(prompts); i++) {
        const CwPromptSet *set = cw_prompts_get_set(prompts, i);
        cw_lint_wording(lint, set);
        if (model && !cw_lint_length(lint, set, model, error))
            return NULL;
    }
    return g_steal_pointer(&lint);
}

void
cw_lint_free(CwLint *lint)
{
    if (!lint)
        return;
    g_array_unref(lint->findings);
    cw_prompts_unref(lint->prompts);
    g_free(lint);
}

void
cw_lint_add(CwLint *lint, CwSeverity severity, const char *rule, const CwPromptSet *set,
            const CwPromptClass *class, const CwPromptClass *other, double figure,
            const char *suggestion, const char *format, ...)
{
    CwFinding finding = {
        .severity = severity,
        .rule = rule,
        .file = set->file,
        .set = set->name,
        .label = class ? class->label : NULL,
        .line = class ? class->line : set->classes[0].line,
        .other_label = other ? other->label : NULL,
        .other_line = other ? other->line : 0,
        .figure = figure,
        .suggestion = suggestion,
    };
    va_list arguments;
    va_start(arguments, format);
    finding.reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_array_append_val(lint->findings, finding);
    lint->refuses |= severity == CW_SEVERITY_REFUSAL;
}

/* The rules of wording know close pairs too, and say more of them. */
static gboolean
has_finding(const CwLint *lint, const CwPolicyFinding *told)
{
    for (guint i = 0; i < lint->findings->len; i++) {
        const CwFinding *finding = &g_array_index(lint->findings, CwFinding, i);
        if (g_str_equal(told->check, "fine_grained") &&
            g_str_equal(finding->rule, "fine-grained") && finding->line == told->line &&
            g_str_equal(finding->file, told->file))
            return TRUE;
    }
    return FALSE;
}

void
cw_lint_add_policy(CwLint *lint, CwPolicy *policy)
{
    static const CwSeverity severities[] = {
        [CW_POLICY_ACCEPT] = CW_SEVERITY_NOTE,
        [CW_POLICY_WARN] = CW_SEVERITY_WARNING,
        [CW_POLICY_REFUSE] = CW_SEVERITY_REFUSAL,
    };
    g_autoptr(CwPolicyReport) report = cw_policy_check(policy, lint->prompts);
    for (guint i = 0; i < report->n_findings; i++) {
        const CwPolicyFinding *told = &report->findings[i];
        if (told->action < CW_POLICY_REFUSE && has_finding(lint, told))
            continue;
        CwFinding finding = {
            .severity = severities[told->action],
            .rule = "policy",
            .file = told->file,
            .set = told->set,
            .label = told->label,
            .line = told->line,
            .figure = NAN,
            .reason = g_strdup_printf("%s: %s", told->rule, told->reason),
            .suggestion = "ask for what is to be seen of the place, or use another policy",
        };
        g_array_append_val(lint->findings, finding);
        lint->refuses |= finding.severity == CW_SEVERITY_REFUSAL;
    }
}

guint
cw_lint_get_n_findings(const CwLint *lint)
{
    return lint->findings->len;
}

const CwFinding *
cw_lint_get_finding(const CwLint *lint, guint i)
{
    g_return_val_if_fail(i < lint->findings->len, NULL);
    return &g_array_index(lint->findings, CwFinding, i);
}

gboolean
cw_lint_allows(const CwLint *lint)
{
    return !lint->refuses;
}

const char *
cw_severity_to_string(CwSeverity severity)
{
    static const char *const names[] = {"note", "warning", "refusal"};
    return severity < G_N_ELEMENTS(names) ? names[severity] : "unknown";
}
