/* clipwatch.lock.json: what was downloaded into a model's directory, held against it ever after. */
#pragma once

#include <clipwatch/error.h>

#define CW_LOCK_FILE   "clipwatch.lock.json"
#define CW_LOCK_SCHEMA "clipwatch.lock/1"

typedef struct {
    char *file;     /* a plain name beside the lock file */
    guint64 size;   /* in bytes */
    char *sha256;   /* 64 lower-case hex digits */
    gboolean known; /* the publisher announced this digest; otherwise it was computed here */
} CwLockEntry;

/* Belongs to one thread while it is built, immutable afterwards. */
typedef struct {
    char *source;       /* "owner/name" on a hub, or an address */
    char *url;          /* what the files' names are appended to, or the address itself */
    char *commit;       /* NULL where the source has none */
    GPtrArray *entries; /* CwLockEntry */
} CwLock;

CwLock *cw_lock_new(const char *source, const char *url, const char *commit);
void cw_lock_free(CwLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwLock, cw_lock_free)

void cw_lock_add(CwLock *lock, const char *file, guint64 size, const char *sha256, gboolean known);

/* Writes directory/clipwatch.lock.json, whole or not at all. */
gboolean cw_lock_write(const CwLock *lock, const char *directory, GError **error);

/* CW_ERROR_NOT_FOUND where the directory has no lock file, CW_ERROR_FORMAT where it is damaged. */
CwLock *cw_lock_read(const char *directory, GError **error);

/* Whether name is one plain file name that may come from outside: no separator, not hidden, at most
 * 200 bytes of ASCII letters, digits and "._-". */
gboolean cw_lock_is_plain_name(const char *name);

/* Holds every file against its size and digest; digests are remembered, see digest.h. A directory
 * without a lock file passes. CW_ERROR_MISMATCH names the file that differs, CW_ERROR_NOT_FOUND one
 * that is missing. */
gboolean cw_lock_verify(const char *directory, GError **error);
