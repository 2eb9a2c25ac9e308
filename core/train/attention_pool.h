/* The end of CLIP's ResNet: the mean of all positions asks them, and itself, once. */
#pragma once

#include "net/arena.h"
#include "train/parameters.h"

typedef struct {
    gsize width, grid; /* channels; positions along a side, of pictures of the model's own size */
    guint n_heads;
    const CwReal *position; /* [1 + grid²][width] */
    CwReal *dposition;
    CwTrainLinear q, kv, out; /* kv: keys and values as one map */
} CwTrainAttentionPool;

typedef struct {
    CwReal *position, *dposition;   /* [1 + side²][width]: for pictures of another size */
    CwReal *tokens, *mean, *q, *kv; /* [batch][tokens][…] */
    CwReal *probabilities, *pooled; /* [batch][heads][tokens], [batch][width] */
    CwReal *dtokens, *dmean, *dq, *dkv, *dpooled;
} CwTrainAttentionPoolTape;

CwTrainAttentionPool cw_train_attention_pool_take(CwTrainParameters *parameters, gsize width,
                                                  gsize grid, guint n_heads, gsize embed_dim);
/* side: positions along a side of the pictures that come. */
CwTrainAttentionPoolTape cw_train_attention_pool_take_tape(const CwTrainAttentionPool *pool,
                                                           CwArena *arena, gsize batch, gsize side);
/* x: [batch][side²][width]; features: [batch][embed_dim]. Where side is not grid, positions are
 * interpolated. */
void cw_train_attention_pool_forward(const CwTrainAttentionPool *pool,
                                     const CwTrainAttentionPoolTape *tape, const CwReal *x,
                                     gsize batch, gsize side, CwReal *features);
/* dx: written. */
void cw_train_attention_pool_backward(const CwTrainAttentionPool *pool,
                                      const CwTrainAttentionPoolTape *tape, const CwReal *dfeatures,
                                      gsize batch, gsize side, CwReal *dx);
