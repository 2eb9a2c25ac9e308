/* Text embeddings kept on disk between runs: one append-only file for a model and tokenizer. */
#pragma once

#include <glib.h>

/* Sizes beyond which the oldest entries of a file, or the oldest files, go. The file bound holds
 * the 80 templates of ImageNet's 1,000 classes at 768 dimensions. */
#define CW_TEXT_CACHE_FILE_BYTES      ((guint64)256 << 20)
#define CW_TEXT_CACHE_DIRECTORY_BYTES ((guint64)512 << 20)

/* A cache never fails: what cannot be read is a miss, what cannot be written is not kept. Damaged,
 * cut or foreign files are noticed by checksums and overwritten. Thread-safe, and any number of
 * processes may share a directory. */
typedef struct _CwTextCache CwTextCache;

/* directory is made when something is first kept there. space: all that decides an embedding apart
 * from the text itself. dim: floats in an embedding. Touches no file. */
CwTextCache *cw_text_cache_new(const char *directory, const char *space, guint dim,
                               guint64 max_file_bytes, guint64 max_directory_bytes);
void cw_text_cache_free(CwTextCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTextCache, cw_text_cache_free)

/* Takes notice of what other processes have written since the last call. */
void cw_text_cache_refresh(CwTextCache *cache);

/* values: [dim]. FALSE, and values untouched, when the text is not there. */
gboolean cw_text_cache_get(CwTextCache *cache, const char *text, float *values);

/* Appends n entries at once; values: [n][dim]. */
void cw_text_cache_put(CwTextCache *cache, const char *const *texts, guint n, const float *values);
