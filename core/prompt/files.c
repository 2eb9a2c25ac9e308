#include "prompt/files.h"

#include "base/dirs.h"
#include "prompt/set.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

char *
cw_prompt_find_file(const char *name, GError **error)
{
    if (strchr(name, '/') || g_file_test(name, G_FILE_TEST_IS_REGULAR))
        return g_strdup(name);
    g_autofree char *relative =
        g_strconcat("prompts/", name, g_str_has_suffix(name, ".txt") ? NULL : ".txt", NULL);
    return cw_dirs_find(relative, "prompt file", error);
}

static gboolean
read_stream(FILE *stream, const char *path, char **text, gsize *length, GError **error)
{
    g_autofree char *bytes = g_malloc(CW_PROMPT_MAX_FILE_BYTES + 1);
    *length = fread(bytes, 1, CW_PROMPT_MAX_FILE_BYTES + 1, stream);
    if (ferror(stream)) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, g_strerror(errno));
        return FALSE;
    }
    if (*length > CW_PROMPT_MAX_FILE_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: more than %d bytes: split it", path,
                    CW_PROMPT_MAX_FILE_BYTES);
        return FALSE;
    }
    bytes[*length] = '\0';
    *text = g_realloc(g_steal_pointer(&bytes), *length + 1);
    return TRUE;
}

gboolean
cw_prompt_read_file(const char *path, char **text, gsize *length, GError **error)
{
    GStatBuf status;
    if (g_stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: not a regular file", path);
        return FALSE;
    }
    FILE *stream = g_fopen(path, "rb");
    if (!stream) {
        const int reason = errno;
        g_set_error(error, CW_ERROR, reason == ENOENT ? CW_ERROR_NOT_FOUND : CW_ERROR_IO, "%s: %s",
                    path, g_strerror(reason));
        return FALSE;
    }
    const gboolean done = read_stream(stream, path, text, length, error);
    fclose(stream);
    return done;
}
