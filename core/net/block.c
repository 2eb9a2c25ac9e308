#include "net/block.h"

#include <string.h>

static CwBlock
take_block(CwParameters *parameters, const char *prefix, const CwBlocks *shape, float norm_eps)
{
    CwBlock block;
    g_autofree char *norm1 = g_strconcat(prefix, ".norm1", NULL);
    g_autofree char *norm2 = g_strconcat(prefix, ".norm2", NULL);
    g_autofree char *q = g_strconcat(prefix, ".attn.q", NULL);
    g_autofree char *k = g_strconcat(prefix, ".attn.k", NULL);
    g_autofree char *v = g_strconcat(prefix, ".attn.v", NULL);
    g_autofree char *out = g_strconcat(prefix, ".attn.out", NULL);
    g_autofree char *fc1 = g_strconcat(prefix, ".mlp.fc1", NULL);
    g_autofree char *fc2 = g_strconcat(prefix, ".mlp.fc2", NULL);
    const gsize width = shape->width;
    block.norm1 = cw_parameters_norm(parameters, norm1, width, norm_eps);
    block.q = cw_parameters_linear(parameters, q, width, width, TRUE);
    block.k = cw_parameters_linear(parameters, k, width, width, TRUE);
    block.v = cw_parameters_linear(parameters, v, width, width, TRUE);
    block.out = cw_parameters_linear(parameters, out, width, width, TRUE);
    block.norm2 = cw_parameters_norm(parameters, norm2, width, norm_eps);
    block.fc1 = cw_parameters_linear(parameters, fc1, width, shape->mlp_width, TRUE);
    block.fc2 = cw_parameters_linear(parameters, fc2, shape->mlp_width, width, TRUE);
    return block;
}

void
cw_blocks_take(CwBlocks *blocks, CwParameters *parameters, const char *prefix, float norm_eps)
{
    blocks->blocks = g_new0(CwBlock, blocks->n_blocks);
    for (guint i = 0; i < blocks->n_blocks; i++) {
        g_autofree char *name = g_strdup_printf("%s.%u", prefix, i);
        blocks->blocks[i] = take_block(parameters, name, blocks, norm_eps);
    }
}

void
cw_blocks_clear(CwBlocks *blocks)
{
    g_clear_pointer(&blocks->blocks, g_free);
}

CwBlockScratch
cw_blocks_take_scratch(const CwBlocks *blocks, CwArena *arena, gsize n_rows, gsize max_tokens)
{
    CwBlockScratch scratch;
    scratch.y = cw_arena_floats(arena, n_rows, blocks->width);
    scratch.q = cw_arena_floats(arena, n_rows, blocks->width);
    scratch.k = cw_arena_floats(arena, n_rows, blocks->width);
    scratch.v = cw_arena_floats(arena, n_rows, blocks->width);
    scratch.hidden = cw_arena_floats(arena, n_rows, blocks->mlp_width);
    scratch.scores = cw_attention_take_scores(arena, max_tokens, max_tokens);
    return scratch;
}

/* x += out(attended); x += mlp(norm2(x)) for n_rows rows, whose attention result is attended. */
static void
finish_block(const CwBlocks *blocks, const CwBlock *block, const CwNetRun *run,
             const CwBlockScratch *scratch, const float *attended, gsize n_rows, float *x)
{
    cw_linear_run(&block->out, run, attended, n_rows, CW_ACCUMULATE, x);
    cw_layer_norm_run(&block->norm2, run, x, n_rows, scratch->y);
    cw_linear_run_activated(&block->fc1, run, blocks->activation, scratch->y, n_rows,
                            scratch->hidden);
    cw_linear_run(&block->fc2, run, scratch->hidden, n_rows, CW_ACCUMULATE, x);
}

static CwAttention
describe_attention(const CwBlocks *blocks, const CwBlockScratch *scratch,
                   const CwSequence *sequences, gsize n_sequences)
{
    return (CwAttention){
        .q = scratch->q,
        .k = scratch->k,
        .v = scratch->v,
        .out = scratch->y,
        .width = blocks->width,
        .n_heads = blocks->n_heads,
        .sequences = sequences,
        .n_sequences = n_sequences,
        .causal = blocks->causal,
        .scores = scratch->scores,
    };
}

static void
run_block(const CwBlocks *blocks, const CwBlock *block, const CwNetRun *run,
          const CwBlockScratch *scratch, const CwSequence *sequences, gsize n_sequences,
          gsize n_rows, float *x)
{
    cw_layer_norm_run(&block->norm1, run, x, n_rows, scratch->y);
    cw_linear_run(&block->q, run, scratch->y, n_rows, CW_STORE, scratch->q);
    cw_linear_run(&block->k, run, scratch->y, n_rows, CW_STORE, scratch->k);
    cw_linear_run(&block->v, run, scratch->y, n_rows, CW_STORE, scratch->v);
    CwAttention attention = describe_attention(blocks, scratch, sequences, n_sequences);
    cw_attention_run(&attention, run);
    finish_block(blocks, block, run, scratch, scratch->y, n_rows, x);
}

static void
gather_rows(const float *from, const gsize *rows, gsize n, gsize width, float *to)
{
    for (gsize i = 0; i < n; i++)
        memmove(to + i * width, from + rows[i] * width, width * sizeof *to);
}

/* The last block for one row of each sequence: keys and values of all rows, everything else of the
 * picked ones. Causal masks need no thought: a picked row sees the keys up to itself, and sequences
 * end there. */
static void
run_picked_block(const CwBlocks *blocks, const CwBlock *block, const CwNetRun *run,
                 const CwBlockScratch *scratch, CwSequence *sequences, gsize n_sequences,
                 const gsize *picked, gsize n_rows, float *x)
{
    const gsize width = blocks->width;
    cw_layer_norm_run(&block->norm1, run, x, n_rows, scratch->y);
    cw_linear_run(&block->k, run, scratch->y, n_rows, CW_STORE, scratch->k);
    cw_linear_run(&block->v, run, scratch->y, n_rows, CW_STORE, scratch->v);
    /* Picked rows rise with the sequence, so gathering in place overwrites nothing still needed. */
    gather_rows(scratch->y, picked, n_sequences, width, scratch->y);
    gather_rows(x, picked, n_sequences, width, x);
    cw_linear_run(&block->q, run, scratch->y, n_sequences, CW_STORE, scratch->q);
    for (gsize i = 0; i < n_sequences; i++) {
        if (blocks->causal)
            sequences[i].n_keys = picked[i] - sequences[i].first_key + 1;
        sequences[i].first_query = i;
        sequences[i].n_queries = 1;
    }
    CwAttention attention = describe_attention(blocks, scratch, sequences, n_sequences);
    attention.causal = FALSE;
    cw_attention_run(&attention, run);
    finish_block(blocks, block, run, scratch, scratch->y, n_sequences, x);
}

void
cw_blocks_run(const CwBlocks *blocks, const CwNetRun *run, const CwBlockScratch *scratch,
              CwSequence *sequences, gsize n_sequences, const gsize *picked, gsize n_rows, float *x)
{
    for (guint i = 0; i < blocks->n_blocks; i++) {
        const CwBlock *block = &blocks->blocks[i];
        if (picked && i == blocks->n_blocks - 1) {
            run_picked_block(blocks, block, run, scratch, sequences, n_sequences, picked, n_rows,
                             x);
            cw_net_tell(run, x, n_sequences, blocks->width, "block.%u", i);
        } else {
            run_block(blocks, block, run, scratch, sequences, n_sequences, n_rows, x);
            cw_net_tell(run, x, n_rows, blocks->width, "block.%u", i);
        }
    }
}
