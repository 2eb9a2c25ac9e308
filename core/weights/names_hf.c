/* Hugging Face's names: CLIPModel, and SiglipModel with its head. */
#include "weights/names.h"

/* clang-format off */
#define ENCODER(tower)                                                                             \
    {"encoder.layers.#.layer_norm1.*", tower ".block.#.norm1.*", CW_NAME_KEEP, 0},                 \
    {"encoder.layers.#.self_attn.q_proj.*", tower ".block.#.attn.q.*", CW_NAME_KEEP, 0},           \
    {"encoder.layers.#.self_attn.k_proj.*", tower ".block.#.attn.k.*", CW_NAME_KEEP, 0},           \
    {"encoder.layers.#.self_attn.v_proj.*", tower ".block.#.attn.v.*", CW_NAME_KEEP, 0},           \
    {"encoder.layers.#.self_attn.out_proj.*", tower ".block.#.attn.out.*", CW_NAME_KEEP, 0},       \
    {"encoder.layers.#.layer_norm2.*", tower ".block.#.norm2.*", CW_NAME_KEEP, 0},                 \
    {"encoder.layers.#.mlp.fc1.*", tower ".block.#.mlp.fc1.*", CW_NAME_KEEP, 0},                   \
    {"encoder.layers.#.mlp.fc2.*", tower ".block.#.mlp.fc2.*", CW_NAME_KEEP, 0}

static const CwNameRow vision_rows[] = {
    {"embeddings.patch_embedding.*", "image.patch.*", CW_NAME_KEEP, 0},
    {"embeddings.class_embedding", "image.class_token", CW_NAME_KEEP, 0},
    {"embeddings.position_embedding.weight", "image.position", CW_NAME_KEEP, 0},
    {"embeddings.position_ids", NULL, CW_NAME_IGNORE, 0},
    {"pre_layrnorm.*", "image.pre_norm.*", CW_NAME_KEEP, 0}, /* misspelt there */
    ENCODER("image"),
    {"post_layernorm.*", "image.post_norm.*", CW_NAME_KEEP, 0},
    {"head.probe", "image.head.probe", CW_NAME_SQUEEZE, 1},
    {"head.attention.in_proj_*", "image.head.attn.@.*", CW_NAME_SPLIT_QKV, 0},
    {"head.attention.out_proj.*", "image.head.attn.out.*", CW_NAME_KEEP, 0},
    {"head.layernorm.*", "image.head.norm.*", CW_NAME_KEEP, 0},
    {"head.mlp.fc1.*", "image.head.mlp.fc1.*", CW_NAME_KEEP, 0},
    {"head.mlp.fc2.*", "image.head.mlp.fc2.*", CW_NAME_KEEP, 0},
    {NULL, NULL, 0, 0},
};

static const CwNameRow text_rows[] = {
    {"embeddings.token_embedding.weight", "text.token", CW_NAME_KEEP, 0},
    {"embeddings.position_embedding.weight", "text.position", CW_NAME_KEEP, 0},
    {"embeddings.position_ids", NULL, CW_NAME_IGNORE, 0},
    ENCODER("text"),
    {"final_layer_norm.*", "text.final_norm.*", CW_NAME_KEEP, 0},
    {"head.*", "text.projection.*", CW_NAME_KEEP, 0},
    {NULL, NULL, 0, 0},
};

static const CwNameRow common_rows[] = {
    {"visual_projection.weight", "image.projection.weight", CW_NAME_KEEP, 0},
    {"text_projection.weight", "text.projection.weight", CW_NAME_KEEP, 0},
    {"logit_scale", "logit_scale", CW_NAME_SQUEEZE, 0},
    {"logit_bias", "logit_bias", CW_NAME_SQUEEZE, 0},
    {NULL, NULL, 0, 0},
};
/* clang-format on */

static const CwNameGroup groups[] = {
    {"vision_model.", vision_rows},
    {"text_model.", text_rows},
    {"", common_rows},
    {NULL, NULL},
};

const CwNaming cw_naming_hf = {"Hugging Face's CLIPModel or SiglipModel", groups};
