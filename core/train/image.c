#include "train/towers.h"

#include <clipwatch/error.h>

/* One of the two. */
struct _CwTrainImage {
    CwTrainVit *vit;
    CwTrainResnet *resnet;
    guint image_size;
};

CwTrainImage *
cw_train_image_new(const CwModelConfig *config, CwTrainParameters *parameters, GError **error)
{
    g_autoptr(CwTrainImage) image = g_new0(CwTrainImage, 1);
    image->image_size = config->image.image_size;
    if (config->image.tower == CW_TOWER_MODIFIED_RESNET)
        image->resnet = cw_train_resnet_new(config, parameters);
    else if (!(image->vit = cw_train_vit_new(config, parameters, error)))
        return NULL;
    return g_steal_pointer(&image);
}

void
cw_train_image_take(CwTrainImage *image, CwTrainParameters *parameters)
{
    if (image->resnet)
        cw_train_resnet_take(image->resnet, parameters);
    else
        cw_train_vit_take(image->vit, parameters);
}

void
cw_train_image_free(CwTrainImage *image)
{
    g_clear_pointer(&image->vit, cw_train_vit_free);
    g_clear_pointer(&image->resnet, cw_train_resnet_free);
    g_free(image);
}

gboolean
cw_train_image_takes_size(const CwTrainImage *image, guint size)
{
    return image->resnet ? size > 0 && size % 32 == 0 : size == image->image_size;
}

gsize
cw_train_image_tape_bytes(const CwTrainImage *image, gsize batch, gsize size)
{
    return image->resnet ? cw_train_resnet_tape_bytes(image->resnet, batch, size)
                         : cw_train_vit_tape_bytes(image->vit, batch);
}

void
cw_train_image_keep_statistics(CwTrainImage *image, gboolean keep)
{
    if (image->resnet)
        cw_train_resnet_keep_statistics(image->resnet, keep);
}

void
cw_train_image_forward(const CwTrainImage *image, void *tape, const CwReal *pixels, gsize batch,
                       gsize size, CwReal *features)
{
    if (image->resnet)
        cw_train_resnet_forward(image->resnet, tape, pixels, batch, size, features);
    else
        cw_train_vit_forward(image->vit, tape, pixels, batch, features);
}

void
cw_train_image_backward(const CwTrainImage *image, void *tape, const CwReal *dfeatures, gsize batch,
                        gsize size)
{
    if (image->resnet)
        cw_train_resnet_backward(image->resnet, tape, dfeatures, batch, size);
    else
        cw_train_vit_backward(image->vit, tape, dfeatures, batch);
}
