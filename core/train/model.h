/* A CLIP being trained: both towers, the temperature, and the gradients of a batch's loss. */
#pragma once

#include "train/loss.h"
#include "train/towers.h"

typedef struct {
    CwModelConfig config;
    CwTrainParameters *parameters;
    CwTrainImage *image;
    CwTrainText *text;
    CwReal *log_scale, *dlog_scale;
    gsize max_chunk; /* pictures, or texts, that go through a tower at once */
    gsize max_size;  /* of a picture */
    void *image_tape, *text_tape;
} CwTrainModel;

/* Values from weights; where there are none, or none of the right shape, those that learning begins
 * with (seeded), and their names are appended to new_names (NULL: such a one is an error).
 * max_chunk and max_size bound memory, not the batch. CW_ERROR_UNSUPPORTED for towers that cannot
 * be trained and for the sigmoid loss, CW_ERROR_LIMIT when memory cannot be had. The model is used
 * by one thread at a time. */
typedef struct {
    gsize max_chunk, max_size;
    guint32 seed;
    GPtrArray *new_names; /* of char *, or NULL */
} CwTrainModelOptions;

CwTrainModel *cw_train_model_new(const CwModelConfig *config, CwWeights *weights,
                                 const CwTrainModelOptions *options, GError **error);
void cw_train_model_free(CwTrainModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainModel, cw_train_model_free)

/* Of activations, for a batch in chunks. 0 when that overflows. */
gsize cw_train_model_tape_bytes(const CwTrainModel *model);

typedef struct {
    gsize n_images, n_texts, size;
    const CwReal *pixels;                      /* [n_images][3][size][size] normalised */
    const gint32 *ids;                         /* [n_texts][context], each below the vocabulary */
    const guint32 *image_groups, *text_groups; /* equal for those that match */
    CwReal smoothing;                          /* loss.h */
} CwTrainBatch;

/* Sets *loss to the contrastive loss of the batch and the gradients to its own: those of a batch
 * of one chunk, however many chunks there are, but for batch norms, whose statistics are a chunk's.
 * (The features of all chunks are computed first, then each chunk is run again for its way back.)
 * CW_ERROR_LIMIT when memory cannot be had. */
gboolean cw_train_model_run(CwTrainModel *model, const CwTrainBatch *batch, CwReal *loss,
                            GError **error);
