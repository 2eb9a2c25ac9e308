/* The matrix products of an image tower's forward pass, listed: what OpenBLAS alone would have to
 * do. */
#pragma once

#include "weights/config.h"

/* count products C[n_rows][n_columns] = A[n_rows][depth] W[n_columns][depth]^T, each with weights
 * of its own when has_weights (attention's products have none). */
typedef struct {
    gsize n_rows, n_columns, depth;
    guint count;
    gboolean has_weights;
} CwProduct;

/* Element type CwProduct, (transfer full). Only what our towers compute: the last block of CLIP for
 * one row. */
GArray *cw_products_list(const CwModelConfig *config, guint batch);

/* Floating point operations of a list: two for each multiply-add. */
double cw_products_flop(const GArray *products);

/* The same for one picture when every block is computed for every token: the count that others
 * publish (8.818e9 for ViT-B/32), whatever is saved of it. */
double cw_products_dense_flop(const CwModelConfig *config);
