#include "cli/policy_cases.h"

#include "prompt/files.h"

#include <string.h>

/* What prompt files write a backslash before. */
#define ESCAPED "=|[]#@\\"

typedef struct {
    CwPolicy *policy;
    const char *file;
    GString *with; /* class lines that every case stands beside */
    GString *failures;
    guint n_cases, n_as_expected;
} Cases;

static gboolean
fail(GError **error, const Cases *cases, guint line, const char *what)
{
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s:%u: %s", cases->file, line, what);
    return FALSE;
}

/* The text as a phrasing of a prompt file: \uXXXX read, signs escaped. NULL: a bad \u. */
static char *
to_phrasing(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = text; *p; p++) {
        if (p[0] == '\\' && p[1] == 'u') {
            gunichar c = 0;
            for (guint i = 2; i < 6; i++) {
                if (!g_ascii_isxdigit(p[i]))
                    return NULL;
                c = c * 16 + (gunichar)g_ascii_xdigit_value(p[i]);
            }
            if (c == 0 || !g_unichar_validate(c))
                return NULL;
            g_string_append_unichar(out, c);
            p += 5;
            continue;
        }
        if (strchr(ESCAPED, *p))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
run_case(Cases *cases, guint line, const char *expected, const char *text, const char *phrasing)
{
    g_autofree char *prompts_text =
        g_strdup_printf("case-under-test = %s\n%s", phrasing, cases->with->str);
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts = cw_prompts_parse(prompts_text, -1, "case", &error);
    g_autoptr(CwPolicyReport) report = prompts ? cw_policy_check(cases->policy, prompts) : NULL;
    const CwPolicyAction action = report ? report->action : CW_POLICY_REFUSE;
    const gboolean is_expected = g_str_equal(expected, "use")
                                     ? action != CW_POLICY_REFUSE
                                     : g_str_equal(expected, cw_policy_action_name(action));
    cases->n_cases++;
    cases->n_as_expected += is_expected;
    if (is_expected)
        return;
    const char *reason = error ? error->message : "no rule speaks of it";
    for (guint i = 0; report && i < report->n_findings; i++)
        if (report->findings[i].action == action)
            reason = report->findings[i].reason;
    g_string_append_printf(cases->failures, "%s:%u: %s instead of %s: '%s': %s\n", cases->file,
                           line, cw_policy_action_name(action), expected, text, reason);
}

static gboolean
read_line(Cases *cases, guint number, char *line, GError **error)
{
    static const char *const expectations[] = {"refuse", "warn", "accept", "use", NULL};
    g_strstrip(line);
    if (line[0] == '\0' || line[0] == '#')
        return TRUE;
    if (g_str_has_prefix(line, "@with ")) {
        g_string_append_printf(cases->with, "%s\n", line + strlen("@with "));
        return TRUE;
    }
    char *colon = strstr(line, ": ");
    if (colon)
        *colon = '\0';
    if (!colon || !g_strv_contains(expectations, line))
        return fail(error, cases, number,
                    "a case begins with 'refuse: ', 'warn: ', 'accept: ' or 'use: '");
    g_autofree char *phrasing = to_phrasing(colon + 2);
    if (!phrasing)
        return fail(error, cases, number, "\\u stands before four hexadecimal digits");
    run_case(cases, number, line, colon + 2, phrasing);
    return TRUE;
}

gboolean
cw_policy_cases_run(CwPolicy *policy, const char *file, guint *n_cases, guint *n_as_expected,
                    GString *failures, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GString) with = g_string_new(NULL);
    gsize length;
    Cases cases = {.policy = policy, .file = file, .with = with, .failures = failures};
    if (!cw_prompt_read_file(file, &text, &length, error))
        return FALSE;
    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: not UTF-8 text", file);
        return FALSE;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        if (!read_line(&cases, i + 1, lines[i], error))
            return FALSE;
    if (cases.n_cases == 0)
        return fail(error, &cases, 1, "there is no case in it");
    *n_cases = cases.n_cases;
    *n_as_expected = cases.n_as_expected;
    return TRUE;
}
