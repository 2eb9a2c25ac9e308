/* core/audit: whoever changes a log is caught. Each attack works on a log of 30 records in several
 * segments and epochs, and on its key where the attacker has it. */
#include "audit/key.h"
#include "audit/log.h"
#include "audit/segments.h"
#include "audit/verify.h"

#include "fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char *root, *dir, *keys, *key_path;
    CwAuditPublic genesis;
} Fixture;

static gint64 clock_us;

static gint64
read_clock(void)
{
    return clock_us += 1000;
}

static CwAuditLog *
open_log(const Fixture *f, GError **error)
{
    const CwAuditLogOptions options = {.dir = f->dir,
                                       .key_dir = f->keys,
                                       .segment_bytes = 4000,
                                       .seal_records = 5,
                                       .utc_us = read_clock};
    return cw_audit_log_open(&options, error);
}

static void
append(CwAuditLog *log, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *value = g_strdup_printf("{\"n\":%u,\"text\":\"parking lot\"}", i);
        cw_audit_log_append(log, "decision", value, strlen(value), NULL, &error);
        g_assert_no_error(error);
    }
}

static void
set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    clock_us = G_GINT64_CONSTANT(1700000000000000);
    f->root = cw_test_make_dir();
    f->dir = g_build_filename(f->root, "log", NULL);
    f->keys = g_build_filename(f->root, "keys", NULL);
    CwAuditLog *log = open_log(f, &error);
    g_assert_no_error(error);
    append(log, 30);
    g_assert_true(cw_audit_log_close(log, &error));
    const CwAuditVerifyOptions options = {NULL};
    g_autoptr(CwAuditReport) report = cw_audit_verify(f->dir, &options);
    f->genesis = report->genesis;
    f->key_path = cw_audit_key_path(f->keys, report->log);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_test_remove_dir(f->root);
    g_free(f->root);
    g_free(f->dir);
    g_free(f->keys);
    g_free(f->key_path);
}

static CwAuditReport *
verify(const Fixture *f)
{
    const CwAuditVerifyOptions options = {.genesis = &f->genesis};
    return cw_audit_verify(f->dir, &options);
}

static void
expect(const Fixture *f, CwAuditVerdict verdict, const char *fragment)
{
    g_autoptr(CwAuditReport) report = verify(f);
    g_assert_cmpint(report->verdict, ==, verdict);
    if (fragment)
        g_assert_nonnull(strstr(report->message, fragment));
}

/* Segment i of the log as bytes, and back. */
static GByteArray *
read_segment(const Fixture *f, guint i, char **path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) segments = cw_audit_segments_list(f->dir, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(i, <, segments->len);
    *path = g_strdup(g_array_index(segments, CwAuditSegment, i).path);
    char *bytes;
    gsize length;
    g_assert_true(g_file_get_contents(*path, &bytes, &length, NULL));
    return g_byte_array_new_take((guint8 *)bytes, length);
}

/* In place: whatever replaces or empties a file first waits for the disk, thousands of times. */
static void
write_segment(const char *path, const GByteArray *bytes)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(pwrite(fd, bytes->data, bytes->len, 0), ==, bytes->len);
    g_assert_cmpint(ftruncate(fd, bytes->len), ==, 0);
    g_assert_cmpint(close(fd), ==, 0);
}

/* Where record i of a segment begins, and its length. */
static gsize
find_record(const GByteArray *bytes, guint i, gsize *length)
{
    gsize offset = 0, size;
    const guint8 *payload;
    for (;; i--, offset += size + CW_AUDIT_FRAME_BYTES) {
        g_assert_cmpint(
            cw_audit_frame_read(bytes->data + offset, bytes->len - offset, &payload, &size), ==,
            CW_AUDIT_FRAME_WHOLE);
        if (i == 0)
            break;
    }
    *length = size + CW_AUDIT_FRAME_BYTES;
    return offset;
}

static void
test_whole(Fixture *f, gconstpointer data)
{
    g_autoptr(CwAuditReport) report = verify(f);
    g_assert_null(report->message);
    g_assert_cmpint(report->verdict, ==, CW_AUDIT_OK);
    g_assert_cmpuint(report->n_records, ==, report->n_sealed + 1);
    const CwAuditVerifyOptions nobody = {NULL};
    g_autoptr(CwAuditReport) without = cw_audit_verify(f->dir, &nobody);
    g_assert_cmpint(without->verdict, ==, CW_AUDIT_UNSIGNED);
    CwAuditPublic other = f->genesis;
    other.bytes[0] ^= 1;
    const CwAuditVerifyOptions stranger = {.genesis = &other};
    g_autoptr(CwAuditReport) foreign = cw_audit_verify(f->dir, &stranger);
    g_assert_cmpint(foreign->verdict, ==, CW_AUDIT_TAMPERED);
}

static void
test_bit_flips(Fixture *f, gconstpointer data)
{
    for (guint s = 0; s < 2; s++) {
        g_autofree char *path = NULL;
        g_autoptr(GByteArray) bytes = read_segment(f, s, &path);
        for (guint i = 0; i < bytes->len; i++) {
            bytes->data[i] ^= (guint8)(1 << i % 8);
            write_segment(path, bytes);
            expect(f, CW_AUDIT_TAMPERED, "");
            bytes->data[i] ^= (guint8)(1 << i % 8);
        }
        write_segment(path, bytes);
    }
    expect(f, CW_AUDIT_OK, NULL);
}

static void
test_delete(Fixture *f, gconstpointer data)
{
    g_autofree char *path = NULL;
    g_autoptr(GByteArray) bytes = read_segment(f, 1, &path);
    gsize length;
    const gsize at = find_record(bytes, 2, &length);
    g_byte_array_remove_range(bytes, (guint)at, (guint)length);
    write_segment(path, bytes);
    expect(f, CW_AUDIT_TAMPERED, "must be");
}

static void
test_duplicate(Fixture *f, gconstpointer data)
{
    g_autofree char *path = NULL;
    g_autoptr(GByteArray) bytes = read_segment(f, 1, &path);
    gsize length;
    const gsize at = find_record(bytes, 2, &length);
    g_autoptr(GByteArray) twice = g_byte_array_new();
    g_byte_array_append(twice, bytes->data, (guint)(at + length));
    g_byte_array_append(twice, bytes->data + at, bytes->len - (guint)at);
    write_segment(path, twice);
    expect(f, CW_AUDIT_TAMPERED, "must be");
}

static void
test_swap(Fixture *f, gconstpointer data)
{
    g_autofree char *path = NULL;
    g_autoptr(GByteArray) bytes = read_segment(f, 1, &path);
    gsize first, second;
    const gsize at = find_record(bytes, 2, &first), next = find_record(bytes, 3, &second);
    g_autoptr(GByteArray) swapped = g_byte_array_new();
    g_byte_array_append(swapped, bytes->data, (guint)at);
    g_byte_array_append(swapped, bytes->data + next, (guint)second);
    g_byte_array_append(swapped, bytes->data + at, (guint)first);
    g_byte_array_append(swapped, bytes->data + next + second, bytes->len - (guint)(next + second));
    write_segment(path, swapped);
    expect(f, CW_AUDIT_TAMPERED, "must be");
}

typedef struct {
    GByteArray *bytes;
    CwAuditTree *tree;
    CwAuditHash previous;
    guint64 forged_index;
} Forgery;

/* Rewrites every record with a right CRC, index and chain, one of them with another value. */
static void
forge_record(const CwAuditRecord *record, gpointer data)
{
    Forgery *forgery = data;
    CwAuditRecord copy = *record;
    copy.previous = forgery->previous;
    if (record->index == forgery->forged_index) {
        copy.value = "{\"n\":7}";
        copy.value_length = strlen(copy.value);
    }
    const guint start = forgery->bytes->len;
    cw_audit_record_write(forgery->bytes, &copy);
    forgery->previous =
        cw_audit_tree_leaf(forgery->tree, forgery->bytes->data + start + CW_AUDIT_FRAME_BYTES,
                           forgery->bytes->len - start - CW_AUDIT_FRAME_BYTES);
}

static void
remove_segments(const Fixture *f)
{
    g_autoptr(GArray) segments = cw_audit_segments_list(f->dir, NULL);
    for (guint i = 0; i < segments->len; i++)
        g_assert_cmpint(g_unlink(g_array_index(segments, CwAuditSegment, i).path), ==, 0);
}

static void
test_rewrite(Fixture *f, gconstpointer data)
{
    Forgery forgery = {g_byte_array_new(), cw_audit_tree_new(), {{0}}, 4};
    const CwAuditVerifyOptions options = {.visit = forge_record, .data = &forgery};
    g_autoptr(CwAuditReport) report = cw_audit_verify(f->dir, &options);
    g_assert_cmpint(report->verdict, ==, CW_AUDIT_UNSIGNED);
    remove_segments(f);
    g_autofree char *path = cw_audit_segment_path(f->dir, 0);
    write_segment(path, forgery.bytes);
    g_byte_array_unref(forgery.bytes);
    cw_audit_tree_free(forgery.tree);
    expect(f, CW_AUDIT_TAMPERED, "does not seal epoch");
}

static void
test_truncate(Fixture *f, gconstpointer data)
{
    g_autoptr(CwAuditReport) before = verify(f);
    CwAuditKey key;
    g_assert_true(cw_audit_key_load(&key, f->key_path, NULL));
    g_assert_cmpint(g_unlink(before->segment), ==, 0);
    g_autoptr(CwAuditReport) blind = verify(f);
    /* Whoever has no outside knowledge cannot see it: that is said as records beyond the seal. */
    g_assert_cmpint(blind->verdict, ==, CW_AUDIT_OK);
    const CwAuditVerifyOptions with_epoch = {.genesis = &f->genesis, .least_epoch = key.epoch};
    g_autoptr(CwAuditReport) seen = cw_audit_verify(f->dir, &with_epoch);
    g_assert_cmpint(seen->verdict, ==, CW_AUDIT_TAMPERED);
    g_assert_nonnull(strstr(seen->message, "was cut off"));
    GError *error = NULL;
    g_assert_null(open_log(f, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_MISMATCH, "cut off", NULL);
}

static void
test_truncate_and_continue(Fixture *f, gconstpointer data)
{
    CwAuditKey key;
    g_autoptr(CwAuditReport) before = verify(f);
    g_assert_cmpint(g_unlink(before->segment), ==, 0);
    g_autoptr(CwAuditReport) cut = verify(f);
    /* The real key, told to be of the epoch that the cut log is in. */
    g_assert_true(cw_audit_key_load(&key, f->key_path, NULL));
    CwAuditSeal seal = {.size = cut->n_records, .epoch = cut->epoch};
    g_strlcpy(seal.log, key.log, sizeof seal.log);
    seal.root = cw_audit_tree_root(cut->tree);
    cw_audit_public_from_seed(key.next_seed, &seal.next);
    g_autofree char *note = cw_audit_note_sign(&seal, key.seed);
    g_auto(GStrv) lines = g_strsplit(note, "\n", -1);
    g_autofree char *joined = g_strjoinv("\\n", lines);
    g_autofree char *value = g_strdup_printf("{\"note\":\"%s\"}", joined);
    CwAuditRecord record = {cut->n_records,   "",     cut->last, 1,
                            cut->last_utc_us, "seal", value,     strlen(value)};
    g_strlcpy(record.log, key.log, sizeof record.log);
    g_autofree char *path = cw_audit_segment_path(f->dir, cut->n_records);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    cw_audit_record_write(bytes, &record);
    write_segment(path, bytes);
    expect(f, CW_AUDIT_TAMPERED, "does not seal epoch");
}

static void
test_roll_back(Fixture *f, gconstpointer data)
{
    g_autofree char *root = g_base64_encode((const guint8 *)"01234567890123456789012345678901", 32);
    g_autofree char *longer = g_strdup_printf("clipwatch/x\n1000\n%s\n", root);
    g_autofree char *other = g_strdup_printf("clipwatch/x\n10\n%s\n", root);
    const CwAuditVerifyOptions ahead = {.genesis = &f->genesis, .head = longer};
    g_autoptr(CwAuditReport) cut = cw_audit_verify(f->dir, &ahead);
    g_assert_cmpint(cut->verdict, ==, CW_AUDIT_TAMPERED);
    const CwAuditVerifyOptions split = {.genesis = &f->genesis, .head = other};
    g_autoptr(CwAuditReport) fork = cw_audit_verify(f->dir, &split);
    g_assert_cmpint(fork->verdict, ==, CW_AUDIT_TAMPERED);
    g_assert_nonnull(strstr(fork->message, "remembered head"));
}

static void
test_unsealed_segment(Fixture *f, gconstpointer data)
{
    g_autofree char *path = NULL;
    g_autoptr(GByteArray) bytes = read_segment(f, 1, &path);
    gsize length;
    find_record(bytes, 0, &length);
    g_byte_array_set_size(bytes, (guint)length);
    write_segment(path, bytes);
    expect(f, CW_AUDIT_TAMPERED, "ends without a seal");
}

static void
test_splice(Fixture *f, gconstpointer data)
{
    Fixture other = {0};
    g_autofree char *path = NULL, *foreign = NULL;
    set_up(&other, NULL);
    g_autoptr(GByteArray) bytes = read_segment(&other, 1, &foreign);
    g_byte_array_unref(read_segment(f, 1, &path));
    write_segment(path, bytes);
    tear_down(&other, NULL);
    expect(f, CW_AUDIT_TAMPERED, "belongs to log");
}

static void
test_two_writers(Fixture *f, gconstpointer data)
{
    GError *error = NULL;
    CwAuditLog *first = open_log(f, &error);
    g_assert_no_error(error);
    g_assert_null(open_log(f, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, "another process writes", NULL);
    g_assert_true(cw_audit_log_close(first, NULL));
    expect(f, CW_AUDIT_OK, NULL);
}

static void
test_clock_back(Fixture *f, gconstpointer data)
{
    GError *error = NULL;
    CwAuditLog *log = open_log(f, &error);
    g_assert_no_error(error);
    clock_us -= 3600 * (gint64)G_USEC_PER_SEC;
    append(log, 1);
    clock_us -= 3600 * (gint64)G_USEC_PER_SEC;
    g_assert_true(cw_audit_log_close(log, &error));
    expect(f, CW_AUDIT_OK, NULL);
}

static void
test_torn(Fixture *f, gconstpointer data)
{
    GError *error = NULL;
    CwAuditLog *log = open_log(f, &error);
    g_assert_no_error(error);
    append(log, 2);
    g_assert_true(cw_audit_log_close(log, &error));
    g_autoptr(CwAuditReport) report = verify(f);
    g_autofree char *path = g_strdup(report->segment);
    /* Half of a record more, as a crash leaves it. */
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    g_autoptr(GByteArray) torn = g_byte_array_new();
    g_byte_array_append(torn, (guint8 *)bytes, (guint)length);
    g_byte_array_append(torn, (guint8 *)bytes, 100);
    write_segment(path, torn);
    expect(f, CW_AUDIT_TORN, "a torn record");
    log = open_log(f, &error);
    g_assert_no_error(error);
    g_assert_true(cw_audit_log_close(log, &error));
    g_autoptr(CwAuditReport) mended = verify(f);
    g_assert_cmpint(mended->verdict, ==, CW_AUDIT_OK);
    g_assert_cmpuint(mended->n_records, ==, report->n_records + 2);
}

#define ADD(name, function) \
    g_test_add("/audit/attack/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("an-honest-log-is-ok-under-its-key-only", test_whole);
    ADD("any-flipped-bit-is-seen", test_bit_flips);
    ADD("a-deleted-record-is-seen", test_delete);
    ADD("a-duplicated-record-is-seen", test_duplicate);
    ADD("swapped-records-are-seen", test_swap);
    ADD("a-rewritten-past-is-seen", test_rewrite);
    ADD("a-cut-end-is-seen-by-the-key", test_truncate);
    ADD("cut-and-continued-under-the-real-key-is-seen", test_truncate_and_continue);
    ADD("a-roll-back-is-seen-by-a-remembered-head", test_roll_back);
    ADD("an-unsealed-segment-is-seen", test_unsealed_segment);
    ADD("a-splice-from-another-log-is-seen", test_splice);
    ADD("a-second-writer-is-refused", test_two_writers);
    ADD("a-clock-set-back-is-recorded", test_clock_back);
    ADD("a-torn-tail-is-moved-aside-and-said", test_torn);
    return g_test_run();
}
