#include "weights/config_read.h"

#include <math.h>

/* All heads of the release are this wide. */
#define HEAD_WIDTH 64

/* The file being measured; what a bare file may have before the names of its text tower. */
typedef struct {
    const CwSafetensors *file;
    const char *source;
    const char *text; /* "" or "text." */
} Bare;

/* The tensor at prefix and name, with n_dims dims between 1 and the largest vocabulary. */
static gboolean
measure(const Bare *bare, const char *prefix, const char *name, guint n_dims, CwTensor *tensor,
        GError **error)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);
    gboolean good = cw_safetensors_find(bare->file, full, tensor) && tensor->n_dims == n_dims;
    for (guint i = 0; good && i < n_dims; i++)
        good = tensor->dims[i] >= 1 && tensor->dims[i] <= CW_MAX_VOCABULARY;
    if (!good)
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                    "%s: no tensor '%s' of %u dimensions: a file without a configuration must be "
                    "in the original release's naming",
                    bare->source, full, n_dims);
    return good;
}

static guint
count_blocks(const Bare *bare, const char *prefix, const char *name)
{
    CwTensor tensor;
    for (guint n = 0; n <= CW_MAX_LAYERS; n++) {
        g_autofree char *full = g_strdup_printf("%s%u.%s", prefix, n, name);
        if (!cw_safetensors_find(bare->file, full, &tensor))
            return n;
    }
    return CW_MAX_LAYERS + 1; /* refused by cw_config_check() */
}

static gboolean
infer_heads(const Bare *bare, const char *tower, guint width, guint *n_heads, GError **error)
{
    *n_heads = width / HEAD_WIDTH;
    if (width % HEAD_WIDTH == 0)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "%s: %s width %u is no multiple of %d: the number of heads needs a configuration",
                bare->source, tower, width, HEAD_WIDTH);
    return FALSE;
}

/* The side of the square that rows - 1 positions fill. */
static gboolean
infer_grid(const Bare *bare, gint64 rows, guint *grid, GError **error)
{
    *grid = (guint)lround(sqrt((double)(rows - 1)));
    if ((gint64)*grid * *grid + 1 == rows)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                "%s: %" G_GINT64_FORMAT " image positions are not one more than a square",
                bare->source, rows);
    return FALSE;
}

static gboolean
infer_vit(const Bare *bare, CwImageConfig *image, GError **error)
{
    CwTensor conv, position, fc1;
    guint grid;
    if (!measure(bare, "visual.", "conv1.weight", 4, &conv, error) ||
        !measure(bare, "visual.", "positional_embedding", 2, &position, error) ||
        !measure(bare, "visual.transformer.resblocks.", "0.mlp.c_fc.weight", 2, &fc1, error) ||
        !infer_grid(bare, position.dims[0], &grid, error))
        return FALSE;
    image->tower = CW_TOWER_VIT;
    image->patch = (guint)conv.dims[3];
    image->image_size = image->patch * grid;
    image->width = (guint)conv.dims[0];
    image->mlp_width = (guint)fc1.dims[0];
    image->n_layers = count_blocks(bare, "visual.transformer.resblocks.", "attn.in_proj_weight");
    return infer_heads(bare, "image", image->width, &image->n_heads, error);
}

static gboolean
infer_resnet(const Bare *bare, CwImageConfig *image, GError **error)
{
    CwTensor conv, position;
    guint grid;
    if (!measure(bare, "visual.", "layer1.0.conv1.weight", 4, &conv, error) ||
        !measure(bare, "visual.", "attnpool.positional_embedding", 2, &position, error) ||
        !infer_grid(bare, position.dims[0], &grid, error))
        return FALSE;
    image->tower = CW_TOWER_MODIFIED_RESNET;
    image->width = (guint)conv.dims[0];
    image->image_size = 32 * grid;
    for (guint i = 0; i < 4; i++) {
        g_autofree char *prefix = g_strdup_printf("visual.layer%u.", i + 1);
        image->stages[i] = count_blocks(bare, prefix, "conv1.weight");
    }
    return infer_heads(bare, "attention pool", image->width * 32, &image->n_heads, error);
}

static gboolean
infer_text(const Bare *bare, CwModelConfig *config, GError **error)
{
    CwTextConfig *text = &config->text;
    CwTensor token, position, fc1, projection;
    g_autofree char *blocks = g_strconcat(bare->text, "transformer.resblocks.", NULL);
    if (!measure(bare, bare->text, "token_embedding.weight", 2, &token, error) ||
        !measure(bare, bare->text, "positional_embedding", 2, &position, error) ||
        !measure(bare, bare->text, "text_projection", 2, &projection, error) ||
        !measure(bare, blocks, "0.mlp.c_fc.weight", 2, &fc1, error))
        return FALSE;
    config->embed_dim = (guint)projection.dims[1];
    text->context = (guint)position.dims[0];
    text->vocabulary = (guint)token.dims[0];
    text->width = (guint)token.dims[1];
    text->mlp_width = (guint)fc1.dims[0];
    text->n_layers = count_blocks(bare, blocks, "attn.in_proj_weight");
    text->activation = CW_ACTIVATION_QUICK_GELU;
    text->norm_eps = 1e-5f;
    text->causal = TRUE;
    text->pool = CW_TEXT_POOL_ARGMAX;
    return infer_heads(bare, "text", text->width, &text->n_heads, error);
}

gboolean
cw_config_infer(const CwSafetensors *file, const char *source, CwModelConfig *config,
                GError **error)
{
    CwTensor tensor;
    CwModelConfig result = {0};
    const gboolean custom = cw_safetensors_find(file, "text.text_projection", &tensor);
    const Bare bare = {file, source, custom ? "text." : ""};
    const gboolean vit = cw_safetensors_find(file, "visual.proj", &tensor);
    if (!(vit ? infer_vit : infer_resnet)(&bare, &result.image, error) ||
        !infer_text(&bare, &result, error))
        return FALSE;
    result.image.activation = CW_ACTIVATION_QUICK_GELU;
    result.image.norm_eps = 1e-5f;
    result.preprocess = cw_config_default_preprocess(result.image.image_size, FALSE);
    if (!cw_config_check(&result, source, error))
        return FALSE;
    *config = result;
    return TRUE;
}
