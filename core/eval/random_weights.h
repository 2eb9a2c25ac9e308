/* Weights of a true shape and no meaning, for measuring speed without a checkpoint. */
#pragma once

#include "weights/config.h"
#include "weights/weights.h"

/* ViT-B/32 as OpenAI published it. */
CwModelConfig cw_random_config_vit_b_32(void);

/* All tensors that the image tower of a ViT config takes, under their canonical names, f32. memory
 * receives what they lie in, to be freed after the network with g_free(). */
CwWeights *cw_random_weights_image(const CwModelConfig *config, guint32 seed, float **memory,
                                   GError **error);
