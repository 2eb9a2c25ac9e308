#include "model/packed_cache.h"

#include <clipwatch/error.h>

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Raised when the layout of packed matrices, or their order, changes. */
#define FORMAT_VERSION 2

/* The first page of a file; matrices begin on the second. */
#define DATA_OFFSET 4096

/* A file is what its name says: the hash of the key. The header tells a complete one. */
typedef struct {
    char magic[16];
    guint64 version;
    guint64 n_bytes; /* of the matrices */
    char key[72];    /* SHA-256 of the key, in hex */
} Header;

struct _CwPackedCache {
    char *directory; /* or NULL */
    char hash[65];   /* of the key */
    char *memory;    /* mapped, DATA_OFFSET bytes before the matrices; or NULL */
    gsize n_mapped;
    char *temporary; /* the file that is being filled, or NULL */
    int fd;          /* of that file, or -1 */
    gboolean filled;
};

CwPackedCache *
cw_packed_cache_new(const char *directory, const char *key)
{
    CwPackedCache *cache = g_new0(CwPackedCache, 1);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    cache->directory = directory ? g_build_filename(directory, "packed", NULL) : NULL;
    cache->fd = -1;
    g_strlcpy(cache->hash, hash, sizeof cache->hash);
    return cache;
}

/* Gives up the file that is being filled; its mapping stays good. */
static void
abandon_file(CwPackedCache *cache)
{
    if (cache->temporary)
        g_unlink(cache->temporary);
    g_clear_pointer(&cache->temporary, g_free);
    if (cache->fd >= 0)
        close(cache->fd);
    cache->fd = -1;
}

void
cw_packed_cache_free(CwPackedCache *cache)
{
    if (!cache)
        return;
    abandon_file(cache);
    if (cache->memory)
        munmap(cache->memory, cache->n_mapped);
    g_free(cache->directory);
    g_free(cache);
}

gboolean
cw_packed_cache_was_filled(const CwPackedCache *cache)
{
    return cache->filled;
}

static char *
name_file(const CwPackedCache *cache)
{
    return g_strdup_printf("%s/%s", cache->directory, cache->hash);
}

static Header
make_header(const CwPackedCache *cache, gsize n_bytes)
{
    Header header = {.magic = "cwpacked", .version = FORMAT_VERSION, .n_bytes = n_bytes};
    g_strlcpy(header.key, cache->hash, sizeof header.key);
    return header;
}

static gboolean
map(CwPackedCache *cache, int fd, int flags, gsize n_bytes)
{
    const gsize n = DATA_OFFSET + n_bytes;
    const int protection = fd >= 0 && flags == MAP_PRIVATE ? PROT_READ : PROT_READ | PROT_WRITE;
    void *memory = mmap(NULL, n, protection, flags, fd, 0);
    if (memory == MAP_FAILED)
        return FALSE;
    cache->memory = memory;
    cache->n_mapped = n;
    return TRUE;
}

/* Files of ours alone are trusted with the numbers of a model. */
static gboolean
is_ours(int fd, gsize n_bytes)
{
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
           (info.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
           (guint64)info.st_size == DATA_OFFSET + (guint64)n_bytes;
}

static gboolean
map_finished_file(CwPackedCache *cache, gsize n_bytes)
{
    g_autofree char *path = name_file(cache);
    const Header wanted = make_header(cache, n_bytes);
    Header header;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return FALSE;
    cache->filled = is_ours(fd, n_bytes) && read(fd, &header, sizeof header) == sizeof header &&
                    memcmp(&header, &wanted, sizeof header) == 0 &&
                    map(cache, fd, MAP_PRIVATE, n_bytes);
    if (cache->filled)
        futimens(fd, NULL); /* used now: the oldest go first */
    close(fd);
    return cache->filled;
}

/* A new file with its blocks allocated: a full disk must show here and not as a signal later. */
static gboolean
map_new_file(CwPackedCache *cache, gsize n_bytes)
{
    if (g_mkdir_with_parents(cache->directory, 0700) != 0)
        return FALSE;
    cache->temporary = g_strdup_printf("%s/%s.XXXXXX", cache->directory, cache->hash);
    cache->fd = g_mkstemp_full(cache->temporary, O_RDWR | O_CLOEXEC, 0600);
    if (cache->fd < 0)
        g_clear_pointer(&cache->temporary, g_free);
    if (cache->fd >= 0 && posix_fallocate(cache->fd, 0, (off_t)(DATA_OFFSET + n_bytes)) == 0 &&
        map(cache, cache->fd, MAP_SHARED, n_bytes))
        return TRUE;
    abandon_file(cache);
    return FALSE;
}

static void *
acquire(gpointer data, gsize n_bytes, gboolean *filled, GError **error)
{
    CwPackedCache *cache = data;
    const gboolean fits = n_bytes <= G_MAXSSIZE - DATA_OFFSET;
    *filled = FALSE;
    if (fits && cache->directory && map_finished_file(cache, n_bytes))
        *filled = TRUE;
    else if (!fits || ((!cache->directory || !map_new_file(cache, n_bytes)) &&
                       !map(cache, -1, MAP_PRIVATE | MAP_ANONYMOUS, n_bytes)))
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for the packed matrices (%zu bytes)", n_bytes);
    return cache->memory ? cache->memory + DATA_OFFSET : NULL;
}

typedef struct {
    char *path;
    guint64 n_bytes;
    gint64 used; /* seconds */
} File;

static void
clear_file(gpointer data)
{
    g_free(((File *)data)->path);
}

static int
compare_use(gconstpointer a, gconstpointer b)
{
    const File *left = a, *right = b;
    return left->used < right->used ? -1 : left->used > right->used;
}

/* Removes what was unused longest until the rest fits; files left behind by killed processes are
 * among it sooner or later. */
static void
bound_directory(const CwPackedCache *cache)
{
    g_autoptr(GDir) dir = g_dir_open(cache->directory, 0, NULL);
    g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(File));
    g_array_set_clear_func(files, clear_file);
    guint64 total = 0;
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        GStatBuf info;
        File file = {.path = g_build_filename(cache->directory, name, NULL)};
        if (g_lstat(file.path, &info) == 0 && S_ISREG(info.st_mode)) {
            file.n_bytes = (guint64)info.st_size;
            file.used = info.st_mtime;
        }
        total += file.n_bytes;
        g_array_append_val(files, file);
    }
    g_array_sort(files, compare_use);
    /* The last is the one just made. */
    for (guint i = 0; i + 1 < files->len && total > CW_PACKED_CACHE_DIRECTORY_BYTES; i++) {
        const File *file = &g_array_index(files, File, i);
        if (g_unlink(file->path) == 0)
            total -= file->n_bytes;
    }
}

/* The file gets its name when all of it is on the disk: a name promises whole matrices. */
static void
commit(gpointer data)
{
    CwPackedCache *cache = data;
    mprotect(cache->memory, cache->n_mapped, PROT_READ);
    if (cache->fd < 0)
        return;
    const Header header = make_header(cache, cache->n_mapped - DATA_OFFSET);
    g_autofree char *path = name_file(cache);
    if (msync(cache->memory, cache->n_mapped, MS_SYNC) == 0 &&
        pwrite(cache->fd, &header, sizeof header, 0) == sizeof header &&
        fdatasync(cache->fd) == 0 && g_rename(cache->temporary, path) == 0) {
        g_clear_pointer(&cache->temporary, g_free);
        bound_directory(cache);
    }
    abandon_file(cache);
}

CwNetStore
cw_packed_cache_store(CwPackedCache *cache)
{
    return (CwNetStore){.acquire = acquire, .commit = commit, .data = cache};
}
