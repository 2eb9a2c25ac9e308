/* Convolutions of the ResNet tower with their batch normalisation folded in. Activations are
 * [batch][height][width][channels], so that a 1x1 convolution is a plain matrix product. */
#pragma once

#include "net/layers.h"

typedef struct {
    CwLinear linear; /* [out][kernel * kernel * in], the kernel's position before the channel */
    gsize n_in;
    guint kernel; /* 1 or 3; padding keeps the size */
    guint stride; /* 1 or 2 */
} CwConv;

/* prefix.conv.weight [out][in][kernel][kernel] and prefix.bn.{weight,bias,mean,var}. */
CwConv cw_conv_take(CwParameters *parameters, const char *prefix, gsize n_in, gsize n_out,
                    guint kernel, guint stride);

/* What a convolution unfolds its input into, a band of rows of the picture after another. */
typedef struct {
    float *unfolded;
    CwOperand operand;
} CwConvScratch;

/* size: of the convolution's input. */
CwConvScratch cw_conv_take_scratch(const CwConv *conv, CwArena *arena, gsize batch, gsize size);

typedef enum {
    CW_CONV_LINEAR,
    CW_CONV_RELU,
    CW_CONV_ADD_RELU, /* y = relu(y + conv(x)): the end of a bottleneck */
} CwConvMode;

/* x: [batch][size][size][n_in], square; y: [batch][size / stride]²[n_out]. */
void cw_conv_run(const CwConv *conv, const CwNetRun *run, const float *x, gsize batch, gsize size,
                 CwConvMode mode, CwConvScratch *scratch, float *y);

/* Mean over squares of 2x2: [batch][size][size][channels] to [batch][size/2]²[channels]. */
void cw_average_pool(const CwNetRun *run, const float *x, gsize batch, gsize size, gsize channels,
                     float *y);
