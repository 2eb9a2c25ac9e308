#include "text/load.h"

#include "text/byte_alphabet.h"
#include "text/merges.h"
#include "text/vocabulary_file.h"

#include <string.h>

/* The file holds 262,144 merges; CLIP uses the first 49,152 - 256 - 2. */
#define N_MERGES 48894

static gboolean
add_bytes(CwVocabulary *vocabulary, CwPlace place, GError **error)
{
    for (guint id = 0; id < 512; id++) {
        char token[16];
        gint n = g_unichar_to_utf8(cw_byte_to_char(cw_byte_by_rank(id % 256)), token);
        strcpy(token + n, id < 256 ? "" : CW_END_OF_WORD);
        if (!cw_vocabulary_add(vocabulary, token, id, place, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
add_merge(const char *left, const char *right, CwPlace place, gpointer data, GError **error)
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
    const CwPlace place = {path, 0};
    g_autofree char *text = cw_vocabulary_read_lines(path, N_MERGES + 1, error);
    g_autoptr(CwVocabulary) vocabulary = cw_vocabulary_new();
    if (!text || !add_bytes(vocabulary, place, error) ||
        !cw_merges_parse(text, path, N_MERGES, add_merge, vocabulary, error))
        return NULL;
    const guint n = cw_vocabulary_n_tokens(vocabulary);
    if (n != 512 + N_MERGES) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: %u merges, the release has at least %d: the file is cut", path, n - 512,
                    N_MERGES);
        return NULL;
    }
    if (!cw_vocabulary_add(vocabulary, "<|startoftext|>", n, place, error) ||
        !cw_vocabulary_add(vocabulary, "<|endoftext|>", n + 1, place, error) ||
        !cw_vocabulary_seal(vocabulary, path, error))
        return NULL;
    return g_steal_pointer(&vocabulary);
}
