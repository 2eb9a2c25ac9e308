/* CLIP's towers once more, in double precision and plain loops, to hold the fast ones against:
 * nothing is skipped, fused, packed or reordered. Shares no code with core/net. */
#pragma once

#include "weights/config.h"
#include "weights/weights.h"

/* The output of one stage, named as in net/net.h, for all rows: [n_rows][n_columns]. */
typedef struct {
    gsize n_rows, n_columns;
    double *data;
} CwReferenceStage;

typedef struct {
    GHashTable *stages; /* name -> CwReferenceStage */
    gsize n_tokens;     /* rows of each input while in the blocks */
    gsize *pooled;      /* [batch]: the token of each input that is its embedding */
} CwReference;

/* pixels: [batch][3][size][size]. Fails the test on a tensor that is missing. */
CwReference *cw_reference_image(const CwModelConfig *config, CwWeights *weights,
                                const float *pixels, gsize batch);

/* ids: [batch][context]. */
CwReference *cw_reference_text(const CwModelConfig *config, CwWeights *weights, const gint32 *ids,
                               gsize batch);

void cw_reference_free(CwReference *reference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwReference, cw_reference_free)
