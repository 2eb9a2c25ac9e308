#include "net/parameters.h"

#include "base/pool.h"

#include <stdlib.h>

#define ALIGNMENT 64

static GPtrArray *
new_owned(void)
{
    return g_ptr_array_new_with_free_func(free);
}

CwParameters
cw_parameters_begin(CwWeights *weights, CwProductType type)
{
    return (CwParameters){.weights = weights, .type = type, .owned = new_owned()};
}

/* Memory of the network's own; bytes: a multiple of ALIGNMENT. */
static void *
allocate(CwParameters *parameters, gsize bytes)
{
    void *memory = aligned_alloc(ALIGNMENT, MAX(bytes, ALIGNMENT));
    if (memory)
        g_ptr_array_add(parameters->owned, memory);
    else
        g_set_error(&parameters->error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for the packed matrices (%zu bytes)", bytes);
    return memory;
}

gboolean
cw_parameters_give_up(CwParameters *parameters, GError **error)
{
    g_ptr_array_unref(parameters->owned);
    if (!parameters->error)
        return TRUE;
    g_propagate_error(error, parameters->error);
    return FALSE;
}

gboolean
cw_parameters_place(CwParameters *parameters, const CwNetStore *store, GError **error)
{
    CwPacking *packing = &parameters->packing;
    const gsize bytes = packing->used;
    g_ptr_array_unref(parameters->owned); /* of the first pass */
    parameters->owned = new_owned();
    packing->used = 0;
    if (!parameters->error)
        packing->memory =
            store ? store->acquire(store->data, bytes, &packing->filled, &parameters->error)
                  : allocate(parameters, bytes);
    return parameters->error ? cw_parameters_give_up(parameters, error) : TRUE;
}

GPtrArray *
cw_parameters_end(CwParameters *parameters, const CwNetStore *store)
{
    if (store && !parameters->packing.filled)
        store->commit(store->data);
    return parameters->owned;
}

/* bytes: a multiple of ALIGNMENT. */
static void *
take_packed(CwParameters *parameters, gsize bytes)
{
    CwPacking *packing = &parameters->packing;
    const gsize start = packing->used;
    if (parameters->error)
        return NULL;
    if (bytes == 0 || !g_size_checked_add(&packing->used, start, bytes)) {
        g_set_error(&parameters->error, CW_ERROR, CW_ERROR_LIMIT, "the matrices are too large");
        return NULL;
    }
    return packing->memory ? packing->memory + start : NULL;
}

float *
cw_parameters_allocate_packed(CwParameters *parameters, gsize n)
{
    return take_packed(parameters, (n * sizeof(float) + ALIGNMENT - 1) & ~(gsize)(ALIGNMENT - 1));
}

const CwTensor *
cw_parameters_view(CwParameters *parameters, const char *prefix, const char *name, guint n_dims,
                   const gint64 *dims)
{
    g_autofree char *full = prefix ? g_strconcat(prefix, ".", name, NULL) : g_strdup(name);
    if (parameters->error)
        return NULL;
    return cw_weights_take(parameters->weights, full, n_dims, dims, &parameters->error);
}

void
cw_parameters_done_with(const CwParameters *parameters, const CwTensor *view)
{
    if (view && parameters->packing.memory)
        cw_tensor_release(view);
}

const float *
cw_parameters_tensor(CwParameters *parameters, const char *prefix, const char *name, guint n_dims,
                     const gint64 *dims)
{
    const CwTensor *tensor = cw_parameters_view(parameters, prefix, name, n_dims, dims);
    if (!tensor)
        return NULL;
    float *values = cw_parameters_allocate_packed(parameters, cw_tensor_n_elements(tensor));
    if (values && !parameters->packing.filled)
        cw_tensor_to_f32(tensor, values);
    return values;
}

const float *
cw_parameters_vector(CwParameters *parameters, const char *prefix, const char *name, gsize n)
{
    return cw_parameters_tensor(parameters, prefix, name, 1, (gint64[]){(gint64)n});
}

/* Columns that one task packs, with a buffer of its own. */
#define TASK_COLUMNS 64

typedef struct {
    CwProductType type;
    gsize n_in, n_out;
    CwRowFunc func;
    gpointer data;
    const float *input_scales;
    void *memory;
} Pack;

static void
pack_task(gpointer data, guint index)
{
    const Pack *pack = data;
    const gsize first = (gsize)index * TASK_COLUMNS, n = MIN(TASK_COLUMNS, pack->n_out - first);
    float bias[TASK_COLUMNS];
    g_autofree float *rows = g_new(float, n * pack->n_in);
    for (gsize i = 0; i < n; i++) {
        float *row = rows + i * pack->n_in;
        bias[i] = pack->func(pack->data, first + i, row);
        for (gsize k = 0; pack->input_scales && k < pack->n_in; k++)
            row[k] *= pack->input_scales[k];
    }
    cw_pack_columns(pack->type, pack->n_out, pack->n_in, first, n, rows, bias, pack->memory);
}

CwLinear
cw_parameters_linear_by_rows(CwParameters *parameters, gsize n_in, gsize n_out, CwRowFunc func,
                             gpointer data)
{
    CwLinear linear = {.n_in = n_in, .n_out = n_out};
    const CwProductType type = parameters->type;
    void *memory = take_packed(parameters, cw_packed_bytes(type, n_out, n_in));
    if (memory && !parameters->packing.filled) {
        Pack pack = {type, n_in, n_out, func, data, parameters->input_scales, memory};
        cw_pool_run(0, (guint)((n_out + TASK_COLUMNS - 1) / TASK_COLUMNS), pack_task, &pack);
    }
    linear.w = cw_packed_view(type, n_out, n_in, memory);
    return linear;
}

typedef struct {
    CwTensor weight; /* with contiguous rows */
    const float *bias;
} Rows;

static float
read_row(gpointer data, gsize output, float *row)
{
    const Rows *rows = data;
    cw_tensor_row_to_f32(&rows->weight, output, row);
    return rows->bias ? rows->bias[output] : 0;
}

CwLinear
cw_parameters_linear(CwParameters *parameters, const char *prefix, gsize n_in, gsize n_out,
                     gboolean has_bias)
{
    const gint64 dims[] = {(gint64)n_out, (gint64)n_in};
    const CwTensor *weight = cw_parameters_view(parameters, prefix, "weight", 2, dims);
    Rows rows = {0};
    if (has_bias)
        rows.bias = cw_parameters_vector(parameters, prefix, "bias", n_out);
    if (weight)
        rows.weight = *weight;
    const CwLinear linear = cw_parameters_linear_by_rows(parameters, n_in, n_out, read_row, &rows);
    cw_parameters_done_with(parameters, weight);
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
