/* The lock file of a downloaded model, and what it refuses. */
#include "fixture.h"
#include "weights/checkpoint.h"
#include "weights/lock.h"

#include <glib/gstdio.h>

#define DIGEST_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char *
write_locked_directory(void)
{
    g_autoptr(GError) error = NULL;
    char *dir = cw_test_make_dir();
    g_autoptr(CwLock) lock = cw_lock_new("a/b", "https://x.org/a/b/", NULL);
    cw_lock_add(lock, "abc", 3, DIGEST_OF_ABC, TRUE);
    g_free(cw_test_write(dir, "abc", "abc", 3));
    cw_lock_write(lock, dir, &error);
    g_assert_no_error(error);
    return dir;
}

static void
test_written_lock_reads_back_and_holds(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = write_locked_directory();
    g_autoptr(CwLock) lock = cw_lock_read(dir, &error);
    g_assert_no_error(error);
    const CwLockEntry *entry = lock->entries->pdata[0];
    g_assert_cmpstr(lock->source, ==, "a/b");
    g_assert_null(lock->commit);
    g_assert_cmpstr(entry->file, ==, "abc");
    g_assert_cmpuint(entry->size, ==, 3);
    g_assert_true(entry->known);
    g_assert_true(cw_lock_verify(dir, &error));
    g_assert_no_error(error);
    cw_test_remove_dir(dir);
}

static void
test_directory_without_a_lock_passes(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = cw_test_make_dir();
    g_assert_true(cw_lock_verify(dir, &error));
    g_assert_null(cw_lock_read(dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, CW_LOCK_FILE, NULL);
    cw_test_remove_dir(dir);
}

static void
test_changed_files_are_named(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = write_locked_directory();
    g_autofree char *path = cw_test_write(dir, "abc", "abd", 3);
    g_assert_false(cw_lock_verify(dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, path, DIGEST_OF_ABC, NULL);
    g_free(cw_test_write(dir, "abc", "abcd", 4));
    g_assert_false(cw_lock_verify(dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, path, "4 bytes instead of the 3",
                         NULL);
    g_unlink(path);
    g_assert_false(cw_lock_verify(dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, path, "missing", NULL);
    cw_test_remove_dir(dir);
}

static void
test_damaged_locks_are_refused(void)
{
#define HEAD \
    "{\"schema\":\"clipwatch.lock/1\",\"source\":\"a\",\"url\":\"b\",\"commit\":null,\"files\":["
#define ENTRY "\"size\":3,\"digest\":\"announced\",\"sha256\":\"" DIGEST_OF_ABC "\"}]}"
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{", CW_LOCK_FILE},
        {"{}", "schema"},
        {"{\"schema\":\"clipwatch.lock/2\",\"source\":\"a\",\"url\":\"b\",\"files\":[]}",
         "is not clipwatch.lock/1"},
        {HEAD "]}", "is empty"},
        {HEAD "{\"file\":\"../abc\"," ENTRY, "is not a plain file name"},
        {HEAD "{\"file\":\"/abc\"," ENTRY, "is not a plain file name"},
        {HEAD "{\"file\":\".abc\"," ENTRY, "is not a plain file name"},
        {HEAD "{\"file\":\"abc\",\"size\":3,\"digest\":\"computed\",\"sha256\":\"BA\"}]}",
         "64 lower-case hex digits"},
        {HEAD "{\"file\":\"abc\",\"size\":-3,\"digest\":\"computed\",\"sha256\":\"\"}]}", "size"},
    };
    g_autofree char *dir = cw_test_make_dir();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_free(cw_test_write(dir, CW_LOCK_FILE, cases[i].text, -1));
        g_assert_false(cw_lock_verify(dir, &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, cases[i].message, NULL);
    }
    cw_test_remove_dir(dir);
}

/* What an address with a digest is installed as. */
static void
test_bare_checkpoint_opens_only_as_it_was_locked(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *weights = NULL;
    gsize length;
    g_autofree char *starter = g_build_filename(g_getenv("CLIPWATCH_SOURCE"), "models", "starter",
                                                "open_clip_model.safetensors", NULL);
    g_assert_true(g_file_get_contents(starter, &weights, &length, NULL));
    g_autofree char *digest =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guint8 *)weights, length);
    g_autofree char *dir = cw_test_make_dir();
    g_free(cw_test_write(dir, CW_CHECKPOINT_BARE_FILE, weights, (gssize)length));
    g_autoptr(CwLock) lock = cw_lock_new("https://x.org/m", "https://x.org/m", NULL);
    cw_lock_add(lock, CW_CHECKPOINT_BARE_FILE, length, digest, TRUE);
    cw_lock_write(lock, dir, &error);
    g_assert_no_error(error);
    g_autoptr(CwCheckpoint) checkpoint = cw_checkpoint_open(dir, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(cw_checkpoint_get_layout(checkpoint), ==, "openai");
    weights[length - 1] ^= 1;
    g_free(cw_test_write(dir, CW_CHECKPOINT_BARE_FILE, weights, (gssize)length));
    g_assert_null(cw_checkpoint_open(dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, CW_CHECKPOINT_BARE_FILE, digest,
                         NULL);
    cw_test_remove_dir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lock/written-lock-reads-back-and-holds",
                    test_written_lock_reads_back_and_holds);
    g_test_add_func("/lock/directory-without-a-lock-passes", test_directory_without_a_lock_passes);
    g_test_add_func("/lock/changed-files-are-named", test_changed_files_are_named);
    g_test_add_func("/lock/damaged-locks-are-refused", test_damaged_locks_are_refused);
    g_test_add_func("/lock/bare-checkpoint-opens-only-as-it-was-locked",
                    test_bare_checkpoint_opens_only_as_it_was_locked);
    return g_test_run();
}
