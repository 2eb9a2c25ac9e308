/* Every tile of every table, of this machine and through SIMDe of all others, against plain double
 * precision. */
#include "kernels/tiles.h"

#include "kernels/bf16.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define MAX_COLUMNS (CW_TILE_MAX_PANELS * CW_PANEL_COLUMNS)
#define MAX_LINES   19
#define C_STRIDE    (MAX_COLUMNS + 5)

#ifdef HAVE_SIMDE
#define DECLARE(isa) extern const CwTileKernels simde_tile_kernels_##isa
DECLARE(f32_avx2);
DECLARE(bf16_avx2);
DECLARE(int8_avx2);
DECLARE(int8_avxvnni);
DECLARE(f32_avx512vnni);
DECLARE(bf16_avx512vnni);
DECLARE(int8_avx512vnni);
DECLARE(bf16_avx512bf16);
DECLARE(f32_neondot);
DECLARE(bf16_neondot);
DECLARE(int8_neondot);

static const struct {
    CwProductType type;
    const CwTileKernels *kernels;
} simde_tables[] = {
    {CW_PRODUCT_F32, &simde_tile_kernels_f32_avx2},
    {CW_PRODUCT_BF16, &simde_tile_kernels_bf16_avx2},
    {CW_PRODUCT_INT8, &simde_tile_kernels_int8_avx2},
    {CW_PRODUCT_INT8, &simde_tile_kernels_int8_avxvnni},
    {CW_PRODUCT_F32, &simde_tile_kernels_f32_avx512vnni},
    {CW_PRODUCT_BF16, &simde_tile_kernels_bf16_avx512vnni},
    {CW_PRODUCT_INT8, &simde_tile_kernels_int8_avx512vnni},
    {CW_PRODUCT_BF16, &simde_tile_kernels_bf16_avx512bf16},
    {CW_PRODUCT_F32, &simde_tile_kernels_f32_neondot},
    {CW_PRODUCT_BF16, &simde_tile_kernels_bf16_neondot},
    {CW_PRODUCT_INT8, &simde_tile_kernels_int8_neondot},
};
#endif

typedef struct {
    CwProductType type;
    const CwTileKernels *kernels;
} Table;

/* Operands as bytes, the way a tile reads them. */
typedef struct {
    guint8 a[CW_TILE_MAX_ROWS][MAX_LINES * 4];
    guint8 w[CW_TILE_MAX_PANELS][MAX_LINES * CW_LINE_BYTES];
    float c[CW_TILE_MAX_ROWS][C_STRIDE], old[CW_TILE_MAX_ROWS][C_STRIDE];
    float bias[MAX_COLUMNS], w_scales[MAX_COLUMNS], a_scales[CW_TILE_MAX_ROWS];
    gint32 w_sums[MAX_COLUMNS], a_zeros[CW_TILE_MAX_ROWS];
} Operands;

static void
fill_numbers(CwProductType type, guint8 *bytes, gsize n_bytes, GRand *random)
{
    for (gsize i = 0; i < n_bytes; i += 4) {
        const float values[] = {(float)g_rand_double_range(random, -1, 1),
                                (float)g_rand_double_range(random, -1, 1)};
        const guint16 pair[] = {cw_bf16_from_f32(values[0]), cw_bf16_from_f32(values[1])};
        const guint32 four = g_rand_int(random);
        memcpy(bytes + i,
               type == CW_PRODUCT_F32    ? (const void *)values
               : type == CW_PRODUCT_BF16 ? (const void *)pair
                                         : (const void *)&four,
               4);
    }
}

static void
fill(CwProductType type, Operands *o, GRand *random)
{
    fill_numbers(type, (guint8 *)o->a, sizeof o->a, random);
    fill_numbers(type, (guint8 *)o->w, sizeof o->w, random);
    for (gsize row = 0; row < CW_TILE_MAX_ROWS; row++)
        for (gsize i = 0; i < C_STRIDE; i++)
            o->old[row][i] = o->c[row][i] = (float)g_rand_double_range(random, -1, 1);
    for (gsize i = 0; i < MAX_COLUMNS; i++) {
        o->bias[i] = (float)g_rand_double_range(random, -1, 1);
        o->w_scales[i] = (float)g_rand_double_range(random, 0.0001, 0.001);
    }
    for (gsize i = 0; i < CW_TILE_MAX_ROWS; i++) {
        o->a_scales[i] = (float)g_rand_double_range(random, 0.0001, 0.001);
        o->a_zeros[i] = g_rand_int_range(random, 0, 256);
    }
}

/* The sum of each column over the lines that are multiplied: kernels may rely on it. */
static void
add_columns(Operands *o, gsize n_lines)
{
    for (gsize column = 0; column < MAX_COLUMNS; column++) {
        const guint8 *w = o->w[column / CW_PANEL_COLUMNS] + column % CW_PANEL_COLUMNS * 4;
        o->w_sums[column] = 0;
        for (gsize g = 0; g < n_lines; g++)
            for (gsize i = 0; i < 4; i++)
                o->w_sums[column] += (gint8)w[g * CW_LINE_BYTES + i];
    }
}

static double
dot_group(CwProductType type, const guint8 *a, const guint8 *w)
{
    float x, y;
    guint16 p[2], q[2];
    double sum = 0;
    switch (type) {
    case CW_PRODUCT_F32:
        memcpy(&x, a, 4);
        memcpy(&y, w, 4);
        return (double)x * y;
    case CW_PRODUCT_BF16:
        memcpy(p, a, 4);
        memcpy(q, w, 4);
        return (double)cw_bf16_to_f32(p[0]) * cw_bf16_to_f32(q[0]) +
               (double)cw_bf16_to_f32(p[1]) * cw_bf16_to_f32(q[1]);
    case CW_PRODUCT_INT8:
        for (gsize i = 0; i < 4; i++)
            sum += a[i] * (double)(gint8)w[i];
        return sum;
    }
    g_assert_not_reached();
}

static double
expect(CwProductType type, const Operands *o, const CwTile *tile, gsize row, gsize column)
{
    const guint8 *w = o->w[column / CW_PANEL_COLUMNS] + column % CW_PANEL_COLUMNS * 4;
    double sum = 0;
    for (gsize g = 0; g < tile->n_groups; g++)
        sum += dot_group(type, o->a[row] + g * 4, w + g * CW_LINE_BYTES);
    if (type == CW_PRODUCT_INT8)
        sum = (sum - (double)o->a_zeros[row] * o->w_sums[column]) * o->a_scales[row] *
              o->w_scales[column];
    if (tile->bias)
        sum += o->bias[column];
    return tile->accumulate ? sum + o->old[row][column] : sum;
}

static void
check_tile(const Table *table, gsize n_rows, gsize n_panels, gsize n_columns, gsize n_lines,
           gboolean with_bias, gboolean accumulate, GRand *random)
{
    g_autofree Operands *o = g_new(Operands, 1);
    fill(table->type, o, random);
    add_columns(o, n_lines);
    const CwTile tile = {
        .a = o->a,
        .a_stride = sizeof o->a[0],
        .w = o->w,
        .w_stride = sizeof o->w[0],
        .n_groups = n_lines,
        .c = o->c[0],
        .c_stride = C_STRIDE,
        .n_columns = n_columns,
        .accumulate = accumulate,
        .bias = with_bias ? o->bias : NULL,
        .w_scales = o->w_scales,
        .w_sums = o->w_sums,
        .a_scales = o->a_scales,
        .a_zeros = o->a_zeros,
        .prefetch = (const char *)o->w,
    };
    table->kernels->run[n_rows][n_panels](&tile);
    for (gsize row = 0; row < CW_TILE_MAX_ROWS; row++)
        for (gsize column = 0; column < C_STRIDE; column++) {
            const gboolean inside = row < n_rows && column < n_columns;
            const double wanted =
                inside ? expect(table->type, o, &tile, row, column) : (double)o->old[row][column];
            const double bound = inside ? 4e-6 : 0;
            if (fabs(o->c[row][column] - wanted) > bound)
                g_error("%zux%zu of %zu lines, row %zu, column %zu: %.9g is not %.9g", n_rows,
                        n_panels, n_lines, row, column, (double)o->c[row][column], wanted);
        }
}

static void
test_table(gconstpointer data)
{
    const Table *table = data;
    g_autoptr(GRand) random = g_rand_new_with_seed(21);
    const gsize depths[] = {1, 2, MAX_LINES};
    for (gsize rows = 1; rows <= table->kernels->max_rows; rows++)
        for (gsize panels = 1; panels <= table->kernels->max_panels; panels++)
            for (gsize d = 0; d < G_N_ELEMENTS(depths); d++) {
                const gsize full = panels * CW_PANEL_COLUMNS;
                check_tile(table, rows, panels, full, depths[d], TRUE, FALSE, random);
                check_tile(table, rows, panels, full, depths[d], FALSE, TRUE, random);
                check_tile(table, rows, panels, full - 15, depths[d], TRUE, TRUE, random);
                check_tile(table, rows, panels, full - 3, depths[d], FALSE, FALSE, random);
            }
}

static void
add(CwProductType type, const char *origin, const CwTileKernels *kernels)
{
    static const char *const types[] = {"f32", "bf16", "int8"};
    Table *table = g_new(Table, 1);
    *table = (Table){type, kernels};
    g_autofree char *path = g_strdup_printf("/kernels/tiles/%s/%s %s: every tile is the product",
                                            types[type], origin, kernels->name);
    g_test_add_data_func_full(path, table, test_table, g_free);
}

int
main(int argc, char **argv)
{
    const CwTileKernels *kernels;
    g_test_init(&argc, &argv, NULL);
    for (guint type = 0; type < CW_PRODUCT_N_TYPES; type++)
        for (gsize i = 0; (kernels = cw_tile_kernels_at((CwProductType)type, i)) != NULL; i++)
            add((CwProductType)type, "this machine's", kernels);
#ifdef HAVE_SIMDE
    for (gsize i = 0; i < G_N_ELEMENTS(simde_tables); i++)
        add(simde_tables[i].type, "SIMDe's", simde_tables[i].kernels);
#endif
    return g_test_run();
}
