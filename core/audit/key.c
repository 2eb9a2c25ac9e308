#include "audit/key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file: this line, then log id, epoch in 20 digits, and three keys in hex. */
#define MAGIC      "clipwatch audit key 1\n"
#define HEX_BYTES  (2 * CW_AUDIT_SEED_BYTES)
#define FILE_BYTES (sizeof MAGIC - 1 + CW_AUDIT_ID_CHARS + 1 + 21 + 3 * (HEX_BYTES + 1))

static gboolean
fail_io(GError **error, const char *path, const char *what)
{
    g_set_error(error, CW_ERROR, errno == ENOENT ? CW_ERROR_NOT_FOUND : CW_ERROR_IO, "%s: %s: %s",
                path, what, g_strerror(errno));
    return FALSE;
}

gboolean
cw_audit_key_generate(CwAuditKey *key, GError **error)
{
    if (sodium_init() < 0) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_IO, "no randomness for an audit key");
        return FALSE;
    }
    guint8 id[CW_AUDIT_ID_CHARS / 2];
    memset(key, 0, sizeof *key);
    randombytes_buf(id, sizeof id);
    sodium_bin2hex(key->log, sizeof key->log, id, sizeof id);
    randombytes_buf(key->seed, sizeof key->seed);
    randombytes_buf(key->next_seed, sizeof key->next_seed);
    cw_audit_public_from_seed(key->seed, &key->genesis);
    return TRUE;
}

char *
cw_audit_key_path(const char *key_dir, const char *log)
{
    g_autofree char *name = g_strconcat(log, ".key", NULL);
    return g_build_filename(key_dir, name, NULL);
}

static gboolean
parse_key(CwAuditKey *key, char *text)
{
    char *at = text;
    if (strncmp(at, MAGIC, sizeof MAGIC - 1) != 0)
        return FALSE;
    at += sizeof MAGIC - 1;
    memset(key, 0, sizeof *key);
    memcpy(key->log, at, CW_AUDIT_ID_CHARS);
    if (strspn(key->log, "0123456789abcdef") != CW_AUDIT_ID_CHARS)
        return FALSE;
    at += CW_AUDIT_ID_CHARS + 1;
    key->epoch = g_ascii_strtoull(at, NULL, 10);
    at += 21;
    guint8 *const parts[] = {key->genesis.bytes, key->seed, key->next_seed};
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++, at += HEX_BYTES + 1) {
        gsize length;
        if (sodium_hex2bin(parts[i], CW_AUDIT_SEED_BYTES, at, HEX_BYTES, NULL, &length, NULL) ||
            length != CW_AUDIT_SEED_BYTES)
            return FALSE;
    }
    return TRUE;
}

gboolean
cw_audit_key_load(CwAuditKey *key, const char *path, GError **error)
{
    char text[FILE_BYTES + 1] = {0};
    struct stat status;
    if (sodium_init() < 0) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_IO, "libsodium cannot be used");
        return FALSE;
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_io(error, path, "cannot open the audit key");
    const gboolean private = fstat(fd, &status) == 0 && !(status.st_mode & 077);
    const gssize length = read(fd, text, sizeof text);
    close(fd);
    const gboolean good = private && length == (gssize)FILE_BYTES && parse_key(key, text);
    sodium_memzero(text, sizeof text);
    if (!good)
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: %s", path,
                    private ? "is no audit key" : "others may read it; its mode must be 0600");
    return good;
}

static gboolean
write_new(int fd, const char *text, gsize length)
{
    gsize done = 0;
    while (done < length) {
        const gssize n = write(fd, text + done, length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FALSE;
        done += (gsize)n;
    }
    return fsync(fd) == 0;
}

/* A file system that copies on write, or an SSD, may keep the old blocks all the same. */
static void
overwrite_old(int fd)
{
    const char zeros[FILE_BYTES] = {0};
    if (fd < 0)
        return;
    if (pwrite(fd, zeros, sizeof zeros, 0) == (gssize)sizeof zeros)
        fsync(fd);
    close(fd);
}

static gboolean
sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const gboolean done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return done;
}

gboolean
cw_audit_key_save(const CwAuditKey *key, const char *path, GError **error)
{
    char text[FILE_BYTES + 1], parts[3][HEX_BYTES + 1];
    sodium_bin2hex(parts[0], sizeof parts[0], key->genesis.bytes, CW_AUDIT_SEED_BYTES);
    sodium_bin2hex(parts[1], sizeof parts[1], key->seed, CW_AUDIT_SEED_BYTES);
    sodium_bin2hex(parts[2], sizeof parts[2], key->next_seed, CW_AUDIT_SEED_BYTES);
    g_snprintf(text, sizeof text, MAGIC "%s\n%020" G_GUINT64_FORMAT "\n%s\n%s\n%s\n", key->log,
               key->epoch, parts[0], parts[1], parts[2]);
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);
    const int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    gboolean done = fd >= 0 && write_new(fd, text, FILE_BYTES);
    if (fd >= 0)
        done = close(fd) == 0 && done;
    sodium_memzero(text, sizeof text);
    sodium_memzero(parts, sizeof parts);
    const int old = open(path, O_WRONLY | O_CLOEXEC);
    if (!done || rename(fresh, path) != 0 || !sync_folder(path)) {
        fail_io(error, path, "cannot save the audit key");
        if (old >= 0)
            close(old);
        return FALSE;
    }
    overwrite_old(old);
    return TRUE;
}

void
cw_audit_key_advance(CwAuditKey *key)
{
    key->epoch++;
    memcpy(key->seed, key->next_seed, sizeof key->seed);
    randombytes_buf(key->next_seed, sizeof key->next_seed);
}

void
cw_audit_key_wipe(CwAuditKey *key)
{
    sodium_memzero(key, sizeof *key);
}
