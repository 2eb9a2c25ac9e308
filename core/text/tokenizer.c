#include <clipwatch/tokenizer.h>

#include "text/byte_alphabet.h"
#include "text/clean.h"
#include "text/excerpt.h"
#include "text/load.h"
#include "text/words.h"

#include <string.h>

/* Longest text that is tokenized. */
#define MAX_TEXT_BYTES (64 * 1024)

struct _CwTokenizer {
    gatomicrefcount references;
    CwVocabulary *vocabulary;
};

/* Spellings that have, or had in some release, a meaning of their own to the tokenizer. */
static const char *const control_tokens[] = {
    "<|startoftext|>",
    "<|endoftext|>",
    "<start_of_text>",
    "<end_of_text>",
};

static gboolean
is_file(const char *directory, const char *name, char **path)
{
    g_autofree char *full = g_build_filename(directory, name, NULL);
    if (!g_file_test(full, G_FILE_TEST_IS_REGULAR))
        return FALSE;
    g_free(*path);
    *path = g_steal_pointer(&full);
    return TRUE;
}

static CwVocabulary *
load_directory(const char *directory, GError **error)
{
    static const char *const sentencepiece[] = {"spiece.model", "tokenizer.model",
                                                "sentencepiece.bpe.model"};
    g_autofree char *path = NULL;
    g_autofree char *merges = NULL;
    if (is_file(directory, "vocab.json", &path) && is_file(directory, "merges.txt", &merges))
        return cw_vocabulary_load_pair(path, merges, error);
    if (is_file(directory, "bpe_simple_vocab_16e6.txt.gz", &path) ||
        is_file(directory, "bpe_simple_vocab_16e6.txt", &path))
        return cw_vocabulary_load_release(path, error);
    if (is_file(directory, "tokenizer.json", &path))
        return cw_vocabulary_load_tokenizer_json(path, error);
    for (guint i = 0; i < G_N_ELEMENTS(sentencepiece); i++)
        if (is_file(directory, sentencepiece[i], &path)) {
            g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                        "%s: sentencepiece tokenizers are not implemented; this model can encode "
                        "pictures only",
                        path);
            return NULL;
        }
    g_set_error(
        error, CW_ERROR, CW_ERROR_NOT_FOUND,
        "%s: no vocab.json with merges.txt, bpe_simple_vocab_16e6.txt[.gz] or tokenizer.json",
        directory);
    return NULL;
}

static CwVocabulary *
load(const char *path, GError **error)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return load_directory(path, error);
    if (g_str_has_suffix(path, ".json"))
        return cw_vocabulary_load_tokenizer_json(path, error);
    if (g_str_has_suffix(path, ".txt") || g_str_has_suffix(path, ".gz"))
        return cw_vocabulary_load_release(path, error);
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "%s: not a directory, tokenizer.json or bpe_simple_vocab_16e6.txt[.gz]", path);
    return NULL;
}

CwTokenizer *
cw_tokenizer_open(const char *path, GError **error)
{
    g_autoptr(CwVocabulary) vocabulary = load(path, error);
    if (!vocabulary)
        return NULL;
    CwTokenizer *tokenizer = g_new0(CwTokenizer, 1);
    g_atomic_ref_count_init(&tokenizer->references);
    tokenizer->vocabulary = g_steal_pointer(&vocabulary);
    return tokenizer;
}

CwTokenizer *
cw_tokenizer_ref(CwTokenizer *tokenizer)
{
    g_atomic_ref_count_inc(&tokenizer->references);
    return tokenizer;
}

void
cw_tokenizer_unref(CwTokenizer *tokenizer)
{
    if (!g_atomic_ref_count_dec(&tokenizer->references))
        return;
    cw_vocabulary_free(tokenizer->vocabulary);
    g_free(tokenizer);
}

guint
cw_tokenizer_get_n_tokens(const CwTokenizer *tokenizer)
{
    return cw_vocabulary_n_tokens(tokenizer->vocabulary);
}

gint32
cw_tokenizer_get_start_id(const CwTokenizer *tokenizer)
{
    return cw_vocabulary_start(tokenizer->vocabulary);
}

gint32
cw_tokenizer_get_end_id(const CwTokenizer *tokenizer)
{
    return cw_vocabulary_end(tokenizer->vocabulary);
}

const char *
cw_tokenizer_get_digest(const CwTokenizer *tokenizer)
{
    return cw_vocabulary_digest(tokenizer->vocabulary);
}

/* Appends the ids of one piece of cleaned text. */
static void
append_word(const CwVocabulary *vocabulary, const char *word, gsize length, GArray *ids)
{
    const guint first = ids->len;
    g_array_set_size(ids, first + (guint)length);
    gint32 *symbols = &g_array_index(ids, gint32, first);
    for (gsize i = 0; i < length; i++)
        symbols[i] = cw_vocabulary_byte(vocabulary, (guint8)word[i], i == length - 1);
    g_array_set_size(ids, first + cw_vocabulary_merge(vocabulary, symbols, (guint)length));
}

static gboolean
check_text(const char *text, const char *cleaned, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(control_tokens); i++)
        if (strstr(cleaned, control_tokens[i])) {
            g_autofree char *excerpt = cw_text_excerpt(text);
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                        "the text %s holds the control token %s, which would cut it short: "
                        "take it out",
                        excerpt, control_tokens[i]);
            return FALSE;
        }
    return TRUE;
}

GArray *
cw_tokenizer_encode(const CwTokenizer *tokenizer, const char *text, GError **error)
{
    if (strlen(text) > MAX_TEXT_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "a text of %zu bytes; at most %d are taken",
                    strlen(text), MAX_TEXT_BYTES);
        return NULL;
    }
    if (!g_utf8_validate(text, -1, NULL)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "a text is not valid UTF-8");
        return NULL;
    }
    g_autofree char *cleaned = cw_text_clean(text);
    if (!check_text(text, cleaned, error))
        return NULL;
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(gint32));
    const char *cursor = cleaned, *word;
    while ((word = cw_words_next(&cursor)))
        append_word(tokenizer->vocabulary, word, (gsize)(cursor - word), ids);
    return ids;
}

gboolean
cw_tokenizer_encode_context(const CwTokenizer *tokenizer, const char *text, guint context,
                            gint32 pad_id, gint32 *ids, guint *n_used, GError **error)
{
    g_autoptr(GArray) tokens = cw_tokenizer_encode(tokenizer, text, error);
    if (!tokens)
        return FALSE;
    if (tokens->len + 2 > context) {
        g_autofree char *excerpt = cw_text_excerpt(text);
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "the text %s makes %u tokens, %u more than the %u that the model takes: "
                    "shorten it",
                    excerpt, tokens->len + 2, tokens->len + 2 - context, context);
        return FALSE;
    }
    *n_used = tokens->len + 2;
    ids[0] = cw_tokenizer_get_start_id(tokenizer);
    if (tokens->len > 0)
        memcpy(ids + 1, tokens->data, tokens->len * sizeof *ids);
    ids[tokens->len + 1] = cw_tokenizer_get_end_id(tokenizer);
    for (guint i = *n_used; i < context; i++)
        ids[i] = pad_id;
    return TRUE;
}

/* Appends the bytes that a token spells; the end of a word becomes a space. */
static void
append_spelling(const char *token, GString *text)
{
    const gboolean ends_word = g_str_has_suffix(token, CW_END_OF_WORD);
    const char *end = token + strlen(token) - (ends_word ? strlen(CW_END_OF_WORD) : 0);
    for (const char *p = token; p < end; p = g_utf8_next_char(p)) {
        const int byte = cw_char_to_byte(g_utf8_get_char(p));
        if (byte >= 0)
            g_string_append_c(text, (char)byte);
    }
    if (ends_word)
        g_string_append_c(text, ' ');
}

char *
cw_tokenizer_decode(const CwTokenizer *tokenizer, const gint32 *ids, guint n, GError **error)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    for (guint i = 0; i < n; i++) {
        const char *token = cw_vocabulary_token(tokenizer->vocabulary, ids[i]);
        if (!token) {
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "no token has the id %d; ids end at %u",
                        ids[i], cw_tokenizer_get_n_tokens(tokenizer) - 1);
            return NULL;
        }
        append_spelling(token, bytes);
    }
    if (bytes->len > 0 && bytes->str[bytes->len - 1] == ' ')
        g_string_truncate(bytes, bytes->len - 1);
    return g_utf8_make_valid(bytes->str, (gssize)bytes->len);
}
