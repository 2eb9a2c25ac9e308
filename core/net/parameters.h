/* Taking a network's numbers out of a table of weights: vectors widened to f32, matrices packed for
 * the products, all in one piece of memory. */
#pragma once

#include "net/net.h"

/* Where it all goes. A constructor runs twice: first without memory, to learn how much is
 * needed and whether all tensors are there; then with it. Memory that was filled before (by the
 * same constructor, for the same weights) is only looked at. */
typedef struct {
    char *memory;
    gsize used;
    gboolean filled;
} CwPacking;

/* Collects the first error, so that a constructor can take all it needs and ask once. */
typedef struct {
    CwWeights *weights;
    CwProductType type; /* of the matrices */
    CwPacking packing;
    const float *input_scales; /* what each input of the next maps is multiplied by, or NULL */
    GPtrArray *owned;          /* of aligned_alloc() memory, belongs to the network */
    GError *error;             /* set by the first failure; later calls return NULL at once */
} CwParameters;

/* The type for the two ends of a tower, where it is quantised: little work, felt by everything
 * between or after. */
static inline CwProductType
cw_product_type_of_ends(CwProductType type)
{
    return type == CW_PRODUCT_INT8 ? CW_PRODUCT_BF16 : type;
}

/* For the first pass of a constructor. */
CwParameters cw_parameters_begin(CwWeights *weights, CwProductType type);

/* After the first pass: finds memory, which the parameters own where store is NULL. FALSE after an
 * error in either. After that or after the second pass what the parameters own goes to the network
 * by cw_parameters_end(). */
gboolean cw_parameters_place(CwParameters *parameters, const CwNetStore *store, GError **error);

/* After a first pass that no second follows: FALSE when it met an error. */
gboolean cw_parameters_give_up(CwParameters *parameters, GError **error);

/* The list of memory that the network has to free by g_ptr_array_unref(). */
GPtrArray *cw_parameters_end(CwParameters *parameters, const CwNetStore *store);

/* [n] floats among what is packed: NULL while only measuring. To be written unless packing.filled.
 */
float *cw_parameters_allocate_packed(CwParameters *parameters, gsize n);

/* The vector prefix.name of n numbers; NULL while only measuring. */
const float *cw_parameters_vector(CwParameters *parameters, const char *prefix, const char *name,
                                  gsize n);

/* The tensor prefix.name in canonical order, f32; NULL while only measuring. */
const float *cw_parameters_tensor(CwParameters *parameters, const char *prefix, const char *name,
                                  guint n_dims, const gint64 *dims);

/* The view itself, for what is looked up row by row; prefix may be NULL. */
const CwTensor *cw_parameters_view(CwParameters *parameters, const char *prefix, const char *name,
                                   guint n_dims, const gint64 *dims);

/* After a matrix was packed: what it was packed from is not read again. view may be NULL. */
void cw_parameters_done_with(const CwParameters *parameters, const CwTensor *view);

/* A linear map y = x W^T + b. */
typedef struct {
    gsize n_in, n_out;
    CwPackedMatrix w;
    const CwPackedMatrix *next; /* that of the map which runs after this one, or NULL */
} CwLinear;

/* prefix.weight and, when has_bias, prefix.bias. */
CwLinear cw_parameters_linear(CwParameters *parameters, const char *prefix, gsize n_in, gsize n_out,
                              gboolean has_bias);

/* One output of a linear map: its row of W and its bias. */
typedef float (*CwRowFunc)(gpointer data, gsize output, float *row);

/* A linear map whose rows come from func, which is called for every output from several threads
 * unless the packed memory is only measured or filled already. */
CwLinear cw_parameters_linear_by_rows(CwParameters *parameters, gsize n_in, gsize n_out,
                                      CwRowFunc func, gpointer data);

typedef struct {
    const float *gamma;
    const float *beta;
    gsize width;
    float eps;
} CwLayerNorm;

CwLayerNorm cw_parameters_norm(CwParameters *parameters, const char *prefix, gsize width,
                               float eps);
