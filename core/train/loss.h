/* The losses of a batch of pictures and texts. A picture and a text of the same group match: a
 * pair's own, an equal caption's or label's, so that duplicates are not pushed apart. There need
 * not be as many texts as pictures: a batch may be held against one caption of every class.
 * Thread-safe for distinct outputs. */
#pragma once

#include "train/real.h"

/* The paper's bound on the factor of the cosines. */
#define CW_TRAIN_MAX_SCALE 100

typedef struct {
    gsize n_images, n_texts, width;
    const CwReal *images; /* [n_images][width], rows of length 1 */
    const CwReal *texts;  /* [n_texts][width] */
    const guint32 *image_groups, *text_groups;
    CwReal log_scale; /* what is learned: the logarithm of the factor */
    CwReal bias;      /* of the sigmoid loss */
    CwReal smoothing; /* share of a picture's target that is spread over all texts */
} CwTrainPairs;

typedef struct {
    CwReal *images, *texts; /* as above, written */
    CwReal log_scale, bias; /* written; where the factor is at its bound as though it were not, so
                               that it can come back */
} CwTrainPairGradients;

/* The factor of the cosines: exp(log_scale), at most CW_TRAIN_MAX_SCALE. */
CwReal cw_train_scale(CwReal log_scale);

/* The mean of the cross-entropies of pictures over texts and texts over pictures; the target is
 * spread evenly over all that match, and what nothing matches does not count. scratch: 2 * n_images
 * * n_texts. */
CwReal cw_train_contrastive_loss(const CwTrainPairs *pairs, CwReal *scratch,
                                 CwTrainPairGradients *gradients);

/* SigLIP's: every cell is a yes or a no of its own, summed and divided by n_images. scratch: 2 *
 * n_images * n_texts. */
CwReal cw_train_sigmoid_loss(const CwTrainPairs *pairs, CwReal *scratch,
                             CwTrainPairGradients *gradients);
