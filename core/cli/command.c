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
