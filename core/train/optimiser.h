/* AdamW with clipped gradients and an average of the weights, and the learning rate over time. */
#pragma once

#include "train/parameters.h"

typedef struct {
    double beta1, beta2, epsilon;
    double decay;        /* of matrices and tables alone: vectors are gains, biases and the like */
    double max_norm;     /* of all gradients together; 0: not clipped */
    double average_keep; /* of the average's old value in each step; 0: none is kept */
} CwTrainAdamW;

/* What a checkpoint has to hold beside the values. */
typedef struct {
    CwTrainAdamW settings;
    guint64 n_steps;
    gsize n;
    CwReal *mean, *square; /* [n] of the gradients */
    CwReal *average;       /* [n] of the values, or NULL */
} CwTrainOptimiser;

/* The paper's settings for a ViT; no average. */
CwTrainAdamW cw_train_adamw_default(void);

/* For these parameters, whose values are where the average begins. CW_ERROR_LIMIT. */
CwTrainOptimiser *cw_train_optimiser_new(const CwTrainAdamW *settings,
                                         const CwTrainParameters *parameters, GError **error);
void cw_train_optimiser_free(CwTrainOptimiser *optimiser);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainOptimiser, cw_train_optimiser_free)

/* One step along the gradients; logit_scale stays at or below the logarithm of its bound. Returns
 * the norm of the gradients before clipping; when that is no finite number nothing is changed. */
double cw_train_optimiser_step(CwTrainOptimiser *optimiser, CwTrainParameters *parameters,
                               double rate);

/* From step 0: a linear rise over n_warm_up steps to peak, then half a cosine down to 0 at
 * n_steps. */
double cw_train_rate(double peak, guint64 step, guint64 n_warm_up, guint64 n_steps);
