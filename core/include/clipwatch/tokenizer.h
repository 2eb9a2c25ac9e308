/* Byte-level BPE as CLIP uses it: a string to token ids. */
#pragma once

#include <clipwatch/error.h>

G_BEGIN_DECLS

/* A vocabulary with its merges. Immutable and shared; every function is thread-safe. */
typedef struct _CwTokenizer CwTokenizer;

/* Opens a vocabulary: bpe_simple_vocab_16e6.txt[.gz], tokenizer.json, or a directory that holds one
 * of these or vocab.json with merges.txt. Files are bounded and checked. Errors: CW_ERROR_IO,
 * CW_ERROR_FORMAT, CW_ERROR_LIMIT; CW_ERROR_UNSUPPORTED for other kinds (sentencepiece, wordpiece),
 * CW_ERROR_NOT_FOUND for a directory that holds none. */
CW_API CwTokenizer *cw_tokenizer_open(const char *path, GError **error);
CW_API CwTokenizer *cw_tokenizer_ref(CwTokenizer *tokenizer);
CW_API void cw_tokenizer_unref(CwTokenizer *tokenizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTokenizer, cw_tokenizer_unref)

CW_API guint cw_tokenizer_get_n_tokens(const CwTokenizer *tokenizer);
CW_API gint32 cw_tokenizer_get_start_id(const CwTokenizer *tokenizer);
CW_API gint32 cw_tokenizer_get_end_id(const CwTokenizer *tokenizer);

/* SHA-256 over the vocabulary and merges in canonical form, as 64 hex digits; the same whichever
 * file they came from. */
CW_API const char *cw_tokenizer_get_digest(const CwTokenizer *tokenizer);

/* Cleans and splits UTF-8 text and returns its ids without start and end token, (transfer full),
 * element type gint32. Errors: CW_ERROR_FORMAT for invalid UTF-8, CW_ERROR_ARGUMENT for control
 * tokens inside the text (<|endoftext|>, <start_of_text> …), CW_ERROR_LIMIT past 64 KiB. */
CW_API GArray *cw_tokenizer_encode(const CwTokenizer *tokenizer, const char *text, GError **error);

/* Writes start token, ids, end token and padding into ids[context]. n_used receives the number of
 * tokens with both ends; a text that needs more than context is an error (CW_ERROR_LIMIT) that says
 * by how much: nothing is ever cut silently. */
CW_API gboolean cw_tokenizer_encode_context(const CwTokenizer *tokenizer, const char *text,
                                            guint context, gint32 pad_id, gint32 *ids,
                                            guint *n_used, GError **error);

/* The text that ids stand for, (transfer full). Unknown ids are an error. */
CW_API char *cw_tokenizer_decode(const CwTokenizer *tokenizer, const gint32 *ids, guint n,
                                 GError **error);

G_END_DECLS
