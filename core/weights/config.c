#include "weights/config_read.h"

#include <math.h>

const char *
cw_activation_to_string(CwActivation activation)
{
    static const char *const names[] = {
        [CW_ACTIVATION_QUICK_GELU] = "quick_gelu",
        [CW_ACTIVATION_GELU] = "gelu",
        [CW_ACTIVATION_GELU_TANH] = "gelu_tanh",
    };
    return names[activation];
}

const char *
cw_tower_to_string(CwTower tower)
{
    static const char *const names[] = {
        [CW_TOWER_VIT] = "vit",
        [CW_TOWER_MODIFIED_RESNET] = "modified_resnet",
        [CW_TOWER_SIGLIP_VIT] = "siglip_vit",
    };
    return names[tower];
}

CwPreprocess
cw_config_default_preprocess(guint size, gboolean siglip)
{
    const CwPreprocess clip = {
        .width = size,
        .height = size,
        .interpolation = CW_INTERPOLATION_BICUBIC,
        .resize_mode = CW_RESIZE_SHORTEST,
        .mean = {0.48145466f, 0.4578275f, 0.40821073f},
        .std = {0.26862954f, 0.26130258f, 0.27577711f},
    };
    const CwPreprocess half = {
        .width = size,
        .height = size,
        .interpolation = CW_INTERPOLATION_BICUBIC,
        .resize_mode = CW_RESIZE_SQUASH,
        .mean = {0.5f, 0.5f, 0.5f},
        .std = {0.5f, 0.5f, 0.5f},
    };
    return siglip ? half : clip;
}

G_GNUC_PRINTF(4, 5)
static gboolean
fail(const char *source, CwErrorCode code, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, CW_ERROR, code, "%s: %s", source, what);
    return FALSE;
}

/* FORMAT unless min <= value <= max. */
static gboolean
check_range(const char *source, const char *what, guint value, guint min, guint max, GError **error)
{
    if (value >= min && value <= max)
        return TRUE;
    return fail(source, CW_ERROR_FORMAT, error, "%s is %u, must be from %u to %u", what, value, min,
                max);
}

static gboolean
check_heads(const char *source, const char *tower, guint width, guint n_heads, GError **error)
{
    if (n_heads > 0 && width % n_heads == 0)
        return TRUE;
    return fail(source, CW_ERROR_FORMAT, error, "%s width %u does not divide into %u heads", tower,
                width, n_heads);
}

static gboolean
check_resnet(const CwImageConfig *image, const char *source, GError **error)
{
    for (guint i = 0; i < 4; i++)
        if (!check_range(source, "blocks of an image stage", image->stages[i], 1, CW_MAX_LAYERS,
                         error))
            return FALSE;
    if (image->width % 2 != 0)
        return fail(source, CW_ERROR_FORMAT, error, "image width %u is odd, the stem halves it",
                    image->width);
    if (image->image_size % 32 != 0)
        return fail(source, CW_ERROR_FORMAT, error,
                    "image size %u is no multiple of 32, which a ModifiedResNet needs",
                    image->image_size);
    return check_range(source, "image width", image->width, 2, CW_MAX_WIDTH / 32, error) &&
           check_heads(source, "image", image->width * 32, image->n_heads, error);
}

static gboolean
check_vit(const CwImageConfig *image, const char *source, GError **error)
{
    if (!check_range(source, "image layers", image->n_layers, 1, CW_MAX_LAYERS, error) ||
        !check_range(source, "image width", image->width, 1, CW_MAX_WIDTH, error) ||
        !check_range(source, "image MLP width", image->mlp_width, 1, CW_MAX_WIDTH, error) ||
        !check_range(source, "patch size", image->patch, 1, image->image_size, error) ||
        !check_heads(source, "image", image->width, image->n_heads, error))
        return FALSE;
    const guint grid = image->image_size / image->patch;
    if (grid * grid + 1 > CW_MAX_TOKENS)
        return fail(source, CW_ERROR_LIMIT, error,
                    "%u patches of %u pixels in %u are too many, at most %d tokens are supported",
                    grid * grid, image->patch, image->image_size, CW_MAX_TOKENS);
    return TRUE;
}

static gboolean
check_text(const CwTextConfig *text, const char *source, GError **error)
{
    if (!check_range(source, "text layers", text->n_layers, 1, CW_MAX_LAYERS, error) ||
        !check_range(source, "text width", text->width, 1, CW_MAX_WIDTH, error) ||
        !check_range(source, "text MLP width", text->mlp_width, 1, CW_MAX_WIDTH, error) ||
        !check_range(source, "context length", text->context, 1, CW_MAX_TOKENS, error) ||
        !check_range(source, "vocabulary size", text->vocabulary, 1, CW_MAX_VOCABULARY, error) ||
        !check_heads(source, "text", text->width, text->n_heads, error))
        return FALSE;
    if (text->pool == CW_TEXT_POOL_EOS &&
        (text->eos_id < 0 || (guint)text->eos_id >= text->vocabulary))
        return fail(source, CW_ERROR_FORMAT, error,
                    "the end token %d that texts are pooled at is not in the vocabulary of %u",
                    text->eos_id, text->vocabulary);
    if (text->pad_id < 0 || (guint)text->pad_id >= text->vocabulary)
        return fail(source, CW_ERROR_FORMAT, error,
                    "the padding token %d is not in the vocabulary of %u", text->pad_id,
                    text->vocabulary);
    return TRUE;
}

gboolean
cw_config_check(const CwModelConfig *config, const char *source, GError **error)
{
    const CwImageConfig *image = &config->image;
    if (!check_range(source, "embedding width", config->embed_dim, 1, CW_MAX_WIDTH, error) ||
        !check_range(source, "image size", image->image_size, 1, CW_MAX_IMAGE_SIZE, error) ||
        !check_text(&config->text, source, error))
        return FALSE;
    for (guint i = 0; i < 3; i++)
        if (!(config->preprocess.std[i] > 0) || !isfinite(config->preprocess.mean[i]))
            return fail(source, CW_ERROR_FORMAT, error,
                        "the mean or standard deviation of a colour is not usable");
    if (image->tower == CW_TOWER_SIGLIP_VIT && image->width != config->embed_dim)
        return fail(source, CW_ERROR_FORMAT, error,
                    "the image tower is %u wide and has no projection, but the embedding is %u",
                    image->width, config->embed_dim);
    return image->tower == CW_TOWER_MODIFIED_RESNET ? check_resnet(image, source, error)
                                                    : check_vit(image, source, error);
}
