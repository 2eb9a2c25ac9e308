/* What the files of the writer share. */
#pragma once

#include "audit/key.h"
#include "audit/log.h"

struct _CwAuditLog {
    char *dir, *key_path;
    CwAuditLogOptions options; /* its strings are not kept */
    int lock_fd;
    GMutex mutex; /* guards what follows */
    int fd;       /* the open segment, at its end */
    CwAuditKey key;
    CwAuditTree *tree;
    CwAuditHash last;
    gint64 last_utc_us;
    guint64 segment_bytes, n_unsealed;
    GByteArray *frame;
    gboolean broken;
    gboolean is_new; /* begun by this writer */
};

/* Appends records of the log's own types. The caller holds the mutex or is alone. */
gboolean cw_audit_log_append_own(CwAuditLog *log, const char *type, const char *value,
                                 GError **error);
gboolean cw_audit_log_seal_own(CwAuditLog *log, GError **error);

/* Opens the segment that the next record begins. */
gboolean cw_audit_log_new_segment(CwAuditLog *log, GError **error);
void cw_audit_log_free(CwAuditLog *log);
