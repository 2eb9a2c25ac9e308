/* The losses of a batch of pictures and texts. Pair i is picture i and text i; pairs of the same
 * group (an equal caption or label) match each other too, so that duplicates are not pushed apart.
 * Thread-safe for distinct outputs. */
#pragma once

#include "train/real.h"

/* The paper's bound on the factor of the cosines. */
#define CW_TRAIN_MAX_SCALE 100

typedef struct {
    gsize n, width;
    const CwReal *images; /* [n][width], rows of length 1 */
    const CwReal *texts;
    const guint32 *groups; /* [n] */
    CwReal log_scale;      /* what is learned: the logarithm of the factor */
    CwReal bias;           /* of the sigmoid loss */
} CwTrainPairs;

typedef struct {
    CwReal *images, *texts; /* [n][width], written */
    CwReal log_scale, bias; /* written; where the factor is at its bound as though it were not, so
                               that it can come back */
} CwTrainPairGradients;

/* The factor of the cosines: exp(log_scale), at most CW_TRAIN_MAX_SCALE. */
CwReal cw_train_scale(CwReal log_scale);

/* The mean of the cross-entropies of pictures over texts and texts over pictures; the target is
 * spread evenly over all that match. scratch: 2 * n * n. */
CwReal cw_train_contrastive_loss(const CwTrainPairs *pairs, CwReal *scratch,
                                 CwTrainPairGradients *gradients);

/* SigLIP's: every cell is a yes or a no of its own, summed and divided by n. scratch: 2 * n * n. */
CwReal cw_train_sigmoid_loss(const CwTrainPairs *pairs, CwReal *scratch,
                             CwTrainPairGradients *gradients);
