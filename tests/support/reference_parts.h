/* What the towers of the reference are made of. All results are newly allocated. */
#pragma once

#include "reference.h"

CwReference *cw_reference_new(gsize n_tokens, gsize batch);

/* Keeps a copy of a stage's output. */
void cw_reference_tell(CwReference *reference, const double *data, gsize n_rows, gsize n_columns,
                       const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The tensor prefix.name of these dims, widened. */
double *cw_reference_tensor(CwWeights *weights, const char *prefix, const char *name, guint n_dims,
                            const gint64 *dims);
double *cw_reference_vector(CwWeights *weights, const char *prefix, const char *name, gsize n);

/* x: [n_rows][n_in] by prefix.weight and, when it is there, prefix.bias: [n_rows][n_out]. */
double *cw_reference_linear(CwWeights *weights, const char *prefix, const double *x, gsize n_rows,
                            gsize n_in, gsize n_out);

/* x: [n_rows][width], in place. */
void cw_reference_layer_norm(CwWeights *weights, const char *prefix, double eps, double *x,
                             gsize n_rows, gsize width);

/* One sequence: q [n_queries][width], k and v [n_keys][width]: [n_queries][width]. */
double *cw_reference_attend(const double *q, const double *k, const double *v, gsize n_queries,
                            gsize n_keys, gsize width, gsize n_heads, gboolean causal);

/* norm, fc1, activation, fc2 below prefix, added to x: [n_rows][width]. */
void cw_reference_add_mlp(CwWeights *weights, const char *norm, const char *prefix, double eps,
                          CwActivation activation, double *x, gsize n_rows, gsize width,
                          gsize mlp_width);

/* Blocks tower.block.0 … over x: [batch][n_tokens][width], in place, each told of. */
void cw_reference_blocks(CwReference *reference, CwWeights *weights, const char *tower, guint n,
                         gsize n_heads, CwActivation activation, double eps, gboolean causal,
                         double *x, gsize batch, gsize width, gsize mlp_width);

/* Projects x by prefix.q and so on: query rows x [n_queries] over keys [n_keys], then prefix.out.
 */
double *cw_reference_attention(CwWeights *weights, const char *prefix, const double *queries,
                               gsize n_queries, const double *keys, gsize n_keys, gsize width,
                               gsize n_heads, gboolean causal);
