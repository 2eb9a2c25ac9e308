/* A CLIP being trained: both towers, the temperature, and the gradients of a batch's loss. */
#pragma once

#include "train/loss.h"
#include "train/towers.h"

typedef struct {
    CwModelConfig config;
    CwTrainParameters *parameters;
    CwTrainVit *vit;
    CwTrainText *text;
    CwReal *log_scale, *dlog_scale;
    gsize max_chunk; /* pairs that go through the towers at once */
    void *vit_tape, *text_tape;
} CwTrainModel;

/* Values from weights. max_chunk bounds memory, not the batch. CW_ERROR_UNSUPPORTED for towers that
 * cannot be trained and for the sigmoid loss, CW_ERROR_LIMIT when memory cannot be had. The model
 * is used by one thread at a time. */
CwTrainModel *cw_train_model_new(const CwModelConfig *config, CwWeights *weights, gsize max_chunk,
                                 GError **error);
void cw_train_model_free(CwTrainModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainModel, cw_train_model_free)

/* n pairs; the batch may be larger than a chunk. */
typedef struct {
    gsize n;
    const CwReal *pixels;  /* [n][3][size][size] normalised */
    const gint32 *ids;     /* [n][context], each below the vocabulary */
    const guint32 *groups; /* [n]: equal for pairs that match each other */
} CwTrainBatch;

/* Sets *loss to the contrastive loss of the batch and the gradients to its own: those of a batch
 * of one chunk, however many chunks there are. (The features of all chunks are computed first, then
 * each chunk is run again for its way back.) CW_ERROR_LIMIT when memory cannot be had. */
gboolean cw_train_model_run(CwTrainModel *model, const CwTrainBatch *batch, CwReal *loss,
                            GError **error);
