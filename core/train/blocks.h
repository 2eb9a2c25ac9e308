/* The stack of residual attention blocks that ViT and text towers share, for training. */
#pragma once

#include "net/arena.h"
#include "train/parameters.h"

typedef struct {
    CwTrainNorm norm1;
    CwTrainLinear qkv, out; /* qkv: queries, keys and values as one map */
    CwTrainNorm norm2;
    CwTrainLinear fc1, fc2;
} CwTrainBlock;

/* Blocks of one shape. Immutable after _take; shared by threads that have tapes of their own. */
typedef struct {
    CwTrainBlock *blocks; /* [n_blocks] */
    guint n_blocks;
    guint n_heads;
    gsize width, mlp_width;
    CwActivation activation;
    gboolean causal;
} CwTrainBlocks;

/* Takes prefix.0 …. What is set in blocks is its shape; the array is made in the first pass. */
void cw_train_blocks_take(CwTrainBlocks *blocks, CwTrainParameters *parameters, const char *prefix,
                          float norm_eps);
void cw_train_blocks_clear(CwTrainBlocks *blocks);

/* What a forward pass leaves of one block for the way back. */
typedef struct {
    CwReal *x, *statistics1, *normalised1, *qkv, *probabilities, *attended;
    CwReal *middle, *statistics2, *normalised2, *hidden, *activated;
} CwTrainBlockTape;

typedef struct {
    CwTrainBlockTape *blocks; /* [n_blocks] */
    CwReal *scores;           /* the gradient of one head's */
    CwReal *narrow, *wide;    /* gradients: [n_rows][width], [n_rows][max(3 * width, mlp_width)] */
} CwTrainBlocksTape;

/* For up to n_sequences of up to max_tokens each. */
CwTrainBlocksTape cw_train_blocks_take_tape(const CwTrainBlocks *blocks, CwArena *arena,
                                            gsize n_sequences, gsize max_tokens);

/* x: [n_rows][width], in place; starts: [n_sequences + 1] as for attention. */
void cw_train_blocks_forward(const CwTrainBlocks *blocks, const CwTrainBlocksTape *tape,
                             const gsize *starts, gsize n_sequences, CwReal *x);
/* dx: the gradient of the result, then that of the input, in place. */
void cw_train_blocks_backward(const CwTrainBlocks *blocks, const CwTrainBlocksTape *tape,
                              const gsize *starts, gsize n_sequences, CwReal *dx);
