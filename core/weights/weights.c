#include "weights/weights.h"

#include <string.h>

typedef struct {
    char *name;
    char *original;
    CwTensor tensor;
    gboolean taken;
} Entry;

struct _CwWeights {
    char *source;
    GPtrArray *entries;  /* of Entry, in the order they were added */
    GHashTable *by_name; /* name -> Entry, neither owned */
};

static void
free_entry(gpointer data)
{
    Entry *entry = data;
    g_free(entry->name);
    g_free(entry->original);
    g_free(entry);
}

CwWeights *
cw_weights_new(const char *source)
{
    CwWeights *weights = g_new0(CwWeights, 1);
    weights->source = g_strdup(source);
    weights->entries = g_ptr_array_new_with_free_func(free_entry);
    weights->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    return weights;
}

void
cw_weights_free(CwWeights *weights)
{
    if (!weights)
        return;
    g_hash_table_unref(weights->by_name);
    g_ptr_array_unref(weights->entries);
    g_free(weights->source);
    g_free(weights);
}

const char *
cw_weights_get_source(const CwWeights *weights)
{
    return weights->source;
}

gboolean
cw_weights_add(CwWeights *weights, const char *name, const char *original, const CwTensor *tensor,
               GError **error)
{
    const Entry *other = g_hash_table_lookup(weights->by_name, name);
    if (other) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: tensors '%s' and '%s' are both %s",
                    weights->source, other->original, original ? original : name, name);
        return FALSE;
    }
    Entry *entry = g_new0(Entry, 1);
    entry->name = g_strdup(name);
    entry->original = g_strdup(original ? original : name);
    entry->tensor = *tensor;
    g_ptr_array_add(weights->entries, entry);
    g_hash_table_insert(weights->by_name, entry->name, entry);
    return TRUE;
}

gboolean
cw_weights_has(const CwWeights *weights, const char *name)
{
    return g_hash_table_contains(weights->by_name, name);
}

static void
append_dims(GString *text, guint n_dims, const gint64 *dims)
{
    if (n_dims == 0)
        g_string_append(text, "[]");
    for (guint i = 0; i < n_dims; i++)
        g_string_append_printf(text, "[%" G_GINT64_FORMAT "]", dims[i]);
}

static gboolean
has_dims(const CwTensor *tensor, guint n_dims, const gint64 *dims)
{
    if (tensor->n_dims != n_dims)
        return FALSE;
    for (guint i = 0; i < n_dims; i++)
        if (tensor->dims[i] != dims[i])
            return FALSE;
    return TRUE;
}

static gboolean
is_floating(CwDtype dtype)
{
    return dtype == CW_DTYPE_F32 || dtype == CW_DTYPE_F16 || dtype == CW_DTYPE_BF16 ||
           dtype == CW_DTYPE_F64;
}

const CwTensor *
cw_weights_take(CwWeights *weights, const char *name, guint n_dims, const gint64 *dims,
                GError **error)
{
    g_autoptr(GString) right = g_string_new(NULL);
    append_dims(right, n_dims, dims);
    Entry *entry = g_hash_table_lookup(weights->by_name, name);
    if (!entry) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: tensor %s %s is missing",
                    weights->source, name, right->str);
        return NULL;
    }
    if (!has_dims(&entry->tensor, n_dims, dims)) {
        g_autoptr(GString) found = g_string_new(NULL);
        append_dims(found, entry->tensor.n_dims, entry->tensor.dims);
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: tensor '%s' (%s) is %s, must be %s by the configuration", weights->source,
                    entry->original, name, found->str, right->str);
        return NULL;
    }
    if (!is_floating(entry->tensor.dtype)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: tensor '%s' (%s) holds %s, must be f32, f16, bf16 or f64", weights->source,
                    entry->original, name, cw_dtype_to_string(entry->tensor.dtype));
        return NULL;
    }
    entry->taken = TRUE;
    return &entry->tensor;
}

gboolean
cw_weights_check_consumed(const CwWeights *weights, GError **error)
{
    enum { MAX_NAMED = 5 };
    g_autoptr(GString) names = g_string_new(NULL);
    guint n = 0;
    for (guint i = 0; i < weights->entries->len; i++) {
        const Entry *entry = weights->entries->pdata[i];
        if (entry->taken)
            continue;
        if (n++ < MAX_NAMED)
            g_string_append_printf(names, "%s'%s'", n > 1 ? ", " : "", entry->original);
    }
    if (n == 0)
        return TRUE;
    if (n > MAX_NAMED)
        g_string_append_printf(names, " and %u more", n - MAX_NAMED);
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "%s: the configured network has no use for %s", weights->source, names->str);
    return FALSE;
}

guint64
cw_weights_n_parameters(const CwWeights *weights)
{
    guint64 n = 0;
    for (guint i = 0; i < weights->entries->len; i++) {
        const Entry *entry = weights->entries->pdata[i];
        if (!g_str_has_suffix(entry->name, ".bn.mean") && !g_str_has_suffix(entry->name, ".bn.var"))
            n += cw_tensor_n_elements(&entry->tensor);
    }
    return n;
}
