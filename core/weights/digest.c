#include "weights/digest.h"
#include "base/dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIN_CACHED_BYTES (1024 * 1024)
#define CHUNK_BYTES      (256 * 1024)
#define HEX_DIGITS       64

/* A file that changed this recently may change again without a new modification time. */
#define SETTLED_SECONDS 2

static char *
fail(const char *path, GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, g_strerror(errno));
    return NULL;
}

static char *
hash_descriptor(int fd, const char *path, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guchar *chunk = g_malloc(CHUNK_BYTES);
    for (;;) {
        const gssize n = read(fd, chunk, CHUNK_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(path, error);
        if (n == 0)
            return g_strdup(g_checksum_get_string(checksum));
        g_checksum_update(checksum, chunk, n);
    }
}

/* Binds a digest to what it was computed from: an entry is good when its seal is the one that the
 * file as it is now would get. */
static char *
make_seal(const char *absolute, const struct stat *status, const char *digest)
{
    g_autofree char *text = g_strdup_printf(
        "clipwatch digest 1\n%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld %" G_GUINT64_FORMAT
        " %" G_GUINT64_FORMAT "\n%s\n",
        absolute, (gint64)status->st_size, (gint64)status->st_mtim.tv_sec, status->st_mtim.tv_nsec,
        (guint64)status->st_ino, (guint64)status->st_dev, digest);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

/* An entry is "DIGEST SEAL\n". Returns DIGEST, (transfer full), or NULL. */
static char *
recall(const char *entry, const char *absolute, const struct stat *status)
{
    g_autofree char *text = NULL;
    gsize length;
    if (!g_file_get_contents(entry, &text, &length, NULL) || length != 2 * HEX_DIGITS + 2)
        return NULL;
    g_autofree char *digest = g_strndup(text, HEX_DIGITS);
    g_autofree char *seal = make_seal(absolute, status, digest);
    g_autofree char *expected = g_strdup_printf("%s %s\n", digest, seal);
    return g_str_equal(text, expected) ? g_steal_pointer(&digest) : NULL;
}

typedef struct {
    char *path;
    gint64 mtime;
} CacheFile;

static void
clear_cache_file(gpointer data)
{
    g_free(((CacheFile *)data)->path);
}

static gint
compare_ages(gconstpointer a, gconstpointer b)
{
    const CacheFile *left = a, *right = b;
    return left->mtime < right->mtime ? -1 : left->mtime > right->mtime;
}

static void
forget_oldest(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(CacheFile));
    g_array_set_clear_func(files, clear_cache_file);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        CacheFile file = {g_build_filename(directory, name, NULL), 0};
        GStatBuf status;
        if (g_stat(file.path, &status) == 0)
            file.mtime = status.st_mtime;
        g_array_append_val(files, file);
    }
    if (files->len <= CW_DIGEST_MAX_ENTRIES)
        return;
    g_array_sort(files, compare_ages);
    for (guint i = 0; i < files->len - CW_DIGEST_MAX_ENTRIES; i++)
        g_unlink(g_array_index(files, CacheFile, i).path);
}

static void
remember(const char *directory, const char *entry, const char *absolute, const struct stat *status,
         const char *digest)
{
    if (status->st_mtime + SETTLED_SECONDS > g_get_real_time() / G_USEC_PER_SEC ||
        g_mkdir_with_parents(directory, 0700) != 0)
        return;
    g_autofree char *seal = make_seal(absolute, status, digest);
    g_autofree char *text = g_strdup_printf("%s %s\n", digest, seal);
    if (g_file_set_contents_full(entry, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL))
        forget_oldest(directory);
}

static gboolean
is_same(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static char *
digest_open_file(int fd, const char *path, GError **error)
{
    struct stat before, after;
    if (fstat(fd, &before) != 0)
        return fail(path, error);
    g_autofree char *cache = cw_dirs_cache();
    if (!cache || before.st_size < MIN_CACHED_BYTES)
        return hash_descriptor(fd, path, error);

    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *name = g_compute_checksum_for_string(G_CHECKSUM_SHA256, absolute, -1);
    g_autofree char *directory = g_build_filename(cache, "digests", NULL);
    g_autofree char *entry = g_build_filename(directory, name, NULL);
    char *digest = recall(entry, absolute, &before);
    if (digest)
        return digest;
    digest = hash_descriptor(fd, path, error);
    if (digest && fstat(fd, &after) == 0 && is_same(&before, &after))
        remember(directory, entry, absolute, &before, digest);
    return digest;
}

char *
cw_digest_file(const char *path, GError **error)
{
    const int fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fail(path, error);
    char *digest = digest_open_file(fd, path, error);
    close(fd);
    return digest;
}
