/* What an open model is made of, for the files of this layer. */
#pragma once

#include <clipwatch/model.h>

#include "model/packed_cache.h"
#include "model/text_cache.h"
#include "net/net.h"
#include "weights/checkpoint.h"

#include <pthread.h>

struct _CwModel {
    gatomicrefcount refs;
    CwCheckpoint *checkpoint;    /* outlives the networks, which look into its mapped files */
    pthread_mutex_t lock;        /* guards the making of what follows, when it is first needed */
    CwPackedCache *packed_image; /* outlives the network, like the checkpoint */
    CwImageNet *image;
    CwPackedCache *packed_text;
    CwTextNet *text;
    CwTokenizer *tokenizer; /* or NULL, and tokenizer_error says why */
    GError *tokenizer_error;
    CwTextCache *texts; /* NULL where caching is off or nothing can be tokenized */
    CwModelInfo info;
    char *name;
    char *path;
};

struct _CwWorkspace {
    guint max_batch;
    guint n_threads;
    void *scratch;      /* of the image tower for max_batch pictures */
    void *text_scratch; /* of the text tower, from the first text on; or NULL */
};

/* The towers, made by whoever asks first. Thread-safe. */
const CwImageNet *cw_model_get_image_net(const CwModel *model, GError **error);
const CwTextNet *cw_model_get_text_net(const CwModel *model, GError **error);

/* What a tower's matrices are packed for; of CW_PRECISION_AUTO, f32. */
CwProductType cw_precision_product_type(CwPrecision precision);

/* The checkpoint's own tokenizer, or CLIP's where it brings none and its vocabulary is that one.
 * Checked against the network: vocabulary size, and the end token where the network looks for it.
 * CW_ERROR_UNSUPPORTED for a kind that is not implemented, with which the images still work;
 * other errors are faults of the files. */
CwTokenizer *cw_model_find_tokenizer(CwCheckpoint *checkpoint, GError **error);
