#include "weights/names.h"

#include <string.h>

/* Blocks and convolutions are counted with at most this many digits. */
#define MAX_DIGITS   3
#define MAX_CAPTURES 4

/* What '#' and '*' stood for: pieces of the publisher's name. */
typedef struct {
    const char *start[MAX_CAPTURES];
    gsize length[MAX_CAPTURES];
    guint n;
} Captures;

/* Length of the number that at begins with, written without leading zeros; or 0. */
static gsize
match_number(const char *at)
{
    gsize n = 0;
    while (g_ascii_isdigit(at[n]))
        n++;
    return n > MAX_DIGITS || (n > 1 && at[0] == '0') ? 0 : n;
}

static gsize
match_kind(const char *at)
{
    return g_str_has_prefix(at, "weight") ? strlen("weight")
           : g_str_has_prefix(at, "bias") ? strlen("bias")
                                          : 0;
}

static gboolean
match_pattern(const char *pattern, const char *name, Captures *captures)
{
    captures->n = 0;
    for (; *pattern; pattern++) {
        if (*pattern != '#' && *pattern != '*') {
            if (*name++ != *pattern)
                return FALSE;
            continue;
        }
        const gsize length = *pattern == '#' ? match_number(name) : match_kind(name);
        if (length == 0 || captures->n == MAX_CAPTURES)
            return FALSE;
        captures->start[captures->n] = name;
        captures->length[captures->n++] = length;
        name += length;
    }
    return *name == '\0';
}

static const CwNameRow *
find_row(const CwNaming *naming, const char *name, Captures *captures)
{
    for (const CwNameGroup *group = naming->groups; group->prefix; group++) {
        if (!g_str_has_prefix(name, group->prefix))
            continue;
        const char *rest = name + strlen(group->prefix);
        for (const CwNameRow *row = group->rows; row->pattern; row++)
            if (match_pattern(row->pattern, rest, captures))
                return row;
    }
    return NULL;
}

/* The canonical name, with part for the '@'. */
static char *
expand(const char *name, const Captures *captures, char part)
{
    GString *text = g_string_new(NULL);
    guint next = 0;
    for (; *name; name++) {
        if (*name == '@') {
            g_string_append_c(text, part);
        } else if (*name == '#' || *name == '*') {
            g_string_append_len(text, captures->start[next], (gssize)captures->length[next]);
            next++;
        } else {
            g_string_append_c(text, *name);
        }
    }
    return g_string_free(text, FALSE);
}

/* parts: "qkv" or "kv", one equal range of rows each. */
static gboolean
add_split(CwWeights *weights, const char *name, const Captures *captures, const char *original,
          const CwTensor *tensor, const char *parts, GError **error)
{
    const gint64 n_parts = (gint64)strlen(parts);
    if (tensor->n_dims == 0 || tensor->dims[0] % n_parts != 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: tensor '%s' holds %s in one, its rows must be a multiple of %d",
                    cw_weights_get_source(weights), original, parts, (int)n_parts);
        return FALSE;
    }
    CwTensor view = *tensor;
    view.dims[0] /= n_parts;
    const gsize n_bytes = cw_tensor_n_elements(&view) * cw_dtype_size(view.dtype);
    for (; *parts; parts++) {
        g_autofree char *canonical = expand(name, captures, *parts);
        if (!cw_weights_add(weights, canonical, original, &view, error))
            return FALSE;
        view.data = (const guint8 *)view.data + n_bytes;
    }
    return TRUE;
}

static void
squeeze(CwTensor *tensor, guint n_dims)
{
    while (tensor->n_dims > n_dims && tensor->dims[0] == 1) {
        memmove(tensor->dims, tensor->dims + 1, --tensor->n_dims * sizeof tensor->dims[0]);
    }
}

/* A view of the matrix in canonical order; what is no matrix is left for the network to refuse. */
static void
transpose(CwTensor *tensor)
{
    if (tensor->n_dims != 2)
        return;
    const gint64 rows = tensor->dims[0];
    tensor->dims[0] = tensor->dims[1];
    tensor->dims[1] = rows;
    tensor->transposed = TRUE;
}

gboolean
cw_naming_add(const CwNaming *naming, CwWeights *weights, const char *original,
              const CwTensor *tensor, gboolean *known, GError **error)
{
    Captures captures;
    const CwNameRow *row = find_row(naming, original, &captures);
    *known = row != NULL;
    if (!row || row->action == CW_NAME_IGNORE)
        return TRUE;
    if (row->action == CW_NAME_SPLIT_QKV)
        return add_split(weights, row->name, &captures, original, tensor, "qkv", error);
    if (row->action == CW_NAME_SPLIT_KV)
        return add_split(weights, row->name, &captures, original, tensor, "kv", error);
    CwTensor view = *tensor;
    if (row->action == CW_NAME_TRANSPOSE)
        transpose(&view);
    else if (row->action == CW_NAME_SQUEEZE)
        squeeze(&view, row->n_dims);
    g_autofree char *canonical = expand(row->name, &captures, 0);
    return cw_weights_add(weights, canonical, original, &view, error);
}
