/* The image towers of the reference, each in a file of its own. */
#pragma once

#include "reference.h"

CwReference *cw_reference_vit(const CwModelConfig *config, CwWeights *weights, const float *pixels,
                              gsize batch);
CwReference *cw_reference_resnet(const CwModelConfig *config, CwWeights *weights,
                                 const float *pixels, gsize batch);
