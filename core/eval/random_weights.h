/* Weights of a true shape and no meaning, for measuring speed without a checkpoint. */
#pragma once

#include "weights/config.h"
#include "weights/weights.h"

/* The names of the shapes below, with commas between. */
#define CW_RANDOM_SHAPES "vit-b-32, vit-b-16, vit-l-14, rn50"

/* The hyper-parameters of a CLIP as OpenAI published it, by name. CW_ERROR_ARGUMENT for a name that
 * is none. */
gboolean cw_random_config(const char *shape, CwModelConfig *config, GError **error);

typedef enum {
    CW_RANDOM_IMAGE = 0,
    CW_RANDOM_TEXT,
} CwRandomTower;

/* All tensors that one tower of such a config takes, under their canonical names, f32; the same on
 * every machine. memory receives what they lie in, to be freed after the network with g_free(), and
 * n_bytes its size. */
CwWeights *cw_random_weights_new(const CwModelConfig *config, CwRandomTower tower, float **memory,
                                 gsize *n_bytes, GError **error);
