#include "validate.h"

#include <gio/gio.h>

void
validate_lines(const char *schema_name, const char *lines)
{
    g_autoptr(GError) error = NULL;
    const char *source = g_getenv("CLIPWATCH_SOURCE");
    g_autofree char *script = g_build_filename(source, "tests/unit/event/validate.py", NULL);
    g_autofree char *schema = g_build_filename(source, "docs", schema_name, NULL);
    g_autofree char *messages = NULL;
    g_autofree char *python = g_find_program_in_path("python3");
    if (!python) {
        g_test_skip("there is no python3");
        return;
    }
    g_autoptr(GSubprocess) process =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error,
                         python, script, schema, NULL);
    g_assert_no_error(error);
    g_subprocess_communicate_utf8(process, lines, NULL, NULL, &messages, &error);
    g_assert_no_error(error);
    if (g_subprocess_get_exit_status(process) == 77)
        g_test_skip("python3 has no module jsonschema (python3-jsonschema)");
    else if (g_subprocess_get_exit_status(process) != 0)
        g_error("%s", messages);
}
