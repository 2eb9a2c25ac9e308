#include "cli/inputs.h"

#include <string.h>

#define MAX_DEPTH 64

static const char *const endings[] = {
    "avi", "bmp", "flv",  "gif",  "jpeg", "jpg",  "m2ts", "m4v", "mjpeg",
    "mkv", "mov", "mp4",  "mpeg", "mpg",  "ogv",  "pgm",  "png", "pnm",
    "ppm", "tif", "tiff", "ts",   "webm", "webp", "wmv",
};

static gboolean
is_media(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (guint i = 0; dot && i < G_N_ELEMENTS(endings); i++)
        if (g_ascii_strcasecmp(dot + 1, endings[i]) == 0)
            return TRUE;
    return FALSE;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gboolean
add_directory(GPtrArray *files, const char *path, gboolean recursive, guint depth, GError **error)
{
    const char *name;
    g_autoptr(GError) fault = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(path, 0, &fault);
    if (!dir) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, fault->message);
        return FALSE;
    }
    while ((name = g_dir_read_name(dir)))
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *child = g_build_filename(path, names->pdata[i], NULL);
        if (!g_file_test(child, G_FILE_TEST_IS_DIR)) {
            if (is_media(child))
                g_ptr_array_add(files, g_steal_pointer(&child));
        } else if (recursive && depth < MAX_DEPTH && !g_file_test(child, G_FILE_TEST_IS_SYMLINK) &&
                   !add_directory(files, child, TRUE, depth + 1, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
cw_inputs_add(GPtrArray *files, const char *name, gboolean recursive, GError **error)
{
    const guint before = files->len;
    if (!g_file_test(name, G_FILE_TEST_IS_DIR)) {
        g_ptr_array_add(files, g_strdup(name));
        return TRUE;
    }
    if (!add_directory(files, name, recursive, 0, error))
        return FALSE;
    if (files->len > before)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND, "%s: no pictures or videos in it%s", name,
                recursive ? "" : " (--recursive looks into its directories too)");
    return FALSE;
}
