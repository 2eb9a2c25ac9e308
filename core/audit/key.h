/* The private half of a log's open epoch: one file of mode 0600, never in the log's directory. What
 * signed earlier epochs is overwritten, so whoever takes the file cannot sign the past again. */
#pragma once

#include "audit/note.h"

typedef struct {
    char log[CW_AUDIT_ID_CHARS + 1];
    CwAuditPublic genesis; /* of epoch 0: what verifiers trust */
    guint64 epoch;         /* the open one */
    guint8 seed[CW_AUDIT_SEED_BYTES];
    guint8 next_seed[CW_AUDIT_SEED_BYTES]; /* of the epoch after, chosen before it is announced */
} CwAuditKey;

/* A key for a new log with a random id. CW_ERROR_IO when there is no randomness. */
gboolean cw_audit_key_generate(CwAuditKey *key, GError **error);

/* The file of a log's key in a directory, (transfer full). */
char *cw_audit_key_path(const char *key_dir, const char *log);

/* Errors of load: CW_ERROR_NOT_FOUND, CW_ERROR_IO, CW_ERROR_FORMAT (also when others may read it).
 */
gboolean cw_audit_key_load(CwAuditKey *key, const char *path, GError **error);
/* Replaces the file durably and overwrites the bytes of the one before. */
gboolean cw_audit_key_save(const CwAuditKey *key, const char *path, GError **error);

/* Enters the next epoch; the caller saves. */
void cw_audit_key_advance(CwAuditKey *key);
void cw_audit_key_wipe(CwAuditKey *key);
