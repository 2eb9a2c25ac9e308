/* Packed matrices on disk: made once, mapped ever after, and never trusted when damaged. */
#include "fixture.h"

#include "model/packed_cache.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define N_BYTES 10000

/* What a network's constructor does with the memory of a cache; returns whether it was filled. */
static gboolean
use(const char *directory, const char *key, char value)
{
    g_autoptr(CwPackedCache) cache = cw_packed_cache_new(directory, key);
    const CwNetStore store = cw_packed_cache_store(cache);
    GError *error = NULL;
    gboolean filled = TRUE;
    char *memory = store.acquire(store.data, N_BYTES, &filled, &error);
    g_assert_no_error(error);
    g_assert_cmpuint((guintptr)memory % 64, ==, 0);
    if (!filled) {
        memset(memory, value, N_BYTES);
        store.commit(store.data);
    }
    for (guint i = 0; i < N_BYTES; i++)
        g_assert_cmpint(memory[i], ==, value);
    g_assert_true(filled == cw_packed_cache_was_filled(cache));
    return filled;
}

static char *
find_only_file(const char *directory)
{
    g_autofree char *packed = g_build_filename(directory, "packed", NULL);
    g_autoptr(GDir) dir = g_dir_open(packed, 0, NULL);
    g_assert_nonnull(dir);
    const char *name = g_dir_read_name(dir);
    g_assert_nonnull(name);
    char *path = g_build_filename(packed, name, NULL);
    g_assert_null(g_dir_read_name(dir)); /* nothing is left of how it was made */
    return path;
}

static void
test_second_run(void)
{
    char *directory = cw_test_make_dir();
    g_assert_false(use(directory, "a", 1));
    g_assert_true(use(directory, "a", 1));
    g_assert_false(use(directory, "b", 2)); /* another model is another file */
    g_assert_true(use(directory, "b", 2));
    g_assert_true(use(directory, "a", 1));
    cw_test_remove_dir(directory);
    g_free(directory);
}

static void
test_without_files(void)
{
    g_assert_false(use(NULL, "a", 1));
    g_assert_false(use("/proc/no-such-directory", "a", 1));
}

static void
cut(const char *path)
{
    g_autofree char *text = NULL;
    gsize n;
    g_assert_true(g_file_get_contents(path, &text, &n, NULL));
    g_assert_true(g_file_set_contents(path, text, (gssize)(n - 1), NULL));
}

static void
spoil_header(const char *path)
{
    g_autofree char *text = NULL;
    gsize n;
    g_assert_true(g_file_get_contents(path, &text, &n, NULL));
    text[17] ^= 1;
    g_assert_true(g_file_set_contents(path, text, (gssize)n, NULL));
}

static void
open_to_all(const char *path)
{
    g_assert_cmpint(g_chmod(path, 0666), ==, 0);
}

static void
make_link(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *outside = g_strconcat(directory, ".elsewhere", NULL);
    g_assert_cmpint(g_rename(path, outside), ==, 0);
    g_assert_cmpint(symlink(outside, path), ==, 0);
}

static void
test_damaged_files(void)
{
    void (*const damages[])(const char *) = {cut, spoil_header, open_to_all, make_link};
    for (guint i = 0; i < G_N_ELEMENTS(damages); i++) {
        char *directory = cw_test_make_dir();
        g_assert_false(use(directory, "a", 1));
        g_autofree char *path = find_only_file(directory);
        damages[i](path);
        g_assert_false(use(directory, "a", 1)); /* made anew … */
        g_assert_true(use(directory, "a", 1));  /* … and good again */
        cw_test_remove_dir(directory);
        g_free(directory);
    }
}

/* A constructor that fails, or a process that is killed, before all is written. */
static void
test_unfinished(void)
{
    char *directory = cw_test_make_dir();
    g_autoptr(GError) error = NULL;
    gboolean filled;
    g_autoptr(CwPackedCache) cache = cw_packed_cache_new(directory, "a");
    const CwNetStore store = cw_packed_cache_store(cache);
    g_assert_nonnull(store.acquire(store.data, N_BYTES, &filled, &error));
    g_assert_false(use(directory, "a", 3));
    g_assert_true(use(directory, "a", 3));
    g_clear_pointer(&cache, cw_packed_cache_free);
    g_assert_true(use(directory, "a", 3));
    cw_test_remove_dir(directory);
    g_free(directory);
}

static void
test_too_large(void)
{
    g_autoptr(CwPackedCache) cache = cw_packed_cache_new(NULL, "a");
    const CwNetStore store = cw_packed_cache_store(cache);
    GError *error = NULL;
    gboolean filled;
    g_assert_null(store.acquire(store.data, G_MAXSIZE - 64, &filled, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "packed matrices", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/packed_cache/the second run maps what the first made", test_second_run);
    g_test_add_func("/model/packed_cache/works without files", test_without_files);
    g_test_add_func("/model/packed_cache/damaged or foreign files are made anew",
                    test_damaged_files);
    g_test_add_func("/model/packed_cache/what was not finished is never used", test_unfinished);
    g_test_add_func("/model/packed_cache/sizes beyond memory are refused", test_too_large);
    return g_test_run();
}
