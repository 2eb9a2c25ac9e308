/* The program `clipwatch`: finds the subcommand and hands over. */
#include "cli/command.h"

#include <locale.h>

static const CwCommand commands[] = {
    /* name, one line, function: alphabetical */
    {NULL, NULL, NULL},
};

static void
print_help(void)
{
    g_print("Usage: clipwatch COMMAND [ARGUMENT…]\n\nWatches video with words.\n\nCommands:\n");
    for (const CwCommand *command = commands; command->name; command++)
        g_print("  %-10s %s\n", command->name, command->summary);
    g_print("\n'clipwatch COMMAND --help' says more and shows examples.\n");
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (argc < 2 || g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h")) {
        print_help();
        return argc < 2 ? CW_EXIT_USAGE : CW_EXIT_OK;
    }
    if (g_str_equal(argv[1], "--version")) {
        g_print("clipwatch %s\n", cw_version_string());
        return CW_EXIT_OK;
    }
    for (const CwCommand *command = commands; command->name; command++)
        if (g_str_equal(argv[1], command->name))
            return command->run(argc - 1, argv + 1);
    g_printerr("clipwatch: no command '%s'; 'clipwatch --help' lists them\n", argv[1]);
    return CW_EXIT_USAGE;
}
