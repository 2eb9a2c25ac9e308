#include "audit/verify.h"
#include "audit/segments.h"

#include "base/json.h"

#include <sodium.h>
#include <string.h>

typedef struct {
    const CwAuditVerifyOptions *options;
    CwAuditReport *report;
    guint64 head_size; /* of the remembered head */
    CwAuditHash head_root;
    gboolean has_head;
    gboolean sealed_last; /* the last record is a seal */
} Scan;

static const char *const verdict_names[] = {"ok", "tampered", "torn", "unsigned", "unreadable"};

const char *
cw_audit_verdict_name(CwAuditVerdict verdict)
{
    return verdict_names[verdict];
}

static gboolean conclude(Scan *scan, CwAuditVerdict verdict, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Always FALSE: the scan ends here. */
static gboolean
conclude(Scan *scan, CwAuditVerdict verdict, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    scan->report->verdict = verdict;
    g_free(scan->report->message);
    scan->report->message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return FALSE;
}

static gboolean
check_seal(Scan *scan, const CwAuditRecord *record)
{
    CwAuditReport *report = scan->report;
    g_autoptr(CwJson) json = cw_json_parse(record->value, record->value_length, "seal", NULL);
    const char *note = NULL;
    CwAuditSeal seal = {.size = record->index, .epoch = report->epoch};
    g_strlcpy(seal.log, report->log, sizeof seal.log);
    seal.root = cw_audit_tree_root(report->tree);
    if (!json || !cw_json_get_string(cw_json_root(json), "note", &note, NULL) ||
        !cw_audit_note_get_next(note, &seal.next) ||
        !cw_audit_note_verify(note, &seal, &report->signer))
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "record %" G_GUINT64_FORMAT " does not seal epoch %" G_GUINT64_FORMAT
                        " with that epoch's key over the records before it",
                        record->index, report->epoch);
    report->signer = seal.next;
    report->epoch++;
    report->n_sealed = record->index;
    return TRUE;
}

/* The first record names the log and the key of epoch 0. */
static gboolean
check_genesis(Scan *scan, const CwAuditRecord *record)
{
    CwAuditReport *report = scan->report;
    g_autoptr(CwJson) json = cw_json_parse(record->value, record->value_length, "genesis", NULL);
    const char *key = NULL;
    gsize length = 0;
    if (json)
        cw_json_get_string(cw_json_root(json), "key", &key, NULL);
    g_autofree guint8 *bytes = key ? g_base64_decode(key, &length) : NULL;
    if (!g_str_equal(record->type, "genesis") || length != CW_AUDIT_PUBLIC_BYTES)
        return conclude(scan, CW_AUDIT_TAMPERED, "the log does not begin with its genesis record");
    memcpy(report->genesis.bytes, bytes, CW_AUDIT_PUBLIC_BYTES);
    report->signer = report->genesis;
    g_strlcpy(report->log, record->log, sizeof report->log);
    const CwAuditPublic *trusted = scan->options->genesis;
    if (trusted && memcmp(trusted, &report->genesis, sizeof *trusted) != 0)
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "the log was begun under another key than the one given");
    return TRUE;
}

static gboolean
check_record(Scan *scan, const CwAuditRecord *record)
{
    CwAuditReport *report = scan->report;
    const guint64 index = report->n_records;
    if (record->index != index)
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "record %" G_GUINT64_FORMAT " stands where %" G_GUINT64_FORMAT " must be",
                        record->index, index);
    if (index == 0 ? !check_genesis(scan, record) : FALSE)
        return FALSE;
    if (!g_str_equal(record->log, report->log))
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "record %" G_GUINT64_FORMAT " belongs to log %s, not to %s", index,
                        record->log, report->log);
    if (!cw_audit_hash_equal(&record->previous, &report->last))
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "record %" G_GUINT64_FORMAT " does not follow the one before it", index);
    if (record->utc_us < report->last_utc_us && !g_str_equal(record->type, "clock"))
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "record %" G_GUINT64_FORMAT " is older than the one before it", index);
    scan->sealed_last = g_str_equal(record->type, "seal");
    return !scan->sealed_last || check_seal(scan, record);
}

static gboolean
check_head(Scan *scan)
{
    const CwAuditReport *report = scan->report;
    if (!scan->has_head || report->n_records != scan->head_size)
        return TRUE;
    const CwAuditHash root = cw_audit_tree_root(report->tree);
    return cw_audit_hash_equal(&root, &scan->head_root) ||
           conclude(scan, CW_AUDIT_TAMPERED,
                    "the first %" G_GUINT64_FORMAT " records are not those of the remembered head",
                    scan->head_size);
}

/* Whether a whole record stands anywhere in data: then what precedes it was damaged, not torn. */
static gboolean
holds_record(const guint8 *data, gsize length)
{
    static const char mark[] = "{\"idx\":";
    const guint8 *at = data;
    while ((at = memmem(at, length - (gsize)(at - data), mark, sizeof mark - 1))) {
        const guint8 *payload;
        gsize size;
        if (at - data >= CW_AUDIT_FRAME_BYTES &&
            cw_audit_frame_read(at - CW_AUDIT_FRAME_BYTES,
                                length - (gsize)(at - data) + CW_AUDIT_FRAME_BYTES, &payload,
                                &size) == CW_AUDIT_FRAME_WHOLE)
            return TRUE;
        at++;
    }
    return FALSE;
}

static gboolean
scan_segment(Scan *scan, const char *path, const guint8 *data, gsize length, gboolean is_last)
{
    CwAuditReport *report = scan->report;
    gsize offset = 0;
    report->whole_bytes = 0;
    while (offset < length) {
        const guint8 *payload;
        gsize size;
        CwAuditRecord record;
        g_autoptr(GError) error = NULL;
        if (cw_audit_frame_read(data + offset, length - offset, &payload, &size) !=
            CW_AUDIT_FRAME_WHOLE) {
            const gboolean torn = is_last && !holds_record(data + offset + 1, length - offset - 1);
            return conclude(scan, torn ? CW_AUDIT_TORN : CW_AUDIT_TAMPERED,
                            "%s: %s at byte %" G_GSIZE_FORMAT ", after record %" G_GINT64_FORMAT,
                            path, torn ? "a torn record" : "a damaged record", offset,
                            (gint64)report->n_records - 1);
        }
        if (!cw_audit_record_read(payload, size, &record, &error))
            return conclude(scan, CW_AUDIT_TAMPERED, "%s: byte %" G_GSIZE_FORMAT ": %s", path,
                            offset, error->message);
        if (!check_record(scan, &record)) {
            g_autofree char *message = g_steal_pointer(&report->message);
            return conclude(scan, report->verdict, "%s: byte %" G_GSIZE_FORMAT ": %s", path, offset,
                            message);
        }
        report->last = cw_audit_tree_leaf(report->tree, payload, size);
        report->last_utc_us = record.utc_us;
        cw_audit_tree_add(report->tree, &report->last);
        report->n_records++;
        offset += CW_AUDIT_FRAME_BYTES + size;
        report->whole_bytes = offset;
        if (!check_head(scan))
            return FALSE;
        if (scan->options->visit)
            scan->options->visit(&record, scan->options->data);
    }
    return TRUE;
}

static gboolean
scan_file(Scan *scan, const CwAuditSegment *segment, gboolean is_last)
{
    CwAuditReport *report = scan->report;
    g_autoptr(GError) error = NULL;
    if (segment->first != report->n_records)
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "%s: begins with another record than %" G_GUINT64_FORMAT
                        "; a segment is missing or renamed",
                        segment->path, report->n_records);
    g_autoptr(GMappedFile) file = g_mapped_file_new(segment->path, FALSE, &error);
    if (!file)
        return conclude(scan, CW_AUDIT_UNREADABLE, "%s", error->message);
    g_free(report->segment);
    report->segment = g_strdup(segment->path);
    if (!scan_segment(scan, segment->path, (const guint8 *)g_mapped_file_get_contents(file),
                      g_mapped_file_get_length(file), is_last))
        return FALSE;
    return is_last || scan->sealed_last ||
           conclude(scan, CW_AUDIT_TAMPERED, "%s: ends without a seal", segment->path);
}

/* What only shows once the end is reached. */
static gboolean
check_end(Scan *scan)
{
    const CwAuditReport *report = scan->report;
    if (scan->has_head && scan->head_size > report->n_records)
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "the log has %" G_GUINT64_FORMAT
                        " records and the remembered head %" G_GUINT64_FORMAT
                        ": its end was cut off",
                        report->n_records, scan->head_size);
    if (report->epoch < scan->options->least_epoch)
        return conclude(scan, CW_AUDIT_TAMPERED,
                        "the log ends in epoch %" G_GUINT64_FORMAT
                        " and its key is at %" G_GUINT64_FORMAT ": its end was cut off",
                        report->epoch, scan->options->least_epoch);
    if (report->verdict == CW_AUDIT_OK && report->epoch == 0)
        return conclude(scan, CW_AUDIT_UNSIGNED, "the log has no seal");
    if (report->verdict == CW_AUDIT_OK && !scan->options->genesis)
        return conclude(scan, CW_AUDIT_UNSIGNED,
                        "the log is consistent, but no public key was given to hold it against");
    return TRUE;
}

CwAuditReport *
cw_audit_verify(const char *dir, const CwAuditVerifyOptions *options)
{
    g_autoptr(GError) error = NULL;
    CwAuditReport *report = g_new0(CwAuditReport, 1);
    Scan scan = {.options = options, .report = report};
    report->tree = cw_audit_tree_new();
    g_autoptr(GArray) segments = cw_audit_segments_list(dir, &error);
    if (!segments) {
        conclude(&scan, CW_AUDIT_UNREADABLE, "%s", error->message);
        return report;
    }
    scan.has_head = options->head != NULL;
    if (segments->len == 0 || sodium_init() < 0 ||
        (scan.has_head &&
         !cw_audit_note_get_head(options->head, &scan.head_size, &scan.head_root))) {
        conclude(&scan, CW_AUDIT_UNREADABLE, "%s: %s", dir,
                 segments->len == 0 ? "holds no audit log" : "the remembered head is no note");
        return report;
    }
    gboolean going = TRUE;
    for (guint i = 0; going && i < segments->len; i++)
        going =
            scan_file(&scan, &g_array_index(segments, CwAuditSegment, i), i + 1 == segments->len);
    if (going || report->verdict == CW_AUDIT_TORN)
        check_end(&scan);
    return report;
}

gboolean
cw_audit_read_log_id(const char *dir, char log[CW_AUDIT_ID_CHARS + 1], GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GArray) segments = cw_audit_segments_list(dir, error);
    if (!segments)
        return FALSE;
    if (segments->len == 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND, "%s: holds no audit log", dir);
        return FALSE;
    }
    const char *path = g_array_index(segments, CwAuditSegment, 0).path;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &reason);
    if (!file) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_IO, reason->message);
        return FALSE;
    }
    const guint8 *payload;
    gsize length;
    CwAuditRecord record;
    if (cw_audit_frame_read((const guint8 *)g_mapped_file_get_contents(file),
                            g_mapped_file_get_length(file), &payload,
                            &length) != CW_AUDIT_FRAME_WHOLE ||
        !cw_audit_record_read(payload, length, &record, NULL)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: does not begin with a whole record",
                    path);
        return FALSE;
    }
    g_strlcpy(log, record.log, CW_AUDIT_ID_CHARS + 1);
    return TRUE;
}

void
cw_audit_report_free(CwAuditReport *report)
{
    if (!report)
        return;
    cw_audit_tree_free(report->tree);
    g_free(report->message);
    g_free(report->segment);
    g_free(report);
}
