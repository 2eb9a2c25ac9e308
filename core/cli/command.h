/* The subcommands of the program `clipwatch`: one file each, one row each in main.c's table. */
#pragma once

#include <clipwatch/policy.h>

/* What a command returns to the shell. */
typedef enum {
    CW_EXIT_OK = 0,
    CW_EXIT_FAILED =
        1, /* it ran, and the answer is no: a check failed, an input could not be used */
    CW_EXIT_USAGE = 2, /* bad arguments, or nothing could be read */
} CwExit;

typedef struct {
    const char *name;
    const char *summary;               /* one line, for `clipwatch --help` */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
} CwCommand;

int cw_command_audit(int argc, char **argv);
int cw_command_bench(int argc, char **argv);
int cw_command_calibrate(int argc, char **argv);
int cw_command_classify(int argc, char **argv);
int cw_command_embed(int argc, char **argv);
int cw_command_info(int argc, char **argv);
int cw_command_lint(int argc, char **argv);
int cw_command_policy(int argc, char **argv);
int cw_command_pull(int argc, char **argv);
int cw_command_selftest(int argc, char **argv);
int cw_command_tokenize(int argc, char **argv);

/* The policy of that name (NULL: "strict"), (transfer full). For "off" *policy is NULL, and stderr
 * says so. */
gboolean cw_command_load_policy(const char *name, const char *policy_name, CwPolicy **policy,
                                GError **error);

/* The prompt files (NULL: "scene") under that policy, which admits them; both (transfer full). */
CwPrompts *cw_command_load_prompts(const char *name, const char *files, const char *policy_name,
                                   CwPolicy **policy, GError **error);

/* Parses a command's options with GOptionContext. usage: what follows the name ("MODEL"); examples:
 * printed below the options by --help, which ends the program. FALSE after printing what is wrong
 * to stderr; *exit_code is then what to return. What is left in argv from 1 on are the arguments,
 * argv[argc] is NULL. */
gboolean cw_command_parse(int *argc, char ***argv, const char *name, const char *usage,
                          const char *examples, const GOptionEntry *entries, int *exit_code);

/* "clipwatch NAME: message" on stderr; frees nothing. Returns code, so that `return
 * cw_command_fail(…)` reads well. */
int cw_command_fail(const char *name, int code, const GError *error);

/* The same for arguments that make no sense, with a hint to --help. Returns CW_EXIT_USAGE. */
int cw_command_misuse(const char *name, const char *message);

/* Says why a command does not begin, as one of the two above. Returns CW_EXIT_FAILED for what a
 * policy refuses, otherwise CW_EXIT_USAGE. */
int cw_command_refuse(const char *name, const GError *error);
