#include "net/block.h"

#include <math.h>
#include <string.h>

/* What the quantised maps behind a norm are named, and how many outputs each has. */
typedef struct {
    const char *const *prefixes;
    guint n;
    gsize n_out;
} Maps;

/* The largest weight of each input, over all outputs of the maps. */
static void
find_largest_weights(CwParameters *parameters, const Maps *maps, gsize width, float *largest)
{
    const gint64 dims[] = {(gint64)maps->n_out, (gint64)width};
    g_autofree float *row = g_new(float, width);
    memset(largest, 0, width * sizeof *largest);
    for (guint m = 0; m < maps->n; m++) {
        const CwTensor *weight =
            cw_parameters_view(parameters, maps->prefixes[m], "weight", 2, dims);
        for (gsize i = 0; weight && i < maps->n_out; i++) {
            cw_tensor_row_to_f32(weight, i, row);
            for (gsize k = 0; k < width; k++)
                largest[k] = fmaxf(largest[k], fabsf(row[k]));
        }
    }
}

/* Some channels of CLIP's norms are many times the rest, and a token that holds one is quantised
 * coarsely for it alone. What a norm's output is divided by, the weights behind it are multiplied
 * by (SmoothQuant, arXiv 2211.10438, with equal shares): the function stays as it is, the burden is
 * split. A channel's size is taken from gamma and beta, four deviations wide. */
static void
smooth_norm(CwParameters *parameters, const Maps *maps, CwLayerNorm *norm)
{
    if (parameters->type != CW_PRODUCT_INT8)
        return;
    const gsize width = norm->width;
    float *gamma = cw_parameters_allocate_packed(parameters, width);
    float *beta = cw_parameters_allocate_packed(parameters, width);
    float *scales = cw_parameters_allocate_packed(parameters, width);
    if (scales && !parameters->packing.filled) {
        find_largest_weights(parameters, maps, width, scales);
        for (gsize i = 0; i < width; i++) {
            const float size = 4 * fabsf(norm->gamma[i]) + fabsf(norm->beta[i]);
            const float scale = sqrtf(size / scales[i]);
            scales[i] = scale > 1e-6f && scale < 1e6f ? scale : 1;
            gamma[i] = norm->gamma[i] / scales[i];
            beta[i] = norm->beta[i] / scales[i];
        }
    }
    norm->gamma = gamma;
    norm->beta = beta;
    parameters->input_scales = scales;
}

static CwBlock
take_block(CwParameters *parameters, const char *prefix, const CwBlocks *shape, float norm_eps)
{
    CwBlock block;
    g_autofree char *norm1 = g_strconcat(prefix, ".norm1", NULL);
    g_autofree char *attention = g_strconcat(prefix, ".attn", NULL);
    g_autofree char *q = g_strconcat(prefix, ".attn.q", NULL);
    g_autofree char *k = g_strconcat(prefix, ".attn.k", NULL);
    g_autofree char *v = g_strconcat(prefix, ".attn.v", NULL);
    g_autofree char *out = g_strconcat(prefix, ".attn.out", NULL);
    g_autofree char *norm2 = g_strconcat(prefix, ".norm2", NULL);
    g_autofree char *fc1 = g_strconcat(prefix, ".mlp.fc1", NULL);
    g_autofree char *fc2 = g_strconcat(prefix, ".mlp.fc2", NULL);
    const gsize width = shape->width;
    const Maps qkv = {(const char *const[]){q, k, v}, 3, width};
    const Maps mlp = {(const char *const[]){fc1}, 1, shape->mlp_width};
    block.norm1 = cw_parameters_norm(parameters, norm1, width, norm_eps);
    smooth_norm(parameters, &qkv, &block.norm1);
    block.q = cw_parameters_linear(parameters, q, width, width, TRUE);
    block.kv = cw_attention_take_keys_values(parameters, attention, width);
    parameters->input_scales = NULL;
    block.out = cw_parameters_linear(parameters, out, width, width, TRUE);
    block.norm2 = cw_parameters_norm(parameters, norm2, width, norm_eps);
    smooth_norm(parameters, &mlp, &block.norm2);
    block.fc1 = cw_parameters_linear(parameters, fc1, width, shape->mlp_width, TRUE);
    parameters->input_scales = NULL;
    block.fc2 = cw_parameters_linear(parameters, fc2, shape->mlp_width, width, TRUE);
    return block;
}

/* Tells every map which comes after it. */
static void
chain_maps(CwBlocks *blocks)
{
    for (guint i = 0; i < blocks->n_blocks; i++) {
        CwBlock *block = &blocks->blocks[i];
        block->q.next = &block->kv.w;
        block->kv.next = &block->out.w;
        block->out.next = &block->fc1.w;
        block->fc1.next = &block->fc2.w;
        if (i + 1 < blocks->n_blocks)
            block->fc2.next = &block[1].q.w;
    }
}

void
cw_blocks_take(CwBlocks *blocks, CwParameters *parameters, const char *prefix, float norm_eps)
{
    blocks->blocks = g_new0(CwBlock, blocks->n_blocks);
    for (guint i = 0; i < blocks->n_blocks; i++) {
        g_autofree char *name = g_strdup_printf("%s.%u", prefix, i);
        blocks->blocks[i] = take_block(parameters, name, blocks, norm_eps);
    }
    chain_maps(blocks);
}

void
cw_blocks_clear(CwBlocks *blocks)
{
    g_clear_pointer(&blocks->blocks, g_free);
}

CwBlockScratch
cw_blocks_take_scratch(const CwBlocks *blocks, CwArena *arena, gsize n_rows, gsize max_tokens)
{
    CwBlockScratch s;
    const CwProductType type = blocks->blocks[0].out.w.type;
    const gsize width = blocks->width;
    s.normalised = cw_operand_take(arena, type, n_rows, width);
    s.attended = cw_operand_take_unnormalised(arena, type, n_rows, width);
    s.activated = cw_operand_take_unnormalised(arena, type, n_rows, blocks->mlp_width);
    s.attention = cw_attention_take_scratch(arena, type, max_tokens, width / blocks->n_heads);
    /* The second half of a block begins when the first has been added to x. */
    CwArena hidden = *arena;
    s.hidden = cw_arena_floats(&hidden, n_rows, blocks->mlp_width);
    s.q = cw_arena_floats(arena, n_rows, width);
    s.kv = cw_arena_floats(arena, n_rows, 2 * width);
    s.y = cw_arena_floats(arena, n_rows, width);
    arena->used = MAX(arena->used, hidden.used);
    arena->failed |= hidden.failed;
    return s;
}

static void
attend(const CwBlocks *blocks, const CwNetRun *run, const CwBlockScratch *s,
       const CwSequence *sequences, gsize n_sequences, gboolean causal)
{
    const CwAttention attention = {
        .q = s->q,
        .k = s->kv,
        .v = s->kv + blocks->width,
        .out = s->y,
        .width = blocks->width,
        .kv_stride = 2 * blocks->width,
        .n_heads = blocks->n_heads,
        .sequences = sequences,
        .n_sequences = n_sequences,
        .causal = causal,
        .scratch = &s->attention,
    };
    cw_attention_run(&attention, run);
}

/* x += out(attended); x += mlp(norm2(x)) for n_rows rows. */
static void
finish_block(const CwBlocks *blocks, const CwBlock *block, const CwNetRun *run, CwBlockScratch *s,
             gsize n_rows, float *x)
{
    cw_operand_set(&s->attended, run, s->y, n_rows);
    cw_linear_run(&block->out, run, &s->attended, n_rows, CW_ACCUMULATE, x);
    cw_operand_set_normalised(&s->normalised, &block->norm2, run, x, n_rows);
    cw_linear_run_activated(&block->fc1, run, blocks->activation, &s->normalised, n_rows, s->hidden,
                            &s->activated);
    cw_linear_run(&block->fc2, run, &s->activated, n_rows, CW_ACCUMULATE, x);
}

static void
run_block(const CwBlocks *blocks, const CwBlock *block, const CwNetRun *run, CwBlockScratch *s,
          const CwSequence *sequences, gsize n_sequences, gsize n_rows, float *x)
{
    cw_operand_set_normalised(&s->normalised, &block->norm1, run, x, n_rows);
    cw_linear_run(&block->q, run, &s->normalised, n_rows, CW_STORE, s->q);
    cw_linear_run(&block->kv, run, &s->normalised, n_rows, CW_STORE, s->kv);
    attend(blocks, run, s, sequences, n_sequences, blocks->causal);
    finish_block(blocks, block, run, s, n_rows, x);
}

/* The last block for one row of each sequence: keys and values of all rows, everything else of the
 * picked ones. Causal masks need no thought: a picked row sees the keys up to itself, and sequences
 * end there. */
static void
run_picked_block(const CwBlocks *blocks, const CwBlock *block, const CwNetRun *run,
                 CwBlockScratch *s, CwSequence *sequences, gsize n_sequences, const gsize *picked,
                 gsize n_rows, float *x)
{
    const gsize width = blocks->width;
    cw_operand_set_normalised(&s->normalised, &block->norm1, run, x, n_rows);
    cw_linear_run(&block->kv, run, &s->normalised, n_rows, CW_STORE, s->kv);
    /* Picked rows rise with the sequence, so gathering in place overwrites nothing still needed. */
    cw_operand_pick(&s->normalised, picked, n_sequences);
    for (gsize i = 0; i < n_sequences; i++)
        memmove(x + i * width, x + picked[i] * width, width * sizeof *x);
    cw_linear_run(&block->q, run, &s->normalised, n_sequences, CW_STORE, s->q);
    for (gsize i = 0; i < n_sequences; i++) {
        if (blocks->causal)
            sequences[i].n_keys = picked[i] - sequences[i].first_key + 1;
        sequences[i].first_query = i;
        sequences[i].n_queries = 1;
    }
    attend(blocks, run, s, sequences, n_sequences, FALSE);
    finish_block(blocks, block, run, s, n_sequences, x);
}

void
cw_blocks_run(const CwBlocks *blocks, const CwNetRun *run, CwBlockScratch *scratch,
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
