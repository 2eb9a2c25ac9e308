/* Taking a network's numbers out of a table of weights: f32 data as it lies, everything else
 * widened once into memory that the network owns. */
#pragma once

#include "weights/weights.h"

/* Collects the first error, so that a constructor can take all it needs and ask once. */
typedef struct {
    CwWeights *weights;
    GPtrArray *owned; /* of aligned_alloc() memory, belongs to the network */
    GError *error;    /* set by the first failure; later calls return NULL at once */
} CwParameters;

/* A new list for CwParameters.owned; freed by g_ptr_array_unref(). */
GPtrArray *cw_parameters_new_owned(void);

/* Memory of the network's own, [n] floats, not initialised; NULL (and an error) when it cannot be
 * had. */
float *cw_parameters_allocate(CwParameters *parameters, gsize n);

/* The vector prefix.name of n numbers. */
const float *cw_parameters_vector(CwParameters *parameters, const char *prefix, const char *name,
                                  gsize n);

/* The tensor prefix.name in canonical order, f32. A matrix that lies transposed comes so when
 * transposed is not NULL (which then says it), and is turned otherwise. */
const float *cw_parameters_tensor(CwParameters *parameters, const char *prefix, const char *name,
                                  guint n_dims, const gint64 *dims, gboolean *transposed);

/* The view itself, for what is looked up row by row. */
const CwTensor *cw_parameters_view(CwParameters *parameters, const char *name, guint n_dims,
                                   const gint64 *dims);

/* A linear map y = x W^T + b. */
typedef struct {
    const float *weight; /* [n_out][n_in], or [n_in][n_out] when transposed */
    const float *bias;   /* [n_out] or NULL */
    gsize n_in, n_out;
    gboolean transposed;
} CwLinear;

/* prefix.weight and, when has_bias, prefix.bias. */
CwLinear cw_parameters_linear(CwParameters *parameters, const char *prefix, gsize n_in, gsize n_out,
                              gboolean has_bias);

typedef struct {
    const float *gamma;
    const float *beta;
    gsize width;
    float eps;
} CwLayerNorm;

CwLayerNorm cw_parameters_norm(CwParameters *parameters, const char *prefix, gsize width,
                               float eps);
