#include "locales.h"

#include <locale.h>

gboolean
cw_test_enter_locale(const char *dir, const char *name)
{
    g_autofree char *full = g_strconcat(name, ".UTF-8", NULL);
    g_autofree char *path = g_build_filename(dir, full, NULL);
    const char *const command[] = {"localedef", "-i", name, "-f", "UTF-8", "--", path, NULL};
    g_spawn_sync(NULL, (char **)command, NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                 NULL, NULL, NULL, NULL, NULL, NULL);
    g_setenv("LOCPATH", dir, TRUE);
    if (setlocale(LC_ALL, full))
        return TRUE;
    g_autofree char *message = g_strdup_printf(
        "%s cannot be made here (it takes localedef and /usr/share/i18n/locales)", full);
    g_test_skip(message);
    return FALSE;
}

void
cw_test_leave_locale(void)
{
    setlocale(LC_ALL, "C");
    g_unsetenv("LOCPATH");
}
