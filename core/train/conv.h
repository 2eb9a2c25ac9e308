/* A convolution of the ResNet tower with its batch norm, forward and backward. Activations are
 * [batch][size][size][channels]. Work is cut into CW_TRAIN_N_PARTS parts of a batch whose sums are
 * added in order, so that results do not depend on how many threads there are. */
#pragma once

#include "net/arena.h"
#include "train/parameters.h"

#define CW_TRAIN_N_PARTS 8

typedef struct {
    gsize n_in, n_out;
    guint kernel, stride;       /* 1 or 3, padded to keep the size; 1 or 2 */
    const CwReal *w;            /* [n_out][n_in][kernel][kernel] */
    const CwReal *gamma, *beta; /* [n_out] */
    CwReal *mean, *var;         /* [n_out]: running, what the tower that classifies uses */
    CwReal *dw, *dgamma, *dbeta;
} CwTrainConv;

typedef enum {
    CW_TRAIN_CONV_LINEAR,
    CW_TRAIN_CONV_RELU,
    CW_TRAIN_CONV_ADD_RELU, /* y = relu(y + conv(x)): the end of a bottleneck */
} CwTrainConvMode;

/* What a forward pass leaves for the way back. */
typedef struct {
    CwReal *raw;  /* [batch][size / stride]²[n_out], before the norm */
    CwReal *mean; /* [n_out], of the batch */
    CwReal *rate; /* [n_out], the reciprocal deviation */
} CwTrainConvTape;

/* What all convolutions of a tower share, one at a time. */
typedef struct {
    gsize n_unfolded, n_rows, n_weights; /* the largest, of one part */
    CwReal *w, *dw;                      /* [n_weights], [parts][n_weights] */
    CwReal *unfolded, *dunfolded, *drows;
    double *sums; /* [parts][2][channels] */
    gsize n_channels;
} CwTrainConvScratch;

/* Takes prefix.conv and prefix.bn. */
CwTrainConv cw_train_conv_take(CwTrainParameters *parameters, const char *prefix, gsize n_in,
                               gsize n_out, guint kernel, guint stride);
/* size: of the convolution's input. */
CwTrainConvTape cw_train_conv_take_tape(const CwTrainConv *conv, CwArena *arena, gsize batch,
                                        gsize size);
/* Makes room for one more convolution, then takes it all. */
void cw_train_conv_grow_scratch(const CwTrainConv *conv, gsize batch, gsize size,
                                CwTrainConvScratch *scratch);
void cw_train_conv_take_scratch(CwTrainConvScratch *scratch, CwArena *arena);

/* keep: of the running statistics in this pass; 1 leaves them alone. y: [batch][size / stride]²
 * [n_out], read first for ADD_RELU. */
void cw_train_conv_forward(const CwTrainConv *conv, const CwTrainConvTape *tape,
                           const CwTrainConvScratch *scratch, const CwReal *x, gsize batch,
                           gsize size, CwTrainConvMode mode, CwReal keep, CwReal *y);
/* dy: the gradient of y, then, where a relu stood, that of its input (for ADD_RELU also that of
 * what was added). dx: added to; NULL where nobody asks for it. */
void cw_train_conv_backward(const CwTrainConv *conv, const CwTrainConvTape *tape,
                            const CwTrainConvScratch *scratch, const CwReal *x, const CwReal *y,
                            gsize batch, gsize size, CwTrainConvMode mode, CwReal *dy, CwReal *dx);

/* Means over squares of 2x2: [batch][size]²[channels] to [batch][size / 2]²[channels]. */
void cw_train_pool_forward(const CwReal *x, gsize batch, gsize size, gsize channels, CwReal *y);
/* Adds to dx. */
void cw_train_pool_backward(const CwReal *dy, gsize batch, gsize size, gsize channels, CwReal *dx);
