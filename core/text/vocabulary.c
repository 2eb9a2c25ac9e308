#include "text/vocabulary.h"

#include "text/byte_alphabet.h"

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
    GHashTable *ids;    /* token -> id + 1 */
    GPtrArray *tokens;  /* by id; NULL where none came yet */
    GHashTable *merges; /* &Merge.pair -> Merge */
    GPtrArray *ranked;  /* the same Merges by rank, owned */
    GChecksum *merge_digest;
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
    vocabulary->tokens = g_ptr_array_new_with_free_func(g_free);
    vocabulary->merges = g_hash_table_new(hash_pair, g_int64_equal);
    vocabulary->ranked = g_ptr_array_new_with_free_func(g_free);
    vocabulary->merge_digest = g_checksum_new(G_CHECKSUM_SHA256);
    return vocabulary;
}

void
cw_vocabulary_free(CwVocabulary *vocabulary)
{
    g_hash_table_unref(vocabulary->ids);
    g_ptr_array_unref(vocabulary->tokens);
    g_hash_table_unref(vocabulary->merges);
    g_ptr_array_unref(vocabulary->ranked);
    g_checksum_free(vocabulary->merge_digest);
    g_free(vocabulary->digest);
    g_free(vocabulary);
}

static gint32
find(const CwVocabulary *vocabulary, const char *token)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(vocabulary->ids, token)) - 1;
}

gboolean
cw_vocabulary_add(CwVocabulary *vocabulary, const char *token, gint64 id, const char *place,
                  GError **error)
{
    const gsize length = strlen(token);
    if (id < 0 || id >= CW_VOCABULARY_MAX_TOKENS) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "%s: id %" G_GINT64_FORMAT " of '%.64s' is not between 0 and %d", place, id,
                    token, CW_VOCABULARY_MAX_TOKENS - 1);
        return FALSE;
    }
    if (length == 0 || length > CW_VOCABULARY_MAX_TOKEN_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: a token of %zu bytes (1 to %d are right)", place, length,
                    CW_VOCABULARY_MAX_TOKEN_BYTES);
        return FALSE;
    }
    if (vocabulary->tokens->len <= id)
        g_ptr_array_set_size(vocabulary->tokens, (gint)id + 1);
    if (g_ptr_array_index(vocabulary->tokens, id) || find(vocabulary, token) >= 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: '%.64s' or its id %" G_GINT64_FORMAT " is there twice", place, token, id);
        return FALSE;
    }
    char *copy = g_strdup(token);
    g_ptr_array_index(vocabulary->tokens, id) = copy;
    g_hash_table_insert(vocabulary->ids, copy, GINT_TO_POINTER((gint)id + 1));
    return TRUE;
}

gboolean
cw_vocabulary_add_merge(CwVocabulary *vocabulary, const char *left, const char *right,
                        const char *place, GError **error)
{
    g_autofree char *joined = g_strconcat(left, right, NULL);
    const char *spelt[] = {left, right, joined};
    gint32 ids[3];
    for (guint i = 0; i < 3; i++) {
        ids[i] = find(vocabulary, spelt[i]);
        if (ids[i] < 0) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                        "%s: merge of '%.64s' and '%.64s': '%.64s' is not in the vocabulary", place,
                        left, right, spelt[i]);
            return FALSE;
        }
    }
    Merge *merge = g_new(Merge, 1);
    *merge = (Merge){pair_of(ids[0], ids[1]), vocabulary->ranked->len, ids[2]};
    g_ptr_array_add(vocabulary->ranked, merge);
    if (!g_hash_table_add(vocabulary->merges, &merge->pair)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: merge of '%.64s' and '%.64s' is there twice", place, left, right);
        return FALSE;
    }
    g_checksum_update(vocabulary->merge_digest, (const guchar *)left, -1);
    g_checksum_update(vocabulary->merge_digest, (const guchar *)" ", 1);
    g_checksum_update(vocabulary->merge_digest, (const guchar *)right, -1);
    g_checksum_update(vocabulary->merge_digest, (const guchar *)"\n", 1);
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

gboolean
cw_vocabulary_seal(CwVocabulary *vocabulary, const char *source, GError **error)
{
    g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint id = 0; id < vocabulary->tokens->len; id++) {
        const char *token = g_ptr_array_index(vocabulary->tokens, id);
        if (!token) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                        "%s: no token has id %u, but later ones do", source, id);
            return FALSE;
        }
        g_checksum_update(digest, (const guchar *)token, -1);
        g_checksum_update(digest, (const guchar *)"\n", 1);
    }
    if (!find_bytes(vocabulary, source, error) || !find_ends(vocabulary, source, error))
        return FALSE;
    g_checksum_update(digest, (const guchar *)g_checksum_get_string(vocabulary->merge_digest), -1);
    vocabulary->digest = g_strdup(g_checksum_get_string(digest));
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
