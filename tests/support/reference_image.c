#include "reference_image.h"

CwReference *
cw_reference_image(const CwModelConfig *config, CwWeights *weights, const float *pixels,
                   gsize batch)
{
    return config->image.tower == CW_TOWER_MODIFIED_RESNET
               ? cw_reference_resnet(config, weights, pixels, batch)
               : cw_reference_vit(config, weights, pixels, batch);
}
