#include "text/load.h"

#include "base/json.h"
#include "text/merges.h"
#include "text/vocabulary_file.h"

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
            !cw_vocabulary_add(vocabulary, token, id, (CwPlace){source, 0}, error))
            return FALSE;
    return TRUE;
}

static gboolean
add_merge(const char *left, const char *right, CwPlace place, gpointer data, GError **error)
{
    return cw_vocabulary_add_merge(data, left, right, place, error);
}

CwVocabulary *
cw_vocabulary_load_pair(const char *vocab_path, const char *merges_path, GError **error)
{
    g_autoptr(CwVocabulary) vocabulary = cw_vocabulary_new();
    g_autoptr(CwJson) json = cw_json_read_file(vocab_path, CW_VOCABULARY_MAX_FILE_BYTES, error);
    if (!json || !add_tokens(vocabulary, cw_json_root(json), vocab_path, error))
        return NULL;
    g_autofree char *merges = cw_vocabulary_read_lines(merges_path, G_MAXUINT, error);
    if (!merges || !cw_merges_parse(merges, merges_path, G_MAXUINT, add_merge, vocabulary, error) ||
        !cw_vocabulary_seal(vocabulary, vocab_path, error))
        return NULL;
    return g_steal_pointer(&vocabulary);
}

/* A merge is "left right" or ["left", "right"]. */
static gboolean
add_json_merge(CwVocabulary *vocabulary, CwJsonValue merge, CwPlace place, GError **error)
{
    const char *left, *right, *line;
    g_autofree char *copy = NULL;
    if (cw_json_is_array(merge)) {
        const void *cursor = NULL;
        CwJsonValue parts[2];
        if (cw_json_length(merge) != 2 || !cw_json_next(merge, &cursor, &parts[0], NULL) ||
            !cw_json_next(merge, &cursor, &parts[1], NULL))
            return cw_vocabulary_fail(error, CW_ERROR_FORMAT, place, "a merge is two symbols");
        if (!cw_json_value_string(parts[0], &left, error) ||
            !cw_json_value_string(parts[1], &right, error))
            return FALSE;
    } else {
        if (!cw_json_value_string(merge, &line, error))
            return FALSE;
        copy = g_strdup(line);
        if (!cw_merge_split(copy, &left, &right))
            return cw_vocabulary_fail(error, CW_ERROR_FORMAT, place,
                                      "a merge is two symbols with one space between them");
    }
    return cw_vocabulary_add_merge(vocabulary, left, right, place, error);
}

static gboolean
has_type(CwJsonValue part, const char *type)
{
    const char *found = "";
    return cw_json_is_object(part) && cw_json_get_string_or(part, "type", "", &found, NULL) &&
           g_str_equal(found, type);
}

/* Whether a step of the pipeline is of this type, alone or in a sequence. */
static gboolean
holds_step(CwJsonValue part, const char *list, const char *type)
{
    const void *cursor = NULL;
    CwJsonValue steps, step;
    if (has_type(part, type))
        return TRUE;
    if (!cw_json_is_object(part) || !cw_json_get_array(part, list, &steps, NULL))
        return FALSE;
    while (cw_json_next(steps, &cursor, &step, NULL))
        if (has_type(step, type))
            return TRUE;
    return FALSE;
}

/* Whether this is CLIP's kind: lower case, then byte-level BPE with a suffix at a word's end. Old
 * files leave the model's type out. */
static gboolean
check_kind(CwJsonValue root, CwJsonValue model, const char *path, GError **error)
{
    const char *type, *suffix, *prefix;
    if (!cw_json_get_string_or(model, "type", "BPE", &type, error) ||
        !cw_json_get_string_or(model, "end_of_word_suffix", "", &suffix, error) ||
        !cw_json_get_string_or(model, "continuing_subword_prefix", "", &prefix, error))
        return FALSE;
    const char *fault = NULL;
    if (!g_str_equal(type, "BPE"))
        fault = "its model is no BPE";
    else if (!g_str_equal(suffix, CW_END_OF_WORD) || prefix[0] != '\0')
        fault = "its words do not end in " CW_END_OF_WORD;
    else if (!holds_step(cw_json_member(root, "normalizer"), "normalizers", "Lowercase"))
        fault = "its normalizer does not make lower case";
    else if (!holds_step(cw_json_member(root, "pre_tokenizer"), "pretokenizers", "ByteLevel"))
        fault = "its pre_tokenizer is not byte-level";
    if (!fault)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "%s: %s; only CLIP's tokenizer, a byte-level BPE, is implemented", path, fault);
    return FALSE;
}

CwVocabulary *
cw_vocabulary_load_tokenizer_json(const char *path, GError **error)
{
    g_autoptr(CwVocabulary) vocabulary = cw_vocabulary_new();
    g_autoptr(CwJson) json = cw_json_read_file(path, CW_VOCABULARY_MAX_FILE_BYTES, error);
    CwJsonValue model, merges, merge;
    const void *cursor = NULL;
    if (!json || !cw_json_get_object(cw_json_root(json), "model", &model, error) ||
        !check_kind(cw_json_root(json), model, path, error) ||
        !add_tokens(vocabulary, cw_json_member(model, "vocab"), path, error) ||
        !cw_json_get_array(model, "merges", &merges, error))
        return NULL;
    while (cw_json_next(merges, &cursor, &merge, NULL))
        if (!add_json_merge(vocabulary, merge, (CwPlace){path, 0}, error))
            return NULL;
    if (!cw_vocabulary_seal(vocabulary, path, error))
        return NULL;
    return g_steal_pointer(&vocabulary);
}
