#include "train/parameters.h"

#include <string.h>

static void
clear_entry(gpointer entry)
{
    g_free(((CwTrainEntry *)entry)->name);
}

CwTrainParameters *
cw_train_parameters_new(void)
{
    CwTrainParameters *parameters = g_new0(CwTrainParameters, 1);
    parameters->entries = g_array_new(FALSE, TRUE, sizeof(CwTrainEntry));
    g_array_set_clear_func(parameters->entries, clear_entry);
    return parameters;
}

void
cw_train_parameters_free(CwTrainParameters *parameters)
{
    g_array_unref(parameters->entries);
    g_free(parameters->values);
    g_free(parameters->gradients);
    g_free(parameters);
}

static void
add_entry(CwTrainParameters *parameters, char *name, guint n_dims, const gint64 *dims)
{
    CwTrainEntry entry = {.name = name, .n_dims = n_dims, .first = parameters->n, .n = 1};
    for (guint i = 0; i < n_dims; i++) {
        entry.dims[i] = dims[i];
        entry.n *= (gsize)dims[i];
    }
    parameters->n += entry.n;
    g_array_append_val(parameters->entries, entry);
}

CwReal *
cw_train_parameters_take(CwTrainParameters *parameters, const char *prefix, const char *name,
                         guint n_dims, const gint64 *dims, CwReal **gradients)
{
    g_autofree char *full = prefix ? g_strdup_printf("%s.%s", prefix, name) : g_strdup(name);
    *gradients = NULL;
    if (!parameters->values) {
        add_entry(parameters, g_steal_pointer(&full), n_dims, dims);
        return NULL;
    }
    g_assert(parameters->n_taken < parameters->entries->len);
    const CwTrainEntry *entry =
        &g_array_index(parameters->entries, CwTrainEntry, parameters->n_taken++);
    g_assert_cmpstr(entry->name, ==, full);
    *gradients = parameters->gradients + entry->first;
    return parameters->values + entry->first;
}

CwTrainLinear
cw_train_parameters_linear(CwTrainParameters *parameters, const char *prefix, gsize n_in,
                           gsize n_out, gboolean has_bias)
{
    const gint64 dims[] = {(gint64)n_out, (gint64)n_in};
    CwTrainLinear linear = {.n_in = n_in, .n_out = n_out};
    linear.w = cw_train_parameters_take(parameters, prefix, "weight", 2, dims, &linear.dw);
    if (has_bias)
        linear.bias = cw_train_parameters_take(parameters, prefix, "bias", 1, dims, &linear.dbias);
    return linear;
}

CwTrainNorm
cw_train_parameters_norm(CwTrainParameters *parameters, const char *prefix, gsize width, float eps)
{
    const gint64 dims[] = {(gint64)width};
    CwTrainNorm norm = {.width = width, .eps = eps};
    norm.gamma = cw_train_parameters_take(parameters, prefix, "weight", 1, dims, &norm.dgamma);
    norm.beta = cw_train_parameters_take(parameters, prefix, "bias", 1, dims, &norm.dbeta);
    return norm;
}

gboolean
cw_train_parameters_place(CwTrainParameters *parameters, GError **error)
{
    parameters->values = g_try_new0(CwReal, parameters->n);
    parameters->gradients = g_try_new0(CwReal, parameters->n);
    if (parameters->values && parameters->gradients)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                "no memory for %" G_GSIZE_FORMAT " parameters and their gradients", parameters->n);
    return FALSE;
}

static void
convert(const CwTensor *tensor, gsize n, CwReal *values)
{
#ifdef CW_TRAIN_DOUBLE
    g_autofree float *read = g_new(float, n);
    cw_tensor_to_f32(tensor, read);
    for (gsize i = 0; i < n; i++)
        values[i] = read[i];
#else
    cw_tensor_to_f32(tensor, values);
#endif
}

gboolean
cw_train_parameters_load(CwTrainParameters *parameters, CwWeights *weights, GPtrArray *missing,
                         GError **error)
{
    for (guint i = 0; i < parameters->entries->len; i++) {
        const CwTrainEntry *entry = &g_array_index(parameters->entries, CwTrainEntry, i);
        const CwTensor *tensor = cw_weights_take(weights, entry->name, entry->n_dims, entry->dims,
                                                 missing ? NULL : error);
        if (tensor)
            convert(tensor, entry->n, parameters->values + entry->first);
        else if (missing)
            g_ptr_array_add(missing, g_strdup(entry->name));
        else
            return FALSE;
    }
    return TRUE;
}
