#include "train/blocks.h"
#include "train/head.h"
#include "train/towers.h"

struct _CwTrainText {
    CwTextConfig config;
    gsize embed_dim;
    CwTrainTokens tokens;
    CwTrainBlocks blocks;
    CwTrainHead head;
};

void
cw_train_text_take(CwTrainText *text, CwTrainParameters *parameters)
{
    const CwTextConfig *config = &text->config;
    const gint64 token[] = {config->vocabulary, config->width};
    const gint64 position[] = {config->context, config->width};
    text->tokens.width = config->width;
    text->tokens.token =
        cw_train_parameters_take(parameters, "text", "token", 2, token, &text->tokens.dtoken);
    text->tokens.position = cw_train_parameters_take(parameters, "text", "position", 2, position,
                                                     &text->tokens.dposition);
    cw_train_blocks_take(&text->blocks, parameters, "text.block", config->norm_eps);
    text->head.norm =
        cw_train_parameters_norm(parameters, "text.final_norm", config->width, config->norm_eps);
    text->head.projection = cw_train_parameters_linear(parameters, "text.projection", config->width,
                                                       text->embed_dim, config->projection_bias);
}

CwTrainText *
cw_train_text_new(const CwModelConfig *config, CwTrainParameters *parameters)
{
    CwTrainText *text = g_new0(CwTrainText, 1);
    text->config = config->text;
    text->embed_dim = config->embed_dim;
    text->blocks = (CwTrainBlocks){
        .n_blocks = config->text.n_layers,
        .n_heads = config->text.n_heads,
        .width = config->text.width,
        .mlp_width = config->text.mlp_width,
        .activation = config->text.activation,
        .causal = config->text.causal,
    };
    cw_train_text_take(text, parameters);
    return text;
}

void
cw_train_text_free(CwTrainText *text)
{
    cw_train_blocks_clear(&text->blocks);
    g_free(text);
}

typedef struct {
    gsize *starts;    /* [batch + 1] */
    gsize *pooled;    /* [batch]: rows */
    gint32 *ids;      /* [batch * context], packed */
    gsize *positions; /* [batch * context] */
    CwReal *x;        /* and on the way back its gradient */
    CwTrainBlocksTape blocks;
    CwTrainHeadTape head;
} Tape;

static Tape
lay_out(const CwTrainText *text, CwArena *arena, gsize batch)
{
    const gsize context = text->config.context;
    return (Tape){
        .starts = cw_arena_take(arena, batch + 1, 1, sizeof(gsize)),
        .pooled = cw_arena_take(arena, batch, 1, sizeof(gsize)),
        .ids = cw_arena_take(arena, batch, context, sizeof(gint32)),
        .positions = cw_arena_take(arena, batch, context, sizeof(gsize)),
        .x = cw_arena_take(arena, batch * context, text->config.width, sizeof(CwReal)),
        .blocks = cw_train_blocks_take_tape(&text->blocks, arena, batch, context),
        .head = cw_train_head_take_tape(&text->head, arena, batch),
    };
}

gsize
cw_train_text_tape_bytes(const CwTrainText *text, gsize batch)
{
    CwArena arena = {0};
    lay_out(text, &arena, batch);
    return arena.failed ? 0 : arena.used;
}

/* The position whose row becomes the text's embedding. */
static gsize
find_pooled(const CwTextConfig *config, const gint32 *ids)
{
    const gsize last = config->context - 1;
    gsize best = 0;
    if (config->pool == CW_TEXT_POOL_LAST)
        return last;
    if (config->pool == CW_TEXT_POOL_EOS) {
        while (best < last && ids[best] != config->eos_id)
            best++;
        return best;
    }
    for (gsize i = 1; i <= last; i++)
        if (ids[i] > ids[best])
            best = i;
    return best;
}

static void
pack(const CwTextConfig *config, const gint32 *ids, gsize batch, const Tape *t)
{
    gsize n_rows = 0;
    for (gsize b = 0; b < batch; b++, ids += config->context) {
        const gsize pooled = find_pooled(config, ids);
        const gsize n = config->causal ? pooled + 1 : config->context;
        t->starts[b] = n_rows;
        t->pooled[b] = n_rows + pooled;
        for (gsize i = 0; i < n; i++, n_rows++) {
            t->ids[n_rows] = ids[i];
            t->positions[n_rows] = i;
        }
    }
    t->starts[batch] = n_rows;
}

void
cw_train_text_forward(const CwTrainText *text, void *tape, const gint32 *ids, gsize batch,
                      CwReal *features)
{
    CwArena arena = {.memory = tape};
    const Tape t = lay_out(text, &arena, batch);
    pack(&text->config, ids, batch, &t);
    cw_train_tokens_forward(&text->tokens, t.ids, t.positions, t.starts[batch], t.x);
    cw_train_blocks_forward(&text->blocks, &t.blocks, t.starts, batch, t.x);
    cw_train_head_forward(&text->head, &t.head, t.x, t.pooled, batch, features);
}

void
cw_train_text_backward(const CwTrainText *text, void *tape, const CwReal *dfeatures, gsize batch)
{
    CwArena arena = {.memory = tape};
    const Tape t = lay_out(text, &arena, batch);
    const gsize n_rows = t.starts[batch];
    cw_train_head_backward(&text->head, &t.head, dfeatures, t.pooled, batch, n_rows, t.x);
    cw_train_blocks_backward(&text->blocks, &t.blocks, t.starts, batch, t.x);
    cw_train_tokens_backward(&text->tokens, t.ids, t.positions, n_rows, t.x);
}
