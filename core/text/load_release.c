#include "text/load.h"

#include "text/byte_alphabet.h"
#include "text/merges.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

/* The file holds 262,144 merges; CLIP uses the first 49,152 - 256 - 2. */
#define N_MERGES 48894

/* The whole file, inflated when it is gzipped, with a NUL behind; (transfer full). */
static char *
read_text(const char *path, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 chunk[16384];
    gzFile file = gzopen(path, "rb");
    int n;
    if (!file) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, g_strerror(errno));
        return NULL;
    }
    while ((n = gzread(file, chunk, sizeof chunk)) > 0 &&
           bytes->len <= CW_VOCABULARY_MAX_FILE_BYTES)
        g_byte_array_append(bytes, chunk, (guint)n);
    /* A cut gzip stream shows only when the file is closed. */
    const gboolean damaged = gzclose(file) != Z_OK || n < 0;
    if (bytes->len > CW_VOCABULARY_MAX_FILE_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: more than %d bytes", path,
                    CW_VOCABULARY_MAX_FILE_BYTES);
        return NULL;
    }
    if (damaged || memchr(bytes->data, 0, bytes->len) ||
        !g_utf8_validate_len((const char *)bytes->data, bytes->len, NULL)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: damaged, or not UTF-8 text", path);
        return NULL;
    }
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

static gboolean
add_bytes(CwVocabulary *vocabulary, const char *path, GError **error)
{
    for (guint id = 0; id < 512; id++) {
        char token[16];
        gint n = g_unichar_to_utf8(cw_byte_to_char(cw_byte_by_rank(id % 256)), token);
        strcpy(token + n, id < 256 ? "" : CW_END_OF_WORD);
        if (!cw_vocabulary_add(vocabulary, token, id, path, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_merge(const char *left, const char *right, const char *place, gpointer data, GError **error)
{
    CwVocabulary *vocabulary = data;
    g_autofree char *joined = g_strconcat(left, right, NULL);
    return cw_vocabulary_add(vocabulary, joined, cw_vocabulary_n_tokens(vocabulary), place,
                             error) &&
           cw_vocabulary_add_merge(vocabulary, left, right, place, error);
}

CwVocabulary *
cw_vocabulary_load_release(const char *path, GError **error)
{
    g_autofree char *text = read_text(path, error);
    g_autoptr(CwVocabulary) vocabulary = cw_vocabulary_new();
    if (!text || !add_bytes(vocabulary, path, error) ||
        !cw_merges_parse(text, path, N_MERGES, add_merge, vocabulary, error))
        return NULL;
    const guint n = cw_vocabulary_n_tokens(vocabulary);
    if (!cw_vocabulary_add(vocabulary, "<|startoftext|>", n, path, error) ||
        !cw_vocabulary_add(vocabulary, "<|endoftext|>", n + 1, path, error) ||
        !cw_vocabulary_seal(vocabulary, path, error))
        return NULL;
    return g_steal_pointer(&vocabulary);
}
