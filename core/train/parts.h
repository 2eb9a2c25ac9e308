/* What a CLIP is trained from: each part forward, and backward from the gradient of its output to
 * those of its input and parameters. Rows are packed, [n_rows][width].
 *
 * A backward pass adds to the gradients of parameters, so that batches can be accumulated, and
 * writes those of inputs unless it says otherwise. Arrays do not overlap unless that is allowed.
 * No part allocates or keeps anything; all are thread-safe for distinct outputs. */
#pragma once

#include "train/real.h"
#include "weights/config.h"

/* y = x W^T + b. */
typedef struct {
    gsize n_in, n_out;
    const CwReal *w;    /* [n_out][n_in] */
    const CwReal *bias; /* [n_out] or NULL */
    CwReal *dw, *dbias;
} CwTrainLinear;

void cw_train_linear_forward(const CwTrainLinear *linear, const CwReal *x, gsize n_rows, CwReal *y);
/* dx: NULL where nobody asks for it. */
void cw_train_linear_backward(const CwTrainLinear *linear, const CwReal *x, const CwReal *dy,
                              gsize n_rows, CwReal *dx);

typedef struct {
    gsize width;
    CwReal eps;
    const CwReal *gamma, *beta; /* [width] */
    CwReal *dgamma, *dbeta;
} CwTrainNorm;

/* statistics: [n_rows][2], mean and reciprocal deviation, for the way back. */
void cw_train_norm_forward(const CwTrainNorm *norm, const CwReal *x, gsize n_rows, CwReal *y,
                           CwReal *statistics);
/* Adds to dx: norms stand before residual sums. */
void cw_train_norm_backward(const CwTrainNorm *norm, const CwReal *x, const CwReal *statistics,
                            const CwReal *dy, gsize n_rows, CwReal *dx);

/* x and y may be the same. */
void cw_train_activation_forward(CwActivation activation, const CwReal *x, gsize n, CwReal *y);
/* dx may be dy. */
void cw_train_activation_backward(CwActivation activation, const CwReal *x, const CwReal *dy,
                                  gsize n, CwReal *dx);

/* Self-attention of packed sequences. */
typedef struct {
    gsize width;
    guint n_heads;
    gboolean causal; /* row i of a sequence sees rows 0..i */
    gsize n_sequences;
    const gsize *starts; /* [n_sequences + 1]: each one's first row, and the number of rows */
} CwTrainAttention;

/* Numbers in probabilities, and in the scratch of the way back. */
gsize cw_train_attention_n_probabilities(const CwTrainAttention *attention);
gsize cw_train_attention_n_scratch(const CwTrainAttention *attention);

/* qkv: [n_rows][3][width]; y: [n_rows][width]. */
void cw_train_attention_forward(const CwTrainAttention *attention, const CwReal *qkv, CwReal *y,
                                CwReal *probabilities);
void cw_train_attention_backward(const CwTrainAttention *attention, const CwReal *qkv,
                                 const CwReal *probabilities, const CwReal *dy, CwReal *scratch,
                                 CwReal *dqkv);

/* Tokens looked up, and the position of each row added. */
typedef struct {
    gsize width;
    const CwReal *token;    /* [vocabulary][width] */
    const CwReal *position; /* [context][width] */
    CwReal *dtoken, *dposition;
} CwTrainTokens;

/* ids and positions: [n_rows], checked by the caller. */
void cw_train_tokens_forward(const CwTrainTokens *tokens, const gint32 *ids, const gsize *positions,
                             gsize n_rows, CwReal *x);
void cw_train_tokens_backward(const CwTrainTokens *tokens, const gint32 *ids,
                              const gsize *positions, gsize n_rows, const CwReal *dx);

/* A picture as tokens: a linear map of its patches behind a class token, positions added. */
typedef struct {
    gsize size, patch;
    CwTrainLinear map;         /* 3 * patch * patch to width, no bias */
    const CwReal *class_token; /* [width] */
    const CwReal *position;    /* [1 + grid * grid][width] */
    CwReal *dclass_token, *dposition;
} CwTrainPatches;

/* pixels: [batch][3][size][size] normalised; unfolded: [batch * grid * grid][3 * patch * patch],
 * for the way back; mapped: scratch, [batch * grid * grid][width]; x: [batch][1 + grid *
 * grid][width]. */
void cw_train_patches_forward(const CwTrainPatches *patches, const CwReal *pixels, gsize batch,
                              CwReal *unfolded, CwReal *mapped, CwReal *x);
void cw_train_patches_backward(const CwTrainPatches *patches, const CwReal *unfolded,
                               const CwReal *dx, gsize batch, CwReal *mapped);

/* Rows to length 1. lengths: [n_rows], for the way back. */
void cw_train_normalise_forward(const CwReal *x, gsize n_rows, gsize width, CwReal *y,
                                CwReal *lengths);
/* y: what the forward pass gave. dx may be dy. */
void cw_train_normalise_backward(const CwReal *y, const CwReal *lengths, const CwReal *dy,
                                 gsize n_rows, gsize width, CwReal *dx);
