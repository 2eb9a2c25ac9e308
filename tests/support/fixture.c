#include "fixture.h"

#include <gio/gio.h>
#include <string.h>

char *
cw_test_shared(const char *relative)
{
    const char *root = g_getenv("CLIPWATCH_SHARED");
    const char *source = g_getenv("CLIPWATCH_SOURCE");
    g_autofree char *fallback = g_build_filename(source ? source : ".", "..", "shared", NULL);
    g_autofree char *path = g_build_filename(root ? root : fallback, relative, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&path);
    g_autofree char *message = g_strdup_printf("%s is missing (set CLIPWATCH_SHARED)", path);
    g_test_skip(message);
    return NULL;
}

char *
cw_test_make_dir(void)
{
    g_autoptr(GError) error = NULL;
    char *path = g_dir_make_tmp("clipwatch-test-XXXXXX", &error);
    g_assert_no_error(error);
    return path;
}

static void
remove_tree(GFile *file)
{
    if (g_file_query_file_type(file, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL) ==
        G_FILE_TYPE_DIRECTORY) {
        g_autoptr(GFileEnumerator) children = g_file_enumerate_children(
            file, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
        GFile *child = NULL;
        while (children && g_file_enumerator_iterate(children, NULL, &child, NULL, NULL) && child)
            remove_tree(child);
    }
    g_file_delete(file, NULL, NULL);
}

void
cw_test_remove_dir(const char *path)
{
    g_autoptr(GFile) file = g_file_new_for_path(path);
    remove_tree(file);
}

char *
cw_test_write(const char *dir, const char *name, const void *data, gssize length)
{
    g_autoptr(GError) error = NULL;
    char *path = g_build_filename(dir, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_file_set_contents(path, data, length, &error);
    g_assert_no_error(error);
    return path;
}

void
cw_test_expect_error(GError **error, GQuark domain, int code, ...)
{
    g_assert_nonnull(*error);
    if ((*error)->domain != domain || (*error)->code != code)
        g_error("expected %s %d, got %s %d: %s", g_quark_to_string(domain), code,
                g_quark_to_string((*error)->domain), (*error)->code, (*error)->message);
    va_list fragments;
    va_start(fragments, code);
    const char *fragment;
    while ((fragment = va_arg(fragments, const char *)))
        if (!strstr((*error)->message, fragment))
            g_error("'%s' is not in: %s", fragment, (*error)->message);
    va_end(fragments);
    g_clear_error(error);
}
