/* Named tensors under canonical names, whoever named them first. What a network is built from.
 *
 * Canonical names (shapes in brackets; w = width, e = embed_dim, m = mlp_width, p = patch):
 *   logit_scale [], logit_bias []
 *   image.patch.weight [w][3][p][p], image.patch.bias [w] (SigLIP), image.class_token [w],
 *   image.position [tokens][w], image.pre_norm.{weight,bias} [w],
 *   BLOCK = image.block.N | text.block.N:
 *     BLOCK.norm1.{weight,bias} [w], BLOCK.attn.{q,k,v,out}.weight [w][w], .bias [w],
 *     BLOCK.norm2.{weight,bias} [w], BLOCK.mlp.fc1.weight [m][w], .bias [m],
 *     BLOCK.mlp.fc2.weight [w][m], .bias [w]
 *   image.post_norm.{weight,bias} [w], image.projection.weight [e][w]
 *   image.head.probe [w], image.head.attn.{q,k,v,out}.{weight,bias}, image.head.norm.{weight,bias},
 *   image.head.mlp.{fc1,fc2}.{weight,bias} (SigLIP)
 *   CONV = image.stem.{1,2,3} | image.stage.S.block.B.{1,2,3,down} (S = 1..4, B from 0):
 *     CONV.conv.weight [out][in][k][k], CONV.bn.{weight,bias,mean,var} [out]
 *   image.attnpool.position [tokens][c], image.attnpool.{q,k,v,out}.{weight,bias} (ModifiedResNet)
 *   text.token [vocabulary][w], text.position [context][w], text.final_norm.{weight,bias} [w],
 *   text.projection.weight [e][w], text.projection.bias [e]
 * A matrix is [out][in]; one that its publisher stored as [in][out] is a view with transposed set,
 * whose dims are given in canonical order all the same. */
#pragma once

#include <clipwatch/error.h>

#define CW_TENSOR_MAX_DIMS 4

typedef enum {
    CW_DTYPE_F32 = 0,
    CW_DTYPE_F16,
    CW_DTYPE_BF16,
    CW_DTYPE_F64,
    CW_DTYPE_I64,
    CW_DTYPE_I32,
    CW_DTYPE_I16,
    CW_DTYPE_I8,
    CW_DTYPE_U8,
    CW_DTYPE_BOOL,
} CwDtype;

/* A view of numbers that lie elsewhere (a mapped file); may be misaligned for its type. */
typedef struct {
    const void *data;
    CwDtype dtype;
    guint n_dims;
    gint64 dims[CW_TENSOR_MAX_DIMS];
    gboolean transposed; /* two dims only: stored as [dims[1]][dims[0]] */
    gboolean mapped;     /* data lies in a private mapping of a file that nobody writes to */
} CwTensor;

gsize cw_dtype_size(CwDtype dtype);
const char *cw_dtype_to_string(CwDtype dtype);
gsize cw_tensor_n_elements(const CwTensor *tensor);

/* Converts to f32 in canonical order. out: [n_elements]. F32, F16, BF16 and F64 only (asserted). */
void cw_tensor_to_f32(const CwTensor *tensor, float *out);

/* One row of the first dimension, out: [n_elements / dims[0]]. At least one dimension. */
void cw_tensor_row_to_f32(const CwTensor *tensor, gsize row, float *out);

/* The memory behind a mapped tensor may be taken back until it is read again, from the file. Of
 * others nothing changes. */
void cw_tensor_release(const CwTensor *tensor);

/* The data itself when it is f32, aligned and not transposed; otherwise NULL. */
const float *cw_tensor_as_f32(const CwTensor *tensor);

/* A table of named tensors that remembers which were taken. Not thread-safe: used while a model is
 * opened, by one thread. The data must outlive whatever keeps a tensor. */
typedef struct _CwWeights CwWeights;

/* source names the file in messages. */
CwWeights *cw_weights_new(const char *source);
void cw_weights_free(CwWeights *weights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwWeights, cw_weights_free)

const char *cw_weights_get_source(const CwWeights *weights);

/* name is copied; original is what the publisher called it (for messages), may be NULL.
 * CW_ERROR_FORMAT when the name is there already. */
gboolean cw_weights_add(CwWeights *weights, const char *name, const char *original,
                        const CwTensor *tensor, GError **error);
gboolean cw_weights_has(const CwWeights *weights, const char *name);

/* The tensor under that name with exactly these dims and a floating type, marked as consumed; or
 * NULL with CW_ERROR_FORMAT that names it, what it is and what it should be. */
const CwTensor *cw_weights_take(CwWeights *weights, const char *name, guint n_dims,
                                const gint64 *dims, GError **error);

/* FALSE with CW_ERROR_UNSUPPORTED naming (at most five of) the tensors that nothing took. */
gboolean cw_weights_check_consumed(const CwWeights *weights, GError **error);

/* Trained numbers, as publishers count them: without the statistics of batch norms. */
guint64 cw_weights_n_parameters(const CwWeights *weights);
