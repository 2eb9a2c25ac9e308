#include "weights/weights.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "checkpoints are little-endian and mapped as they lie"
#endif

static const struct {
    const char *name;
    guint8 size;
} dtypes[] = {
    [CW_DTYPE_F32] = {"f32", 4},   [CW_DTYPE_F16] = {"f16", 2}, [CW_DTYPE_BF16] = {"bf16", 2},
    [CW_DTYPE_F64] = {"f64", 8},   [CW_DTYPE_I64] = {"i64", 8}, [CW_DTYPE_I32] = {"i32", 4},
    [CW_DTYPE_I16] = {"i16", 2},   [CW_DTYPE_I8] = {"i8", 1},   [CW_DTYPE_U8] = {"u8", 1},
    [CW_DTYPE_BOOL] = {"bool", 1},
};

gsize
cw_dtype_size(CwDtype dtype)
{
    return dtypes[dtype].size;
}

const char *
cw_dtype_to_string(CwDtype dtype)
{
    return dtypes[dtype].name;
}

gsize
cw_tensor_n_elements(const CwTensor *tensor)
{
    gsize n = 1;
    for (guint i = 0; i < tensor->n_dims; i++)
        n *= (gsize)tensor->dims[i];
    return n;
}

/* Without branches, tables or denormal operands (which some hosts flush to zero), so that compilers
 * make vector code of the loop that calls it. Returns the bits of the f32. */
static inline guint32
f16_to_f32_bits(guint16 half)
{
    const guint32 sign = (guint32)(half & 0x8000) << 16;
    const guint32 rest = (guint32)(half & 0x7fff) << 13;
    /* The bias of the exponent grows from 15 to 127; infinity and NaN stay the largest exponent. */
    const guint32 normal = rest + (rest >= 31u << 23 ? 224u << 23 : 112u << 23);
    /* A denormal is its mantissa times 2^-24: set behind a leading one that is then taken away. */
    const guint32 behind_one = rest + (113u << 23);
    float denormal;
    memcpy(&denormal, &behind_one, sizeof denormal);
    denormal -= 0x1p-14f;
    guint32 denormal_bits;
    memcpy(&denormal_bits, &denormal, sizeof denormal_bits);
    return sign | (rest < 1u << 23 ? denormal_bits : normal);
}

/* from may be misaligned. */
static void
convert_f16(const guint8 *from, gsize n, float *out)
{
    for (gsize i = 0; i < n; i++) {
        guint16 half;
        memcpy(&half, from + 2 * i, sizeof half);
        const guint32 bits = f16_to_f32_bits(half);
        memcpy(out + i, &bits, sizeof bits);
    }
}

static void
convert_bf16(const guint8 *from, gsize n, float *out)
{
    for (gsize i = 0; i < n; i++) {
        guint16 half;
        memcpy(&half, from + 2 * i, sizeof half);
        const guint32 bits = (guint32)half << 16;
        memcpy(out + i, &bits, sizeof bits);
    }
}

static void
convert_f64(const guint8 *from, gsize n, float *out)
{
    for (gsize i = 0; i < n; i++) {
        double wide;
        memcpy(&wide, from + 8 * i, sizeof wide);
        out[i] = (float)wide;
    }
}

static void
convert(CwDtype dtype, const guint8 *from, gsize n, float *out)
{
    switch (dtype) {
    case CW_DTYPE_F32:
        memcpy(out, from, n * sizeof *out);
        return;
    case CW_DTYPE_F16:
        convert_f16(from, n, out);
        return;
    case CW_DTYPE_BF16:
        convert_bf16(from, n, out);
        return;
    case CW_DTYPE_F64:
        convert_f64(from, n, out);
        return;
    default:
        g_assert_not_reached();
    }
}

/* Converts a band of stored rows at a time and scatters it, so that each line of the output is
 * written in runs. */
static void
convert_transposed(const CwTensor *tensor, float *out)
{
    enum { TILE = 32 };
    const gsize n_columns = (gsize)tensor->dims[0]; /* of the stored matrix */
    const gsize n_rows = (gsize)tensor->dims[1];
    const gsize size = cw_dtype_size(tensor->dtype);
    float tile[TILE][TILE];
    for (gsize row = 0; row < n_rows; row += TILE) {
        const gsize height = MIN(TILE, n_rows - row);
        for (gsize column = 0; column < n_columns; column += TILE) {
            const gsize width = MIN(TILE, n_columns - column);
            for (gsize y = 0; y < height; y++)
                convert(tensor->dtype,
                        (const guint8 *)tensor->data + ((row + y) * n_columns + column) * size,
                        width, tile[y]);
            for (gsize x = 0; x < width; x++)
                for (gsize y = 0; y < height; y++)
                    out[(column + x) * n_rows + row + y] = tile[y][x];
        }
    }
}

void
cw_tensor_to_f32(const CwTensor *tensor, float *out)
{
    if (tensor->transposed)
        convert_transposed(tensor, out);
    else
        convert(tensor->dtype, tensor->data, cw_tensor_n_elements(tensor), out);
}

void
cw_tensor_row_to_f32(const CwTensor *tensor, gsize row, float *out)
{
    const gsize n_rows = (gsize)tensor->dims[0], n = cw_tensor_n_elements(tensor) / n_rows;
    const gsize size = cw_dtype_size(tensor->dtype);
    const guint8 *data = tensor->data;
    if (!tensor->transposed)
        convert(tensor->dtype, data + row * n * size, n, out);
    else
        for (gsize i = 0; i < n; i++)
            convert(tensor->dtype, data + (i * n_rows + row) * size, 1, out + i);
}

void
cw_tensor_release(const CwTensor *tensor)
{
    const guintptr page = (guintptr)sysconf(_SC_PAGESIZE), first = (guintptr)tensor->data;
    const guintptr end = first + cw_tensor_n_elements(tensor) * cw_dtype_size(tensor->dtype);
    const guintptr from = (first + page - 1) / page * page, to = end / page * page;
    if (tensor->mapped && from < to)
        madvise((void *)from, to - from, MADV_DONTNEED);
}

const float *
cw_tensor_as_f32(const CwTensor *tensor)
{
    const gboolean aligned = GPOINTER_TO_SIZE(tensor->data) % sizeof(float) == 0;
    return tensor->dtype == CW_DTYPE_F32 && aligned && !tensor->transposed ? tensor->data : NULL;
}
