#include "base/dirs.h"

#include <gio/gio.h>

static void
add_directory(GPtrArray *list, const char *directory)
{
    if (directory[0] == '\0' ||
        g_ptr_array_find_with_equal_func(list, directory, g_str_equal, NULL))
        return;
    g_ptr_array_add(list, g_strdup(directory));
}

char **
cw_dirs_data(void)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    const char *override = g_getenv("CLIPWATCH_DATA");
    g_auto(GStrv) named = g_strsplit(override ? override : "", ":", -1);
    for (char **dir = named; *dir; dir++)
        add_directory(list, *dir);
    g_autofree char *user = cw_dirs_user_data();
    add_directory(list, user);
    for (const char *const *dir = g_get_system_data_dirs(); *dir; dir++) {
        g_autofree char *ours = g_build_filename(*dir, "clipwatch", NULL);
        add_directory(list, ours);
    }
    add_directory(list, CW_INSTALLED_DATA);
    add_directory(list, CW_SOURCE_DATA);
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&list), FALSE);
}

char *
cw_dirs_find(const char *relative, const char *what, GError **error)
{
    g_auto(GStrv) dirs = cw_dirs_data();
    for (char **dir = dirs; *dir; dir++) {
        g_autofree char *path = g_build_filename(*dir, relative, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    g_autofree char *places = g_strjoinv(", ", dirs);
    g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND, "no %s '%s' in any of: %s", what, relative,
                places);
    return NULL;
}

char *
cw_dirs_user_data(void)
{
    return g_build_filename(g_get_user_data_dir(), "clipwatch", NULL);
}

char *
cw_dirs_cache(void)
{
    const char *named = g_getenv("CLIPWATCH_CACHE");
    if (named && g_str_equal(named, "off"))
        return NULL;
    if (named && named[0] != '\0')
        return g_strdup(named);
    return g_build_filename(g_get_user_cache_dir(), "clipwatch", NULL);
}
