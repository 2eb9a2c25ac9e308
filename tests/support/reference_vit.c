#include "reference_image.h"

#include "reference_parts.h"

#include <string.h>

/* The patch convolution as it is written down: [batch][grid * grid][width]. */
static double *
embed_patches(const CwImageConfig *image, CwWeights *weights, const float *pixels, gsize batch)
{
    const gsize size = image->image_size, patch = image->patch, grid = size / patch;
    const gsize width = image->width;
    const gint64 dims[] = {image->width, 3, image->patch, image->patch};
    g_autofree double *w = cw_reference_tensor(weights, "image.patch", "weight", 4, dims);
    g_autofree double *bias = image->tower == CW_TOWER_SIGLIP_VIT
                                  ? cw_reference_vector(weights, "image.patch", "bias", width)
                                  : g_new0(double, width);
    double *y = g_new(double, batch *grid *grid *width);
    for (gsize i = 0; i < batch * grid * grid; i++)
        for (gsize o = 0; o < width; o++) {
            const gsize picture = i / (grid * grid), row = i / grid % grid, column = i % grid;
            double sum = bias[o];
            for (gsize c = 0; c < 3; c++)
                for (gsize dy = 0; dy < patch; dy++)
                    for (gsize dx = 0; dx < patch; dx++)
                        sum += w[((o * 3 + c) * patch + dy) * patch + dx] *
                               pixels[((picture * 3 + c) * size + row * patch + dy) * size +
                                      column * patch + dx];
            y[i * width + o] = sum;
        }
    return y;
}

/* [batch][n_tokens][width] */
static double *
assemble_tokens(const CwImageConfig *image, CwWeights *weights, const double *patches, gsize batch,
                gsize n_tokens)
{
    const gsize width = image->width;
    const gsize first = image->tower == CW_TOWER_SIGLIP_VIT ? 0 : 1;
    const gint64 dims[] = {(gint64)n_tokens, (gint64)width};
    g_autofree double *position = cw_reference_tensor(weights, "image", "position", 2, dims);
    g_autofree double *token =
        first ? cw_reference_vector(weights, "image", "class_token", width) : NULL;
    double *x = g_new(double, batch *n_tokens *width);
    for (gsize b = 0; b < batch; b++)
        for (gsize t = 0; t < n_tokens; t++)
            for (gsize c = 0; c < width; c++)
                x[(b * n_tokens + t) * width + c] =
                    position[t * width + c] +
                    (t < first ? token[c]
                               : patches[(b * (n_tokens - first) + t - first) * width + c]);
    return x;
}

/* The head of SigLIP: [batch][width]. */
static double *
pool_by_probe(const CwImageConfig *image, CwWeights *weights, const double *x, gsize batch,
              gsize n_tokens)
{
    const gsize width = image->width;
    g_autofree double *probe = cw_reference_vector(weights, "image.head", "probe", width);
    g_autofree double *attended = g_new(double, batch *width);
    for (gsize b = 0; b < batch; b++) {
        g_autofree double *one =
            cw_reference_attention(weights, "image.head.attn", probe, 1, x + b * n_tokens * width,
                                   n_tokens, width, image->n_heads, FALSE);
        memcpy(attended + b * width, one, width * sizeof *one);
    }
    double *y = cw_reference_linear(weights, "image.head.attn.out", attended, batch, width, width);
    cw_reference_add_mlp(weights, "image.head.norm", "image.head.mlp", image->norm_eps,
                         image->activation, y, batch, width, image->mlp_width);
    return y;
}

CwReference *
cw_reference_vit(const CwModelConfig *config, CwWeights *weights, const float *pixels, gsize batch)
{
    const CwImageConfig *image = &config->image;
    const gboolean siglip = image->tower == CW_TOWER_SIGLIP_VIT;
    const gsize grid = image->image_size / image->patch, width = image->width;
    const gsize n_tokens = grid * grid + (siglip ? 0 : 1), n_rows = batch * n_tokens;
    CwReference *reference = cw_reference_new(n_tokens, batch);
    g_autofree double *patches = embed_patches(image, weights, pixels, batch);
    g_autofree double *x = assemble_tokens(image, weights, patches, batch, n_tokens);
    g_autofree double *features = NULL;
    cw_reference_tell(reference, x, n_rows, width, "embed");
    if (!siglip) {
        cw_reference_layer_norm(weights, "image.pre_norm", image->norm_eps, x, n_rows, width);
        cw_reference_tell(reference, x, n_rows, width, "pre_norm");
    }
    cw_reference_blocks(reference, weights, "image", image->n_layers, image->n_heads,
                        image->activation, image->norm_eps, FALSE, x, batch, width,
                        image->mlp_width);
    cw_reference_layer_norm(weights, "image.post_norm", image->norm_eps, x, n_rows, width);
    if (siglip) {
        cw_reference_tell(reference, x, n_rows, width, "post_norm");
        features = pool_by_probe(image, weights, x, batch, n_tokens);
    } else {
        for (gsize b = 0; b < batch; b++)
            memmove(x + b * width, x + b * n_tokens * width, width * sizeof *x);
        cw_reference_tell(reference, x, batch, width, "pooled");
        features =
            cw_reference_linear(weights, "image.projection", x, batch, width, config->embed_dim);
    }
    cw_reference_tell(reference, features, batch, config->embed_dim, "features");
    return reference;
}
