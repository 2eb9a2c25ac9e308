/* A log with a thread of its own: whoever has something to record hands it over and goes on. */
#pragma once

#include "audit/log.h"

/* Shared by all in the process who write to the same folder. Thread-safe. */
typedef struct _CwAuditWriter CwAuditWriter;

/* Told, in order and under no lock, by the writer's thread: error is NULL when the record is on the
 * disk. By the caller's thread at once where the queue is full. Must not flush or unref. */
typedef void (*CwAuditWrittenFunc)(const GError *error, gpointer data);

/* Opens the log, which reads all of it, or finds the one that is open; key_dir as for
 * cw_audit_log_open(). Errors are those of cw_audit_log_open(). */
CwAuditWriter *cw_audit_writer_open(const char *dir, const char *key_dir, GError **error);

/* Waits until everything is written or has failed, seals and closes, with the last reference. */
void cw_audit_writer_unref(CwAuditWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwAuditWriter, cw_audit_writer_unref)

/* Records are written in batches, each on the disk before any of it is told. What cannot be written
 * is counted, and a `gap` record says how much it was and when, as soon as something can be.
 * value: canonical JSON, (transfer full). written: may be NULL. */
void cw_audit_writer_submit(CwAuditWriter *writer, const char *type, char *value,
                            CwAuditWrittenFunc written, gpointer data);

/* Waits until all that was submitted is told. */
void cw_audit_writer_flush(CwAuditWriter *writer);

/* Where the private key lies that this process made for a new log, the first time it is asked;
 * afterwards, and for a log that was there, NULL. (transfer full). */
char *cw_audit_writer_take_new_key(CwAuditWriter *writer);
