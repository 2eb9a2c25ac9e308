#include "weights/config_keys.h"
#include "weights/config_read.h"

/* What the base class of all configurations of transformers writes along, mostly for decoders. */
/* clang-format off */
#define BASE_IGNORED                                                                               \
    "_name_or_path", "_commit_hash", "_attn_implementation_autoset", "_attn_implementation",       \
    "attn_implementation", "add_cross_attention", "architectures", "attention_dropout",            \
    "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "chunk_size_feed_forward",           \
    "cross_attention_hidden_size", "decoder_start_token_id", "diversity_penalty", "do_sample",     \
    "dropout", "dtype", "early_stopping", "encoder_no_repeat_ngram_size",                          \
    "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",                  \
    "forced_eos_token_id", "gradient_checkpointing", "id2label", "initializer_factor",             \
    "initializer_range", "is_decoder", "is_encoder_decoder", "label2id", "length_penalty",         \
    "logit_scale_init_value", "max_length", "min_length", "no_repeat_ngram_size",                  \
    "num_beam_groups", "num_beams", "num_return_sequences", "output_attentions",                   \
    "output_hidden_states", "output_scores", "prefix", "problem_type", "remove_invalid_values",    \
    "repetition_penalty", "return_dict", "return_dict_in_generate", "sep_token_id",                \
    "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss",                    \
    "tie_encoder_decoder", "tie_word_embeddings", "tokenizer_class", "top_k", "top_p",             \
    "torch_dtype", "torchscript", "transformers_version", "typical_p", "use_bfloat16",             \
    "use_cache"
/* clang-format on */

#define BASE_USED "model_type", "projection_dim", "pad_token_id", "eos_token_id"

static const CwKeyText base_off[] = {
    {"pruned_heads", "pruned heads"},
    {"auto_map", "code of its own"},
    {"quantization_config", "quantized weights"},
    {NULL, NULL},
};

static const CwKeyRules model_rules = {
    .used = CW_KEYS(BASE_USED, "text_config", "vision_config", "text_config_dict",
                    "vision_config_dict"),
    .ignored = CW_KEYS(BASE_IGNORED),
    .off = base_off,
};

#define TOWER_USED                                                                             \
    BASE_USED, "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", \
        "hidden_act", "layer_norm_eps"

static const CwKeyRules text_rules = {
    .used = CW_KEYS(TOWER_USED, "max_position_embeddings", "vocab_size", "projection_size"),
    .ignored = CW_KEYS(BASE_IGNORED),
    .off = base_off,
};

static const CwKeyRules vision_rules = {
    .used = CW_KEYS(TOWER_USED, "image_size", "patch_size", "num_channels", "vision_use_head"),
    .ignored = CW_KEYS(BASE_IGNORED),
    .off = base_off,
};

/* The defaults of one family: keys that have them may be omitted. */
typedef struct {
    const char *activation;
    double norm_eps;
    guint text_width, text_heads, vocabulary, context;
    guint patch;
} Family;

static const Family clip = {"quick_gelu", 1e-5, 512, 8, 49408, 77, 32};
static const Family siglip = {"gelu_pytorch_tanh", 1e-6, 768, 12, 32000, 64, 16};

/* The fields that both towers have. */
typedef struct {
    guint width, mlp_width, n_layers, n_heads;
    CwActivation activation;
    float norm_eps;
} Tower;

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

static gboolean
read_activation(CwJsonValue object, const Family *family, CwActivation *out, GError **error)
{
    static const struct {
        const char *name;
        CwActivation activation;
    } table[] = {
        {"quick_gelu", CW_ACTIVATION_QUICK_GELU},
        {"gelu", CW_ACTIVATION_GELU},
        {"gelu_pytorch_tanh", CW_ACTIVATION_GELU_TANH},
        {"gelu_new", CW_ACTIVATION_GELU_TANH},
    };
    const char *name;
    if (!cw_json_get_string_or(object, "hidden_act", family->activation, &name, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_str_equal(name, table[i].name)) {
            *out = table[i].activation;
            return TRUE;
        }
    g_autofree char *what = g_strdup_printf(
        "'%s' is not supported: quick_gelu, gelu, gelu_new and gelu_pytorch_tanh are", name);
    return cw_config_refuse(object, "hidden_act", what, error);
}

static gboolean
read_tower(CwJsonValue object, const Family *family, guint width, guint n_heads, Tower *tower,
           GError **error)
{
    double eps;
    if (!read_uint_or(object, "hidden_size", CW_MAX_WIDTH, width, &tower->width, error) ||
        !read_uint_or(object, "intermediate_size", CW_MAX_WIDTH, 4 * width, &tower->mlp_width,
                      error) ||
        !read_uint_or(object, "num_hidden_layers", CW_MAX_LAYERS, 12, &tower->n_layers, error) ||
        !read_uint_or(object, "num_attention_heads", CW_MAX_WIDTH, n_heads, &tower->n_heads,
                      error) ||
        !read_activation(object, family, &tower->activation, error) ||
        !cw_json_get_double_or(object, "layer_norm_eps", 1e-12, 0.1, family->norm_eps, &eps, error))
        return FALSE;
    tower->norm_eps = (float)eps;
    return TRUE;
}

static gboolean
read_vision(CwJsonValue object, const Family *family, CwImageConfig *image, GError **error)
{
    Tower tower;
    gint64 n_channels;
    gboolean use_head;
    if (!cw_config_check_keys(object, &vision_rules, error) ||
        !read_tower(object, family, 768, 12, &tower, error) ||
        !read_uint_or(object, "image_size", CW_MAX_IMAGE_SIZE, 224, &image->image_size, error) ||
        !read_uint_or(object, "patch_size", CW_MAX_IMAGE_SIZE, family->patch, &image->patch,
                      error) ||
        !cw_json_get_int_or(object, "num_channels", 3, 3, 3, &n_channels, error) ||
        !cw_json_get_bool_or(object, "vision_use_head", TRUE, &use_head, error))
        return FALSE;
    if (!use_head)
        return cw_config_refuse(object, "vision_use_head", "is false, the head is needed", error);
    image->tower = family == &siglip ? CW_TOWER_SIGLIP_VIT : CW_TOWER_VIT;
    image->width = tower.width;
    image->mlp_width = tower.mlp_width;
    image->n_layers = tower.n_layers;
    image->n_heads = tower.n_heads;
    image->activation = tower.activation;
    image->norm_eps = tower.norm_eps;
    return TRUE;
}

/* CLIPModel pools at the largest id where eos_token_id is 2, a value that was wrong for years and
 * stands in most published files; otherwise at the first eos_token_id. SiglipModel pools last. */
static gboolean
read_text_ends(CwJsonValue object, const Family *family, CwTextConfig *text, GError **error)
{
    gint64 eos_id, pad_id;
    if (!cw_json_get_int_or(object, "eos_token_id", 0, CW_MAX_VOCABULARY, 49407, &eos_id, error) ||
        !cw_json_get_int_or(object, "pad_token_id", 0, CW_MAX_VOCABULARY, 1, &pad_id, error))
        return FALSE;
    text->causal = family == &clip;
    text->projection_bias = family == &siglip;
    text->eos_id = (gint32)eos_id;
    text->pool = family == &siglip ? CW_TEXT_POOL_LAST
                 : eos_id == 2     ? CW_TEXT_POOL_ARGMAX
                                   : CW_TEXT_POOL_EOS;
    /* Behind the end token of a causal tower nothing counts; 0 is what the release fills with, and
     * is never the largest id. */
    text->pad_id = family == &siglip ? (gint32)pad_id : 0;
    return TRUE;
}

static gboolean
read_text(CwJsonValue object, const Family *family, CwTextConfig *text, GError **error)
{
    Tower tower;
    if (!cw_config_check_keys(object, &text_rules, error) ||
        !read_tower(object, family, family->text_width, family->text_heads, &tower, error) ||
        !read_uint_or(object, "max_position_embeddings", CW_MAX_TOKENS, family->context,
                      &text->context, error) ||
        !read_uint_or(object, "vocab_size", CW_MAX_VOCABULARY, family->vocabulary,
                      &text->vocabulary, error) ||
        !read_text_ends(object, family, text, error))
        return FALSE;
    text->width = tower.width;
    text->mlp_width = tower.mlp_width;
    text->n_layers = tower.n_layers;
    text->n_heads = tower.n_heads;
    text->activation = tower.activation;
    text->norm_eps = tower.norm_eps;
    return TRUE;
}

/* SigLIP has no image projection: cw_config_check() holds this against the image tower's width. */
static gboolean
read_embed_dim(CwJsonValue root, CwJsonValue text, const Family *family, CwModelConfig *config,
               GError **error)
{
    return family == &clip
               ? read_uint_or(root, "projection_dim", CW_MAX_WIDTH, 512, &config->embed_dim, error)
               : read_uint_or(text, "projection_size", CW_MAX_WIDTH, config->text.width,
                              &config->embed_dim, error);
}

static gboolean
read_family(CwJsonValue root, const Family **family, GError **error)
{
    const char *type;
    if (!cw_json_get_string(root, "model_type", &type, error))
        return FALSE;
    *family = g_str_equal(type, "clip") ? &clip : g_str_equal(type, "siglip") ? &siglip : NULL;
    if (*family)
        return TRUE;
    g_autofree char *what = g_strdup_printf("'%s' is not supported: clip and siglip are", type);
    return cw_config_refuse(root, "model_type", what, error);
}

/* Where an old file has KEY_dict too, transformers takes that one, filled up with defaults. */
static CwJsonValue
find_tower(CwJsonValue root, const char *key, const char *key_dict)
{
    const CwJsonValue override = cw_json_member(root, key_dict);
    return cw_json_is_present(override) ? override : cw_json_member(root, key);
}

gboolean
cw_config_from_hf(const CwJson *json, const CwJson *preprocessor, CwModelConfig *config,
                  GError **error)
{
    const CwJsonValue root = cw_json_root(json);
    const CwJsonValue text = find_tower(root, "text_config", "text_config_dict");
    const CwJsonValue vision = find_tower(root, "vision_config", "vision_config_dict");
    CwModelConfig result = {0};
    const Family *family;
    if (!read_family(root, &family, error) || !cw_config_check_keys(root, &model_rules, error) ||
        !read_vision(vision, family, &result.image, error) ||
        !read_text(text, family, &result.text, error) ||
        !read_embed_dim(root, text, family, &result, error))
        return FALSE;
    result.sigmoid = family == &siglip;
    result.preprocess = cw_config_default_preprocess(result.image.image_size, family == &siglip);
    if (preprocessor &&
        !cw_config_read_hf_preprocess(cw_json_root(preprocessor), &result.preprocess, error))
        return FALSE;
    if (!cw_config_check(&result, cw_json_get_name(json), error))
        return FALSE;
    *config = result;
    return TRUE;
}
