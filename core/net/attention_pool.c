#include "net/attention_pool.h"

#include <string.h>

CwAttentionPool
cw_attention_pool_take(CwParameters *parameters, gsize width, gsize n_positions, guint n_heads,
                       gsize embed_dim)
{
    CwAttentionPool pool = {.n_tokens = n_positions + 1, .n_heads = n_heads};
    const gint64 dims[] = {(gint64)pool.n_tokens, (gint64)width};
    pool.position = cw_parameters_tensor(parameters, "image.attnpool", "position", 2, dims);
    pool.q = cw_parameters_linear(parameters, "image.attnpool.q", width, width, TRUE);
    pool.kv = cw_attention_take_keys_values(parameters, "image.attnpool", width);
    pool.out = cw_parameters_linear(parameters, "image.attnpool.out", width, embed_dim, TRUE);
    return pool;
}

CwAttentionPoolScratch
cw_attention_pool_take_scratch(const CwAttentionPool *pool, CwArena *arena, gsize batch)
{
    CwAttentionPoolScratch s;
    const gsize width = pool->q.n_in, n_rows = batch * pool->n_tokens;
    const CwProductType type = pool->q.w.type;
    s.tokens = cw_arena_floats(arena, n_rows, width);
    s.mean = cw_arena_floats(arena, batch, width);
    s.token_rows = cw_operand_take_unnormalised(arena, type, n_rows, width);
    s.mean_rows = cw_operand_take_unnormalised(arena, type, batch, width);
    s.attended = cw_operand_take_unnormalised(arena, type, batch, width);
    s.q = cw_arena_floats(arena, batch, width);
    s.kv = cw_arena_floats(arena, n_rows, 2 * width);
    s.y = cw_arena_floats(arena, batch, width);
    s.attention = cw_attention_take_scratch(arena, type, pool->n_tokens, width / pool->n_heads);
    s.sequences = cw_arena_take(arena, batch, 1, sizeof *s.sequences);
    return s;
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
                      CwAttentionPoolScratch *scratch, const float *x, gsize batch, float *features)
{
    const gsize width = pool->q.n_in, n_tokens = pool->n_tokens;
    for (gsize b = 0; b < batch; b++) {
        assemble_tokens(pool, x + b * (n_tokens - 1) * width,
                        scratch->tokens + b * n_tokens * width, scratch->mean + b * width);
        scratch->sequences[b] = (CwSequence){b, 1, b * n_tokens, n_tokens};
    }
    cw_operand_set(&scratch->mean_rows, run, scratch->mean, batch);
    cw_operand_set(&scratch->token_rows, run, scratch->tokens, batch * n_tokens);
    cw_linear_run(&pool->q, run, &scratch->mean_rows, batch, CW_STORE, scratch->q);
    cw_linear_run(&pool->kv, run, &scratch->token_rows, batch * n_tokens, CW_STORE, scratch->kv);
    const CwAttention attention = {
        .q = scratch->q,
        .k = scratch->kv,
        .v = scratch->kv + width,
        .out = scratch->y,
        .width = width,
        .kv_stride = 2 * width,
        .n_heads = pool->n_heads,
        .sequences = scratch->sequences,
        .n_sequences = batch,
        .scratch = &scratch->attention,
    };
    cw_attention_run(&attention, run);
    cw_net_tell(run, scratch->y, batch, width, "pooled");
    cw_operand_set(&scratch->attended, run, scratch->y, batch);
    cw_linear_run(&pool->out, run, &scratch->attended, batch, CW_STORE, features);
}
