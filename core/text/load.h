/* Reading vocabularies as publishers write them. Each returns a sealed vocabulary. */
#pragma once

#include "text/vocabulary.h"

/* CLIP's release: bpe_simple_vocab_16e6.txt, gzipped or not. Its merges give the tokens: the bytes,
 * the bytes at a word's end, one for each of the first 48,894 merges, start and end. */
CwVocabulary *cw_vocabulary_load_release(const char *path, GError **error);

/* Hugging Face: vocab.json and merges.txt. */
CwVocabulary *cw_vocabulary_load_pair(const char *vocab_path, const char *merges_path,
                                      GError **error);

/* Hugging Face: tokenizer.json, of a byte-level BPE with CLIP's end-of-word suffix. */
CwVocabulary *cw_vocabulary_load_tokenizer_json(const char *path, GError **error);
