#include "weights/safetensors.h"
#include "base/json.h"

#include <glib/gstdio.h>
#include <string.h>

#define LENGTH_BYTES 8

typedef struct {
    const char *name; /* belongs to the header */
    CwTensor tensor;
    guint64 begin, end; /* in the data behind the header */
} Entry;

struct _CwSafetensors {
    char *path;
    GMappedFile *map;
    CwJson *header;
    CwJsonValue metadata;
    guint64 n_data;   /* bytes behind the header */
    GArray *entries;  /* of Entry, by their place in the file */
    guint32 *by_name; /* indices of entries, by name */
};

void
cw_safetensors_close(CwSafetensors *file)
{
    if (!file)
        return;
    g_free(file->path);
    g_clear_pointer(&file->map, g_mapped_file_unref);
    cw_json_free(file->header);
    g_clear_pointer(&file->entries, g_array_unref);
    g_free(file->by_name);
    g_free(file);
}

G_GNUC_PRINTF(4, 5)
static gboolean
fail(const CwSafetensors *file, CwErrorCode code, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, CW_ERROR, code, "%s: %s", file->path, what);
    return FALSE;
}

static gboolean
map_file(CwSafetensors *file, GError **error)
{
    GStatBuf status;
    if (g_stat(file->path, &status) == 0 && !S_ISREG(status.st_mode))
        return fail(file, CW_ERROR_IO, error, "not a regular file");
    g_autoptr(GError) cause = NULL;
    file->map = g_mapped_file_new(file->path, FALSE, &cause);
    if (!file->map)
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s", cause->message);
    return file->map != NULL;
}

static gboolean
parse_header(CwSafetensors *file, GError **error)
{
    const guint64 size = g_mapped_file_get_length(file->map);
    if (size < LENGTH_BYTES)
        return fail(file, CW_ERROR_FORMAT, error,
                    "%" G_GUINT64_FORMAT " bytes are too few for a safetensors file", size);
    const char *bytes = g_mapped_file_get_contents(file->map);
    guint64 length;
    memcpy(&length, bytes, sizeof length);
    if (length > CW_SAFETENSORS_MAX_HEADER)
        return fail(file, CW_ERROR_LIMIT, error,
                    "the header claims %" G_GUINT64_FORMAT
                    " bytes, at most %d are read: damaged, or no safetensors file",
                    length, CW_SAFETENSORS_MAX_HEADER);
    if (length > size - LENGTH_BYTES)
        return fail(file, CW_ERROR_FORMAT, error,
                    "the header claims %" G_GUINT64_FORMAT " bytes, the file has %" G_GUINT64_FORMAT
                    ": cut off",
                    length, size - LENGTH_BYTES);
    file->n_data = size - LENGTH_BYTES - length;
    g_autofree char *name = g_strdup_printf("%s (header)", file->path);
    file->header = cw_json_parse(bytes + LENGTH_BYTES, length, name, error);
    return file->header != NULL;
}

/* code and what about object's member key; always FALSE. */
static gboolean
fail_member(CwJsonValue object, const char *key, CwErrorCode code, const char *what, GError **error)
{
    g_autofree char *place = cw_json_describe(object, key);
    g_set_error(error, CW_ERROR, code, "%s %s", place, what);
    return FALSE;
}

static gboolean
read_dtype(CwJsonValue object, CwDtype *dtype, GError **error)
{
    static const struct {
        const char *name;
        CwDtype dtype;
    } table[] = {
        {"F32", CW_DTYPE_F32},   {"F16", CW_DTYPE_F16}, {"BF16", CW_DTYPE_BF16},
        {"F64", CW_DTYPE_F64},   {"I64", CW_DTYPE_I64}, {"I32", CW_DTYPE_I32},
        {"I16", CW_DTYPE_I16},   {"I8", CW_DTYPE_I8},   {"U8", CW_DTYPE_U8},
        {"BOOL", CW_DTYPE_BOOL},
    };
    const char *name;
    if (!cw_json_get_string(object, "dtype", &name, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_str_equal(name, table[i].name)) {
            *dtype = table[i].dtype;
            return TRUE;
        }
    g_autofree char *what = g_strdup_printf("'%s' is not supported", name);
    return fail_member(object, "dtype", CW_ERROR_UNSUPPORTED, what, error);
}

/* Also the size of the tensor in bytes, without overflow. */
static gboolean
read_shape(CwJsonValue object, CwTensor *tensor, guint64 *n_bytes, GError **error)
{
    CwJsonValue shape;
    if (!cw_json_get_array(object, "shape", &shape, error))
        return FALSE;
    if (cw_json_length(shape) > CW_TENSOR_MAX_DIMS)
        return fail_member(object, "shape", CW_ERROR_UNSUPPORTED, "has more than 4 dimensions",
                           error);
    *n_bytes = cw_dtype_size(tensor->dtype);
    const void *cursor = NULL;
    CwJsonValue dim;
    while (cw_json_next(shape, &cursor, &dim, NULL)) {
        gint64 *size = &tensor->dims[tensor->n_dims++];
        if (!cw_json_value_int(dim, 0, G_MAXINT64, size, error))
            return FALSE;
        if (!g_uint64_checked_mul(n_bytes, *n_bytes, (guint64)*size))
            return fail_member(object, "shape", CW_ERROR_LIMIT, "is larger than any memory", error);
    }
    return TRUE;
}

static gboolean
read_offsets(CwJsonValue object, Entry *entry, GError **error)
{
    CwJsonValue offsets;
    if (!cw_json_get_array(object, "data_offsets", &offsets, error))
        return FALSE;
    const void *cursor = NULL;
    CwJsonValue value;
    gint64 pair[2] = {0, 0};
    if (cw_json_length(offsets) != 2)
        return fail_member(object, "data_offsets", CW_ERROR_FORMAT, "must be two numbers", error);
    for (guint i = 0; cw_json_next(offsets, &cursor, &value, NULL); i++)
        if (!cw_json_value_int(value, 0, G_MAXINT64, &pair[i], error))
            return FALSE;
    entry->begin = (guint64)pair[0];
    entry->end = (guint64)pair[1];
    return TRUE;
}

static gboolean
read_entry(CwSafetensors *file, CwJsonValue object, Entry *entry, GError **error)
{
    static const char *const keys[] = {"dtype", "shape", "data_offsets", NULL};
    guint64 n_bytes;
    if (!read_dtype(object, &entry->tensor.dtype, error) ||
        !read_shape(object, &entry->tensor, &n_bytes, error) ||
        !read_offsets(object, entry, error) || !cw_json_only_keys(object, keys, error))
        return FALSE;
    if (entry->begin > entry->end || entry->end > file->n_data)
        return fail(file, CW_ERROR_FORMAT, error,
                    "tensor '%s' claims bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                    " of %" G_GUINT64_FORMAT ": damaged or cut off",
                    entry->name, entry->begin, entry->end, file->n_data);
    if (entry->end - entry->begin != n_bytes)
        return fail(file, CW_ERROR_FORMAT, error,
                    "tensor '%s' needs %" G_GUINT64_FORMAT " bytes by its shape, its offsets hold "
                    "%" G_GUINT64_FORMAT,
                    entry->name, n_bytes, entry->end - entry->begin);
    const char *data = g_mapped_file_get_contents(file->map);
    const gsize header = g_mapped_file_get_length(file->map) - file->n_data;
    entry->tensor.data = data + header + entry->begin;
    entry->tensor.mapped = TRUE;
    return TRUE;
}

/* Names are repeated in messages. */
static gboolean
check_name(const CwSafetensors *file, const char *name, GError **error)
{
    for (const char *c = name; *c; c++)
        if (g_ascii_iscntrl(*c)) {
            g_autofree char *escaped = g_strescape(name, NULL);
            return fail(file, CW_ERROR_FORMAT, error, "a control character in the tensor name '%s'",
                        escaped);
        }
    return TRUE;
}

static gboolean
read_entries(CwSafetensors *file, GError **error)
{
    const CwJsonValue root = cw_json_root(file->header);
    if (!cw_json_is_object(root))
        return fail(file, CW_ERROR_FORMAT, error, "the header is not a JSON object");
    file->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    const void *cursor = NULL;
    CwJsonValue value;
    const char *name;
    while (cw_json_next(root, &cursor, &value, &name)) {
        if (g_str_equal(name, "__metadata__")) {
            file->metadata = value;
            continue;
        }
        Entry entry = {.name = name};
        if (!check_name(file, name, error) || !read_entry(file, value, &entry, error))
            return FALSE;
        g_array_append_val(file->entries, entry);
    }
    return TRUE;
}

static gint
compare_places(gconstpointer a, gconstpointer b)
{
    const Entry *left = a, *right = b;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    return left->end < right->end ? -1 : left->end > right->end;
}

/* Every byte of the data belongs to exactly one tensor. */
static gboolean
check_places(CwSafetensors *file, GError **error)
{
    g_array_sort(file->entries, compare_places);
    guint64 end = 0;
    const char *previous = "the header";
    for (guint i = 0; i < file->entries->len; i++) {
        const Entry *entry = &g_array_index(file->entries, Entry, i);
        if (entry->begin != end)
            return fail(file, CW_ERROR_FORMAT, error, "%s between %s and tensor '%s'",
                        entry->begin < end ? "an overlap" : "a hole", previous, entry->name);
        end = entry->end;
        previous = entry->name;
    }
    if (end != file->n_data)
        return fail(file, CW_ERROR_FORMAT, error,
                    "%" G_GUINT64_FORMAT " bytes behind the last tensor belong to none",
                    file->n_data - end);
    return TRUE;
}

static gint
compare_names(gconstpointer a, gconstpointer b, gpointer data)
{
    const GArray *entries = data;
    return strcmp(g_array_index(entries, Entry, *(const guint32 *)a).name,
                  g_array_index(entries, Entry, *(const guint32 *)b).name);
}

/* A sorted index: the names come from outside, and could be chosen to collide in a hash table. */
static void
sort_names(CwSafetensors *file)
{
    const guint n = file->entries->len;
    file->by_name = g_new(guint32, n);
    for (guint i = 0; i < n; i++)
        file->by_name[i] = i;
    g_qsort_with_data(file->by_name, (gint)n, sizeof *file->by_name, compare_names, file->entries);
}

CwSafetensors *
cw_safetensors_open(const char *path, GError **error)
{
    g_autoptr(CwSafetensors) file = g_new0(CwSafetensors, 1);
    file->path = g_strdup(path);
    if (!map_file(file, error) || !parse_header(file, error) || !read_entries(file, error) ||
        !check_places(file, error))
        return NULL;
    sort_names(file);
    return g_steal_pointer(&file);
}

guint
cw_safetensors_get_n_tensors(const CwSafetensors *file)
{
    return file->entries->len;
}

const char *
cw_safetensors_get_tensor(const CwSafetensors *file, guint i, CwTensor *tensor)
{
    const Entry *entry = &g_array_index(file->entries, Entry, i);
    *tensor = entry->tensor;
    return entry->name;
}

gboolean
cw_safetensors_find(const CwSafetensors *file, const char *name, CwTensor *tensor)
{
    guint low = 0, high = file->entries->len;
    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const Entry *entry = &g_array_index(file->entries, Entry, file->by_name[middle]);
        const int order = strcmp(name, entry->name);
        if (order == 0) {
            *tensor = entry->tensor;
            return TRUE;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return FALSE;
}

const char *
cw_safetensors_get_metadata(const CwSafetensors *file, const char *key)
{
    const char *value;
    return file->metadata.document && cw_json_get_string(file->metadata, key, &value, NULL) ? value
                                                                                            : NULL;
}
