#include "kernels/packed.h"

#include "kernels/bf16.h"

#include <math.h>
#include <string.h>

size_t
cw_product_group(CwProductType type)
{
    static const size_t groups[CW_PRODUCT_N_TYPES] = {1, 2, 4};
    return groups[type];
}

static size_t
divide_up(size_t n, size_t by)
{
    return n / by + (n % by != 0);
}

/* Where the parts of a packed matrix begin, in bytes. */
typedef struct {
    size_t bias, scales, sums, end;
} Layout;

static int
lay_out(CwProductType type, size_t n_columns, size_t depth, Layout *layout)
{
    const size_t n_panels = divide_up(n_columns, CW_PANEL_COLUMNS);
    const size_t n_groups = divide_up(depth, cw_product_group(type));
    const size_t vector = n_panels * CW_PANEL_COLUMNS * sizeof(float); /* a line for each panel */
    size_t panels;
    if (n_columns > SIZE_MAX / 64 ||
        __builtin_mul_overflow(n_panels * CW_LINE_BYTES, n_groups, &panels) ||
        panels > SIZE_MAX - 3 * vector)
        return 0;
    layout->bias = panels;
    layout->scales = layout->bias + vector;
    layout->sums = layout->scales + (type == CW_PRODUCT_INT8 ? vector : 0);
    layout->end = layout->sums + (type == CW_PRODUCT_INT8 ? vector : 0);
    return 1;
}

size_t
cw_packed_bytes(CwProductType type, size_t n_columns, size_t depth)
{
    Layout layout;
    return lay_out(type, n_columns, depth, &layout) ? layout.end : 0;
}

CwPackedMatrix
cw_packed_view(CwProductType type, size_t n_columns, size_t depth, const void *memory)
{
    const char *base = memory;
    Layout layout;
    CwPackedMatrix packed = {.type = type, .n_columns = n_columns, .depth = depth};
    if (!base || !lay_out(type, n_columns, depth, &layout))
        return packed;
    packed.n_groups = divide_up(depth, cw_product_group(type));
    packed.panels = base;
    packed.bias = (const float *)(base + layout.bias);
    if (type == CW_PRODUCT_INT8) {
        packed.scales = (const float *)(base + layout.scales);
        packed.sums = (const int32_t *)(base + layout.sums);
    }
    return packed;
}

/* One column into its place in a panel's lines: lines point at the first, this column's bytes. */
static void
pack_f32(const float *w, size_t depth, char *line)
{
    for (size_t k = 0; k < depth; k++, line += CW_LINE_BYTES)
        memcpy(line, &w[k], sizeof *w);
}

static void
pack_bf16(const float *w, size_t depth, char *line)
{
    for (size_t k = 0; k < depth; k += 2, line += CW_LINE_BYTES) {
        const uint16_t pair[2] = {cw_bf16_from_f32(w[k]),
                                  k + 1 < depth ? cw_bf16_from_f32(w[k + 1]) : 0};
        memcpy(line, pair, sizeof pair);
    }
}

/* Returns the column's scale; sum receives the sum of what was packed. */
static float
pack_int8(const float *w, size_t depth, char *line, int32_t *sum)
{
    float largest = 0;
    for (size_t k = 0; k < depth; k++)
        largest = fmaxf(largest, fabsf(w[k]));
    const float scale = largest > 0 ? largest / 127.0f : 1.0f;
    *sum = 0;
    for (size_t k = 0; k < depth; k += 4, line += CW_LINE_BYTES) {
        int8_t group[4] = {0};
        for (size_t i = 0; i < 4 && k + i < depth; i++) {
            group[i] = (int8_t)lrintf(w[k + i] / scale);
            *sum += group[i];
        }
        memcpy(line, group, sizeof group);
    }
    return scale;
}

void
cw_pack_columns(CwProductType type, size_t n_columns, size_t depth, size_t first, size_t n,
                const float *w, const float *bias, void *memory)
{
    Layout layout;
    if (!lay_out(type, n_columns, depth, &layout))
        return;
    char *base = memory;
    float *biases = (float *)(base + layout.bias), *scales = (float *)(base + layout.scales);
    int32_t *sums = (int32_t *)(base + layout.sums);
    const size_t panel_bytes = divide_up(depth, cw_product_group(type)) * (size_t)CW_LINE_BYTES;
    const size_t end = first + divide_up(n, CW_PANEL_COLUMNS) * CW_PANEL_COLUMNS;
    memset(base + first / CW_PANEL_COLUMNS * panel_bytes, 0,
           (end - first) / CW_PANEL_COLUMNS * panel_bytes);
    for (size_t i = 0, column = first; column < end; i++, column++) {
        char *line = base + column / CW_PANEL_COLUMNS * panel_bytes +
                     column % CW_PANEL_COLUMNS * (CW_LINE_BYTES / CW_PANEL_COLUMNS);
        const int real = i < n; /* beyond the matrix: zeros */
        biases[column] = real && bias ? bias[i] : 0;
        if (type == CW_PRODUCT_INT8) {
            scales[column] = 0;
            sums[column] = 0;
        }
        if (!real)
            continue;
        if (type == CW_PRODUCT_F32)
            pack_f32(w + i * depth, depth, line);
        else if (type == CW_PRODUCT_BF16)
            pack_bf16(w + i * depth, depth, line);
        else
            scales[column] = pack_int8(w + i * depth, depth, line, &sums[column]);
    }
}
