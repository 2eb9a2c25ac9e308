/* All numbers that are learned, under their canonical names (weights/weights.h), in one piece of
 * memory each for values and gradients: what an optimiser, an average and a checkpoint go over. */
#pragma once

#include "train/parts.h"
#include "weights/weights.h"

typedef struct {
    char *name;
    guint n_dims;
    gint64 dims[CW_TENSOR_MAX_DIMS];
    gsize first, n; /* in values and gradients */
} CwTrainEntry;

/* Networks take theirs twice: once to say what they need, then, after cw_train_parameters_place(),
 * in the same order once more to get it. What is taken in a row lies in a row. Not thread-safe. */
typedef struct {
    GArray *entries; /* of CwTrainEntry */
    gsize n;
    CwReal *values, *gradients; /* [n], NULL before they are placed */
    guint n_taken;              /* of the second pass */
} CwTrainParameters;

CwTrainParameters *cw_train_parameters_new(void);
void cw_train_parameters_free(CwTrainParameters *parameters);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTrainParameters, cw_train_parameters_free)

/* The values of prefix.name (prefix may be NULL), NULL in the first pass; gradients likewise. */
CwReal *cw_train_parameters_take(CwTrainParameters *parameters, const char *prefix,
                                 const char *name, guint n_dims, const gint64 *dims,
                                 CwReal **gradients);
/* prefix.weight and, when has_bias, prefix.bias. */
CwTrainLinear cw_train_parameters_linear(CwTrainParameters *parameters, const char *prefix,
                                         gsize n_in, gsize n_out, gboolean has_bias);
CwTrainNorm cw_train_parameters_norm(CwTrainParameters *parameters, const char *prefix, gsize width,
                                     float eps);

/* Ends the first pass: memory, all zeros. FALSE with CW_ERROR_LIMIT when there is not enough. */
gboolean cw_train_parameters_place(CwTrainParameters *parameters, GError **error);

/* Values that learning begins with: the paper's deviations for what is learned of texts, He's for
 * convolutions, 1 and 0 for norms, the last norm of each bottleneck at 0. The same for a seed. */
void cw_train_parameters_begin(CwTrainParameters *parameters, guint32 seed);

/* Values from a model. Nothing is said of tensors that nobody took. Those that are not there with
 * the right shape keep their values and are appended to missing (of char *), or are an error where
 * that is NULL. */
gboolean cw_train_parameters_load(CwTrainParameters *parameters, CwWeights *weights,
                                  GPtrArray *missing, GError **error);
