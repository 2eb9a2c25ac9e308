/* The text transformer. Causal towers compute a text up to its pooled token only: what follows
 * cannot reach it. */
#include "net/block.h"

#include <string.h>

struct _CwTextNet {
    CwTextConfig config;
    gsize embed_dim;
    CwTensor tokens;       /* [vocabulary][width], looked up row by row as it lies */
    const float *position; /* [context][width] */
    CwBlocks blocks;
    CwLayerNorm final_norm;
    CwLinear projection;
    GPtrArray *owned;
};

/* The table as it lies, whatever its type; one whose rows are columns is turned. */
static CwTensor
take_tokens(CwParameters *parameters, const gint64 *dims)
{
    const CwTensor *stored = cw_parameters_view(parameters, "text", "token", 2, dims);
    if (!stored)
        return (CwTensor){0};
    if (!stored->transposed)
        return *stored;
    const CwTensor turned = {
        .data = cw_parameters_tensor(parameters, "text", "token", 2, dims),
        .dtype = CW_DTYPE_F32,
        .n_dims = 2,
        .dims = {dims[0], dims[1]},
    };
    return turned;
}

static void
build(CwTextNet *net, const CwModelConfig *config, CwParameters *parameters)
{
    const CwTextConfig *text = &config->text;
    const gint64 token_dims[] = {text->vocabulary, text->width};
    const gint64 position_dims[] = {text->context, text->width};
    net->config = *text;
    net->embed_dim = config->embed_dim;
    net->blocks = (CwBlocks){
        .n_blocks = text->n_layers,
        .n_heads = text->n_heads,
        .width = text->width,
        .mlp_width = text->mlp_width,
        .activation = text->activation,
        .causal = text->causal,
    };
    net->tokens = take_tokens(parameters, token_dims);
    net->position = cw_parameters_tensor(parameters, "text", "position", 2, position_dims);
    cw_blocks_take(&net->blocks, parameters, "text.block", text->norm_eps);
    net->final_norm =
        cw_parameters_norm(parameters, "text.final_norm", text->width, text->norm_eps);
    const CwProductType type = parameters->type;
    parameters->type = cw_product_type_of_ends(type);
    net->projection = cw_parameters_linear(parameters, "text.projection", text->width,
                                           config->embed_dim, text->projection_bias);
    parameters->type = type;
}

gboolean
cw_text_net_check(const CwModelConfig *config, CwWeights *weights, GError **error)
{
    CwTextNet net = {0};
    CwParameters parameters = cw_parameters_begin(weights, CW_PRODUCT_F32);
    build(&net, config, &parameters);
    cw_blocks_clear(&net.blocks);
    return cw_parameters_give_up(&parameters, error);
}

CwTextNet *
cw_text_net_new(const CwModelConfig *config, CwWeights *weights, CwProductType type,
                const CwNetStore *store, GError **error)
{
    CwTextNet *net = g_new0(CwTextNet, 1);
    CwParameters parameters = cw_parameters_begin(weights, type);
    build(net, config, &parameters);
    cw_blocks_clear(&net->blocks);
    if (!cw_parameters_place(&parameters, store, error)) {
        g_free(net);
        return NULL;
    }
    build(net, config, &parameters);
    net->owned = cw_parameters_end(&parameters, store);
    return net;
}

void
cw_text_net_free(CwTextNet *net)
{
    cw_blocks_clear(&net->blocks);
    g_ptr_array_unref(net->owned);
    g_free(net);
}

typedef struct {
    float *x; /* [batch * context][width], packed */
    CwBlockScratch block;
    CwOperand pooled;      /* [batch][width] */
    CwSequence *sequences; /* [batch] */
    gsize *picked;         /* [batch] */
} Scratch;

static Scratch
lay_out(const CwTextNet *net, CwArena *arena, guint batch)
{
    Scratch s;
    const gsize n_rows = (gsize)batch * net->config.context;
    s.x = cw_arena_floats(arena, n_rows, net->config.width);
    s.sequences = cw_arena_take(arena, batch, 1, sizeof *s.sequences);
    s.picked = cw_arena_take(arena, batch, 1, sizeof *s.picked);
    s.block = cw_blocks_take_scratch(&net->blocks, arena, n_rows, net->config.context);
    s.pooled =
        cw_operand_take_unnormalised(arena, net->projection.w.type, batch, net->config.width);
    return s;
}

gsize
cw_text_net_scratch_bytes(const CwTextNet *net, guint batch)
{
    CwArena arena = {0};
    lay_out(net, &arena, batch);
    return arena.failed ? 0 : arena.used;
}

/* The position whose row becomes the text's embedding. */
static gsize
find_pooled(const CwTextConfig *config, const gint32 *ids)
{
    gsize best = 0;
    switch (config->pool) {
    case CW_TEXT_POOL_LAST:
        return config->context - 1;
    case CW_TEXT_POOL_EOS:
        for (gsize i = 0; i < config->context; i++)
            if (ids[i] == config->eos_id)
                return i;
        return config->context - 1; /* cut text without an end: its last token */
    case CW_TEXT_POOL_ARGMAX:
        break;
    }
    for (gsize i = 1; i < config->context; i++)
        if (ids[i] > ids[best])
            best = i;
    return best;
}

/* Looks tokens up, adds positions, packs the sequences. Returns the number of rows. */
static gsize
embed(const CwTextNet *net, const Scratch *s, const gint32 *ids, guint batch)
{
    const gsize width = net->config.width, context = net->config.context;
    const gsize row_bytes = width * cw_dtype_size(net->tokens.dtype);
    gsize n_rows = 0;
    for (guint b = 0; b < batch; b++, ids += context) {
        const gsize pooled = find_pooled(&net->config, ids);
        const gsize n = net->config.causal ? pooled + 1 : context;
        s->sequences[b] = (CwSequence){n_rows, n, n_rows, n};
        s->picked[b] = n_rows + pooled;
        for (gsize i = 0; i < n; i++, n_rows++) {
            const CwTensor row = {.data =
                                      (const char *)net->tokens.data + (gsize)ids[i] * row_bytes,
                                  .dtype = net->tokens.dtype,
                                  .n_dims = 1,
                                  .dims = {(gint64)width}};
            float *x = s->x + n_rows * width;
            cw_tensor_to_f32(&row, x);
            for (gsize c = 0; c < width; c++)
                x[c] += net->position[i * width + c];
        }
    }
    return n_rows;
}

void
cw_text_net_forward(const CwTextNet *net, const CwNetRun *run, const gint32 *ids, guint batch,
                    float *features)
{
    CwArena arena = {.memory = run->scratch};
    Scratch s = lay_out(net, &arena, batch);
    const gsize width = net->config.width;
    const gsize n_rows = embed(net, &s, ids, batch);
    cw_net_tell(run, s.x, n_rows, width, "embed");
    cw_blocks_run(&net->blocks, run, &s.block, s.sequences, batch, s.picked, n_rows, s.x);
    cw_layer_norm_run(&net->final_norm, run, s.x, batch, s.x);
    cw_net_tell(run, s.x, batch, width, "pooled");
    cw_operand_set(&s.pooled, run, s.x, batch);
    cw_linear_run(&net->projection, run, &s.pooled, batch, CW_STORE, features);
    cw_net_tell(run, features, batch, net->embed_dim, "features");
}
