#include "weights/lock.h"
#include "base/json.h"
#include "base/json_write.h"
#include "weights/digest.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_BYTES   (256 * 1024)
#define MAX_ENTRIES 1024

static void
free_entry(gpointer data)
{
    CwLockEntry *entry = data;
    g_free(entry->file);
    g_free(entry->sha256);
    g_free(entry);
}

CwLock *
cw_lock_new(const char *source, const char *url, const char *commit)
{
    CwLock *lock = g_new0(CwLock, 1);
    lock->source = g_strdup(source);
    lock->url = g_strdup(url);
    lock->commit = g_strdup(commit);
    lock->entries = g_ptr_array_new_with_free_func(free_entry);
    return lock;
}

void
cw_lock_free(CwLock *lock)
{
    if (!lock)
        return;
    g_free(lock->source);
    g_free(lock->url);
    g_free(lock->commit);
    g_ptr_array_unref(lock->entries);
    g_free(lock);
}

void
cw_lock_add(CwLock *lock, const char *file, guint64 size, const char *sha256, gboolean known)
{
    CwLockEntry *entry = g_new0(CwLockEntry, 1);
    entry->file = g_strdup(file);
    entry->size = size;
    entry->sha256 = g_strdup(sha256);
    entry->known = known;
    g_ptr_array_add(lock->entries, entry);
}

static void
write_member(GString *json, const char *key, const char *text)
{
    cw_json_write_key(json, key);
    if (text)
        cw_json_write_string(json, text);
    else
        g_string_append(json, "null");
}

static void
write_entry(GString *json, const CwLockEntry *entry)
{
    g_string_append(json, "\n  {");
    write_member(json, "file", entry->file);
    cw_json_write_key(json, "size");
    cw_json_write_uint(json, entry->size);
    write_member(json, "sha256", entry->sha256);
    write_member(json, "digest", entry->known ? "announced" : "computed");
    g_string_append_c(json, '}');
}

gboolean
cw_lock_write(const CwLock *lock, const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, CW_LOCK_FILE, NULL);
    g_autoptr(GString) json = g_string_new("{");
    write_member(json, "schema", CW_LOCK_SCHEMA);
    write_member(json, "source", lock->source);
    write_member(json, "url", lock->url);
    write_member(json, "commit", lock->commit);
    cw_json_write_key(json, "files");
    g_string_append_c(json, '[');
    for (guint i = 0; i < lock->entries->len; i++) {
        if (i > 0)
            g_string_append_c(json, ',');
        write_entry(json, lock->entries->pdata[i]);
    }
    g_string_append(json, "\n]}\n");
    g_autoptr(GError) fault = NULL;
    if (g_file_set_contents_full(path, json->str, (gssize)json->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
                                 &fault))
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, fault->message);
    return FALSE;
}

gboolean
cw_lock_is_plain_name(const char *name)
{
    const gsize length = strlen(name);
    return length > 0 && length <= 200 && name[0] != '.' &&
           strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == length;
}

static gboolean
is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, G_CSET_DIGITS "abcdef") == 64;
}

static gboolean
refuse(CwJsonValue object, const char *key, const char *what, GError **error)
{
    g_autofree char *place = cw_json_describe(object, key);
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s %s", place, what);
    return FALSE;
}

static gboolean
read_entry(CwLock *lock, CwJsonValue object, GError **error)
{
    const char *file, *sha256, *digest;
    gint64 size;
    if (!cw_json_get_string(object, "file", &file, error) ||
        !cw_json_get_int(object, "size", 0, G_GINT64_CONSTANT(1) << 53, &size, error) ||
        !cw_json_get_string(object, "sha256", &sha256, error) ||
        !cw_json_get_string(object, "digest", &digest, error))
        return FALSE;
    if (!cw_lock_is_plain_name(file))
        return refuse(object, "file", "is not a plain file name", error);
    if (!is_sha256(sha256))
        return refuse(object, "sha256", "is not 64 lower-case hex digits", error);
    cw_lock_add(lock, file, (guint64)size, sha256, g_str_equal(digest, "announced"));
    return TRUE;
}

static CwLock *
read_lock(const CwJson *json, GError **error)
{
    const CwJsonValue root = cw_json_root(json);
    const char *schema, *source, *url, *commit;
    CwJsonValue files, entry;
    if (!cw_json_get_string(root, "schema", &schema, error) ||
        !cw_json_get_string(root, "source", &source, error) ||
        !cw_json_get_string(root, "url", &url, error) ||
        !cw_json_get_string_or(root, "commit", NULL, &commit, error) ||
        !cw_json_get_array(root, "files", &files, error))
        return NULL;
    if (!g_str_equal(schema, CW_LOCK_SCHEMA)) {
        refuse(root, "schema", "is not " CW_LOCK_SCHEMA, error);
        return NULL;
    }
    const guint n = cw_json_length(files);
    if (n == 0 || n > MAX_ENTRIES) {
        refuse(root, "files", "is empty or too long", error);
        return NULL;
    }
    g_autoptr(CwLock) lock = cw_lock_new(source, url, commit);
    const void *cursor = NULL;
    while (cw_json_next(files, &cursor, &entry, NULL))
        if (!read_entry(lock, entry, error))
            return NULL;
    return g_steal_pointer(&lock);
}

CwLock *
cw_lock_read(const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, CW_LOCK_FILE, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND, "%s: no such file", path);
        return NULL;
    }
    g_autoptr(CwJson) json = cw_json_read_file(path, MAX_BYTES, error);
    return json ? read_lock(json, error) : NULL;
}

static gboolean
verify_entry(const char *directory, const CwLockEntry *entry, GError **error)
{
    g_autofree char *path = g_build_filename(directory, entry->file, NULL);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    g_autoptr(GFileInfo) info =
        g_file_query_info(file, G_FILE_ATTRIBUTE_STANDARD_SIZE, G_FILE_QUERY_INFO_NONE, NULL, NULL);
    if (!info) {
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND,
                    "%s: listed in " CW_LOCK_FILE " but missing; pull the model again", path);
        return FALSE;
    }
    const guint64 size = g_file_info_get_attribute_uint64(info, G_FILE_ATTRIBUTE_STANDARD_SIZE);
    g_autofree char *sha256 = size == entry->size ? cw_digest_file(path, error) : g_strdup("");
    if (!sha256)
        return FALSE;
    if (g_str_equal(sha256, entry->sha256))
        return TRUE;
    if (size != entry->size)
        g_set_error(error, CW_ERROR, CW_ERROR_MISMATCH,
                    "%s: %" G_GUINT64_FORMAT " bytes instead of the %" G_GUINT64_FORMAT
                    " in " CW_LOCK_FILE ": changed or damaged since it was downloaded",
                    path, size, entry->size);
    else
        g_set_error(error, CW_ERROR, CW_ERROR_MISMATCH,
                    "%s: SHA-256 is %s, " CW_LOCK_FILE " has %s: changed or damaged since it was "
                    "downloaded",
                    path, sha256, entry->sha256);
    return FALSE;
}

gboolean
cw_lock_verify(const char *directory, GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autoptr(CwLock) lock = cw_lock_read(directory, &fault);
    if (!lock) {
        if (g_error_matches(fault, CW_ERROR, CW_ERROR_NOT_FOUND))
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&fault));
        return FALSE;
    }
    for (guint i = 0; i < lock->entries->len; i++)
        if (!verify_entry(directory, lock->entries->pdata[i], error))
            return FALSE;
    return TRUE;
}
