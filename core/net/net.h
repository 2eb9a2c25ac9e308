/* The two towers of a CLIP as networks: weights and config in, embeddings out. */
#pragma once

#include "kernels/packed.h"
#include "weights/config.h"
#include "weights/weights.h"

/* Immutable after _new; shared by any number of threads, each with its own scratch. */
typedef struct _CwImageNet CwImageNet;
typedef struct _CwTextNet CwTextNet;

/* Where a network puts its packed matrices. */
typedef struct {
    /* Memory of so many bytes, 64-byte aligned, that stays until the network is gone. filled is set
     * when an earlier network, made of the same weights, has left its matrices there. */
    void *(*acquire)(gpointer data, gsize bytes, gboolean *filled, GError **error);
    /* The memory now holds all matrices and is not written again. */
    void (*commit)(gpointer data);
    gpointer data;
} CwNetStore;

/* Takes its tensors from weights and packs them for products of a type, into the store's memory or,
 * with NULL, the network's own; weights and the data behind them are not needed afterwards. */
CwImageNet *cw_image_net_new(const CwModelConfig *config, CwWeights *weights, CwProductType type,
                             const CwNetStore *store, GError **error);
/* FALSE with the error that _new() would give for these weights. Packs nothing. */
gboolean cw_image_net_check(const CwModelConfig *config, CwWeights *weights, GError **error);
void cw_image_net_free(CwImageNet *net);
/* The same, but the table of tokens is used as it lies: the data behind weights must outlive the
 * network. */
CwTextNet *cw_text_net_new(const CwModelConfig *config, CwWeights *weights, CwProductType type,
                           const CwNetStore *store, GError **error);
gboolean cw_text_net_check(const CwModelConfig *config, CwWeights *weights, GError **error);
void cw_text_net_free(CwTextNet *net);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwImageNet, cw_image_net_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTextNet, cw_text_net_free)

/* Bytes of scratch that a forward pass over batch inputs needs; 0 when that overflows. */
gsize cw_image_net_scratch_bytes(const CwImageNet *net, guint batch);
gsize cw_text_net_scratch_bytes(const CwTextNet *net, guint batch);

/* Told of each stage's output as it is computed, in the calling thread; for tests that want to know
 * where two implementations part. data: [rows][columns].
 *   ViT, SigLIP: embed, pre_norm (ViT), block.0 …, post_norm (SigLIP), pooled (ViT), features
 *   ModifiedResNet: stem, stage.1.block.0 …, pooled, features
 *   text: embed, block.0 …, pooled, features
 * Rows that nothing needs are not there: causal texts end at their pooled token, and the last block
 * yields the pooled row of each input (not SigLIP's). */
typedef void (*CwStageFunc)(const char *stage, const float *data, gsize rows, gsize columns,
                            gpointer user_data);

typedef struct {
    void *scratch;     /* of the size above, 64-byte aligned */
    guint n_threads;   /* as for cw_pool_run() */
    CwStageFunc stage; /* NULL in use */
    gpointer stage_data;
} CwNetRun;

/* Pictures of a batch, in one of two forms. */
typedef struct {
    const guint8 *rgb;   /* [batch][3][size][size] bytes of the crop, normalised on the way; or */
    const float *pixels; /* [batch][3][size][size] normalised already */
} CwNetPictures;

/* features: [batch][embed_dim], not normalised. */
void cw_image_net_forward(const CwImageNet *net, const CwNetRun *run, CwNetPictures pictures,
                          guint batch, float *features);

/* ids: [batch][context], each below the vocabulary; features: [batch][embed_dim], not normalised.
 */
void cw_text_net_forward(const CwTextNet *net, const CwNetRun *run, const gint32 *ids, guint batch,
                         float *features);
