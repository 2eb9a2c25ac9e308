/* What an open model is made of, for the files of this layer. */
#pragma once

#include <clipwatch/model.h>

#include "model/text_cache.h"
#include "net/net.h"
#include "weights/checkpoint.h"

struct _CwModel {
    gatomicrefcount refs;
    CwCheckpoint *checkpoint; /* outlives the networks, which look into its mapped files */
    CwImageNet *image;
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
    void *arena;   /* what is freed */
    void *scratch; /* the same, aligned: room for either network at max_batch */
};

/* What a tower's matrices are packed for; of CW_PRECISION_AUTO, f32. */
CwProductType cw_precision_product_type(CwPrecision precision);

/* The checkpoint's own tokenizer, or CLIP's where it brings none and its vocabulary is that one.
 * Checked against the network: vocabulary size, and the end token where the network looks for it.
 * CW_ERROR_UNSUPPORTED for a kind that is not implemented, with which the images still work;
 * other errors are faults of the files. */
CwTokenizer *cw_model_find_tokenizer(CwCheckpoint *checkpoint, GError **error);
