#include "audit/log.h"
#include "audit/canonical.h"
#include "audit/log_open.h"

#include "base/dirs.h"
#include "base/json_write.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

char *
cw_audit_key_dir(void)
{
    g_autofree char *data = cw_dirs_user_data();
    return g_build_filename(data, "keys", NULL);
}

static gboolean
fail_io(CwAuditLog *log, const char *what, GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s: %s", log->dir, what, g_strerror(errno));
    return FALSE;
}

static gboolean
write_all(int fd, const guint8 *bytes, gsize length)
{
    gsize done = 0;
    while (done < length) {
        const gssize n = write(fd, bytes + done, length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        done += (gsize)n;
    }
    return TRUE;
}

static gboolean
sync_segment(CwAuditLog *log, GError **error)
{
    if (fdatasync(log->fd) == 0)
        return TRUE;
    log->broken = TRUE;
    return fail_io(log, "cannot sync the audit log", error);
}

static gboolean
append_at(CwAuditLog *log, const char *type, const char *value, gsize length, gint64 utc_us,
          GError **error)
{
    CwAuditRecord record = {.index = cw_audit_tree_size(log->tree),
                            .previous = log->last,
                            .monotonic_us = g_get_monotonic_time(),
                            .utc_us = utc_us,
                            .value = value,
                            .value_length = length};
    g_strlcpy(record.log, log->key.log, sizeof record.log);
    g_strlcpy(record.type, type, sizeof record.type);
    g_byte_array_set_size(log->frame, 0);
    cw_audit_record_write(log->frame, &record);
    if (!write_all(log->fd, log->frame->data, log->frame->len)) {
        fail_io(log, "cannot append to the audit log", error);
        /* These bytes are ours and were never acknowledged. */
        log->broken =
            ftruncate(log->fd, (off_t)log->segment_bytes) != 0 || lseek(log->fd, 0, SEEK_END) < 0;
        return FALSE;
    }
    log->last = cw_audit_tree_leaf(log->tree, log->frame->data + CW_AUDIT_FRAME_BYTES,
                                   log->frame->len - CW_AUDIT_FRAME_BYTES);
    cw_audit_tree_add(log->tree, &log->last);
    log->segment_bytes += log->frame->len;
    log->last_utc_us = utc_us;
    log->n_unsealed++;
    return log->options.durability != CW_AUDIT_DURABLE_RECORD || sync_segment(log, error);
}

/* Says that the wall clock was set back, so that the order of times stays explained. */
static gboolean
append_checked(CwAuditLog *log, const char *type, const char *value, gsize length, GError **error)
{
    const gint64 utc_us = log->options.utc_us ? log->options.utc_us() : g_get_real_time();
    if (utc_us < log->last_utc_us) {
        g_autofree char *step =
            g_strdup_printf("{\"from\":%" G_GINT64_FORMAT ",\"to\":%" G_GINT64_FORMAT "}",
                            log->last_utc_us, utc_us);
        if (!append_at(log, "clock", step, strlen(step), utc_us, error))
            return FALSE;
    }
    return append_at(log, type, value, length, utc_us, error);
}

gboolean
cw_audit_log_append_own(CwAuditLog *log, const char *type, const char *value, GError **error)
{
    return append_checked(log, type, value, strlen(value), error);
}

/* The new key is in its file before the log names it, and the old one is destroyed only when the
 * seal is on the disk: a crash in between leaves a key that fits. */
gboolean
cw_audit_log_seal_own(CwAuditLog *log, GError **error)
{
    CwAuditSeal seal = {.epoch = log->key.epoch};
    const gint64 utc_us = log->options.utc_us ? log->options.utc_us() : g_get_real_time();
    /* A clock record must not come between the root and the seal. */
    if (utc_us < log->last_utc_us && !cw_audit_log_append_own(log, "heartbeat", "{}", error))
        return FALSE;
    seal.size = cw_audit_tree_size(log->tree);
    seal.root = cw_audit_tree_root(log->tree);
    g_strlcpy(seal.log, log->key.log, sizeof seal.log);
    cw_audit_public_from_seed(log->key.next_seed, &seal.next);
    g_autofree char *note = cw_audit_note_sign(&seal, log->key.seed);
    g_autoptr(GString) value = g_string_new("{");
    cw_json_write_key(value, "note");
    cw_json_write_string(value, note);
    g_string_append_c(value, '}');
    if (!append_at(log, "seal", value->str, value->len, MAX(utc_us, log->last_utc_us), error))
        return FALSE;
    if (!sync_segment(log, error))
        return FALSE;
    cw_audit_key_advance(&log->key);
    log->n_unsealed = 0;
    if (cw_audit_key_save(&log->key, log->key_path, error))
        return TRUE;
    log->broken = TRUE;
    return FALSE;
}

static gboolean
check_usable(const CwAuditLog *log, GError **error)
{
    if (log->broken)
        g_set_error(error, CW_ERROR, CW_ERROR_IO,
                    "%s: the audit log failed before and takes no more; open it anew", log->dir);
    return !log->broken;
}

static gboolean
check_value(const char *type, const char *value, gsize length, GError **error)
{
    static const char *const own[] = {"genesis", "seal", "recover", "clock", NULL};
    if (!cw_audit_type_is_valid(type) || g_strv_contains(own, type)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "'%s' is no type of record to append",
                    type);
        return FALSE;
    }
    if (length > CW_AUDIT_MAX_PAYLOAD_BYTES - 1024) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "a record of %" G_GSIZE_FORMAT " bytes; at most %d fit", length,
                    CW_AUDIT_MAX_PAYLOAD_BYTES - 1024);
        return FALSE;
    }
    return cw_audit_check_canonical(value, length, error);
}

static gboolean
make_room(CwAuditLog *log, GError **error)
{
    const gboolean full = log->segment_bytes >= log->options.segment_bytes;
    if (!full && log->n_unsealed < log->options.seal_records)
        return TRUE;
    return cw_audit_log_seal_own(log, error) && (!full || cw_audit_log_new_segment(log, error));
}

gboolean
cw_audit_log_append(CwAuditLog *log, const char *type, const char *value, gsize length,
                    guint64 *index, GError **error)
{
    if (!check_value(type, value, length, error))
        return FALSE;
    g_mutex_lock(&log->mutex);
    const gboolean done = check_usable(log, error) && make_room(log, error) &&
                          append_checked(log, type, value, length, error);
    if (done && index)
        *index = cw_audit_tree_size(log->tree) - 1;
    g_mutex_unlock(&log->mutex);
    return done;
}

gboolean
cw_audit_log_sync(CwAuditLog *log, GError **error)
{
    g_mutex_lock(&log->mutex);
    const gboolean done = check_usable(log, error) && sync_segment(log, error);
    g_mutex_unlock(&log->mutex);
    return done;
}

guint64
cw_audit_log_size(CwAuditLog *log)
{
    g_mutex_lock(&log->mutex);
    const guint64 size = cw_audit_tree_size(log->tree);
    g_mutex_unlock(&log->mutex);
    return size;
}

const char *
cw_audit_log_get_new_key(CwAuditLog *log)
{
    return log->is_new ? log->key_path : NULL;
}

gboolean
cw_audit_log_seal(CwAuditLog *log, GError **error)
{
    g_mutex_lock(&log->mutex);
    const gboolean done = check_usable(log, error) && cw_audit_log_seal_own(log, error);
    g_mutex_unlock(&log->mutex);
    return done;
}

gboolean
cw_audit_log_close(CwAuditLog *log, GError **error)
{
    if (!log)
        return TRUE;
    const gboolean done = log->n_unsealed == 0 || cw_audit_log_seal(log, error);
    cw_audit_log_free(log);
    return done;
}
