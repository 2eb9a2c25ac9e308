#include "net/attention.h"

#include "base/cpu.h"
#include "base/pool.h"
#include "kernels/rows.h"
#include "kernels/tiles.h"

#include <math.h>

/* Tasks that a run is cut into, each with scratch of its own. */
#define MAX_LANES 32

typedef struct {
    const CwAttention *attention;
    guint n_lanes;
} Lanes;

/* A lane's scratch: what one head needs, in panels as the products want it. */
typedef struct {
    char *keys;    /* packed: a column for each key */
    char *values;  /* packed: a column for each number of the head */
    char *queries; /* [CW_TILE_MAX_ROWS] rows of the head, when they have to be converted */
    float *scores; /* [CW_TILE_MAX_ROWS][n_keys, whole panels] */
    char *weights; /* scores when they have to be converted: rows of whole groups */
} Lane;

static gsize
round_up(gsize n, gsize to)
{
    return (n + to - 1) / to * to;
}

static Lane
lay_out(CwArena *arena, CwProductType type, gsize max_keys, gsize head_width)
{
    Lane lane;
    const gsize key_columns = round_up(max_keys, CW_PANEL_COLUMNS);
    lane.keys = cw_arena_take(arena, cw_packed_bytes(type, max_keys, head_width), 1, 1);
    lane.values = cw_arena_take(arena, cw_packed_bytes(type, head_width, max_keys), 1, 1);
    lane.queries = cw_arena_take(arena, CW_TILE_MAX_ROWS, head_width + 4, sizeof(float));
    lane.scores = cw_arena_floats(arena, CW_TILE_MAX_ROWS, key_columns);
    lane.weights = cw_arena_take(arena, CW_TILE_MAX_ROWS, key_columns, sizeof(float));
    return lane;
}

CwAttentionScratch
cw_attention_take_scratch(CwArena *arena, CwProductType type, gsize max_keys, gsize head_width)
{
    CwAttentionScratch scratch = {.max_keys = max_keys, .head_width = head_width};
    /* Integers are too coarse for softmax's output; bf16 pays where it is an instruction. */
    scratch.type =
        type == CW_PRODUCT_F32 || !cw_cpu_has(CW_CPU_AVX512BF16) ? CW_PRODUCT_F32 : CW_PRODUCT_BF16;
    CwArena lane = {0};
    lay_out(&lane, scratch.type, max_keys, head_width);
    scratch.lane_bytes = lane.used;
    arena->failed |= lane.failed;
    scratch.memory = cw_arena_take(arena, MAX_LANES, lane.used, 1);
    return scratch;
}

/* Rows in the form of the products: x itself for f32. */
static const void *
convert_rows(CwProductType type, const float *x, gsize x_stride, gsize n_rows, gsize n,
             void *converted, gsize *stride)
{
    if (type == CW_PRODUCT_F32) {
        *stride = x_stride * sizeof(float);
        return x;
    }
    *stride = round_up(n, 2) * 2;
    for (gsize i = 0; i < n_rows; i++)
        cw_row_kernels()->round_to_bf16(x + i * x_stride, n, *stride / 2,
                                        (guint16 *)((char *)converted + i * *stride));
    return converted;
}

/* c: [n_rows][n_columns] = a W^T, all panels of W. */
static void
multiply(const CwPackedMatrix *w, const void *a, gsize a_stride, gsize n_rows, float *c,
         gsize c_stride, gsize n_columns)
{
    const CwTileKernels *kernels = cw_tile_kernels(w->type);
    const gsize panel_bytes = w->n_groups * CW_LINE_BYTES;
    CwTile tile = {.a_stride = a_stride,
                   .w_stride = panel_bytes,
                   .n_groups = w->n_groups,
                   .c_stride = c_stride};
    for (gsize row = 0; row < n_rows; row += kernels->max_rows) {
        const gsize rows = MIN(kernels->max_rows, n_rows - row);
        tile.a = (const char *)a + row * a_stride;
        for (gsize column = 0; column < n_columns;) {
            const gsize left = n_columns - column;
            const gsize panels =
                MIN(kernels->max_panels, (left + CW_PANEL_COLUMNS - 1) / CW_PANEL_COLUMNS);
            tile.w = tile.prefetch =
                (const char *)w->panels + column / CW_PANEL_COLUMNS * panel_bytes;
            tile.c = c + row * c_stride + column;
            tile.n_columns = MIN(left, panels * CW_PANEL_COLUMNS);
            kernels->run[rows][panels](&tile);
            column += tile.n_columns;
        }
    }
}

/* A few queries of one head against all keys. causal: the first query sees first + 1 keys. */
static void
attend_tile(const CwAttention *a, const Lane *lane, const CwPackedMatrix *keys,
            const CwPackedMatrix *values, gsize first, gsize n_queries, const float *q, float *out)
{
    const CwRowKernels *rows = cw_row_kernels();
    const gsize head_width = keys->depth, n_keys = keys->n_columns;
    const gsize scores_stride = round_up(n_keys, CW_PANEL_COLUMNS);
    const float scale = 1.0f / sqrtf((float)head_width);
    gsize stride;
    const void *queries =
        convert_rows(keys->type, q, a->width, n_queries, head_width, lane->queries, &stride);
    multiply(keys, queries, stride, n_queries, lane->scores, scores_stride, n_keys);
    for (gsize i = 0; i < n_queries; i++)
        rows->softmax(lane->scores + i * scores_stride, scale,
                      a->causal ? MIN(first + i + 1, n_keys) : n_keys, scores_stride);
    const void *weights = convert_rows(values->type, lane->scores, scores_stride, n_queries,
                                       scores_stride, lane->weights, &stride);
    multiply(values, weights, stride, n_queries, out, a->width, head_width);
}

/* One head of one sequence. */
static void
attend(const CwAttention *a, const CwSequence *sequence, guint head, const Lane *lane)
{
    const CwRowKernels *rows = cw_row_kernels();
    const CwProductType type = a->scratch->type;
    const gsize head_width = a->scratch->head_width, column = head * head_width;
    const float *k = a->k + sequence->first_key * a->kv_stride + column;
    const float *v = a->v + sequence->first_key * a->kv_stride + column;
    rows->pack_rows(type, sequence->n_keys, head_width, k, a->kv_stride, lane->keys);
    rows->pack_transposed(type, head_width, sequence->n_keys, v, a->kv_stride, lane->values);
    const CwPackedMatrix keys = cw_packed_view(type, sequence->n_keys, head_width, lane->keys);
    const CwPackedMatrix values = cw_packed_view(type, head_width, sequence->n_keys, lane->values);
    gsize n_blocks = (sequence->n_queries + CW_TILE_MAX_ROWS - 1) / CW_TILE_MAX_ROWS, n;
    for (gsize first = 0; n_blocks > 0; first += n, n_blocks--) {
        const gsize offset = (sequence->first_query + first) * a->width + column;
        n = (sequence->n_queries - first + n_blocks - 1) / n_blocks; /* as even as can be */
        attend_tile(a, lane, &keys, &values, first, n, a->q + offset, a->out + offset);
    }
}

static void
run_lane(gpointer data, guint index)
{
    const Lanes *lanes = data;
    const CwAttention *a = lanes->attention;
    const CwAttentionScratch *scratch = a->scratch;
    CwArena arena = {.memory = scratch->memory + index * scratch->lane_bytes};
    const Lane lane = lay_out(&arena, scratch->type, scratch->max_keys, scratch->head_width);
    for (gsize i = index; i < a->n_sequences * a->n_heads; i += lanes->n_lanes)
        attend(a, &a->sequences[i / a->n_heads], (guint)(i % a->n_heads), &lane);
}

void
cw_attention_run(const CwAttention *attention, const CwNetRun *run)
{
    Lanes lanes = {attention,
                   (guint)MIN((gsize)MAX_LANES, attention->n_sequences * attention->n_heads)};
    cw_pool_run(run->n_threads, lanes.n_lanes, run_lane, &lanes);
}

/* Keys and values by one product. */
typedef struct {
    CwTensor weights[2];
    const float *biases[2];
    gsize width;
} KeysValues;

static float
read_row(gpointer data, gsize output, float *row)
{
    const KeysValues *kv = data;
    const gsize half = output / kv->width;
    cw_tensor_row_to_f32(&kv->weights[half], output % kv->width, row);
    return kv->biases[half][output % kv->width];
}

CwLinear
cw_attention_take_keys_values(CwParameters *parameters, const char *prefix, gsize width)
{
    static const char *const parts[] = {"k", "v"};
    const gint64 dims[] = {(gint64)width, (gint64)width};
    KeysValues kv = {.width = width};
    for (guint i = 0; i < 2; i++) {
        g_autofree char *part = g_strconcat(prefix, ".", parts[i], NULL);
        const CwTensor *weight = cw_parameters_view(parameters, part, "weight", 2, dims);
        kv.biases[i] = cw_parameters_vector(parameters, part, "bias", width);
        if (weight)
            kv.weights[i] = *weight;
    }
    const CwLinear linear =
        cw_parameters_linear_by_rows(parameters, width, 2 * width, read_row, &kv);
    for (guint i = 0; i < 2 && !parameters->error; i++)
        cw_parameters_done_with(parameters, &kv.weights[i]);
    return linear;
}
