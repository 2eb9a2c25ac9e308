/* Which files of a repository make a checkpoint. */
#pragma once

#include "base/json.h"

typedef struct {
    GPtrArray *files;  /* (element-type utf8) plain names, every one to be fetched */
    const char *index; /* the one of them that names the weights' further files; or NULL */
} CwHubFiles;

void cw_hub_files_clear(CwHubFiles *files);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CwHubFiles, cw_hub_files_clear)

/* Chooses from what a repository holds: a configuration with its safetensors weights (open_clip's
 * before Hugging Face's), tokenizer files, the card and the licence. Only names known here are ever
 * chosen, whatever else is listed. CW_ERROR_UNSUPPORTED, with id in the message, where there are no
 * such weights. */
gboolean cw_hub_files_choose(const char *id, GHashTable *listed, CwHubFiles *files, GError **error);

/* Adds the files that the weights' index names. Each must be a plain name, end in ".safetensors"
 * and be listed. */
gboolean cw_hub_files_add_shards(CwHubFiles *files, const CwJson *index, GHashTable *listed,
                                 GError **error);
