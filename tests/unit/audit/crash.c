/* core/audit: what was acknowledged outlives the death of the writer, the loss of what was not yet
 * on the disk, and a full disk. */
#include "audit/key.h"
#include "audit/log.h"
#include "audit/verify.h"

#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    char *root, *dir, *keys;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    f->root = cw_test_make_dir();
    f->dir = g_build_filename(f->root, "log", NULL);
    f->keys = g_build_filename(f->root, "keys", NULL);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_test_remove_dir(f->root);
    g_free(f->root);
    g_free(f->dir);
    g_free(f->keys);
}

static CwAuditLog *
open_log(const Fixture *f, guint64 seal_records, guint64 segment_bytes)
{
    g_autoptr(GError) error = NULL;
    const CwAuditLogOptions options = {.dir = f->dir,
                                       .key_dir = f->keys,
                                       .segment_bytes = segment_bytes,
                                       .seal_records = seal_records};
    CwAuditLog *log = cw_audit_log_open(&options, &error);
    g_assert_no_error(error);
    return log;
}

static gboolean
append(CwAuditLog *log, guint64 *index, GError **error)
{
    static const char value[] = "{\"cosine_ppm\":[251000,198000],\"text\":\"parking lot\"}";
    return cw_audit_log_append(log, "decision", value, strlen(value), index, error);
}

static CwAuditReport *
verify(const Fixture *f)
{
    const CwAuditVerifyOptions options = {NULL};
    return cw_audit_verify(f->dir, &options);
}

/* UNSIGNED: all holds, but no public key was given. */
static void
assert_whole(const Fixture *f, guint64 least_records)
{
    g_autoptr(CwAuditReport) report = verify(f);
    g_assert_cmpint(report->verdict, ==, CW_AUDIT_UNSIGNED);
    g_assert_cmpuint(report->n_records, >=, least_records);
}

/* The child's life: acknowledges each record, until it is killed. */
static void G_GNUC_NORETURN
write_until_killed(const Fixture *f, int fd)
{
    CwAuditLog *log = open_log(f, 7, 20000);
    for (;;) {
        guint64 index = 0;
        if (!append(log, &index, NULL) || write(fd, &index, sizeof index) != sizeof index)
            _exit(1);
    }
}

/* Kills a writer after that many acknowledgements, wherever it is then. Returns the last index that
 * was acknowledged. */
static guint64
kill_writer(const Fixture *f, guint n_acknowledged)
{
    int ends[2];
    guint64 index = 0, last = 0;
    g_assert_cmpint(pipe(ends), ==, 0);
    const pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0)
        write_until_killed(f, ends[1]);
    close(ends[1]);
    for (guint i = 0; i < n_acknowledged; i++) {
        g_assert_cmpint(read(ends[0], &index, sizeof index), ==, sizeof index);
        last = index;
    }
    g_assert_cmpint(kill(child, SIGKILL), ==, 0);
    while (read(ends[0], &index, sizeof index) == sizeof index)
        last = index;
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
    close(ends[0]);
    return last;
}

static void
test_kill(Fixture *f, gconstpointer data)
{
    const guint n = g_test_slow() ? 1000 : 60;
    for (guint i = 0; i < n; i++) {
        const guint64 last = kill_writer(f, (guint)g_test_rand_int_range(1, 40));
        g_autoptr(CwAuditReport) report = verify(f);
        if (report->verdict != CW_AUDIT_UNSIGNED)
            g_assert_cmpint(report->verdict, ==, CW_AUDIT_TORN);
        g_assert_cmpuint(report->n_records, >, last);
    }
    g_assert_true(cw_audit_log_close(open_log(f, 7, 20000), NULL));
    assert_whole(f, 1);
}

/* The log as it is when a power cut leaves length bytes of it, the rest lost or, where the file
 * had grown already, zeros. */
static void
lose(const char *path, const char *bytes, gsize length, gsize n_zeros)
{
    g_autofree char *left = g_malloc0(length + n_zeros);
    memcpy(left, bytes, length);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(pwrite(fd, left, length + n_zeros, 0), ==, length + n_zeros);
    g_assert_cmpint(ftruncate(fd, (off_t)(length + n_zeros)), ==, 0);
    g_assert_cmpint(close(fd), ==, 0);
}

static void
assert_loss_is_a_crash(const Fixture *f, guint64 n_synced)
{
    g_autoptr(CwAuditReport) report = verify(f);
    if (report->verdict != CW_AUDIT_UNSIGNED)
        g_assert_cmpint(report->verdict, ==, CW_AUDIT_TORN);
    g_assert_cmpuint(report->n_records, >=, n_synced);
}

static void
test_power_loss(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    CwAuditLog *log = open_log(f, 100, 0);
    for (guint i = 0; i < 5; i++)
        g_assert_true(append(log, NULL, NULL));
    g_assert_true(cw_audit_log_sync(log, &error));
    const guint64 n_synced = cw_audit_log_size(log);
    g_autoptr(CwAuditReport) synced = verify(f);
    for (guint i = 0; i < 3; i++)
        g_assert_true(append(log, NULL, NULL));
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(synced->segment, &bytes, &length, NULL));
    for (gsize at = synced->whole_bytes; at <= length; at++) {
        lose(synced->segment, bytes, at, 0);
        assert_loss_is_a_crash(f, n_synced);
        lose(synced->segment, bytes, at, length - at);
        assert_loss_is_a_crash(f, n_synced);
    }
    lose(synced->segment, bytes, length, 0);
    g_assert_true(cw_audit_log_close(log, &error));
    assert_whole(f, n_synced + 3);
}

static void
test_key_behind(Fixture *f, gconstpointer data)
{
    char id[CW_AUDIT_ID_CHARS + 1];
    CwAuditKey before;
    g_autoptr(GError) error = NULL;
    CwAuditLog *log = open_log(f, 100, 0);
    g_assert_true(cw_audit_read_log_id(f->dir, id, NULL));
    g_autofree char *path = cw_audit_key_path(f->keys, id);
    g_assert_true(append(log, NULL, NULL));
    g_assert_true(cw_audit_key_load(&before, path, NULL));
    g_assert_true(cw_audit_log_close(log, &error));
    /* The seal is on the disk, and the power went before the key was. */
    g_assert_true(cw_audit_key_save(&before, path, &error));
    log = open_log(f, 100, 0);
    g_assert_true(append(log, NULL, NULL));
    g_assert_true(cw_audit_log_close(log, &error));
    assert_whole(f, 5);
}

static void
limit_files(rlim_t bytes)
{
    struct rlimit limit;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = MIN(bytes, limit.rlim_max);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

/* Files can grow to a size that is met at every byte of a record, and of a seal. */
static void
test_full_disk(Fixture *f, gconstpointer data)
{
    signal(SIGXFSZ, SIG_IGN);
    CwAuditLog *log = open_log(f, 4, 0);
    guint64 n_acknowledged = 0;
    for (guint room = 0; room < 1500; room += 11) {
        struct stat status;
        GError *error = NULL;
        g_autoptr(CwAuditReport) report = verify(f);
        g_assert_cmpint(stat(report->segment, &status), ==, 0);
        limit_files((rlim_t)status.st_size + room);
        while (append(log, &n_acknowledged, &error))
            continue;
        limit_files(RLIM_INFINITY);
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, "cannot append", NULL);
        assert_whole(f, n_acknowledged + 1);
        g_assert_true(append(log, &n_acknowledged, NULL));
    }
    g_assert_true(cw_audit_log_close(log, NULL));
    assert_whole(f, n_acknowledged + 1);
}

#define ADD(name, function) \
    g_test_add("/audit/crash/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("killed-anywhere-nothing-acknowledged-is-lost", test_kill);
    ADD("what-was-not-synced-may-go-and-is-no-tampering", test_power_loss);
    ADD("a-key-that-is-one-epoch-behind-goes-on", test_key_behind);
    ADD("a-full-disk-loses-what-was-refused-only", test_full_disk);
    return g_test_run();
}
