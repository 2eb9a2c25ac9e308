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
    if (g_option_context_parse(context, argc, argv, &error))
        return TRUE;
    *exit_code = cw_command_fail(name, CW_EXIT_USAGE, error);
    g_printerr("Try 'clipwatch %s --help'.\n", name);
    return FALSE;
}

int
cw_command_fail(const char *name, int code, const GError *error)
{
    g_printerr("clipwatch %s: %s\n", name, error->message);
    return code;
}
