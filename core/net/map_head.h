/* SigLIP's head: a learned probe attends over all tokens, then a residual MLP. */
#pragma once

#include "net/attention.h"
#include "net/layers.h"

typedef struct {
    const float *query; /* the probe after its projection: the same for every picture, [width] */
    CwLinear k, v, out;
    CwLayerNorm norm;
    CwLinear fc1, fc2;
    guint n_heads;
    CwActivation activation;
} CwMapHead;

/* Takes image.head.*. */
CwMapHead cw_map_head_take(CwParameters *parameters, const CwImageConfig *config);

typedef struct {
    float *q;      /* [batch][width] */
    float *y;      /* [batch][width] */
    float *hidden; /* [batch][mlp_width] */
} CwMapHeadScratch;

CwMapHeadScratch cw_map_head_take_scratch(const CwMapHead *head, CwArena *arena, guint batch);

/* x: [batch * n_tokens][width]; k, v: scratch of that size; features: [batch][width]. */
void cw_map_head_run(const CwMapHead *head, const CwNetRun *run, const CwMapHeadScratch *scratch,
                     CwSequence *sequences, float *scores, const float *x, gsize n_tokens,
                     guint batch, float *k, float *v, float *features);
