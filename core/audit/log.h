/* The writer of a log: appends, seals, rotates, and mends what a crash left. */
#pragma once

#include "audit/record.h"

/* When an append is on the disk. */
typedef enum {
    CW_AUDIT_DURABLE_BATCH = 0, /* after cw_audit_log_sync(), which each seal implies */
    CW_AUDIT_DURABLE_RECORD,    /* when it returns */
} CwAuditDurability;

typedef struct {
    const char *dir;     /* made when it is missing; mode 0700 */
    const char *key_dir; /* where private keys lie; NULL: cw_audit_key_dir(). Not inside dir. */
    CwAuditDurability durability;
    guint64 segment_bytes;  /* a segment is closed beyond this; 0: 64 MiB */
    guint64 seal_records;   /* an epoch ends after this many records; 0: 10,000 */
    gint64 (*utc_us)(void); /* the wall clock; NULL: g_get_real_time() */
} CwAuditLogOptions;

/* One process writes a log at a time. All functions may be called from any thread; they wait for
 * the disk, so never call them from a streaming thread. */
typedef struct _CwAuditLog CwAuditLog;

/* Begins a log, with a key of its own, or goes on with the one that is there after verifying it
 * whole. A torn tail is moved to dir/torn-INDEX and a `recover` record says so. Errors:
 * CW_ERROR_MISMATCH when it was tampered with or cut off, CW_ERROR_NOT_FOUND without its key,
 * CW_ERROR_IO also when another process writes it. */
CwAuditLog *cw_audit_log_open(const CwAuditLogOptions *options, GError **error);

/* Seals and closes; FALSE when the seal could not be written, closed all the same. NULL is fine. */
gboolean cw_audit_log_close(CwAuditLog *log, GError **error);

/* value: a canonical JSON object. The types genesis, seal, recover and clock are the log's own. On
 * failure nothing was appended; after a failed sync every later call fails too, since nobody knows
 * what the disk holds. index may be NULL. Errors: CW_ERROR_FORMAT, CW_ERROR_ARGUMENT,
 * CW_ERROR_LIMIT, CW_ERROR_IO. */
gboolean cw_audit_log_append(CwAuditLog *log, const char *type, const char *value, gsize length,
                             guint64 *index, GError **error);
gboolean cw_audit_log_sync(CwAuditLog *log, GError **error);

/* Records so far: the index of the next. */
guint64 cw_audit_log_size(CwAuditLog *log);

/* Where the private key lies that this call of open made, owned by the log; NULL for a log that was
 * there. */
const char *cw_audit_log_get_new_key(CwAuditLog *log);

/* Ends the epoch: signs the tree, hands over to the next key, destroys this one. */
gboolean cw_audit_log_seal(CwAuditLog *log, GError **error);

/* $XDG_DATA_HOME/clipwatch/keys, (transfer full). */
char *cw_audit_key_dir(void);
