/* Packing of what changes with every picture, the keys and values of attention: a part of
 * rows_f32_template.c. */

/* Groups of the depth that are turned over at a time. */
#define BLOCK 64

/* Groups first .. first + n - 1 of the depth of one row. */
static void
fetch_groups(CwProductType type, const float *x, size_t depth, size_t first, size_t n, uint32_t *to)
{
    const size_t length = cw_product_group(type), begin = first * length;
    if (type == CW_PRODUCT_F32)
        memcpy(to, x + begin, n * sizeof *to);
    else
        round_to_bf16(x + begin, depth - begin < n * length ? depth - begin : n * length,
                      n * length, (uint16_t *)to);
}

static void
pack_rows(CwProductType type, size_t n_columns, size_t depth, const float *x, size_t stride,
          void *memory)
{
    const size_t n_groups = cw_packed_view(type, n_columns, depth, memory).n_groups;
    uint32_t *line = memory;
    for (size_t column = 0; column < n_columns; column += CW_PANEL_COLUMNS)
        for (size_t first = 0; first < n_groups; first += BLOCK) {
            const size_t n = n_groups - first < BLOCK ? n_groups - first : BLOCK;
            uint32_t block[CW_PANEL_COLUMNS][BLOCK] = {0};
            for (size_t i = 0; i < CW_PANEL_COLUMNS && column + i < n_columns; i++)
                fetch_groups(type, x + (column + i) * stride, depth, first, n, block[i]);
            for (size_t g = 0; g < n; g++, line += CW_PANEL_COLUMNS)
                for (size_t i = 0; i < CW_PANEL_COLUMNS; i++)
                    line[i] = block[i][g];
        }
}

/* Zeros behind the first n. */
static inline Vector
load_up_to(const float *from, size_t n)
{
    return n >= LANES ? load(from) : load_part(from, n);
}

static void
pack_transposed(CwProductType type, size_t n_columns, size_t depth, const float *x, size_t stride,
                void *memory)
{
    const size_t n_groups = cw_packed_view(type, n_columns, depth, memory).n_groups;
    const size_t n_padded =
        (n_columns + CW_PANEL_COLUMNS - 1) / CW_PANEL_COLUMNS * CW_PANEL_COLUMNS;
    int32_t *line = memory;
    for (size_t first = 0; first < n_padded; first += CW_PANEL_COLUMNS)
        for (size_t g = 0; g < n_groups; g++)
            for (size_t i = first; i < first + CW_PANEL_COLUMNS; i += LANES, line += LANES) {
                const size_t n = i < n_columns ? n_columns - i : 0;
                IntVector group;
                if (type == CW_PRODUCT_F32) {
                    group = (IntVector)load_up_to(x + g * stride + i, n);
                } else {
                    const float *pair = x + 2 * g * stride + i;
                    const size_t n_second = 2 * g + 1 < depth ? n : 0;
                    group = (round_bits(load_up_to(pair, n)) >> 16 & 0xffff) |
                            (round_bits(load_up_to(pair + stride, n_second)) & ~0xffff);
                }
                memcpy(line, &group, sizeof group);
            }
}
