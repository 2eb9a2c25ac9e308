#include "safetensors_writer.h"

#include "base/json_write.h"
#include "fixture.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

typedef struct {
    char *name;
    CwTensor view;
    void *data; /* owned; NULL for random numbers */
    float mean, spread;
} Entry;

struct _CwTestTensors {
    GPtrArray *entries;
};

static void
free_entry(gpointer data)
{
    Entry *entry = data;
    g_free(entry->name);
    g_free(entry->data);
    g_free(entry);
}

CwTestTensors *
cw_test_tensors_new(void)
{
    CwTestTensors *tensors = g_new0(CwTestTensors, 1);
    tensors->entries = g_ptr_array_new_with_free_func(free_entry);
    return tensors;
}

void
cw_test_tensors_free(CwTestTensors *tensors)
{
    if (!tensors)
        return;
    g_ptr_array_unref(tensors->entries);
    g_free(tensors);
}

static Entry *
add_entry(CwTestTensors *tensors, const char *name, CwDtype dtype, guint n_dims, const gint64 *dims)
{
    Entry *entry = g_new0(Entry, 1);
    entry->name = g_strdup(name);
    entry->view.dtype = dtype;
    entry->view.n_dims = n_dims;
    for (guint i = 0; i < n_dims; i++)
        entry->view.dims[i] = dims[i];
    g_ptr_array_add(tensors->entries, entry);
    return entry;
}

static gsize
entry_bytes(const Entry *entry)
{
    return cw_tensor_n_elements(&entry->view) * cw_dtype_size(entry->view.dtype);
}

/* Rounds to nearest, ties to even. Below 2^-14 the steps of an f16 are 2^-24 wide. */
static guint16
to_f16(float value)
{
    const guint16 sign = signbit(value) ? 0x8000 : 0;
    const double size = fabs((double)value);
    if (isnan(value))
        return 0x7e00;
    if (size == 0)
        return sign;
    if (size >= 65520)
        return sign | 0x7c00;
    int exponent = 0;
    frexp(size, &exponent);
    exponent = MAX(exponent - 1, -14);
    /* The hidden bit of the mantissa carries into the exponent field by itself. */
    const guint steps = (guint)nearbyint(ldexp(size, 10 - exponent));
    return sign | (guint16)(steps + ((guint)(exponent + 14) << 10));
}

static guint16
to_bf16(float value)
{
    guint32 bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value))
        return 0x7fc0;
    return (guint16)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static void
store(CwDtype dtype, const float *values, gsize n, guint8 *out)
{
    g_assert(dtype == CW_DTYPE_F32 || dtype == CW_DTYPE_F16 || dtype == CW_DTYPE_BF16);
    if (dtype == CW_DTYPE_F32) {
        memcpy(out, values, n * sizeof *values);
        return;
    }
    for (gsize i = 0; i < n; i++) {
        const guint16 half = dtype == CW_DTYPE_F16 ? to_f16(values[i]) : to_bf16(values[i]);
        memcpy(out + 2 * i, &half, 2);
    }
}

void
cw_test_tensors_add(CwTestTensors *tensors, const char *name, CwDtype dtype, guint n_dims,
                    const gint64 *dims, const float *values)
{
    Entry *entry = add_entry(tensors, name, dtype, n_dims, dims);
    entry->data = g_malloc(MAX(entry_bytes(entry), 1));
    store(dtype, values, cw_tensor_n_elements(&entry->view), entry->data);
}

void
cw_test_tensors_add_random(CwTestTensors *tensors, const char *name, CwDtype dtype, guint n_dims,
                           const gint64 *dims, float mean, float spread)
{
    Entry *entry = add_entry(tensors, name, dtype, n_dims, dims);
    entry->mean = mean;
    entry->spread = spread;
}

void
cw_test_tensors_add_raw(CwTestTensors *tensors, const char *name, CwDtype dtype, guint n_dims,
                        const gint64 *dims, const void *data)
{
    Entry *entry = add_entry(tensors, name, dtype, n_dims, dims);
    entry->data = g_memdup2(data, entry_bytes(entry));
}

static GString *
make_header(const CwTestTensors *tensors, const char *metadata)
{
    static const char *const names[] = {"F32", "F16", "BF16", "F64", "I64",
                                        "I32", "I16", "I8",   "U8",  "BOOL"};
    GString *header = g_string_new("{");
    if (metadata)
        g_string_append_printf(header, "\"__metadata__\":%s", metadata);
    gsize offset = 0;
    for (guint i = 0; i < tensors->entries->len; i++) {
        const Entry *entry = tensors->entries->pdata[i];
        cw_json_write_key(header, entry->name);
        g_string_append_printf(header, "{\"dtype\":\"%s\",\"shape\":[", names[entry->view.dtype]);
        for (guint d = 0; d < entry->view.n_dims; d++)
            g_string_append_printf(header, "%s%" G_GINT64_FORMAT, d ? "," : "",
                                   entry->view.dims[d]);
        g_string_append_printf(header,
                               "],\"data_offsets\":[%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT "]}",
                               offset, offset + entry_bytes(entry));
        offset += entry_bytes(entry);
    }
    g_string_append_c(header, '}');
    while (header->len % 8)
        g_string_append_c(header, ' ');
    return header;
}

static void
write_bytes(GOutputStream *file, const void *data, gsize n)
{
    g_autoptr(GError) error = NULL;
    g_output_stream_write_all(file, data, n, NULL, NULL, &error);
    g_assert_no_error(error);
}

static void
write_random(GOutputStream *file, const Entry *entry)
{
    enum { CHUNK = 16384 };
    float values[CHUNK];
    guint8 bytes[CHUNK * sizeof(float)];
    const gsize size = cw_dtype_size(entry->view.dtype);
    guint64 state = g_str_hash(entry->name) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) | 1;
    gsize left = cw_tensor_n_elements(&entry->view);
    while (left) {
        const gsize n = MIN(left, CHUNK);
        for (gsize i = 0; i < n; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            values[i] = entry->mean + entry->spread * ((float)(state >> 40) * 0x1p-23f - 1);
        }
        store(entry->view.dtype, values, n, bytes);
        write_bytes(file, bytes, n * size);
        left -= n;
    }
}

static GOutputStream *
create(const char *dir, const char *name, char **path)
{
    g_autoptr(GError) error = NULL;
    *path = g_build_filename(dir, name, NULL);
    g_autoptr(GFile) target = g_file_new_for_path(*path);
    g_autoptr(GFileOutputStream) raw =
        g_file_replace(target, NULL, FALSE, G_FILE_CREATE_NONE, NULL, &error);
    g_assert_no_error(error);
    return g_buffered_output_stream_new_sized(G_OUTPUT_STREAM(raw), 1 << 20);
}

static void
close_file(GOutputStream *file)
{
    g_autoptr(GError) error = NULL;
    g_output_stream_close(file, NULL, &error);
    g_assert_no_error(error);
    g_object_unref(file);
}

char *
cw_test_tensors_write(const CwTestTensors *tensors, const char *dir, const char *name,
                      const char *metadata)
{
    char *path;
    GOutputStream *file = create(dir, name, &path);
    g_autoptr(GString) header = make_header(tensors, metadata);
    const guint64 length = GUINT64_TO_LE(header->len);
    write_bytes(file, &length, sizeof length);
    write_bytes(file, header->str, header->len);
    for (guint i = 0; i < tensors->entries->len; i++) {
        const Entry *entry = tensors->entries->pdata[i];
        if (entry->data)
            write_bytes(file, entry->data, entry_bytes(entry));
        else
            write_random(file, entry);
    }
    close_file(file);
    return path;
}

char *
cw_test_write_safetensors_header(const char *dir, const char *name, const char *header,
                                 gsize n_data)
{
    char *path;
    GOutputStream *file = create(dir, name, &path);
    g_autofree void *zeros = g_malloc0(MAX(n_data, 1));
    const guint64 length = GUINT64_TO_LE(strlen(header));
    write_bytes(file, &length, sizeof length);
    write_bytes(file, header, strlen(header));
    write_bytes(file, zeros, n_data);
    close_file(file);
    return path;
}
