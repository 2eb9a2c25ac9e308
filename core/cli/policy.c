/* clipwatch policy: prompts held against a policy, and a policy held against cases. */
#include "cli/command.h"
#include "cli/policy_cases.h"

#include <clipwatch/policy.h>

#include <string.h>

#define NAME "policy"

static int
check_prompts(CwPolicy *policy, char **files)
{
    CwPolicyAction worst = CW_POLICY_ACCEPT;
    for (; *files; files++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CwPrompts) prompts = cw_prompts_load(*files, &error);
        if (!prompts)
            return cw_command_fail(NAME, CW_EXIT_USAGE, error);
        g_autoptr(CwPolicyReport) report = cw_policy_check(policy, prompts);
        for (guint i = 0; i < report->n_findings; i++) {
            const CwPolicyFinding *finding = &report->findings[i];
            g_print("%s:%u: %s: '%s': %s [%s%s%s]\n", finding->file, finding->line,
                    cw_policy_action_name(finding->action),
                    finding->label ? finding->label : finding->set, finding->reason, finding->rule,
                    finding->source ? "; " : "", finding->source ? finding->source : "");
        }
        g_print("%s: %s\n", *files, cw_policy_action_name(report->action));
        worst = MAX(worst, report->action);
    }
    return worst == CW_POLICY_REFUSE ? CW_EXIT_FAILED : CW_EXIT_OK;
}

static int
test_cases(CwPolicy *policy, char **files, double least)
{
    int code = CW_EXIT_OK;
    for (; *files; files++) {
        guint n_cases = 0, n_as_expected = 0;
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) failures = g_string_new(NULL);
        if (!cw_policy_cases_run(policy, *files, &n_cases, &n_as_expected, failures, &error))
            return cw_command_fail(NAME, CW_EXIT_USAGE, error);
        char share[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(share, sizeof share, "%.2f", 100.0 * n_as_expected / n_cases);
        g_print("%s%s: %u of %u cases as expected, %s %%\n", failures->str, *files, n_as_expected,
                n_cases, share);
        if (n_as_expected < least * n_cases)
            code = CW_EXIT_FAILED;
    }
    return code;
}

int
cw_command_policy(int argc, char **argv)
{
    double least = 1;
    int code;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"least", 0, 0, G_OPTION_ARG_DOUBLE, &least,
         "test: least share of the cases that must come out as expected (1)", "SHARE"},
        {NULL},
    };
    if (!cw_command_parse(&argc, &argv, NAME, "check POLICY PROMPTS… | test POLICY CASES…",
                          "Examples:\n"
                          "  clipwatch policy check strict parking.txt\n"
                          "  clipwatch policy test strict cases.txt --least 0.99\n",
                          entries, &code))
        return code;
    const gboolean is_check = argc > 1 && g_str_equal(argv[1], "check");
    if (!is_check && (argc < 2 || !g_str_equal(argv[1], "test")))
        return cw_command_misuse(NAME, "say what to do: check or test");
    if (argc < 4)
        return cw_command_misuse(NAME, "a policy and at least one file are needed");
    g_autoptr(CwPolicy) policy = cw_policy_load(argv[2], &error);
    if (!policy)
        return cw_command_fail(NAME, CW_EXIT_USAGE, error);
    return is_check ? check_prompts(policy, argv + 3) : test_cases(policy, argv + 3, least);
}
