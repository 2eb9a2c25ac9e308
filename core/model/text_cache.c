/* File: a header, then records of one size, so that a damaged record costs itself and no other.
 * Numbers are in the machine's own byte order, which the header betrays. Appending is serialised by
 * flock(); readers take no lock, since a record counts only when its checksum holds, and read with
 * pread(), since a mapped file that another process cuts short would be a SIGBUS. */
#include "model/text_cache.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define KEY_BYTES       32 /* SHA-256 */
#define SUFFIX          ".embeddings"
#define BYTE_ORDER_MARK 0x01020304u

typedef struct {
    char magic[8];
    guint32 order;
    guint32 dim;
    guint8 space[KEY_BYTES];
} Header;

/* What a record begins with; its dim floats follow. */
typedef struct {
    guint8 key[KEY_BYTES];
    guint32 checksum; /* CRC-32 over key and floats */
} Prefix;

struct _CwTextCache {
    char *directory;
    char *path;
    Header header;
    gsize record_bytes;
    guint64 max_file_bytes;
    guint64 max_directory_bytes;
    pthread_mutex_t mutex; /* guards all below; not GMutex: the thread sanitizer sees through it */
    int fd;                /* for reading, or -1 */
    dev_t device;          /* of fd */
    ino_t inode;
    GHashTable *index; /* key -> number of the record */
    guint64 n_indexed; /* records that the index has seen */
    guint8 *record;    /* room for one */
};

static guint
hash_key(gconstpointer key)
{
    guint hash;
    memcpy(&hash, key, sizeof hash);
    return hash;
}

static gboolean
equal_keys(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, KEY_BYTES) == 0;
}

static void
digest_string(const guint8 *salt, const char *text, guint8 key[KEY_BYTES])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize length = KEY_BYTES;
    if (salt)
        g_checksum_update(sum, salt, KEY_BYTES);
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text));
    g_checksum_get_digest(sum, key, &length);
}

CwTextCache *
cw_text_cache_new(const char *directory, const char *space, guint dim, guint64 max_file_bytes,
                  guint64 max_directory_bytes)
{
    CwTextCache *cache = g_new0(CwTextCache, 1);
    memcpy(cache->header.magic, "CWTEXTS1", 8);
    cache->header.order = BYTE_ORDER_MARK;
    cache->header.dim = dim;
    digest_string(NULL, space, cache->header.space);
    GString *name = g_string_new(NULL);
    for (guint i = 0; i < KEY_BYTES / 2; i++)
        g_string_append_printf(name, "%02x", cache->header.space[i]);
    g_string_append(name, SUFFIX);
    cache->path = g_build_filename(directory, name->str, NULL);
    g_string_free(name, TRUE);
    cache->directory = g_strdup(directory);
    cache->record_bytes = sizeof(Prefix) + (gsize)dim * sizeof(float);
    cache->max_file_bytes = max_file_bytes;
    cache->max_directory_bytes = max_directory_bytes;
    cache->record = g_malloc(cache->record_bytes);
    cache->index = g_hash_table_new_full(hash_key, equal_keys, g_free, NULL);
    cache->fd = -1;
    pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

static void
forget_file(CwTextCache *cache)
{
    if (cache->fd >= 0)
        close(cache->fd);
    cache->fd = -1;
    cache->n_indexed = 0;
    g_hash_table_remove_all(cache->index);
}

void
cw_text_cache_free(CwTextCache *cache)
{
    if (!cache)
        return;
    forget_file(cache);
    g_hash_table_unref(cache->index);
    pthread_mutex_destroy(&cache->mutex);
    g_free(cache->record);
    g_free(cache->directory);
    g_free(cache->path);
    g_free(cache);
}

static gboolean
read_fully(int fd, void *buffer, gsize length, guint64 offset)
{
    for (gsize done = 0; done < length;) {
        gssize got = pread(fd, (guint8 *)buffer + done, length - done, (off_t)(offset + done));
        if (got == 0 || (got < 0 && errno != EINTR))
            return FALSE;
        done += got > 0 ? (gsize)got : 0;
    }
    return TRUE;
}

static gboolean
write_fully(int fd, const void *buffer, gsize length, guint64 offset)
{
    for (gsize done = 0; done < length;) {
        gssize put =
            pwrite(fd, (const guint8 *)buffer + done, length - done, (off_t)(offset + done));
        if (put == 0 || (put < 0 && errno != EINTR))
            return FALSE;
        done += put > 0 ? (gsize)put : 0;
    }
    return TRUE;
}

static gboolean
has_our_header(const CwTextCache *cache, int fd)
{
    Header header;
    return read_fully(fd, &header, sizeof header, 0) &&
           memcmp(&header, &cache->header, sizeof header) == 0;
}

static guint64
record_offset(const CwTextCache *cache, guint64 i)
{
    return sizeof(Header) + i * cache->record_bytes;
}

/* Whole records in a file of that size: a torn one at the end does not count. */
static guint64
count_records(const CwTextCache *cache, guint64 size)
{
    return size < sizeof(Header) ? 0 : (size - sizeof(Header)) / cache->record_bytes;
}

static guint32
record_checksum(const CwTextCache *cache, const guint8 *record)
{
    uLong crc = crc32(0, record, KEY_BYTES);
    crc = crc32(crc, record + sizeof(Prefix), (uInt)(cache->record_bytes - sizeof(Prefix)));
    return (guint32)crc;
}

/* Follows the file to its newest form: opens it, or opens it anew when it was replaced or cut. */
static gboolean
follow_file(CwTextCache *cache, struct stat *info)
{
    if (cache->fd >= 0 && (stat(cache->path, info) != 0 || info->st_dev != cache->device ||
                           info->st_ino != cache->inode ||
                           info->st_size < (off_t)record_offset(cache, cache->n_indexed)))
        forget_file(cache);
    if (cache->fd < 0) {
        int fd = open(cache->path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return FALSE;
        if (!has_our_header(cache, fd) || fstat(fd, info) != 0) {
            close(fd);
            return FALSE;
        }
        cache->fd = fd;
        cache->device = info->st_dev;
        cache->inode = info->st_ino;
    }
    return TRUE;
}

static void
index_new_records(CwTextCache *cache)
{
    struct stat info;
    if (!follow_file(cache, &info))
        return;
    guint64 n = count_records(cache, (guint64)info.st_size);
    gsize per_read = MAX(1, ((gsize)1 << 20) / cache->record_bytes);
    g_autofree guint8 *chunk = g_malloc(per_read * cache->record_bytes);
    while (cache->n_indexed < n) {
        gsize count = MIN(per_read, n - cache->n_indexed);
        if (!read_fully(cache->fd, chunk, count * cache->record_bytes,
                        record_offset(cache, cache->n_indexed)))
            return;
        for (gsize i = 0; i < count; i++, cache->n_indexed++)
            g_hash_table_replace(cache->index,
                                 g_memdup2(chunk + i * cache->record_bytes, KEY_BYTES),
                                 GSIZE_TO_POINTER(cache->n_indexed));
    }
}

void
cw_text_cache_refresh(CwTextCache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    index_new_records(cache);
    pthread_mutex_unlock(&cache->mutex);
}

gboolean
cw_text_cache_get(CwTextCache *cache, const char *text, float *values)
{
    guint8 key[KEY_BYTES];
    digest_string(cache->header.space, text, key);
    gpointer number;
    pthread_mutex_lock(&cache->mutex);
    gboolean found =
        cache->fd >= 0 && g_hash_table_lookup_extended(cache->index, key, NULL, &number);
    if (found) {
        Prefix prefix;
        found = read_fully(cache->fd, cache->record, cache->record_bytes,
                           record_offset(cache, GPOINTER_TO_SIZE(number)));
        memcpy(&prefix, cache->record, sizeof prefix);
        found = found && equal_keys(prefix.key, key) &&
                prefix.checksum == record_checksum(cache, cache->record);
        if (found)
            memcpy(values, cache->record + sizeof prefix, cache->record_bytes - sizeof prefix);
    }
    pthread_mutex_unlock(&cache->mutex);
    return found;
}

/* The file for appending, locked and still the one that the path names; or -1. A cache that another
 * process holds is not waited for. */
static int
open_locked(CwTextCache *cache)
{
    for (guint attempt = 0; attempt < 3; attempt++) {
        struct stat ours, named;
        int fd = open(cache->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &ours) == 0 && S_ISREG(ours.st_mode) &&
            stat(cache->path, &named) == 0 && ours.st_dev == named.st_dev &&
            ours.st_ino == named.st_ino)
            return fd;
        close(fd);
    }
    return -1;
}

static guint8 *
build_records(const CwTextCache *cache, const char *const *texts, guint n, const float *values)
{
    guint8 *records = g_try_malloc_n(n, cache->record_bytes);
    for (guint i = 0; records && i < n; i++) {
        guint8 *record = records + i * cache->record_bytes;
        Prefix prefix = {{0}, 0};
        memcpy(record + sizeof prefix, values + (gsize)i * cache->header.dim,
               cache->header.dim * sizeof(float));
        digest_string(cache->header.space, texts[i], prefix.key);
        memcpy(record, prefix.key, KEY_BYTES);
        prefix.checksum = record_checksum(cache, record);
        memcpy(record, &prefix, sizeof prefix);
    }
    return records;
}

/* Replaces the file by one that holds the newest of its n_old records and the new ones. The old
 * file's lock is held meanwhile, so that nobody appends to what is about to vanish. */
static void
replace_file(CwTextCache *cache, int fd, guint64 n_old, const guint8 *records, gsize n_new)
{
    guint64 room = count_records(cache, cache->max_file_bytes / 2);
    guint64 n_kept = room > n_new ? MIN(room - n_new, n_old) : 0;
    g_autofree char *temporary = g_strdup_printf("%s.XXXXXX", cache->path);
    int new_fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600);
    if (new_fd < 0)
        return;
    gboolean done = write_fully(new_fd, &cache->header, sizeof cache->header, 0);
    for (guint64 i = 0; done && i < n_kept; i++)
        done = read_fully(fd, cache->record, cache->record_bytes,
                          record_offset(cache, n_old - n_kept + i)) &&
               write_fully(new_fd, cache->record, cache->record_bytes, record_offset(cache, i));
    done = done &&
           write_fully(new_fd, records, n_new * cache->record_bytes, record_offset(cache, n_kept));
    close(new_fd);
    if (!done || g_rename(temporary, cache->path) != 0)
        g_unlink(temporary);
}

static void
append_records(CwTextCache *cache, int fd, const guint8 *records, gsize n)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return;
    guint64 n_old = count_records(cache, (guint64)info.st_size);
    if (!has_our_header(cache, fd)) {
        n_old = 0;
        if (ftruncate(fd, 0) != 0 || !write_fully(fd, &cache->header, sizeof cache->header, 0))
            return;
    }
    if (record_offset(cache, n_old + n) > cache->max_file_bytes) {
        replace_file(cache, fd, n_old, records, n);
        return;
    }
    /* Whatever was torn at the end is overwritten; on a full disk nothing half-written stays. */
    if (!write_fully(fd, records, n * cache->record_bytes, record_offset(cache, n_old)) &&
        ftruncate(fd, (off_t)record_offset(cache, n_old)) != 0)
        return;
}

static int
compare_ages(gconstpointer a, gconstpointer b)
{
    guint64 left = g_file_info_get_attribute_uint64(*(GFileInfo *const *)a, "time::modified");
    guint64 right = g_file_info_get_attribute_uint64(*(GFileInfo *const *)b, "time::modified");
    return left < right ? -1 : left > right;
}

/* Deletes the files of other models, oldest first, until the directory keeps to its bound. */
static void
prune_directory(CwTextCache *cache)
{
    g_autoptr(GFile) directory = g_file_new_for_path(cache->directory);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GFileEnumerator) children =
        g_file_enumerate_children(directory, "standard::name,standard::size,time::modified",
                                  G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
    g_autofree char *own = g_path_get_basename(cache->path);
    guint64 total = 0;
    GFileInfo *info = NULL;
    while (children && g_file_enumerator_iterate(children, &info, NULL, NULL, NULL) && info) {
        if (!strstr(g_file_info_get_name(info), SUFFIX))
            continue;
        total += (guint64)g_file_info_get_size(info);
        if (!g_str_equal(g_file_info_get_name(info), own))
            g_ptr_array_add(files, g_object_ref(info));
    }
    g_ptr_array_sort(files, compare_ages);
    for (guint i = 0; i < files->len && total > cache->max_directory_bytes; i++) {
        info = g_ptr_array_index(files, i);
        g_autoptr(GFile) file = g_file_get_child(directory, g_file_info_get_name(info));
        if (g_file_delete(file, NULL, NULL))
            total -= (guint64)g_file_info_get_size(info);
    }
}

void
cw_text_cache_put(CwTextCache *cache, const char *const *texts, guint n, const float *values)
{
    guint64 most = count_records(cache, cache->max_file_bytes / 2);
    if (n > most) {
        texts += n - most;
        values += (n - most) * cache->header.dim;
        n = (guint)most;
    }
    g_autofree guint8 *records = n > 0 ? build_records(cache, texts, n, values) : NULL;
    if (!records || g_mkdir_with_parents(cache->directory, 0700) != 0)
        return;
    pthread_mutex_lock(&cache->mutex);
    int fd = open_locked(cache);
    if (fd >= 0) {
        append_records(cache, fd, records, n);
        close(fd); /* and with it the lock */
        prune_directory(cache);
        index_new_records(cache);
    }
    pthread_mutex_unlock(&cache->mutex);
}
