#include "text/vocabulary_file.h"

#include "text/vocabulary.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>

/* Inflates until n_lines lines or the bound are reached. FALSE when the stream is damaged. */
static gboolean
inflate_lines(gzFile file, guint n_lines, GByteArray *bytes)
{
    guint8 chunk[16384];
    int n = 0;
    while (n_lines > 0 && bytes->len <= CW_VOCABULARY_MAX_FILE_BYTES &&
           (n = gzread(file, chunk, sizeof chunk)) > 0) {
        const guint8 *p = chunk, *end = chunk + n;
        while (n_lines > 0 && p < end) {
            const guint8 *newline = memchr(p, '\n', (gsize)(end - p));
            n_lines -= newline != NULL;
            p = newline ? newline + 1 : end;
        }
        g_byte_array_append(bytes, chunk, (guint)(p - chunk));
    }
    return n >= 0;
}

static gboolean
check_bytes(const GByteArray *bytes, gboolean intact, const char *path, GError **error)
{
    const char *text = (const char *)bytes->data;
    if (bytes->len > CW_VOCABULARY_MAX_FILE_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: more than %d bytes", path,
                    CW_VOCABULARY_MAX_FILE_BYTES);
        return FALSE;
    }
    if (!intact) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: the gzip stream is damaged or cut: copy the file again", path);
        return FALSE;
    }
    if (bytes->len > 0 &&
        (memchr(text, 0, bytes->len) || !g_utf8_validate_len(text, bytes->len, NULL))) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: not UTF-8 text", path);
        return FALSE;
    }
    return TRUE;
}

char *
cw_vocabulary_read_lines(const char *path, guint n_lines, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new(1 << 20);
    GStatBuf status;
    if (g_stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: not a regular file", path);
        return NULL;
    }
    gzFile file = gzopen(path, "rb");
    if (!file) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    gboolean intact = inflate_lines(file, n_lines, bytes);
    /* A stream that ends too early shows only when the file is closed. */
    intact = gzclose(file) == Z_OK && intact;
    if (!check_bytes(bytes, intact, path, error))
        return NULL;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}
