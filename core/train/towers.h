/* The towers of a CLIP for training: the same networks as those of net/net.h, with a tape on which
 * a forward pass leaves what the way back needs. */
#pragma once

#include "train/parameters.h"
#include "weights/config.h"

/* Immutable once made; shared by threads that have tapes and gradients of their own. */
typedef struct _CwTrainVit CwTrainVit;
typedef struct _CwTrainResnet CwTrainResnet;
typedef struct _CwTrainImage CwTrainImage; /* one of the two above */
typedef struct _CwTrainText CwTrainText;

/* Says what the tower needs of parameters (image.*, text.*). ViT and causal or plain text towers:
 * CW_ERROR_UNSUPPORTED for the other ones. */
CwTrainVit *cw_train_vit_new(const CwModelConfig *config, CwTrainParameters *parameters,
                             GError **error);
CwTrainText *cw_train_text_new(const CwModelConfig *config, CwTrainParameters *parameters);
/* Once parameters are placed, in the order of the constructors. */
void cw_train_vit_take(CwTrainVit *vit, CwTrainParameters *parameters);
void cw_train_text_take(CwTrainText *text, CwTrainParameters *parameters);
void cw_train_vit_free(CwTrainVit *vit);
void cw_train_text_free(CwTrainText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainVit, cw_train_vit_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainText, cw_train_text_free)

/* Bytes of tape for a batch, 64-byte aligned; 0 when that overflows. */
gsize cw_train_vit_tape_bytes(const CwTrainVit *vit, gsize batch);
gsize cw_train_text_tape_bytes(const CwTrainText *text, gsize batch);

/* pixels: [batch][3][size][size] normalised; features: [batch][embed_dim], not normalised. */
void cw_train_vit_forward(const CwTrainVit *vit, void *tape, const CwReal *pixels, gsize batch,
                          CwReal *features);
/* Adds to the gradients of parameters. tape: of the forward pass over the same batch. */
void cw_train_vit_backward(const CwTrainVit *vit, void *tape, const CwReal *dfeatures, gsize batch);

/* ids: [batch][context], each below the vocabulary. Causal texts are
 * computed up to their pooled token. */
void cw_train_text_forward(const CwTrainText *text, void *tape, const gint32 *ids, gsize batch,
                           CwReal *features);
void cw_train_text_backward(const CwTrainText *text, void *tape, const CwReal *dfeatures,
                            gsize batch);

/* The same for CLIP's ResNet. size: of the pictures, a multiple of 32; where it is not the model's
 * own, the attention pool's positions are interpolated. A forward pass moves the running statistics
 * of the batch norms a tenth of the way to the batch's, unless they are kept. */
CwTrainResnet *cw_train_resnet_new(const CwModelConfig *config, CwTrainParameters *parameters);
void cw_train_resnet_take(CwTrainResnet *resnet, CwTrainParameters *parameters);
void cw_train_resnet_free(CwTrainResnet *resnet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainResnet, cw_train_resnet_free)
void cw_train_resnet_keep_statistics(CwTrainResnet *resnet, gboolean keep);
gsize cw_train_resnet_tape_bytes(const CwTrainResnet *resnet, gsize batch, gsize size);
void cw_train_resnet_forward(const CwTrainResnet *resnet, void *tape, const CwReal *pixels,
                             gsize batch, gsize size, CwReal *features);
void cw_train_resnet_backward(const CwTrainResnet *resnet, void *tape, const CwReal *dfeatures,
                              gsize batch, gsize size);

/* The image tower that the configuration asks for. CW_ERROR_UNSUPPORTED as for a ViT. */
CwTrainImage *cw_train_image_new(const CwModelConfig *config, CwTrainParameters *parameters,
                                 GError **error);
void cw_train_image_take(CwTrainImage *image, CwTrainParameters *parameters);
void cw_train_image_free(CwTrainImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainImage, cw_train_image_free)
/* Whether pictures of that size can be trained with. */
gboolean cw_train_image_takes_size(const CwTrainImage *image, guint size);
gsize cw_train_image_tape_bytes(const CwTrainImage *image, gsize batch, gsize size);
void cw_train_image_keep_statistics(CwTrainImage *image, gboolean keep);
void cw_train_image_forward(const CwTrainImage *image, void *tape, const CwReal *pixels,
                            gsize batch, gsize size, CwReal *features);
void cw_train_image_backward(const CwTrainImage *image, void *tape, const CwReal *dfeatures,
                             gsize batch, gsize size);
