/* Packing of what changes with every picture: the keys and values of attention. */
#include "kernels/packed.h"

#include "kernels/bf16.h"

#define COLUMNS CW_PANEL_COLUMNS

void
cw_pack_rows(CwProductType type, size_t n_columns, size_t depth, const float *x, size_t stride,
             void *memory)
{
    const size_t n_groups = cw_packed_view(type, n_columns, depth, memory).n_groups;
    uint32_t *line = memory;
    for (size_t first = 0; first < n_columns; first += COLUMNS) {
        const size_t n = n_columns - first < COLUMNS ? n_columns - first : COLUMNS;
        const float *rows = x + first * stride;
        for (size_t g = 0; g < n_groups; g++, line += COLUMNS) {
            for (size_t i = 0; i < n; i++) {
                if (type == CW_PRODUCT_F32) {
                    memcpy(&line[i], &rows[i * stride + g], 4);
                } else {
                    const float *pair = rows + i * stride + 2 * g;
                    line[i] = cw_bf16_from_f32(pair[0]);
                    if (2 * g + 1 < depth)
                        line[i] |= (uint32_t)cw_bf16_from_f32(pair[1]) << 16;
                }
            }
            for (size_t i = n; i < COLUMNS; i++)
                line[i] = 0;
        }
    }
}

void
cw_pack_transposed(CwProductType type, size_t n_columns, size_t depth, const float *x,
                   size_t stride, void *memory)
{
    const size_t n_groups = cw_packed_view(type, n_columns, depth, memory).n_groups;
    uint32_t *line = memory;
    for (size_t first = 0; first < n_columns; first += COLUMNS) {
        const size_t n = n_columns - first < COLUMNS ? n_columns - first : COLUMNS;
        for (size_t g = 0; g < n_groups; g++, line += COLUMNS) {
            const float *row = x + g * (type == CW_PRODUCT_F32 ? 1 : 2) * stride + first;
            if (type == CW_PRODUCT_F32) {
                memcpy(line, row, n * sizeof *line);
            } else {
                for (size_t i = 0; i < n; i++)
                    line[i] = cw_bf16_from_f32(row[i]);
                if (2 * g + 1 < depth)
                    for (size_t i = 0; i < n; i++)
                        line[i] |= (uint32_t)cw_bf16_from_f32(row[stride + i]) << 16;
            }
            for (size_t i = n; i < COLUMNS; i++)
                line[i] = 0;
        }
    }
}
