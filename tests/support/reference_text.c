#include "reference_parts.h"

static gsize
find_pooled(const CwTextConfig *text, const gint32 *ids)
{
    gsize largest = 0, first_end = text->context;
    for (gsize i = text->context; i-- > 0;) {
        if (ids[i] >= ids[largest])
            largest = i;
        if (ids[i] == text->eos_id)
            first_end = i;
    }
    switch (text->pool) {
    case CW_TEXT_POOL_ARGMAX:
        return largest;
    case CW_TEXT_POOL_EOS:
        g_assert_cmpuint(first_end, <, text->context);
        return first_end;
    case CW_TEXT_POOL_LAST:
        return text->context - 1;
    }
    g_assert_not_reached();
}

CwReference *
cw_reference_text(const CwModelConfig *config, CwWeights *weights, const gint32 *ids, gsize batch)
{
    const CwTextConfig *text = &config->text;
    const gsize context = text->context, width = text->width;
    const gint64 token_dims[] = {text->vocabulary, text->width};
    const gint64 position_dims[] = {text->context, text->width};
    CwReference *reference = cw_reference_new(context, batch);
    g_autofree double *tokens = cw_reference_tensor(weights, "text", "token", 2, token_dims);
    g_autofree double *position =
        cw_reference_tensor(weights, "text", "position", 2, position_dims);
    g_autofree double *x = g_new(double, batch *context *width);
    g_autofree double *pooled = g_new(double, batch *width);

    for (gsize i = 0; i < batch * context; i++)
        for (gsize c = 0; c < width; c++)
            x[i * width + c] =
                tokens[(gsize)ids[i] * width + c] + position[i % context * width + c];
    cw_reference_tell(reference, x, batch * context, width, "embed");
    cw_reference_blocks(reference, weights, "text", text->n_layers, text->n_heads, text->activation,
                        text->norm_eps, text->causal, x, batch, width, text->mlp_width);
    cw_reference_layer_norm(weights, "text.final_norm", text->norm_eps, x, batch * context, width);
    for (gsize b = 0; b < batch; b++) {
        reference->pooled[b] = find_pooled(text, ids + b * context);
        for (gsize c = 0; c < width; c++)
            pooled[b * width + c] = x[(b * context + reference->pooled[b]) * width + c];
    }
    cw_reference_tell(reference, pooled, batch, width, "pooled");
    g_autofree double *features =
        cw_reference_linear(weights, "text.projection", pooled, batch, width, config->embed_dim);
    cw_reference_tell(reference, features, batch, config->embed_dim, "features");
    return reference;
}
