/* Where data and caches are looked for, and in which order. */
#include "base/dirs.h"
#include "fixture.h"

static char *dir;

static void
test_named_directories_come_first_and_none_comes_twice(void)
{
    g_autofree char *named = g_strdup_printf("%s/a:%s/b::%s/a", dir, dir, dir);
    g_setenv("CLIPWATCH_DATA", named, TRUE);
    g_auto(GStrv) dirs = cw_dirs_data();
    g_autofree char *a = g_build_filename(dir, "a", NULL);
    g_autofree char *b = g_build_filename(dir, "b", NULL);
    g_autofree char *user = cw_dirs_user_data();
    g_assert_cmpstr(dirs[0], ==, a);
    g_assert_cmpstr(dirs[1], ==, b);
    g_assert_cmpstr(dirs[2], ==, user);
    for (guint i = 0; dirs[i]; i++) {
        g_assert_cmpstr(dirs[i], !=, "");
        for (guint k = 0; k < i; k++)
            g_assert_cmpstr(dirs[i], !=, dirs[k]);
    }
}

static void
test_the_first_directory_that_holds_it_wins(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *named = g_strdup_printf("%s/a:%s/b", dir, dir);
    g_setenv("CLIPWATCH_DATA", named, TRUE);
    g_autofree char *later = cw_test_write(dir, "b/models/x", "", 0);
    g_autofree char *found = cw_dirs_find("models/x", "model", &error);
    g_assert_cmpstr(found, ==, later);
    g_autofree char *first = cw_test_write(dir, "a/models/x", "", 0);
    g_autofree char *again = cw_dirs_find("models/x", "model", &error);
    g_assert_cmpstr(again, ==, first);
    g_assert_no_error(error);
}

static void
test_what_is_nowhere_is_an_error_that_lists_the_places(void)
{
    g_autoptr(GError) error = NULL;
    g_setenv("CLIPWATCH_DATA", dir, TRUE);
    g_autofree char *user = cw_dirs_user_data();
    g_assert_null(cw_dirs_find("models/none", "model", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "no model 'models/none' in any of",
                         dir, user, NULL);
}

static void
test_the_starter_is_found_from_the_source_tree(void)
{
    g_autoptr(GError) error = NULL;
    g_unsetenv("CLIPWATCH_DATA");
    g_autofree char *path = cw_dirs_find("models/starter", "model", &error);
    g_assert_no_error(error);
    g_assert_nonnull(path);
}

static void
test_the_cache_can_be_moved_and_turned_off(void)
{
    g_setenv("CLIPWATCH_CACHE", "/somewhere", TRUE);
    g_autofree char *moved = cw_dirs_cache();
    g_assert_cmpstr(moved, ==, "/somewhere");
    g_setenv("CLIPWATCH_CACHE", "off", TRUE);
    g_assert_null(cw_dirs_cache());
    g_unsetenv("CLIPWATCH_CACHE");
    g_autofree char *usual = cw_dirs_cache();
    g_autofree char *expected = g_build_filename(g_get_user_cache_dir(), "clipwatch", NULL);
    g_assert_cmpstr(usual, ==, expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dir = cw_test_make_dir();
#define CASE(name) g_test_add_func("/base/dirs/" #name, test_##name)
    CASE(named_directories_come_first_and_none_comes_twice);
    CASE(the_first_directory_that_holds_it_wins);
    CASE(what_is_nowhere_is_an_error_that_lists_the_places);
    CASE(the_starter_is_found_from_the_source_tree);
    CASE(the_cache_can_be_moved_and_turned_off);
    const int status = g_test_run();
    cw_test_remove_dir(dir);
    g_free(dir);
    return status;
}
