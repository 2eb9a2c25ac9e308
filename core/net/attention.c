#include "net/attention.h"

#include "base/pool.h"
#include "kernels/gemm_f32.h"

#include <math.h>

/* Queries that are held against all keys at once: their scores stay in the second-level cache. */
#define TILE_QUERIES 64

/* Tasks that a run is cut into, each with scores of its own. */
#define MAX_LANES 32

typedef struct {
    const CwAttention *attention;
    gsize scores_per_lane;
    guint n_lanes;
} Lanes;

static gsize
scores_per_lane(gsize max_queries, gsize max_keys)
{
    return (MIN(max_queries, TILE_QUERIES) * max_keys + 15) & ~(gsize)15;
}

float *
cw_attention_take_scores(CwArena *arena, gsize max_queries, gsize max_keys)
{
    return cw_arena_floats(arena, MAX_LANES, scores_per_lane(max_queries, max_keys));
}

/* One head of one sequence. */
static void
attend(const CwAttention *a, const CwSequence *sequence, guint head, float *scores)
{
    const CwRowKernels *rows = cw_row_kernels();
    const gsize head_width = a->width / a->n_heads;
    const gsize column = head * head_width;
    const float scale = 1.0f / sqrtf((float)head_width);
    const float *k = a->k + sequence->first_key * a->width + column;
    const float *v = a->v + sequence->first_key * a->width + column;

    for (gsize first = 0; first < sequence->n_queries; first += TILE_QUERIES) {
        const gsize n = MIN((gsize)TILE_QUERIES, sequence->n_queries - first);
        const gsize offset = (sequence->first_query + first) * a->width + column;
        /* Keys that the tile's last query may see. */
        const gsize n_keys = a->causal ? MIN(first + n, sequence->n_keys) : sequence->n_keys;
        cw_gemm_f32_small(n, n_keys, head_width, 1.0f, a->q + offset, a->width, k, a->width, TRUE,
                          scores, n_keys);
        for (gsize i = 0; i < n; i++) {
            float *row = scores + i * n_keys;
            const gsize n_seen = a->causal ? MIN(first + i + 1, n_keys) : n_keys;
            rows->softmax(row, scale, n_seen);
            for (gsize j = n_seen; j < n_keys; j++)
                row[j] = 0;
        }
        cw_gemm_f32_small(n, head_width, n_keys, 1.0f, scores, n_keys, v, a->width, FALSE,
                          a->out + offset, a->width);
    }
}

static void
run_lane(gpointer data, guint lane)
{
    const Lanes *lanes = data;
    const CwAttention *a = lanes->attention;
    float *scores = a->scores + lane * lanes->scores_per_lane;
    for (gsize i = lane; i < a->n_sequences * a->n_heads; i += lanes->n_lanes)
        attend(a, &a->sequences[i / a->n_heads], (guint)(i % a->n_heads), scores);
}

void
cw_attention_run(const CwAttention *attention, const CwNetRun *run)
{
    gsize max_queries = 0, max_keys = 0;
    for (gsize i = 0; i < attention->n_sequences; i++) {
        max_queries = MAX(max_queries, attention->sequences[i].n_queries);
        max_keys = MAX(max_keys, attention->sequences[i].n_keys);
    }
    Lanes lanes = {attention, scores_per_lane(max_queries, max_keys),
                   (guint)MIN((gsize)MAX_LANES, attention->n_sequences * attention->n_heads)};
    cw_pool_run(run->n_threads, lanes.n_lanes, run_lane, &lanes);
}
