/* CLIP as one object: two towers that put pictures and texts into one space. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>
#include <clipwatch/tokenizer.h>

G_BEGIN_DECLS

typedef enum {
    CW_PRECISION_AUTO = 0, /* the fastest that stays within its bounds on this model and machine */
    CW_PRECISION_F32,
    CW_PRECISION_BF16,
    CW_PRECISION_INT8,
} CwPrecision;

/* An open checkpoint. Immutable, shared by reference; every function is thread-safe. */
typedef struct _CwModel CwModel;

/* What one encoding thread needs: activations for up to max_batch pictures or texts. Belongs to one
 * thread at a time; after the first call nothing is allocated. */
typedef struct _CwWorkspace CwWorkspace;

/* Facts of an open model; strings belong to it. */
typedef struct {
    const char *name;        /* the directory's or file's base name */
    const char *path;        /* where it lies, absolute */
    const char *digest;      /* SHA-256 over weights and config, 64 hex digits */
    const char *layout;      /* whose naming: "open_clip", "huggingface" … */
    const char *image_tower; /* "vit", "modified_resnet", "siglip_vit" */
    const char *activation;  /* "quick_gelu", "gelu", "gelu_tanh" */
    const char *storage;     /* of the largest share of the weights: "f32", "f16", "bf16" */
    const char *precision;   /* what the products run in: "f32", "bf16", "int8" */
    guint64 n_parameters;
    guint embed_dim;
    guint context_length;
    guint vocab_size;
    gboolean sigmoid;  /* trained pairwise (SigLIP): probability = sigmoid(scale * cosine + bias) */
    float logit_scale; /* exp() of the stored value */
    float logit_bias;  /* 0 unless sigmoid */
    CwPreprocess preprocess;
    /* What the precision costs: cosines of embeddings with those in f32, measured on built-in
     * pictures and texts when the model was first opened on this machine. 1 for f32. */
    double mean_cosine, least_cosine;
    const char *tokenizer_digest; /* NULL where the checkpoint's tokenizer is not supported */
} CwModelInfo;

/* Opens name: a directory or safetensors file (anything with a '/' or that exists), or a short name
 * looked up in $CLIPWATCH_DATA/models, $XDG_DATA_HOME/clipwatch/models, $XDG_DATA_DIRS, the
 * installed data directory and the source tree. The weights are mapped, and packed for the
 * precision when a model is first opened; a fast precision is then also held against f32. What
 * comes of both is kept in the cache directory. Errors name file, tensor or key; CW_ERROR_NOT_FOUND
 * lists where it looked. */
CW_API CwModel *cw_model_open(const char *name, CwPrecision precision, GError **error);
CW_API CwModel *cw_model_ref(CwModel *model);
CW_API void cw_model_unref(CwModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwModel, cw_model_unref)

CW_API const CwModelInfo *cw_model_get_info(const CwModel *model);

/* The model's tokenizer, or NULL with CW_ERROR_UNSUPPORTED and the kind it would need. */
CW_API const CwTokenizer *cw_model_get_tokenizer(const CwModel *model, GError **error);

/* n_threads: how many of the process's workers one call may use, 0 for all. The model must outlive
 * the workspace. CW_ERROR_LIMIT when the memory cannot be had, CW_ERROR_ARGUMENT for a batch of 0
 * or above 4096. */
CW_API CwWorkspace *cw_workspace_new(const CwModel *model, guint max_batch, guint n_threads,
                                     GError **error);
CW_API void cw_workspace_free(CwWorkspace *workspace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwWorkspace, cw_workspace_free)

/* rgb: [n][3][height][width] bytes, as cw_image_plan_run() writes them; embeddings: [n][embed_dim],
 * unit length, owned by the caller. n at most the workspace's max_batch (asserted). */
CW_API void cw_model_encode_rgb(const CwModel *model, CwWorkspace *workspace, const guint8 *rgb,
                                guint n, float *embeddings);

/* The same for pixels that are normalised already (cw_image_normalize()), or never were bytes.
 * pixels: [n][3][height][width]; embeddings: [n][embed_dim], unit length, owned by the
 * caller. n at most the workspace's max_batch (asserted). */
CW_API void cw_model_encode_images(const CwModel *model, CwWorkspace *workspace,
                                   const float *pixels, guint n, float *embeddings);

/* ids: [n][context_length], as cw_tokenizer_encode_context() writes them, every id below vocab_size
 * (else CW_ERROR_ARGUMENT); embeddings: [n][embed_dim], unit length. */
CW_API gboolean cw_model_encode_tokens(const CwModel *model, CwWorkspace *workspace,
                                       const gint32 *ids, guint n, float *embeddings,
                                       GError **error);

/* Tokenizes and encodes any number of texts, in batches; embeddings found in the cache on disk
 * ($XDG_CACHE_HOME/clipwatch, CLIPWATCH_CACHE=off turns it off) are not computed again. A text that
 * is too long is an error that names it. */
CW_API gboolean cw_model_encode_texts(const CwModel *model, CwWorkspace *workspace,
                                      const char *const *texts, guint n, float *embeddings,
                                      GError **error);

/* "f32" and so on, and back. Static strings; FALSE for an unknown name. */
CW_API const char *cw_precision_to_string(CwPrecision precision);
CW_API gboolean cw_precision_from_string(const char *name, CwPrecision *precision);

G_END_DECLS
