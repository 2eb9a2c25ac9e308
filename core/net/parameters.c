#include "net/parameters.h"

#include <stdlib.h>

#define ALIGNMENT 64

GPtrArray *
cw_parameters_new_owned(void)
{
    return g_ptr_array_new_with_free_func(free);
}

float *
cw_parameters_allocate(CwParameters *parameters, gsize n)
{
    gsize bytes;
    float *memory = NULL;
    if (parameters->error)
        return NULL;
    if (g_size_checked_mul(&bytes, MAX(n, 1), sizeof *memory) &&
        g_size_checked_add(&bytes, bytes, ALIGNMENT - 1))
        memory = aligned_alloc(ALIGNMENT, bytes & ~(gsize)(ALIGNMENT - 1));
    if (memory)
        g_ptr_array_add(parameters->owned, memory);
    else
        g_set_error(&parameters->error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for a tensor of %zu numbers", n);
    return memory;
}

static char *
join(const char *prefix, const char *name)
{
    return prefix ? g_strconcat(prefix, ".", name, NULL) : g_strdup(name);
}

const CwTensor *
cw_parameters_view(CwParameters *parameters, const char *name, guint n_dims, const gint64 *dims)
{
    if (parameters->error)
        return NULL;
    return cw_weights_take(parameters->weights, name, n_dims, dims, &parameters->error);
}

const float *
cw_parameters_tensor(CwParameters *parameters, const char *prefix, const char *name, guint n_dims,
                     const gint64 *dims, gboolean *transposed)
{
    g_autofree char *full = join(prefix, name);
    const CwTensor *tensor = cw_parameters_view(parameters, full, n_dims, dims);
    if (!tensor)
        return NULL;
    CwTensor as_stored = *tensor;
    if (transposed) {
        *transposed = tensor->transposed;
        as_stored.transposed = FALSE;
    }
    const float *in_place = cw_tensor_as_f32(&as_stored);
    if (in_place)
        return in_place;
    float *copy = cw_parameters_allocate(parameters, cw_tensor_n_elements(tensor));
    if (copy)
        cw_tensor_to_f32(&as_stored, copy);
    return copy;
}

const float *
cw_parameters_vector(CwParameters *parameters, const char *prefix, const char *name, gsize n)
{
    return cw_parameters_tensor(parameters, prefix, name, 1, (gint64[]){(gint64)n}, NULL);
}

CwLinear
cw_parameters_linear(CwParameters *parameters, const char *prefix, gsize n_in, gsize n_out,
                     gboolean has_bias)
{
    CwLinear linear = {.n_in = n_in, .n_out = n_out};
    const gint64 dims[] = {(gint64)n_out, (gint64)n_in};
    linear.weight = cw_parameters_tensor(parameters, prefix, "weight", 2, dims, &linear.transposed);
    if (has_bias)
        linear.bias = cw_parameters_vector(parameters, prefix, "bias", n_out);
    return linear;
}

CwLayerNorm
cw_parameters_norm(CwParameters *parameters, const char *prefix, gsize width, float eps)
{
    CwLayerNorm norm = {.width = width, .eps = eps};
    norm.gamma = cw_parameters_vector(parameters, prefix, "weight", width);
    norm.beta = cw_parameters_vector(parameters, prefix, "bias", width);
    return norm;
}
