#include "text/vocabulary.h"

#include "text/byte_alphabet.h"
#include "text/excerpt.h"

#include <string.h>

/* Rank of two symbols that do not merge: after every other. */
#define NO_RANK G_MAXUINT32

/* Words of more symbols take their ranks from the heap. */
#define SHORT_WORD 64

typedef struct {
    guint64 pair; /* left id, right id: the key of its own hash table entry */
    guint32 rank;
    gint32 result;
} Merge;

struct _CwVocabulary {
    GHashTable *ids;   /* token -> id + 1 */
    GPtrArray *tokens; /* by id; NULL where none came yet */
    GStringChunk *spellings;
    GHashTable *merges;   /* &Merge.pair -> Merge */
    GPtrArray *ranked;    /* the same Merges by rank, owned */
    gint32 bytes[2][256]; /* [ends word][byte] */
    gint32 start, end;
    char *digest;
};

static guint64
pair_of(gint32 left, gint32 right)
{
    return (guint64)(guint32)left << 32 | (guint32)right;
}

/* g_int64_hash() folds both ids together, and thousands of pairs onto one value. */
static guint
hash_pair(gconstpointer pair)
{
    return (guint)((*(const guint64 *)pair * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)) >> 32);
}

CwVocabulary *
cw_vocabulary_new(void)
{
    CwVocabulary *vocabulary = g_new0(CwVocabulary, 1);
    vocabulary->ids = g_hash_table_new(g_str_hash, g_str_equal);
    vocabulary->tokens = g_ptr_array_new();
    vocabulary->merges = g_hash_table_new(hash_pair, g_int64_equal);
    vocabulary->ranked = g_ptr_array_new_with_free_func(g_free);
    vocabulary->spellings = g_string_chunk_new(64 * 1024);
    return vocabulary;
}

void
cw_vocabulary_free(CwVocabulary *vocabulary)
{
    g_hash_table_unref(vocabulary->ids);
    g_ptr_array_unref(vocabulary->tokens);
    g_hash_table_unref(vocabulary->merges);
    g_ptr_array_unref(vocabulary->ranked);
    g_string_chunk_free(vocabulary->spellings);
    g_free(vocabulary->digest);
    g_free(vocabulary);
}

static gint32
find(const CwVocabulary *vocabulary, const char *token)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(vocabulary->ids, token)) - 1;
}

gboolean
cw_vocabulary_fail(GError **error, CwErrorCode code, CwPlace place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *line = place.line > 0 ? g_strdup_printf(":%u", place.line) : g_strdup("");
    g_set_error(error, CW_ERROR, (int)code, "%s%s: %s", place.file, line, message);
    return FALSE;
}

gboolean
cw_vocabulary_add(CwVocabulary *vocabulary, const char *token, gint64 id, CwPlace place,
                  GError **error)
{
    const gsize length = strlen(token);
    if (id < 0 || id >= CW_VOCABULARY_MAX_TOKENS)
        return cw_vocabulary_fail(error, CW_ERROR_LIMIT, place,
                                  "id %" G_GINT64_FORMAT " is not between 0 and %d", id,
                                  CW_VOCABULARY_MAX_TOKENS - 1);
    if (length == 0 || length > CW_VOCABULARY_MAX_TOKEN_BYTES)
        return cw_vocabulary_fail(error, CW_ERROR_FORMAT, place,
                                  "a token of %zu bytes (1 to %d are right)", length,
                                  CW_VOCABULARY_MAX_TOKEN_BYTES);
    if (vocabulary->tokens->len <= id)
        g_ptr_array_set_size(vocabulary->tokens, (gint)id + 1);
    if (g_ptr_array_index(vocabulary->tokens, id) || find(vocabulary, token) >= 0) {
        g_autofree char *quoted = cw_text_excerpt(token);
        return cw_vocabulary_fail(error, CW_ERROR_FORMAT, place,
                                  "the token %s or its id %" G_GINT64_FORMAT " is there twice",
                                  quoted, id);
    }
    char *copy = g_string_chunk_insert(vocabulary->spellings, token);
    g_ptr_array_index(vocabulary->tokens, id) = copy;
    g_hash_table_insert(vocabulary->ids, copy, GINT_TO_POINTER((gint)id + 1));
    return TRUE;
}

static gboolean
find_symbol(const CwVocabulary *vocabulary, const char *symbol, CwPlace place, gint32 *id,
            GError **error)
{
    *id = find(vocabulary, symbol);
    if (*id >= 0)
        return TRUE;
    g_autofree char *quoted = cw_text_excerpt(symbol);
    return cw_vocabulary_fail(error, CW_ERROR_FORMAT, place,
                              "a merge takes or makes %s, which is not in the vocabulary", quoted);
}

gboolean
cw_vocabulary_add_merge(CwVocabulary *vocabulary, const char *left, const char *right,
                        CwPlace place, GError **error)
{
    g_autofree char *joined = g_strconcat(left, right, NULL);
    gint32 left_id, right_id, joined_id;
    if (!find_symbol(vocabulary, left, place, &left_id, error) ||
        !find_symbol(vocabulary, right, place, &right_id, error) ||
        !find_symbol(vocabulary, joined, place, &joined_id, error))
        return FALSE;
    Merge *merge = g_new(Merge, 1);
    *merge = (Merge){pair_of(left_id, right_id), vocabulary->ranked->len, joined_id};
    g_ptr_array_add(vocabulary->ranked, merge);
    if (!g_hash_table_add(vocabulary->merges, &merge->pair)) {
        g_autofree char *quoted = cw_text_excerpt(joined);
        return cw_vocabulary_fail(error, CW_ERROR_FORMAT, place,
                                  "the merge that makes %s is there twice", quoted);
    }
    return TRUE;
}

static gboolean
find_bytes(CwVocabulary *vocabulary, const char *source, GError **error)
{
    for (guint ends = 0; ends < 2; ends++)
        for (guint byte = 0; byte < 256; byte++) {
            char spelt[16];
            gint n = g_unichar_to_utf8(cw_byte_to_char((guint8)byte), spelt);
            strcpy(spelt + n, ends ? CW_END_OF_WORD : "");
            vocabulary->bytes[ends][byte] = find(vocabulary, spelt);
            if (vocabulary->bytes[ends][byte] < 0) {
                g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                            "%s: no symbol '%s': this is not CLIP's byte-level vocabulary", source,
                            spelt);
                return FALSE;
            }
        }
    return TRUE;
}

static gboolean
find_ends(CwVocabulary *vocabulary, const char *source, GError **error)
{
    vocabulary->start = find(vocabulary, "<|startoftext|>");
    vocabulary->end = find(vocabulary, "<|endoftext|>");
    if (vocabulary->start < 0 && vocabulary->end < 0) {
        vocabulary->start = find(vocabulary, "<start_of_text>");
        vocabulary->end = find(vocabulary, "<end_of_text>");
    }
    if (vocabulary->start >= 0 && vocabulary->end >= 0)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: no <|startoftext|> and <|endoftext|>",
                source);
    return FALSE;
}

/* Over the tokens by id and the merges by rank, whichever file they came from. */
static char *
compute_digest(const CwVocabulary *vocabulary)
{
    g_autoptr(GString) text = g_string_new("clipwatch.vocabulary/1\n");
    for (guint id = 0; id < vocabulary->tokens->len; id++) {
        g_string_append(text, g_ptr_array_index(vocabulary->tokens, id));
        g_string_append_c(text, '\n');
    }
    for (guint rank = 0; rank < vocabulary->ranked->len; rank++) {
        const Merge *merge = g_ptr_array_index(vocabulary->ranked, rank);
        const guint64 pair = GUINT64_TO_BE(merge->pair);
        g_string_append_len(text, (const char *)&pair, sizeof pair);
    }
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);
}

gboolean
cw_vocabulary_seal(CwVocabulary *vocabulary, const char *source, GError **error)
{
    for (guint id = 0; id < vocabulary->tokens->len; id++)
        if (!g_ptr_array_index(vocabulary->tokens, id))
            return cw_vocabulary_fail(error, CW_ERROR_FORMAT, (CwPlace){source, 0},
                                      "no token has id %u, but later ones do", id);
    if (!find_bytes(vocabulary, source, error) || !find_ends(vocabulary, source, error))
        return FALSE;
    vocabulary->digest = compute_digest(vocabulary);
    return TRUE;
}

guint
cw_vocabulary_n_tokens(const CwVocabulary *vocabulary)
{
    return vocabulary->tokens->len;
}

const char *
cw_vocabulary_token(const CwVocabulary *vocabulary, gint32 id)
{
    if (id < 0 || (guint)id >= vocabulary->tokens->len)
        return NULL;
    return g_ptr_array_index(vocabulary->tokens, id);
}

gint32
cw_vocabulary_byte(const CwVocabulary *vocabulary, guint8 byte, gboolean ends_word)
{
    return vocabulary->bytes[ends_word ? 1 : 0][byte];
}

gint32
cw_vocabulary_start(const CwVocabulary *vocabulary)
{
    return vocabulary->start;
}

gint32
cw_vocabulary_end(const CwVocabulary *vocabulary)
{
    return vocabulary->end;
}

const char *
cw_vocabulary_digest(const CwVocabulary *vocabulary)
{
    return vocabulary->digest;
}

static guint32
rank_of(const CwVocabulary *vocabulary, gint32 left, gint32 right)
{
    const guint64 pair = pair_of(left, right);
    const Merge *merge = g_hash_table_lookup(vocabulary->merges, &pair);
    return merge ? merge->rank : NO_RANK;
}

static guint32
find_lowest(const guint32 *ranks, guint n)
{
    guint32 lowest = NO_RANK;
    for (guint i = 0; i < n; i++)
        lowest = MIN(lowest, ranks[i]);
    return lowest;
}

/* Joins every pair of this rank, left to right; ranks[i] is that of symbols i and i + 1, and only
 * those beside a joint are looked up again. Returns how many symbols are left. */
static guint
join_rank(const CwVocabulary *vocabulary, guint32 rank, gint32 *symbols, guint32 *ranks, guint n)
{
    const Merge *merge = g_ptr_array_index(vocabulary->ranked, rank);
    guint kept = 0;
    gboolean left_joined = FALSE;
    for (guint i = 0; i < n; kept++) {
        const gboolean joins = i + 1 < n && ranks[i] == rank;
        const guint32 rank_before = i > 0 ? ranks[i - 1] : NO_RANK;
        symbols[kept] = joins ? merge->result : symbols[i];
        if (kept > 0)
            ranks[kept - 1] = joins || left_joined
                                  ? rank_of(vocabulary, symbols[kept - 1], symbols[kept])
                                  : rank_before;
        left_joined = joins;
        i += joins ? 2 : 1;
    }
    return kept;
}

guint
cw_vocabulary_merge(const CwVocabulary *vocabulary, gint32 *symbols, guint n)
{
    guint32 few[SHORT_WORD];
    g_autofree guint32 *many = n > SHORT_WORD ? g_new(guint32, n) : NULL;
    guint32 *ranks = many ? many : few, rank;
    for (guint i = 0; i + 1 < n; i++)
        ranks[i] = rank_of(vocabulary, symbols[i], symbols[i + 1]);
    while (n > 1 && (rank = find_lowest(ranks, n - 1)) != NO_RANK)
        n = join_rank(vocabulary, rank, symbols, ranks, n);
    return n;
}
