/* The weights of one model in one safetensors file or in several with an index. */
#pragma once

#include "weights/safetensors.h"

typedef struct _CwShards CwShards;

/* Most files that an index may name. */
#define CW_SHARDS_MAX_FILES 256

/* path: a safetensors file, or an index (*.index.json) whose "weight_map" gives for each tensor the
 * file that holds it. Those files must lie beside the index, and hold exactly the tensors it lists.
 * Errors: as cw_safetensors_open() and cw_json_read_file(), and CW_ERROR_FORMAT. */
CwShards *cw_shards_open(const char *path, GError **error);
void cw_shards_close(CwShards *shards);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwShards, cw_shards_close)

const char *cw_shards_get_source(const CwShards *shards); /* the path it was opened with */
const CwSafetensors *cw_shards_get_first(const CwShards *shards);

guint cw_shards_get_n_files(const CwShards *shards); /* an index is not counted */
const char *cw_shards_get_path(const CwShards *shards, guint i);

/* Name and view of the i-th tensor of all files together. */
guint cw_shards_get_n_tensors(const CwShards *shards);
const char *cw_shards_get_tensor(const CwShards *shards, guint i, CwTensor *tensor);
