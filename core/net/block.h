/* The residual attention block and the stack of them that ViT, SigLIP and text towers share. */
#pragma once

#include "net/attention.h"
#include "net/layers.h"

typedef struct {
    CwLayerNorm norm1;
    CwLinear q, kv, out;
    CwLayerNorm norm2;
    CwLinear fc1, fc2;
} CwBlock;

/* Blocks of one shape. */
typedef struct {
    CwBlock *blocks; /* [n_blocks] */
    guint n_blocks;
    guint n_heads;
    gsize width, mlp_width;
    CwActivation activation;
    gboolean causal;
} CwBlocks;

/* Takes prefix.0 … prefix.(n_blocks-1). What is set in blocks is its shape; the array is made. */
void cw_blocks_take(CwBlocks *blocks, CwParameters *parameters, const char *prefix, float norm_eps);
void cw_blocks_clear(CwBlocks *blocks);

/* What a run over the stack writes into. */
typedef struct {
    CwOperand normalised; /* [rows][width] */
    CwOperand attended;   /* [rows][width] */
    CwOperand activated;  /* [rows][mlp_width] */
    float *q;             /* [rows][width] */
    float *kv;            /* [rows][2][width] */
    float *y;             /* [rows][width]: what attention yields */
    float *hidden;        /* [rows][mlp_width], in the place of q, kv and y */
    CwAttentionScratch attention;
} CwBlockScratch;

CwBlockScratch cw_blocks_take_scratch(const CwBlocks *blocks, CwArena *arena, gsize n_rows,
                                      gsize max_tokens);

/* All blocks over x: [n_rows][width], in place, for self-attending sequences. When picked is not
 * NULL (one row of x for each sequence) the last block computes those rows alone, and x afterwards
 * holds [n_sequences][width]. */
void cw_blocks_run(const CwBlocks *blocks, const CwNetRun *run, CwBlockScratch *scratch,
                   CwSequence *sequences, gsize n_sequences, const gsize *picked, gsize n_rows,
                   float *x);
