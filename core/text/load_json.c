#include "text/load.h"

#include "base/json.h"
#include "text/merges.h"

#include <string.h>

/* {"token": id, …} */
static gboolean
add_tokens(CwVocabulary *vocabulary, CwJsonValue tokens, const char *source, GError **error)
{
    const void *cursor = NULL;
    const char *token;
    CwJsonValue value;
    gint64 id;
    if (!cw_json_is_object(tokens)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: the vocabulary is not an object of ids",
                    source);
        return FALSE;
    }
    while (cw_json_next(tokens, &cursor, &value, &token))
        if (!cw_json_value_int(value, 0, CW_VOCABULARY_MAX_TOKENS - 1, &id, error) ||
            !cw_vocabulary_add(vocabulary, token, id, source, error))
            return FALSE;
    return TRUE;
}

static gboolean
add_merge(const char *left, const char *right, const char *place, gpointer data, GError **error)
{
    return cw_vocabulary_add_merge(data, left, right, place, error);
}

static char *
read_merges(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    if (!file)
        return NULL;
    length = g_mapped_file_get_length(file);
    if (length > CW_VOCABULARY_MAX_FILE_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: more than %d bytes", path,
                    CW_VOCABULARY_MAX_FILE_BYTES);
        return NULL;
    }
    text = g_strndup(length > 0 ? g_mapped_file_get_contents(file) : "", length);
    if (strlen(text) != length || !g_utf8_validate(text, -1, NULL)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: not UTF-8 text", path);
        return NULL;
    }
    return g_steal_pointer(&text);
}

CwVocabulary *
cw_vocabulary_load_pair(const char *vocab_path, const char *merges_path, GError **error)
{
    g_autoptr(CwVocabulary) vocabulary = cw_vocabulary_new();
    g_autoptr(CwJson) json = cw_json_read_file(vocab_path, CW_VOCABULARY_MAX_FILE_BYTES, error);
    if (!json || !add_tokens(vocabulary, cw_json_root(json), vocab_path, error))
        return NULL;
    g_autofree char *merges = read_merges(merges_path, error);
    if (!merges || !cw_merges_parse(merges, merges_path, G_MAXUINT, add_merge, vocabulary, error) ||
        !cw_vocabulary_seal(vocabulary, vocab_path, error))
        return NULL;
    return g_steal_pointer(&vocabulary);
}

/* A merge is "left right" or ["left", "right"]. */
static gboolean
add_json_merge(CwVocabulary *vocabulary, CwJsonValue merge, const char *path, GError **error)
{
    const char *left, *right, *line;
    g_autofree char *copy = NULL;
    if (cw_json_is_array(merge)) {
        const void *cursor = NULL;
        CwJsonValue parts[2];
        if (cw_json_length(merge) != 2 || !cw_json_next(merge, &cursor, &parts[0], NULL) ||
            !cw_json_next(merge, &cursor, &parts[1], NULL)) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: a merge is not two symbols", path);
            return FALSE;
        }
        if (!cw_json_value_string(parts[0], &left, error) ||
            !cw_json_value_string(parts[1], &right, error))
            return FALSE;
    } else {
        if (!cw_json_value_string(merge, &line, error))
            return FALSE;
        copy = g_strdup(line);
        if (!cw_merge_split(copy, &left, &right)) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: merge '%.64s' is not two symbols",
                        path, line);
            return FALSE;
        }
    }
    return cw_vocabulary_add_merge(vocabulary, left, right, path, error);
}

CwVocabulary *
cw_vocabulary_load_tokenizer_json(const char *path, GError **error)
{
    g_autoptr(CwVocabulary) vocabulary = cw_vocabulary_new();
    g_autoptr(CwJson) json = cw_json_read_file(path, CW_VOCABULARY_MAX_FILE_BYTES, error);
    CwJsonValue model, merges, merge;
    const char *type, *suffix;
    const void *cursor = NULL;
    if (!json || !cw_json_get_object(cw_json_root(json), "model", &model, error) ||
        !cw_json_get_string_or(model, "type", "", &type, error) ||
        !cw_json_get_string_or(model, "end_of_word_suffix", "", &suffix, error))
        return NULL;
    if (!g_str_equal(type, "BPE") || !g_str_equal(suffix, CW_END_OF_WORD)) {
        g_set_error(
            error, CW_ERROR, CW_ERROR_UNSUPPORTED,
            "%s: a tokenizer of kind '%s' with end-of-word suffix '%s'; only CLIP's byte-level "
            "BPE with '" CW_END_OF_WORD "' is implemented",
            path, type, suffix);
        return NULL;
    }
    if (!add_tokens(vocabulary, cw_json_member(model, "vocab"), path, error) ||
        !cw_json_get_array(model, "merges", &merges, error))
        return NULL;
    while (cw_json_next(merges, &cursor, &merge, NULL))
        if (!add_json_merge(vocabulary, merge, path, error))
            return NULL;
    if (!cw_vocabulary_seal(vocabulary, path, error))
        return NULL;
    return g_steal_pointer(&vocabulary);
}
