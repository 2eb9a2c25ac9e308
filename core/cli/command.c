#include "cli/command.h"

gboolean
cw_command_parse(int *argc, char ***argv, const char *name, const char *usage, const char *examples,
                 const GOptionEntry *entries, int *exit_code)
{
    g_autoptr(GOptionContext) context = g_option_context_new(usage);
    g_autoptr(GError) error = NULL;
    g_autofree char *description = g_strdup_printf("Examples:\n%s", examples);
    g_autofree char *program = g_strdup_printf("clipwatch %s", name);
    g_set_prgname(program);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, description);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        *exit_code = cw_command_misuse(name, error->message);
        return FALSE;
    }
    /* What follows "--" is an argument whatever it looks like; the mark itself is none. */
    if (*argc > 1 && g_str_equal((*argv)[1], "--")) {
        (*argv)[1] = (*argv)[0];
        (*argv)++;
        (*argc)--;
    }
    return TRUE;
}

int
cw_command_fail(const char *name, int code, const GError *error)
{
    g_printerr("clipwatch %s: %s\n", name, error->message);
    return code;
}

int
cw_command_misuse(const char *name, const char *message)
{
    g_printerr("clipwatch %s: %s\nTry 'clipwatch %s --help'.\n", name, message, name);
    return CW_EXIT_USAGE;
}

int
cw_command_refuse(const char *name, const GError *error)
{
    if (g_error_matches(error, CW_ERROR, CW_ERROR_ARGUMENT))
        return cw_command_misuse(name, error->message);
    return cw_command_fail(
        name, g_error_matches(error, CW_ERROR, CW_ERROR_REFUSED) ? CW_EXIT_FAILED : CW_EXIT_USAGE,
        error);
}

gboolean
cw_command_load_policy(const char *name, const char *policy_name, CwPolicy **policy, GError **error)
{
    const char *asked = policy_name ? policy_name : "strict";
    *policy = NULL;
    if (!g_str_equal(asked, CW_POLICY_OFF))
        return (*policy = cw_policy_load(asked, error)) != NULL;
    g_printerr("clipwatch %s: --policy off: nothing is held back of what is asked and told of "
               "people\n",
               name);
    return TRUE;
}

CwPrompts *
cw_command_load_prompts(const char *name, const char *files, const char *policy_name,
                        CwPolicy **policy, GError **error)
{
    g_autoptr(CwPrompts) prompts = cw_prompts_load(files ? files : "scene", error);
    if (!prompts || !cw_command_load_policy(name, policy_name, policy, error))
        return NULL;
    if (!*policy || cw_policy_admit(*policy, prompts, error))
        return g_steal_pointer(&prompts);
    g_clear_pointer(policy, cw_policy_unref);
    return NULL;
}
