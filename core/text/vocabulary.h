/* A byte-level BPE vocabulary in memory, whichever file it came from. */
#pragma once

#include <clipwatch/error.h>

/* Bounds on vocabularies, which come from outside. */
#define CW_VOCABULARY_MAX_TOKENS      (1 << 20)
#define CW_VOCABULARY_MAX_TOKEN_BYTES 1024
#define CW_VOCABULARY_MAX_FILE_BYTES  (64 * 1024 * 1024)

/* What ends a word in the spelling of its last symbol. */
#define CW_END_OF_WORD "</w>"

typedef struct _CwVocabulary CwVocabulary;

CwVocabulary *cw_vocabulary_new(void);
void cw_vocabulary_free(CwVocabulary *vocabulary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwVocabulary, cw_vocabulary_free)

/* Where something stands, for messages. */
typedef struct {
    const char *file;
    guint line; /* from 1, or 0 where lines mean nothing */
} CwPlace;

/* Building. Tokens are spelt in the printable alphabet of byte_alphabet.h; ids may come in any
 * order. */
gboolean cw_vocabulary_add(CwVocabulary *vocabulary, const char *token, gint64 id, CwPlace place,
                           GError **error);

/* Merges in order of rank: left and right are tokens, and so is what they make. */
gboolean cw_vocabulary_add_merge(CwVocabulary *vocabulary, const char *left, const char *right,
                                 CwPlace place, GError **error);

/* Checks that ids have no gaps, that every byte has its two symbols and that there are a start and
 * an end token; computes the digest. Nothing is added afterwards. */
gboolean cw_vocabulary_seal(CwVocabulary *vocabulary, const char *source, GError **error);

/* "file:line: message". Always FALSE, to be returned. */
gboolean cw_vocabulary_fail(GError **error, CwErrorCode code, CwPlace place, const char *format,
                            ...) G_GNUC_PRINTF(4, 5);

/* Reading. A sealed vocabulary is immutable and thread-safe. */
guint cw_vocabulary_n_tokens(const CwVocabulary *vocabulary);
const char *cw_vocabulary_token(const CwVocabulary *vocabulary, gint32 id); /* NULL: no such id */
gint32 cw_vocabulary_byte(const CwVocabulary *vocabulary, guint8 byte, gboolean ends_word);
gint32 cw_vocabulary_start(const CwVocabulary *vocabulary);
gint32 cw_vocabulary_end(const CwVocabulary *vocabulary);
const char *cw_vocabulary_digest(const CwVocabulary *vocabulary);

/* Joins the symbols of one word in place, lowest rank first. Returns how many are left. */
guint cw_vocabulary_merge(const CwVocabulary *vocabulary, gint32 *symbols, guint n);
