#include "hub/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static gboolean
fail_errno(const char *path, GError **error)
{
    const int code = errno;
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, g_strerror(code));
    return FALSE;
}

gboolean
cw_staging_open(CwStaging *staging, const char *models, const char *name, const char *key,
                GError **error)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    g_autofree char *hidden = g_strdup_printf(".%s.%.12s.pull", name, digest);
    *staging = (CwStaging){
        .models = g_strdup(models),
        .name = g_strdup(name),
        .path = g_build_filename(models, hidden, NULL),
        .fd = -1,
    };
    if (g_mkdir_with_parents(staging->path, 0755) != 0)
        return fail_errno(staging->path, error);
    staging->fd = g_open(staging->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (staging->fd < 0)
        return fail_errno(staging->path, error);
    if (flock(staging->fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    if (errno != EWOULDBLOCK)
        return fail_errno(staging->path, error);
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: another process is pulling this model",
                staging->path);
    return FALSE;
}

void
cw_staging_close(CwStaging *staging)
{
    if (staging->path && staging->fd >= 0)
        close(staging->fd);
    g_clear_pointer(&staging->models, g_free);
    g_clear_pointer(&staging->name, g_free);
    g_clear_pointer(&staging->path, g_free);
    staging->fd = -1;
}

/* A directory of plain files, as pulls make them; of a link the link alone. */
static void
remove_directory(const char *path)
{
    const char *name;
    const gboolean is_link = g_file_test(path, G_FILE_TEST_IS_SYMLINK);
    g_autoptr(GDir) dir = is_link ? NULL : g_dir_open(path, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_unlink(file);
    }
    g_remove(path);
}

/* Unless another process is at work in it. */
static void
remove_leftover(const char *path)
{
    const int fd = g_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        remove_directory(path);
    close(fd);
}

static void
remove_leftovers(const CwStaging *staging)
{
    const char *name;
    g_autofree char *prefix = g_strdup_printf(".%s.", staging->name);
    const gsize length = strlen(prefix) + 12 + strlen(".pull");
    g_autoptr(GDir) dir = g_dir_open(staging->models, 0, NULL);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(staging->models, name, NULL);
        if (g_str_has_prefix(name, prefix) && g_str_has_suffix(name, ".pull") &&
            strlen(name) == length)
            remove_leftover(path);
    }
}

/* Fsync of the directory, so that the rename survives a loss of power. */
static gboolean
sync_directory(const char *path, GError **error)
{
    const int fd = g_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    const gboolean ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        fail_errno(path, error);
    if (fd >= 0)
        close(fd);
    return ok;
}

gboolean
cw_staging_install(CwStaging *staging, GError **error)
{
    g_autofree char *target = g_build_filename(staging->models, staging->name, NULL);
    g_autofree char *hidden = g_strdup_printf(".%s.old", staging->name);
    g_autofree char *old = g_build_filename(staging->models, hidden, NULL);
    remove_directory(old);
    if (fsync(staging->fd) != 0)
        return fail_errno(staging->path, error);
    if (g_rename(target, old) != 0 && errno != ENOENT)
        return fail_errno(target, error);
    if (g_rename(staging->path, target) != 0) {
        fail_errno(target, error);
        g_rename(old, target);
        return FALSE;
    }
    remove_directory(old);
    remove_leftovers(staging);
    return sync_directory(staging->models, error);
}
