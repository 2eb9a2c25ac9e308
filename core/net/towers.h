/* The image towers behind CwImageNet: each makes itself from weights, measures its scratch and
 * runs. */
#pragma once

#include "net/arena.h"
#include "net/net.h"
#include "net/parameters.h"

typedef struct _CwVit CwVit;
typedef struct _CwModifiedResnet CwModifiedResnet;

/* Memory taken through parameters belongs to the network and outlives the tower. After an error in
 * parameters the result is only good for freeing. */
CwVit *cw_vit_new(const CwModelConfig *config, CwParameters *parameters);
void cw_vit_free(CwVit *vit);

/* Lays out the scratch for a batch and, when the arena has memory, runs. features:
 * [batch][embed_dim]. */
void cw_vit_run(const CwVit *vit, const CwNetRun *run, CwArena *arena, CwNetPictures pictures,
                guint batch, float *features);

CwModifiedResnet *cw_modified_resnet_new(const CwModelConfig *config, CwParameters *parameters);
void cw_modified_resnet_free(CwModifiedResnet *resnet);
void cw_modified_resnet_run(const CwModifiedResnet *resnet, const CwNetRun *run, CwArena *arena,
                            CwNetPictures pictures, guint batch, float *features);
