/* The program `clipwatch`: finds the subcommand and hands over. */
#include "cli/command.h"

#include <locale.h>

static const CwCommand commands[] = {
    {"audit", "verify and read a tamper-evident log", cw_command_audit},
    {"bench", "measure how fast this machine is", cw_command_bench},
    {"calibrate", "learn what scores mean on labelled pictures or on a camera",
     cw_command_calibrate},
    {"classify", "say what pictures and videos show", cw_command_classify},
    {"embed", "show pictures and texts as vectors", cw_command_embed},
    {"info", "show what a model is", cw_command_info},
    {"lint", "say what is doubtful about prompts before they are used", cw_command_lint},
    {"policy", "hold prompts against a policy", cw_command_policy},
    {"pull", "download a published checkpoint", cw_command_pull},
    {"selftest", "check a model against golden results", cw_command_selftest},
    {"tokenize", "show the tokens of texts", cw_command_tokenize},
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

static const CwCommand *
find_command(const char *name)
{
    for (const CwCommand *command = commands; command->name; command++)
        if (g_str_equal(name, command->name))
            return command;
    g_printerr("clipwatch: no command '%s'; 'clipwatch --help' lists them\n", name);
    return NULL;
}

/* `clipwatch help COMMAND` is `clipwatch COMMAND --help`. */
static int
help_command(const char *name)
{
    char *argv[] = {(char *)name, (char *)"--help", NULL};
    const CwCommand *command = find_command(name);
    return command ? command->run(2, argv) : CW_EXIT_USAGE;
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    if (argc < 2) {
        print_help();
        return CW_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (g_str_equal(name, "help") && argc > 2)
        return help_command(argv[2]);
    if (g_str_equal(name, "--help") || g_str_equal(name, "-h") || g_str_equal(name, "help")) {
        print_help();
        return CW_EXIT_OK;
    }
    if (g_str_equal(name, "--version")) {
        g_print("clipwatch %s\n", cw_version_string());
        return CW_EXIT_OK;
    }
    const CwCommand *command = find_command(name);
    return command ? command->run(argc - 1, argv + 1) : CW_EXIT_USAGE;
}
