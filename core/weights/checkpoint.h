/* A published checkpoint on disk, opened: configuration and canonical weights, mapped. */
#pragma once

#include "weights/config.h"
#include "weights/weights.h"

typedef struct _CwCheckpoint CwCheckpoint;

/* In a directory without configuration, weights as a bare safetensors file holds them. */
#define CW_CHECKPOINT_BARE_FILE "release.safetensors"

/* path: a directory in Hugging Face or open_clip layout (sharded index too), or a safetensors file
 * in the original release's naming, whose hyper-parameters are then inferred (quick_gelu, heads 64
 * wide; config_read.h says why). Errors: CW_ERROR_IO, _FORMAT, _UNSUPPORTED (unknown mathematics in
 * a config, by key), _LIMIT, _NOT_FOUND; _MISMATCH where a file of the directory is not what its
 * lock file (lock.h) says. */
CwCheckpoint *cw_checkpoint_open(const char *path, GError **error);
void cw_checkpoint_free(CwCheckpoint *checkpoint); /* unmaps: every tensor view ends here */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwCheckpoint, cw_checkpoint_free)

const CwModelConfig *cw_checkpoint_get_config(const CwCheckpoint *checkpoint);

/* Mutable: the networks take their tensors from it. Owned by the checkpoint. */
CwWeights *cw_checkpoint_get_weights(CwCheckpoint *checkpoint);

const char *cw_checkpoint_get_layout(const CwCheckpoint *checkpoint);  /* "open_clip", … */
const char *cw_checkpoint_get_storage(const CwCheckpoint *checkpoint); /* "f16", … */

/* The directory that tokenizer files lie in; NULL for a bare file. */
const char *cw_checkpoint_get_directory(const CwCheckpoint *checkpoint);

/* SHA-256 over config and weight files, 64 hex digits. Computed once for a file and remembered in
 * the cache directory by path, size, mtime and inode. */
const char *cw_checkpoint_get_digest(CwCheckpoint *checkpoint, GError **error);
