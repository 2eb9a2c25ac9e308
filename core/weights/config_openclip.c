#include "weights/config_keys.h"
#include "weights/config_read.h"

#include <string.h>

static const CwKeyRules file_rules = {.used = CW_KEYS("model_cfg", "preprocess_cfg")};

static const CwKeyRules model_rules = {
    .used = CW_KEYS("embed_dim", "vision_cfg", "text_cfg", "quick_gelu", "init_logit_bias"),
    /* custom_text shows in the tensors' names, nonscalar_logit_scale in that tensor's shape. */
    .ignored = CW_KEYS("custom_text", "nonscalar_logit_scale", "init_logit_scale", "cast_dtype",
                       "output_dict"),
    .off = (const CwKeyText[]){{"multimodal_cfg", "a CoCa decoder"}, {NULL, NULL}},
};

#define BLOCK_IGNORED "patch_dropout", "attn_dropout", "drop_path"

/* clang-format off */
#define BLOCK_OFF                                                                                  \
    {"ls_init_value", "layer scale"},                                                              \
    {"final_ln_after_pool", "a norm after pooling"},                                               \
    {"output_tokens", "the output of all tokens"},                                                 \
    {"qk_norm", "normalised queries"},                                                             \
    {"scaled_cosine_attn", "cosine attention"},                                                    \
    {"scale_heads", "scaled heads"},                                                               \
    {"scale_attn", "a norm after attention"},                                                      \
    {"scale_attn_inner", "inner attention norms"},                                                 \
    {"scale_fc", "norms inside the MLP"},                                                          \
    {"block_type", "blocks of another type"}
/* clang-format on */

static const CwKeyRules vision_rules = {
    .used = CW_KEYS("layers", "width", "head_width", "mlp_ratio", "patch_size", "image_size",
                    "act_kwargs", "norm_kwargs", "timm_model_name", "timm_pool", "timm_proj"),
    .ignored = CW_KEYS(BLOCK_IGNORED, "attn_pooler_queries", "attn_pooler_heads",
                       "timm_model_pretrained", "timm_drop", "timm_drop_path"),
    .off =
        (const CwKeyText[]){
            BLOCK_OFF,
            {"no_ln_pre", "a ViT without the first norm"},
            {"attentional_pool", "CoCa's attentional pooling"},
            {"input_patchnorm", "normalised patches"},
            {"global_average_pool", "average pooling"},
            {"timm_proj_bias", "a projection bias after a timm tower"},
            {NULL, NULL},
        },
    .only =
        (const CwKeyText[]){
            {"pos_embed_type", "learnable"},
            {"pool_type", "tok"},
            {NULL, NULL},
        },
};

/* The tokenizer is chosen by the files beside the weights. */
static const CwKeyRules text_rules = {
    .used = CW_KEYS("context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio",
                    "no_causal_mask", "pool_type", "eos_id", "pad_id", "proj_bias", "act_kwargs",
                    "norm_kwargs"),
    .ignored = CW_KEYS(BLOCK_IGNORED, "correct_cls_mask", "hf_model_pretrained", "hf_proj_type",
                       "hf_pooler_type", "hf_tokenizer_name", "tokenizer_kwargs", "tokenizer_mode",
                       "text_mask", "bert_tokenizer"),
    .off =
        (const CwKeyText[]){
            BLOCK_OFF,
            {"embed_cls", "CoCa's class embedding"},
            {"use_pad_mask", "a mask over padding"},
            {"ln_post_emb", "a norm after the embedding"},
            {"hf_model_name", "a text tower of another family"},
            {NULL, NULL},
        },
    .only = (const CwKeyText[]){{"proj_type", "linear"}, {NULL, NULL}},
};

static const CwKeyRules activation_rules = {.used = CW_KEYS("approximate")};
static const CwKeyRules norm_rules = {.used = CW_KEYS("eps")};

/* SigLIP image towers as timm names them; suffix: what must follow, NULL for any resolution. Widths
 * and activations are those of timm's own model table. */
static const struct {
    const char *prefix;
    const char *suffix;
    guint patch, width, n_layers, n_heads, mlp_width;
    CwActivation activation;
} siglip_towers[] = {
    {"vit_base_patch16_siglip_", NULL, 16, 768, 12, 12, 3072, CW_ACTIVATION_GELU},
    {"vit_base_patch32_siglip_", NULL, 32, 768, 12, 12, 3072, CW_ACTIVATION_GELU_TANH},
    {"vit_large_patch16_siglip_", "512", 16, 1024, 24, 16, 4096, CW_ACTIVATION_GELU_TANH},
    {"vit_large_patch16_siglip_", NULL, 16, 1024, 24, 16, 4096, CW_ACTIVATION_GELU},
    {"vit_so400m_patch14_siglip_", NULL, 14, 1152, 27, 16, 4304, CW_ACTIVATION_GELU},
    {"vit_so400m_patch16_siglip_", NULL, 16, 1152, 27, 16, 4304, CW_ACTIVATION_GELU_TANH},
    {"vit_giantopt_patch16_siglip_", NULL, 16, 1536, 40, 16, 6144, CW_ACTIVATION_GELU_TANH},
};

static gboolean
read_uint_or(CwJsonValue object, const char *key, guint max, guint fallback, guint *out,
             GError **error)
{
    gint64 value;
    if (!cw_json_get_int_or(object, key, 1, max, fallback, &value, error))
        return FALSE;
    *out = (guint)value;
    return TRUE;
}

/* As open_clip computes it: int(width * mlp_ratio). */
static gboolean
read_mlp_width(CwJsonValue object, guint width, guint *out, GError **error)
{
    double ratio;
    if (!cw_json_get_double_or(object, "mlp_ratio", 0.01, 64, 4, &ratio, error))
        return FALSE;
    *out = (guint)(width * ratio);
    return TRUE;
}

static gboolean
read_activation(CwJsonValue object, gboolean quick_gelu, CwActivation *out, GError **error)
{
    const CwJsonValue kwargs = cw_json_member(object, "act_kwargs");
    const char *approximate;
    if (!cw_config_check_keys(kwargs, &activation_rules, error) ||
        !cw_json_get_string_or(kwargs, "approximate", "none", &approximate, error))
        return FALSE;
    *out = quick_gelu ? CW_ACTIVATION_QUICK_GELU : CW_ACTIVATION_GELU;
    if (g_str_equal(approximate, "none"))
        return TRUE;
    if (!g_str_equal(approximate, "tanh"))
        return cw_config_refuse(kwargs, "approximate", "must be none or tanh", error);
    if (quick_gelu)
        return cw_config_refuse(kwargs, "approximate", "contradicts quick_gelu", error);
    *out = CW_ACTIVATION_GELU_TANH;
    return TRUE;
}

static gboolean
read_norm_eps(CwJsonValue object, float *out, GError **error)
{
    const CwJsonValue kwargs = cw_json_member(object, "norm_kwargs");
    double eps;
    if (!cw_config_check_keys(kwargs, &norm_rules, error) ||
        !cw_json_get_double_or(kwargs, "eps", 1e-12, 0.1, 1e-5, &eps, error))
        return FALSE;
    *out = (float)eps;
    return TRUE;
}

/* A number, or a pair of equal ones. */
static gboolean
read_image_size(CwJsonValue vision, guint *out, GError **error)
{
    const CwJsonValue value = cw_json_member(vision, "image_size");
    if (!cw_json_is_array(value))
        return read_uint_or(vision, "image_size", CW_MAX_IMAGE_SIZE, 224, out, error);
    gint64 sides[2] = {0, 0};
    const void *cursor = NULL;
    CwJsonValue element;
    if (cw_json_length(value) != 2)
        return cw_config_refuse(vision, "image_size", "must be one number or two", error);
    for (guint i = 0; cw_json_next(value, &cursor, &element, NULL); i++)
        if (!cw_json_value_int(element, 1, CW_MAX_IMAGE_SIZE, &sides[i], error))
            return FALSE;
    if (sides[0] != sides[1])
        return cw_config_refuse(vision, "image_size",
                                "is not square, only square inputs are supported", error);
    *out = (guint)sides[0];
    return TRUE;
}

static gboolean
read_stages(CwJsonValue vision, CwImageConfig *image, GError **error)
{
    const CwJsonValue layers = cw_json_member(vision, "layers");
    const void *cursor = NULL;
    CwJsonValue element;
    if (cw_json_length(layers) != 4)
        return cw_config_refuse(vision, "layers", "must be one number or four", error);
    for (guint i = 0; cw_json_next(layers, &cursor, &element, NULL); i++) {
        gint64 n;
        if (!cw_json_value_int(element, 1, CW_MAX_LAYERS, &n, error))
            return FALSE;
        image->stages[i] = (guint)n;
    }
    return TRUE;
}

/* heads = width / head_width; a ResNet's attention pool is 32 times as wide as its first stage. */
static gboolean
read_own_tower(CwJsonValue vision, gboolean quick_gelu, CwImageConfig *image, GError **error)
{
    const gboolean resnet = cw_json_is_array(cw_json_member(vision, "layers"));
    image->tower = resnet ? CW_TOWER_MODIFIED_RESNET : CW_TOWER_VIT;
    guint head_width;
    if (!read_image_size(vision, &image->image_size, error) ||
        !read_uint_or(vision, "width", CW_MAX_WIDTH, resnet ? 64 : 768, &image->width, error) ||
        !read_uint_or(vision, "head_width", CW_MAX_WIDTH, 64, &head_width, error) ||
        !read_activation(vision, quick_gelu, &image->activation, error) ||
        !read_norm_eps(vision, &image->norm_eps, error))
        return FALSE;
    image->n_heads = image->width * (resnet ? 32 : 1) / head_width;
    if (resnet)
        return read_stages(vision, image, error);
    return read_uint_or(vision, "layers", CW_MAX_LAYERS, 12, &image->n_layers, error) &&
           read_uint_or(vision, "patch_size", CW_MAX_IMAGE_SIZE, 16, &image->patch, error) &&
           read_mlp_width(vision, image->width, &image->mlp_width, error);
}

static gboolean
is_digits(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

static gboolean
read_timm_tower(CwJsonValue vision, const char *name, CwImageConfig *image, GError **error)
{
    const char *pool, *projection;
    if (!cw_json_get_string_or(vision, "timm_pool", "avg", &pool, error) ||
        !cw_json_get_string_or(vision, "timm_proj", "linear", &projection, error) ||
        !read_image_size(vision, &image->image_size, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(siglip_towers); i++) {
        if (!g_str_has_prefix(name, siglip_towers[i].prefix))
            continue;
        const char *rest = name + strlen(siglip_towers[i].prefix);
        if (siglip_towers[i].suffix ? !g_str_equal(rest, siglip_towers[i].suffix)
                                    : !is_digits(rest))
            continue;
        if (!g_str_equal(pool, "map"))
            return cw_config_refuse(vision, "timm_pool", "must be map for SigLIP", error);
        if (!g_str_equal(projection, "none") && projection[0] != '\0')
            return cw_config_refuse(vision, "timm_proj", "must be none for SigLIP", error);
        image->tower = CW_TOWER_SIGLIP_VIT;
        image->patch = siglip_towers[i].patch;
        image->width = siglip_towers[i].width;
        image->n_layers = siglip_towers[i].n_layers;
        image->n_heads = siglip_towers[i].n_heads;
        image->mlp_width = siglip_towers[i].mlp_width;
        image->activation = siglip_towers[i].activation;
        image->norm_eps = 1e-6f; /* of all of timm's ViTs */
        return TRUE;
    }
    g_autofree char *what = g_strdup_printf(
        "'%s' is not supported, of timm's towers SigLIP's are (vit_*_siglip_*)", name);
    return cw_config_refuse(vision, "timm_model_name", what, error);
}

static gboolean
read_vision(CwJsonValue model, gboolean quick_gelu, CwImageConfig *image, GError **error)
{
    CwJsonValue vision;
    const char *timm;
    if (!cw_json_get_object(model, "vision_cfg", &vision, error) ||
        !cw_config_check_keys(vision, &vision_rules, error) ||
        !cw_json_get_string_or(vision, "timm_model_name", "", &timm, error))
        return FALSE;
    return timm[0] ? read_timm_tower(vision, timm, image, error)
                   : read_own_tower(vision, quick_gelu, image, error);
}

static gboolean
read_text_pool(CwJsonValue object, CwTextPool *pool, GError **error)
{
    const char *name;
    if (!cw_json_get_string_or(object, "pool_type", "argmax", &name, error))
        return FALSE;
    if (g_str_equal(name, "argmax"))
        *pool = CW_TEXT_POOL_ARGMAX;
    else if (g_str_equal(name, "eos"))
        *pool = CW_TEXT_POOL_EOS;
    else if (g_str_equal(name, "last"))
        *pool = CW_TEXT_POOL_LAST;
    else
        return cw_config_refuse(object, "pool_type", "must be argmax, eos or last", error);
    return TRUE;
}

static gboolean
read_text(CwJsonValue model, gboolean quick_gelu, CwTextConfig *text, GError **error)
{
    CwJsonValue object;
    gboolean no_mask;
    gint64 eos_id, pad_id;
    if (!cw_json_get_object(model, "text_cfg", &object, error) ||
        !cw_config_check_keys(object, &text_rules, error) ||
        !read_uint_or(object, "context_length", CW_MAX_TOKENS, 77, &text->context, error) ||
        !read_uint_or(object, "vocab_size", CW_MAX_VOCABULARY, 49408, &text->vocabulary, error) ||
        !read_uint_or(object, "width", CW_MAX_WIDTH, 512, &text->width, error) ||
        !read_uint_or(object, "heads", CW_MAX_WIDTH, 8, &text->n_heads, error) ||
        !read_uint_or(object, "layers", CW_MAX_LAYERS, 12, &text->n_layers, error) ||
        !read_mlp_width(object, text->width, &text->mlp_width, error) ||
        !read_activation(object, quick_gelu, &text->activation, error) ||
        !read_norm_eps(object, &text->norm_eps, error) ||
        !read_text_pool(object, &text->pool, error) ||
        !cw_json_get_bool_or(object, "no_causal_mask", FALSE, &no_mask, error) ||
        !cw_json_get_bool_or(object, "proj_bias", FALSE, &text->projection_bias, error) ||
        !cw_json_get_int_or(object, "eos_id", 0, CW_MAX_VOCABULARY, 2, &eos_id, error) ||
        !cw_json_get_int_or(object, "pad_id", 0, CW_MAX_VOCABULARY, 0, &pad_id, error))
        return FALSE;
    text->causal = !no_mask;
    text->eos_id = (gint32)eos_id;
    text->pad_id = (gint32)pad_id;
    return TRUE;
}

gboolean
cw_config_from_openclip(const CwJson *json, CwModelConfig *config, GError **error)
{
    const CwJsonValue root = cw_json_root(json);
    CwJsonValue model;
    CwModelConfig result = {0};
    gboolean quick_gelu;
    gint64 embed_dim;
    if (!cw_config_check_keys(root, &file_rules, error) ||
        !cw_json_get_object(root, "model_cfg", &model, error) ||
        !cw_config_check_keys(model, &model_rules, error) ||
        !cw_json_get_int(model, "embed_dim", 1, CW_MAX_WIDTH, &embed_dim, error) ||
        !cw_json_get_bool_or(model, "quick_gelu", FALSE, &quick_gelu, error) ||
        !read_vision(model, quick_gelu, &result.image, error) ||
        !read_text(model, quick_gelu, &result.text, error))
        return FALSE;
    result.embed_dim = (guint)embed_dim;
    result.sigmoid = cw_json_is_present(cw_json_member(model, "init_logit_bias"));
    result.preprocess = cw_config_default_preprocess(result.image.image_size,
                                                     result.image.tower == CW_TOWER_SIGLIP_VIT);
    const CwJsonValue preprocess = cw_json_member(root, "preprocess_cfg");
    if (!cw_config_read_openclip_preprocess(preprocess, &result.preprocess, error) ||
        !cw_config_check(&result, cw_json_get_name(json), error))
        return FALSE;
    *config = result;
    return TRUE;
}
