#include "audit/log_open.h"
#include "audit/segments.h"
#include "audit/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define SEGMENT_BYTES (G_GUINT64_CONSTANT(64) << 20)
#define SEAL_RECORDS  10000

static gboolean
fail_io(const char *path, const char *what, GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s: %s", path, what, g_strerror(errno));
    return FALSE;
}

static gboolean
sync_folder(const char *dir, GError **error)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const gboolean done = fd >= 0 && fsync(fd) == 0;
    if (!done)
        fail_io(dir, "cannot sync the folder", error);
    if (fd >= 0)
        close(fd);
    return done;
}

gboolean
cw_audit_log_new_segment(CwAuditLog *log, GError **error)
{
    g_autofree char *path = cw_audit_segment_path(log->dir, cw_audit_tree_size(log->tree));
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_io(path, "cannot begin a segment", error);
    if (log->fd >= 0)
        close(log->fd);
    log->fd = fd;
    log->segment_bytes = 0;
    return sync_folder(log->dir, error);
}

void
cw_audit_log_free(CwAuditLog *log)
{
    if (log->fd >= 0)
        close(log->fd);
    if (log->lock_fd >= 0)
        close(log->lock_fd);
    cw_audit_key_wipe(&log->key);
    cw_audit_tree_free(log->tree);
    g_byte_array_unref(log->frame);
    g_mutex_clear(&log->mutex);
    g_free(log->dir);
    g_free(log->key_path);
    g_free(log);
}

static gboolean
take_lock(CwAuditLog *log, GError **error)
{
    g_autofree char *path = g_build_filename(log->dir, "lock", NULL);
    log->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log->lock_fd < 0)
        return fail_io(path, "cannot open", error);
    return flock(log->lock_fd, LOCK_EX | LOCK_NB) == 0 ||
           fail_io(path, "another process writes this audit log", error);
}

static gboolean
begin_log(CwAuditLog *log, const char *key_dir, GError **error)
{
    if (!cw_audit_key_generate(&log->key, error))
        return FALSE;
    log->key_path = cw_audit_key_path(key_dir, log->key.log);
    g_autofree char *key = g_base64_encode(log->key.genesis.bytes, sizeof log->key.genesis.bytes);
    g_autofree char *value = g_strdup_printf("{\"key\":\"%s\"}", key);
    log->tree = cw_audit_tree_new();
    log->is_new = TRUE;
    return cw_audit_key_save(&log->key, log->key_path, error) &&
           cw_audit_log_new_segment(log, error) &&
           cw_audit_log_append_own(log, "genesis", value, error) &&
           cw_audit_log_seal_own(log, error);
}

/* Copies what follows the last whole record to a file of its own and cuts it off. */
static gboolean
move_torn_tail(CwAuditLog *log, const CwAuditReport *report, guint64 *n_bytes, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autofree char *name = g_strdup_printf("torn-%" G_GUINT64_FORMAT "-%" G_GINT64_FORMAT,
                                            report->n_records, g_get_real_time());
    g_autofree char *aside = g_build_filename(log->dir, name, NULL);
    g_autoptr(GMappedFile) file = g_mapped_file_new(report->segment, FALSE, &reason);
    if (!file) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_IO, reason->message);
        return FALSE;
    }
    *n_bytes = g_mapped_file_get_length(file) - report->whole_bytes;
    if (!g_file_set_contents_full(
            aside, g_mapped_file_get_contents(file) + report->whole_bytes, (gssize)*n_bytes,
            G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &reason)) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_IO, reason->message);
        return FALSE;
    }
    return truncate(report->segment, (off_t)report->whole_bytes) == 0 ||
           fail_io(report->segment, "cannot cut off the torn tail", error);
}

/* The file's key, or the one that a crash kept it from advancing to. */
static gboolean
match_key(CwAuditLog *log, const CwAuditReport *report, GError **error)
{
    CwAuditPublic open_key;
    gboolean stale = FALSE;
    if (log->key.epoch + 1 == report->epoch) {
        cw_audit_key_advance(&log->key);
        stale = TRUE;
    }
    cw_audit_public_from_seed(log->key.seed, &open_key);
    if (log->key.epoch == report->epoch && memcmp(&open_key, &report->signer, sizeof open_key) == 0)
        return !stale || cw_audit_key_save(&log->key, log->key_path, error);
    g_set_error(error, CW_ERROR, CW_ERROR_MISMATCH,
                "%s: the log ends in epoch %" G_GUINT64_FORMAT
                " and its key %s is of epoch %" G_GUINT64_FORMAT
                ": one of them was exchanged or cut off",
                log->dir, report->epoch, log->key_path, log->key.epoch);
    return FALSE;
}

static gboolean
continue_log(CwAuditLog *log, const char *key_dir, CwAuditReport *report, GError **error)
{
    guint64 n_torn = 0;
    log->key_path = cw_audit_key_path(key_dir, report->log);
    if (!cw_audit_key_load(&log->key, log->key_path, error) || !match_key(log, report, error))
        return FALSE;
    if (report->verdict == CW_AUDIT_TORN && !move_torn_tail(log, report, &n_torn, error))
        return FALSE;
    log->tree = g_steal_pointer(&report->tree);
    log->last = report->last;
    log->last_utc_us = report->last_utc_us;
    log->segment_bytes = report->whole_bytes;
    log->fd = open(report->segment, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (log->fd < 0)
        return fail_io(report->segment, "cannot open", error);
    if (n_torn > 0) {
        g_autofree char *value = g_strdup_printf("{\"bytes\":%" G_GUINT64_FORMAT "}", n_torn);
        if (!cw_audit_log_append_own(log, "recover", value, error))
            return FALSE;
    }
    /* Also what an epoch that a crash left open holds. */
    return cw_audit_log_seal_own(log, error);
}

static gboolean
find_log(CwAuditLog *log, const char *key_dir, GError **error)
{
    g_autoptr(GArray) segments = cw_audit_segments_list(log->dir, error);
    if (!segments)
        return FALSE;
    if (segments->len == 0)
        return begin_log(log, key_dir, error);
    const CwAuditVerifyOptions trust_later = {NULL};
    g_autoptr(CwAuditReport) report = cw_audit_verify(log->dir, &trust_later);
    if (report->verdict == CW_AUDIT_TAMPERED || report->verdict == CW_AUDIT_UNREADABLE) {
        g_set_error(error, CW_ERROR, CW_ERROR_MISMATCH, "%s: not continued: %s", log->dir,
                    report->message);
        return FALSE;
    }
    if (report->n_records > 0)
        return continue_log(log, key_dir, report, error);
    /* Nothing was ever acknowledged: the first record itself was torn. */
    if (unlink(report->segment) != 0)
        return fail_io(report->segment, "cannot remove", error);
    return begin_log(log, key_dir, error);
}

CwAuditLog *
cw_audit_log_open(const CwAuditLogOptions *options, GError **error)
{
    CwAuditLog *log = g_new0(CwAuditLog, 1);
    g_autofree char *default_dir = options->key_dir ? NULL : cw_audit_key_dir();
    const char *key_dir = options->key_dir ? options->key_dir : default_dir;
    g_mutex_init(&log->mutex);
    log->fd = log->lock_fd = -1;
    log->dir = g_strdup(options->dir);
    log->frame = g_byte_array_new();
    log->options = *options;
    log->options.dir = log->options.key_dir = NULL;
    log->options.segment_bytes = options->segment_bytes ? options->segment_bytes : SEGMENT_BYTES;
    log->options.seal_records = options->seal_records ? options->seal_records : SEAL_RECORDS;
    gboolean done = FALSE;
    if (g_mkdir_with_parents(log->dir, 0700) != 0)
        fail_io(log->dir, "cannot make the folder", error);
    else if (g_mkdir_with_parents(key_dir, 0700) != 0)
        fail_io(key_dir, "cannot make the folder", error);
    else
        done = take_lock(log, error) && find_log(log, key_dir, error);
    if (!done)
        g_clear_pointer(&log, cw_audit_log_free);
    return log;
}
