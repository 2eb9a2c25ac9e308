#include "train/blocks.h"

#include <string.h>

/* The three maps lie one behind another and are one. */
static CwTrainLinear
take_qkv(CwTrainParameters *parameters, const char *prefix, gsize width)
{
    static const char *const weights[] = {"q.weight", "k.weight", "v.weight"};
    static const char *const biases[] = {"q.bias", "k.bias", "v.bias"};
    const gint64 dims[] = {(gint64)width, (gint64)width};
    CwTrainLinear qkv = {.n_in = width, .n_out = 3 * width};
    for (guint i = 0; i < 3; i++) {
        CwReal *dw, *w = cw_train_parameters_take(parameters, prefix, weights[i], 2, dims, &dw);
        qkv.w = i == 0 ? w : qkv.w;
        qkv.dw = i == 0 ? dw : qkv.dw;
    }
    for (guint i = 0; i < 3; i++) {
        CwReal *db, *b = cw_train_parameters_take(parameters, prefix, biases[i], 1, dims, &db);
        qkv.bias = i == 0 ? b : qkv.bias;
        qkv.dbias = i == 0 ? db : qkv.dbias;
    }
    return qkv;
}

static CwTrainLinear
take_linear(CwTrainParameters *parameters, const char *block, const char *name, gsize n_in,
            gsize n_out)
{
    g_autofree char *prefix = g_strdup_printf("%s.%s", block, name);
    return cw_train_parameters_linear(parameters, prefix, n_in, n_out, TRUE);
}

static CwTrainNorm
take_norm(CwTrainParameters *parameters, const char *block, const char *name, gsize width,
          float eps)
{
    g_autofree char *prefix = g_strdup_printf("%s.%s", block, name);
    return cw_train_parameters_norm(parameters, prefix, width, eps);
}

void
cw_train_blocks_take(CwTrainBlocks *blocks, CwTrainParameters *parameters, const char *prefix,
                     float norm_eps)
{
    const gsize width = blocks->width;
    if (!blocks->blocks)
        blocks->blocks = g_new0(CwTrainBlock, blocks->n_blocks);
    for (guint i = 0; i < blocks->n_blocks; i++) {
        CwTrainBlock *block = &blocks->blocks[i];
        g_autofree char *name = g_strdup_printf("%s.%u", prefix, i);
        g_autofree char *attention = g_strconcat(name, ".attn", NULL);
        block->norm1 = take_norm(parameters, name, "norm1", width, norm_eps);
        block->qkv = take_qkv(parameters, attention, width);
        block->out = take_linear(parameters, attention, "out", width, width);
        block->norm2 = take_norm(parameters, name, "norm2", width, norm_eps);
        block->fc1 = take_linear(parameters, name, "mlp.fc1", width, blocks->mlp_width);
        block->fc2 = take_linear(parameters, name, "mlp.fc2", blocks->mlp_width, width);
    }
}

void
cw_train_blocks_clear(CwTrainBlocks *blocks)
{
    g_clear_pointer(&blocks->blocks, g_free);
}

static CwReal *
take(CwArena *arena, gsize n, gsize m)
{
    return cw_arena_take(arena, n, m, sizeof(CwReal));
}

CwTrainBlocksTape
cw_train_blocks_take_tape(const CwTrainBlocks *blocks, CwArena *arena, gsize n_sequences,
                          gsize max_tokens)
{
    const gsize n_rows = n_sequences * max_tokens, width = blocks->width;
    CwTrainBlocksTape tape = {
        .blocks = cw_arena_take(arena, blocks->n_blocks, 1, sizeof *tape.blocks),
        .scores = take(arena, max_tokens, max_tokens),
        .narrow = take(arena, n_rows, width),
        .wide = take(arena, n_rows, MAX(3 * width, blocks->mlp_width)),
    };
    for (guint i = 0; i < blocks->n_blocks; i++) {
        const CwTrainBlockTape block = {
            .x = take(arena, n_rows, width),
            .statistics1 = take(arena, n_rows, 2),
            .normalised1 = take(arena, n_rows, width),
            .qkv = take(arena, n_rows, 3 * width),
            .probabilities = take(arena, n_rows, max_tokens * blocks->n_heads),
            .attended = take(arena, n_rows, width),
            .middle = take(arena, n_rows, width),
            .statistics2 = take(arena, n_rows, 2),
            .normalised2 = take(arena, n_rows, width),
            .hidden = take(arena, n_rows, blocks->mlp_width),
            .activated = take(arena, n_rows, blocks->mlp_width),
        };
        if (tape.blocks)
            tape.blocks[i] = block;
    }
    return tape;
}

static CwTrainAttention
describe_attention(const CwTrainBlocks *blocks, const gsize *starts, gsize n_sequences)
{
    return (CwTrainAttention){blocks->width, blocks->n_heads, blocks->causal, n_sequences, starts};
}

static void
add(const CwReal *summand, gsize n, CwReal *x)
{
    for (gsize i = 0; i < n; i++)
        x[i] += summand[i];
}

void
cw_train_blocks_forward(const CwTrainBlocks *blocks, const CwTrainBlocksTape *tape,
                        const gsize *starts, gsize n_sequences, CwReal *x)
{
    const CwTrainAttention attention = describe_attention(blocks, starts, n_sequences);
    const gsize n_rows = starts[n_sequences], n = n_rows * blocks->width;
    for (guint i = 0; i < blocks->n_blocks; i++) {
        const CwTrainBlock *block = &blocks->blocks[i];
        const CwTrainBlockTape *t = &tape->blocks[i];
        memcpy(t->x, x, n * sizeof *x);
        cw_train_norm_forward(&block->norm1, t->x, n_rows, t->normalised1, t->statistics1);
        cw_train_linear_forward(&block->qkv, t->normalised1, n_rows, t->qkv);
        cw_train_attention_forward(&attention, t->qkv, t->attended, t->probabilities);
        cw_train_linear_forward(&block->out, t->attended, n_rows, t->middle);
        add(t->x, n, t->middle);
        cw_train_norm_forward(&block->norm2, t->middle, n_rows, t->normalised2, t->statistics2);
        cw_train_linear_forward(&block->fc1, t->normalised2, n_rows, t->hidden);
        cw_train_activation_forward(blocks->activation, t->hidden, n_rows * blocks->mlp_width,
                                    t->activated);
        cw_train_linear_forward(&block->fc2, t->activated, n_rows, x);
        add(t->middle, n, x);
    }
}

void
cw_train_blocks_backward(const CwTrainBlocks *blocks, const CwTrainBlocksTape *tape,
                         const gsize *starts, gsize n_sequences, CwReal *dx)
{
    const CwTrainAttention attention = describe_attention(blocks, starts, n_sequences);
    const gsize n_rows = starts[n_sequences];
    for (guint i = blocks->n_blocks; i-- > 0;) {
        const CwTrainBlock *block = &blocks->blocks[i];
        const CwTrainBlockTape *t = &tape->blocks[i];
        cw_train_linear_backward(&block->fc2, t->activated, dx, n_rows, tape->wide);
        cw_train_activation_backward(blocks->activation, t->hidden, tape->wide,
                                     n_rows * blocks->mlp_width, tape->wide);
        cw_train_linear_backward(&block->fc1, t->normalised2, tape->wide, n_rows, tape->narrow);
        cw_train_norm_backward(&block->norm2, t->middle, t->statistics2, tape->narrow, n_rows, dx);
        cw_train_linear_backward(&block->out, t->attended, dx, n_rows, tape->narrow);
        cw_train_attention_backward(&attention, t->qkv, t->probabilities, tape->narrow,
                                    tape->scores, tape->wide);
        cw_train_linear_backward(&block->qkv, t->normalised1, tape->wide, n_rows, tape->narrow);
        cw_train_norm_backward(&block->norm1, t->x, t->statistics1, tape->narrow, n_rows, dx);
    }
}
