/* The head of CLIP's ResNets: the mean of all positions asks all positions. */
#pragma once

#include "net/attention.h"
#include "net/layers.h"

typedef struct {
    const float *position; /* [n_tokens][width] */
    CwLinear q, kv, out;
    gsize n_tokens; /* positions and their mean */
    guint n_heads;
} CwAttentionPool;

/* Takes image.attnpool.*. n_positions: of the last stage's picture. */
CwAttentionPool cw_attention_pool_take(CwParameters *parameters, gsize width, gsize n_positions,
                                       guint n_heads, gsize embed_dim);

typedef struct {
    float *tokens; /* [batch][n_tokens][width] */
    float *mean;   /* [batch][width], the queries' tokens */
    CwOperand token_rows, mean_rows, attended;
    float *q;  /* [batch][width] */
    float *kv; /* [batch][n_tokens][2][width] */
    float *y;  /* [batch][width] */
    CwAttentionScratch attention;
    CwSequence *sequences; /* [batch] */
} CwAttentionPoolScratch;

CwAttentionPoolScratch cw_attention_pool_take_scratch(const CwAttentionPool *pool, CwArena *arena,
                                                      gsize batch);

/* x: [batch][n_positions][width]; features: [batch][embed_dim]. */
void cw_attention_pool_run(const CwAttentionPool *pool, const CwNetRun *run,
                           CwAttentionPoolScratch *scratch, const float *x, gsize batch,
                           float *features);
