/* Digests of files: remembered while the file stays as it was, and never believed when damaged. */
#include "weights/digest.h"
#include "fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SIZE = 1024 * 1024 };

typedef struct {
    char *dir, *cache, *path;
    guint8 *data;
} Fixture;

/* Sets the modification time, in seconds before now. */
static void
set_age(const char *path, gint64 seconds)
{
    const gint64 time = g_get_real_time() / G_USEC_PER_SEC - seconds;
    const struct timespec times[2] = {{.tv_sec = time}, {.tv_sec = time}};
    g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
}

static void
set_up(Fixture *f, gconstpointer data)
{
    f->dir = cw_test_make_dir();
    f->cache = g_build_filename(f->dir, "cache", "digests", NULL);
    g_autofree char *cache = g_build_filename(f->dir, "cache", NULL);
    g_setenv("CLIPWATCH_CACHE", cache, TRUE);
    f->data = g_malloc0(SIZE);
    f->path = cw_test_write(f->dir, "weights", f->data, SIZE);
    set_age(f->path, 100);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_test_remove_dir(f->dir);
    g_free(f->dir);
    g_free(f->cache);
    g_free(f->path);
    g_free(f->data);
}

/* The digest, checked to have the right form; true: of the file's bytes now. */
static void
expect_digest(const Fixture *f, gboolean true_one)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *digest = cw_digest_file(f->path, &error);
    g_assert_no_error(error);
    g_autofree char *text = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(f->path, &text, &length, NULL));
    g_autofree char *expected =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text, length);
    g_assert_cmpint(g_str_equal(digest, expected), ==, true_one);
}

static guint
count_entries(const Fixture *f)
{
    g_autoptr(GDir) dir = g_dir_open(f->cache, 0, NULL);
    guint n = 0;
    while (dir && g_dir_read_name(dir))
        n++;
    return n;
}

/* Overwrites one byte in place, so that neither inode nor, after set_age(), time tells. */
static void
change_in_place(const char *path, long offset, int byte)
{
    FILE *file = g_fopen(path, "r+b");
    g_assert_nonnull(file);
    fseek(file, offset, SEEK_SET);
    fputc(byte, file);
    fclose(file);
}

static char *
only_entry(const Fixture *f)
{
    g_assert_cmpuint(count_entries(f), ==, 1);
    g_autoptr(GDir) dir = g_dir_open(f->cache, 0, NULL);
    return g_build_filename(f->cache, g_dir_read_name(dir), NULL);
}

static void
test_an_unchanged_file_is_not_read_again(Fixture *f, gconstpointer data)
{
    struct stat status;
    g_assert_cmpint(stat(f->path, &status), ==, 0);
    expect_digest(f, TRUE);
    g_assert_cmpuint(count_entries(f), ==, 1);
    change_in_place(f->path, 7, 'x');
    const struct timespec times[2] = {status.st_mtim, status.st_mtim};
    utimensat(AT_FDCWD, f->path, times, 0);
    expect_digest(f, FALSE);
}

static void
test_a_changed_time_or_inode_is_noticed(Fixture *f, gconstpointer data)
{
    expect_digest(f, TRUE);
    change_in_place(f->path, 7, 'x');
    set_age(f->path, 50);
    expect_digest(f, TRUE);
    g_assert_cmpuint(count_entries(f), ==, 1);

    /* Another file of the same size and time takes its place. */
    f->data[3] = 1;
    g_autofree char *other = cw_test_write(f->dir, "other", f->data, SIZE);
    struct stat status;
    g_assert_cmpint(stat(f->path, &status), ==, 0);
    const struct timespec times[2] = {status.st_mtim, status.st_mtim};
    utimensat(AT_FDCWD, other, times, 0);
    g_assert_cmpint(g_rename(other, f->path), ==, 0);
    expect_digest(f, TRUE);
}

static void
test_a_file_that_changed_just_now_is_not_remembered(Fixture *f, gconstpointer data)
{
    set_age(f->path, 0);
    expect_digest(f, TRUE);
    g_assert_cmpuint(count_entries(f), ==, 0);
}

static void
test_a_damaged_entry_is_computed_anew(Fixture *f, gconstpointer data)
{
    expect_digest(f, TRUE);
    g_autofree char *entry = only_entry(f);
    g_autofree char *good = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(entry, &good, &length, NULL));
    for (gsize at = 0; at < length; at += 13) {
        g_autofree char *bad = g_memdup2(good, length);
        bad[at] ^= 1;
        g_assert_true(g_file_set_contents(entry, bad, (gssize)length, NULL));
        expect_digest(f, TRUE);
    }
    g_assert_true(g_file_set_contents(entry, good, 20, NULL));
    expect_digest(f, TRUE);
    g_assert_true(g_file_set_contents(entry, "", 0, NULL));
    expect_digest(f, TRUE);
}

static void
test_the_cache_is_bounded(Fixture *f, gconstpointer data)
{
    g_assert_cmpint(g_mkdir_with_parents(f->cache, 0700), ==, 0);
    for (guint i = 0; i < CW_DIGEST_MAX_ENTRIES + 10; i++) {
        g_autofree char *name = g_strdup_printf("entry-%u", i);
        g_autofree char *path = cw_test_write(f->cache, name, "x", 1);
        set_age(path, 1000 - i);
    }
    expect_digest(f, TRUE);
    g_assert_cmpuint(count_entries(f), ==, CW_DIGEST_MAX_ENTRIES);
    g_autofree char *oldest = g_build_filename(f->cache, "entry-10", NULL);
    g_autofree char *kept = g_build_filename(f->cache, "entry-11", NULL);
    g_assert_false(g_file_test(oldest, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
}

static void
test_it_works_without_a_cache(Fixture *f, gconstpointer data)
{
    g_setenv("CLIPWATCH_CACHE", "off", TRUE);
    expect_digest(f, TRUE);
    /* A cache directory that cannot be made: its parent is a file. */
    g_autofree char *impossible = g_build_filename(f->path, "cache", NULL);
    g_setenv("CLIPWATCH_CACHE", impossible, TRUE);
    expect_digest(f, TRUE);
    g_assert_cmpuint(count_entries(f), ==, 0);
}

static void
test_a_missing_file_is_an_error(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *missing = g_build_filename(f->dir, "missing", NULL);
    g_assert_null(cw_digest_file(missing, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, missing, NULL);
    g_assert_null(cw_digest_file(f->dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, f->dir, NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) \
    g_test_add("/weights/digest/" #name, Fixture, NULL, set_up, test_##name, tear_down)
    CASE(an_unchanged_file_is_not_read_again);
    CASE(a_changed_time_or_inode_is_noticed);
    CASE(a_file_that_changed_just_now_is_not_remembered);
    CASE(a_damaged_entry_is_computed_anew);
    CASE(the_cache_is_bounded);
    CASE(it_works_without_a_cache);
    CASE(a_missing_file_is_an_error);
    return g_test_run();
}
