/* SigLIP's head: a learned probe attends over all tokens, then a residual MLP. */
#pragma once

#include "net/attention.h"
#include "net/layers.h"

typedef struct {
    const float *query; /* the probe after its projection: the same for every picture, [width] */
    CwLinear kv, out;
    CwLayerNorm norm;
    CwLinear fc1, fc2;
    guint n_heads;
    CwActivation activation;
} CwMapHead;

/* Takes image.head.*. */
CwMapHead cw_map_head_take(CwParameters *parameters, const CwImageConfig *config);

typedef struct {
    gsize n_tokens;
    CwOperand tokens;     /* [batch * n_tokens][width] */
    CwOperand attended;   /* [batch][width] */
    CwOperand normalised; /* [batch][width] */
    CwOperand activated;  /* [batch][mlp_width] */
    float *kv;            /* [batch * n_tokens][2][width] */
    float *q;             /* [batch][width] */
    float *y;             /* [batch][width] */
    float *hidden;        /* [batch][mlp_width] */
    CwAttentionScratch attention;
} CwMapHeadScratch;

CwMapHeadScratch cw_map_head_take_scratch(const CwMapHead *head, CwArena *arena, guint batch,
                                          gsize n_tokens);

/* x: [batch * n_tokens][width]; features: [batch][width]. */
void cw_map_head_run(const CwMapHead *head, const CwNetRun *run, CwMapHeadScratch *scratch,
                     CwSequence *sequences, const float *x, guint batch, float *features);
