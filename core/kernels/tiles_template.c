/* Tile kernels of one product type for one instruction set. The includer has LANES and, for all its
 * types, ISA and NAME, and defines for each
 *   TYPE                   a word for the names: f32, bf16, int8
 *   SUMS                   the registers that sum: Vector or IntVector
 *   MAX_ROWS, MAX_PANELS   what the registers hold: a sum for each row and column
 *   load_a(group)          a group of A in every lane
 *   dot(sums, a, w)        sums + a * w
 *   A_OFFSET               int8: what load_a() took from every byte
 * It gets the table cw_tile_kernels_<TYPE>_<ISA>. Loops over rows, panels and parts have constant
 * bounds and are unrolled, so that the sums stay in registers. */

#define JOIN_(a, b)       a##_##b
#define JOIN(a, b)        JOIN_(a, b)
#define JOIN4(a, b, c, d) JOIN(JOIN(JOIN(a, b), c), d)
#define PARTS             (CW_PANEL_COLUMNS / LANES) /* vectors across a panel */

/* A panel's results, scaled and added. The tile is a copy, which no store can change. */
static inline __attribute__((always_inline)) void
JOIN(write_panel, TYPE)(const CwTile tile, const size_t n_rows, size_t panel,
                        SUMS sums[MAX_ROWS][MAX_PANELS][PARTS])
{
    const size_t first = panel * CW_PANEL_COLUMNS;
    float *c = tile.c + first;
    Vector bias[PARTS] = {0};
    if (tile.bias)
        memcpy(bias, tile.bias + first, sizeof bias);
#ifdef A_OFFSET
    Vector scales[PARTS], scaled_sums[PARTS];
    UNROLL
    for (size_t i = 0; i < PARTS; i++) {
        scales[i] = load(tile.w_scales + first + i * LANES);
        scaled_sums[i] =
            __builtin_convertvector(load_int(tile.w_sums + first + i * LANES), Vector) * scales[i];
    }
#endif
    UNROLL
    for (size_t r = 0; r < n_rows; r++, c += tile.c_stride) {
        Vector values[PARTS];
#ifdef A_OFFSET
        const Vector a_scale = splat(tile.a_scales[r]);
        const Vector a_zero = a_scale * splat((float)(A_OFFSET - tile.a_zeros[r]));
        UNROLL
        for (size_t i = 0; i < PARTS; i++)
            values[i] = __builtin_convertvector(sums[r][panel][i], Vector) * (a_scale * scales[i]) +
                        (a_zero * scaled_sums[i] + bias[i]);
#else
        UNROLL
        for (size_t i = 0; i < PARTS; i++)
            values[i] = sums[r][panel][i] + bias[i];
#endif
        if (first + CW_PANEL_COLUMNS > tile.n_columns) {
            float all[CW_PANEL_COLUMNS];
            memcpy(all, values, sizeof all);
            for (size_t i = 0; first + i < tile.n_columns; i++)
                c[i] = tile.accumulate ? c[i] + all[i] : all[i];
        } else if (tile.accumulate) {
            UNROLL
            for (size_t i = 0; i < PARTS; i++)
                store(c + i * LANES, load(c + i * LANES) + values[i]);
        } else {
            UNROLL
            for (size_t i = 0; i < PARTS; i++)
                store(c + i * LANES, values[i]);
        }
    }
}

static inline __attribute__((always_inline)) void
JOIN(run_tile, TYPE)(const CwTile *tile, const size_t n_rows, const size_t n_panels)
{
    SUMS sums[MAX_ROWS][MAX_PANELS][PARTS];
    const char *a = tile->a, *w = tile->w, *prefetch = tile->prefetch;
    UNROLL
    for (size_t r = 0; r < n_rows; r++)
        UNROLL
    for (size_t p = 0; p < n_panels; p++)
        UNROLL
    for (size_t i = 0; i < PARTS; i++)
        sums[r][p][i] = (SUMS){0};
    for (size_t g = 0; g < tile->n_groups; g++) {
        IntVector line[MAX_PANELS][PARTS];
        __builtin_prefetch(prefetch, 0, 2);
        UNROLL
        for (size_t p = 0; p < n_panels; p++)
            UNROLL
        for (size_t i = 0; i < PARTS; i++)
            line[p][i] = load_int(w + p * tile->w_stride + i * LANES * 4);
        UNROLL
        for (size_t r = 0; r < n_rows; r++) {
            const IntVector group = load_a(a + r * tile->a_stride);
            UNROLL
            for (size_t p = 0; p < n_panels; p++)
                UNROLL
            for (size_t i = 0; i < PARTS; i++)
                sums[r][p][i] = dot(sums[r][p][i], group, line[p][i]);
        }
        a += 4;
        w += CW_LINE_BYTES;
        prefetch += tile->prefetch_stride;
    }
    UNROLL
    for (size_t p = 0; p < n_panels; p++)
        JOIN(write_panel, TYPE)(*tile, n_rows, p, sums);
}

#define DEFINE(rows, panels)                                        \
    static void JOIN4(tile, TYPE, rows, panels)(const CwTile *tile) \
    {                                                               \
        JOIN(run_tile, TYPE)(tile, rows, panels);                   \
    }
#define ENTRY(rows, panels) [rows][panels] = JOIN4(tile, TYPE, rows, panels),

/* X for every number of rows and panels up to the maxima. */
#define ROWS_3(X, panels) X(1, panels) X(2, panels) X(3, panels)
#define ROWS_4(X, panels) ROWS_3(X, panels) X(4, panels)
#define ROWS_6(X, panels) ROWS_4(X, panels) X(5, panels) X(6, panels)
#define ROWS              JOIN(ROWS, MAX_ROWS)
#define PANELS_1(X)       ROWS(X, 1)
#define PANELS_2(X)       PANELS_1(X) ROWS(X, 2)
#define PANELS_4(X)       PANELS_2(X) ROWS(X, 3) ROWS(X, 4)
#define ALL               JOIN(PANELS, MAX_PANELS)

ALL(DEFINE)

const CwTileKernels JOIN(JOIN(cw_tile_kernels, TYPE), ISA) = {
    .name = NAME,
    .max_rows = MAX_ROWS,
    .max_panels = MAX_PANELS,
    .run = {ALL(ENTRY)},
};

#undef DEFINE
#undef ENTRY
#undef TYPE
#undef SUMS
#undef MAX_ROWS
#undef MAX_PANELS
#undef A_OFFSET
#undef dot
#undef load_a
