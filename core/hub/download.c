#include "hub/download.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256 * 1024)

/* A part on disk with the digest of the bytes that it holds. */
typedef struct {
    const CwDownload *download;
    char *path;
    int fd;
    GChecksum *checksum;
    guint8 *block;
    guint64 n;       /* bytes held */
    gboolean is_old; /* some of them are from an earlier run */
    char *etag;      /* of the bytes fetched in this run */
} Part;

static void
part_clear(Part *part)
{
    if (part->fd >= 0)
        close(part->fd);
    g_clear_pointer(&part->checksum, g_checksum_free);
    g_clear_pointer(&part->path, g_free);
    g_clear_pointer(&part->block, g_free);
    g_clear_pointer(&part->etag, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Part, part_clear)

static gboolean
fail_errno(const char *path, GError **error)
{
    const int code = errno;
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, g_strerror(code));
    return FALSE;
}

static gboolean
part_restart(Part *part, GError **error)
{
    g_checksum_reset(part->checksum);
    part->n = 0;
    part->is_old = FALSE;
    if (ftruncate(part->fd, 0) == 0 && lseek(part->fd, 0, SEEK_SET) == 0)
        return TRUE;
    return fail_errno(part->path, error);
}

/* Reads what an earlier run left, as far as it can be part of the file. */
static gboolean
part_take_up(Part *part, GError **error)
{
    gssize got;
    while ((got = read(part->fd, part->block, BLOCK_BYTES)) > 0) {
        g_checksum_update(part->checksum, part->block, got);
        part->n += (guint64)got;
        if (part->n > part->download->size)
            return part_restart(part, error);
    }
    part->is_old = part->n > 0;
    return got == 0 || fail_errno(part->path, error);
}

static gboolean
part_open(Part *part, const CwDownload *download, GError **error)
{
    part->download = download;
    part->path = g_strconcat(download->path, ".part", NULL);
    part->checksum = g_checksum_new(G_CHECKSUM_SHA256);
    part->block = g_malloc(BLOCK_BYTES);
    /* What an earlier pull finished is a part as good as any: it is checked again. */
    if (download->sha256 && g_rename(download->path, part->path) != 0 && errno != ENOENT)
        return fail_errno(download->path, error);
    part->fd = g_open(part->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (part->fd < 0)
        return fail_errno(part->path, error);
    return download->sha256 ? part_take_up(part, error) : part_restart(part, error);
}

static gboolean
part_append(Part *part, gsize n, GError **error)
{
    gsize written = 0;
    while (written < n) {
        const gssize got = write(part->fd, part->block + written, n - written);
        if (got < 0 && errno != EINTR)
            return fail_errno(part->path, error);
        written += got > 0 ? (gsize)got : 0;
    }
    g_checksum_update(part->checksum, part->block, (gssize)n);
    part->n += n;
    if (part->download->told)
        part->download->told(part->n, part->download->user_data);
    return TRUE;
}

static gboolean
refuse_bytes(Part *part, CwErrorCode code, const char *what, GError **error)
{
    g_unlink(part->path);
    g_set_error(error, CW_ERROR, code, "%s: %s", part->download->url, what);
    return FALSE;
}

typedef enum { FETCH_DONE, FETCH_AGAIN, FETCH_FAILED } Fetch;

/* Copies the body to its end. */
static Fetch
copy_body(Part *part, GInputStream *body, GError **error)
{
    const CwDownload *download = part->download;
    const guint64 limit = MIN(download->size, download->max_bytes);
    for (;;) {
        g_autoptr(GError) fault = NULL;
        const gssize got = g_input_stream_read(body, part->block, BLOCK_BYTES, NULL, &fault);
        if (got < 0) {
            const gboolean may_pass = cw_remote_may_pass(fault);
            g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: after %" G_GUINT64_FORMAT " bytes: %s",
                        download->url, part->n, fault->message);
            return may_pass ? FETCH_AGAIN : FETCH_FAILED;
        }
        if (got == 0)
            break;
        if ((guint64)got > limit - part->n) {
            if (download->size <= download->max_bytes)
                refuse_bytes(part, CW_ERROR_MISMATCH, "more bytes than were announced", error);
            else
                refuse_bytes(part, CW_ERROR_LIMIT, "more bytes than are allowed", error);
            return FETCH_FAILED;
        }
        if (!part_append(part, (gsize)got, error))
            return FETCH_FAILED;
    }
    if (download->size == CW_SIZE_UNKNOWN || part->n == download->size)
        return FETCH_DONE;
    g_set_error(error, CW_ERROR, CW_ERROR_IO,
                "%s: ends after %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " bytes",
                download->url, part->n, download->size);
    return FETCH_AGAIN;
}

/* One request for what is missing. */
static Fetch
fetch(Part *part, CwRemote *remote, guint *wait_ms, GError **error)
{
    const CwDownload *download = part->download;
    if (part->n == download->size)
        return FETCH_DONE;
    g_auto(CwRemoteFacts) facts = {0};
    g_autoptr(GInputStream) body =
        cw_remote_open(remote, download->url, part->n, part->etag, &facts, wait_ms, error);
    if (!body)
        return *wait_ms > 0 ? FETCH_AGAIN : FETCH_FAILED;
    if (facts.size != CW_SIZE_UNKNOWN && download->size != CW_SIZE_UNKNOWN &&
        facts.size != download->size) {
        g_autofree char *what = g_strdup_printf("has %" G_GUINT64_FORMAT
                                                " bytes where %" G_GUINT64_FORMAT " were announced",
                                                facts.size, download->size);
        refuse_bytes(part, CW_ERROR_MISMATCH, what, error);
        return FETCH_FAILED;
    }
    /* The server may send another range than was asked for, or all of it: another file, then. */
    if (facts.start != part->n && facts.start != 0) {
        refuse_bytes(part, CW_ERROR_IO, "the server sent another range than was asked for", error);
        return FETCH_FAILED;
    }
    if (facts.start != part->n && !part_restart(part, error))
        return FETCH_FAILED;
    g_free(part->etag);
    part->etag = g_steal_pointer(&facts.etag);
    return copy_body(part, body, error);
}

static gboolean
fetch_all(Part *part, CwRemote *remote, GError **error)
{
    guint attempt = 0;
    for (;;) {
        const guint64 before = part->n;
        guint wait_ms = 0;
        g_autoptr(GError) fault = NULL;
        /* Without a digest there is no telling whether two halves belong together. */
        if (!part->download->sha256 && part->n > 0 && !part_restart(part, error))
            return FALSE;
        const Fetch result = fetch(part, remote, &wait_ms, &fault);
        if (result == FETCH_DONE)
            return TRUE;
        attempt = part->n > before ? 0 : attempt + 1;
        if (result == FETCH_FAILED || !cw_remote_wait(remote, attempt, wait_ms)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return FALSE;
        }
    }
}

static gboolean
part_finish(Part *part, GError **error)
{
    if (fsync(part->fd) != 0 || g_rename(part->path, part->download->path) != 0)
        return fail_errno(part->path, error);
    return TRUE;
}

char *
cw_download(CwRemote *remote, const CwDownload *download, guint64 *size, GError **error)
{
    g_auto(Part) part = {.fd = -1};
    if (!part_open(&part, download, error) || !fetch_all(&part, remote, error))
        return NULL;
    g_autofree char *sha256 = g_strdup(g_checksum_get_string(part.checksum));
    if (download->sha256 && !g_str_equal(sha256, download->sha256) && part.is_old) {
        /* The part of an earlier run may be what is wrong. */
        if (!part_restart(&part, error) || !fetch_all(&part, remote, error))
            return NULL;
        g_free(sha256);
        sha256 = g_strdup(g_checksum_get_string(part.checksum));
    }
    if (download->sha256 && !g_str_equal(sha256, download->sha256)) {
        g_autofree char *what = g_strdup_printf("wrong bytes: SHA-256 is %s, announced was %s",
                                                sha256, download->sha256);
        refuse_bytes(&part, CW_ERROR_MISMATCH, what, error);
        return NULL;
    }
    if (!part_finish(&part, error))
        return NULL;
    *size = part.n;
    return g_steal_pointer(&sha256);
}
