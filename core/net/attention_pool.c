#include "net/attention_pool.h"

#include <string.h>

CwAttentionPool
cw_attention_pool_take(CwParameters *parameters, gsize width, gsize n_positions, guint n_heads,
                       gsize embed_dim)
{
    CwAttentionPool pool = {.n_tokens = n_positions + 1, .n_heads = n_heads};
    const gint64 dims[] = {(gint64)pool.n_tokens, (gint64)width};
    pool.position = cw_parameters_tensor(parameters, "image.attnpool", "position", 2, dims, NULL);
    pool.q = cw_parameters_linear(parameters, "image.attnpool.q", width, width, TRUE);
    pool.k = cw_parameters_linear(parameters, "image.attnpool.k", width, width, TRUE);
    pool.v = cw_parameters_linear(parameters, "image.attnpool.v", width, width, TRUE);
    pool.out = cw_parameters_linear(parameters, "image.attnpool.out", width, embed_dim, TRUE);
    return pool;
}

CwAttentionPoolScratch
cw_attention_pool_take_scratch(const CwAttentionPool *pool, CwArena *arena, gsize batch)
{
    CwAttentionPoolScratch scratch;
    const gsize width = pool->q.n_in;
    scratch.tokens = cw_arena_floats(arena, batch * pool->n_tokens, width);
    scratch.mean = cw_arena_floats(arena, batch, width);
    scratch.q = cw_arena_floats(arena, batch, width);
    scratch.k = cw_arena_floats(arena, batch * pool->n_tokens, width);
    scratch.v = cw_arena_floats(arena, batch * pool->n_tokens, width);
    scratch.y = cw_arena_floats(arena, batch, width);
    scratch.scores = cw_attention_take_scores(arena, 1, pool->n_tokens);
    scratch.sequences = cw_arena_take(arena, batch, 1, sizeof *scratch.sequences);
    return scratch;
}

/* tokens = [mean(x); x] + position; mean receives the first of them. */
static void
assemble_tokens(const CwAttentionPool *pool, const float *x, float *tokens, float *mean)
{
    const gsize width = pool->q.n_in, n_positions = pool->n_tokens - 1;
    memset(tokens, 0, width * sizeof *tokens);
    for (gsize i = 0; i < n_positions; i++)
        for (gsize c = 0; c < width; c++)
            tokens[c] += x[i * width + c];
    for (gsize c = 0; c < width; c++)
        tokens[c] /= (float)n_positions;
    memcpy(tokens + width, x, n_positions * width * sizeof *tokens);
    for (gsize i = 0; i < pool->n_tokens * width; i++)
        tokens[i] += pool->position[i];
    memcpy(mean, tokens, width * sizeof *mean);
}

void
cw_attention_pool_run(const CwAttentionPool *pool, const CwNetRun *run,
                      const CwAttentionPoolScratch *scratch, const float *x, gsize batch,
                      float *features)
{
    const gsize width = pool->q.n_in, n_tokens = pool->n_tokens;
    for (gsize b = 0; b < batch; b++) {
        assemble_tokens(pool, x + b * (n_tokens - 1) * width,
                        scratch->tokens + b * n_tokens * width, scratch->mean + b * width);
        scratch->sequences[b] = (CwSequence){b, 1, b * n_tokens, n_tokens};
    }
    cw_linear_run(&pool->q, run, scratch->mean, batch, CW_STORE, scratch->q);
    cw_linear_run(&pool->k, run, scratch->tokens, batch * n_tokens, CW_STORE, scratch->k);
    cw_linear_run(&pool->v, run, scratch->tokens, batch * n_tokens, CW_STORE, scratch->v);
    const CwAttention attention = {
        .q = scratch->q,
        .k = scratch->k,
        .v = scratch->v,
        .out = scratch->y,
        .width = width,
        .n_heads = pool->n_heads,
        .sequences = scratch->sequences,
        .n_sequences = batch,
        .scores = scratch->scores,
    };
    cw_attention_run(&attention, run);
    cw_net_tell(run, scratch->y, batch, width, "pooled");
    cw_linear_run(&pool->out, run, scratch->y, batch, CW_STORE, features);
}
