/* The original release's and open_clip's names. */
#include "weights/names.h"

/* clang-format off */
#define RESBLOCKS(tower)                                                                           \
    {"transformer.resblocks.#.ln_1.*", tower ".block.#.norm1.*", CW_NAME_KEEP, 0},                 \
    {"transformer.resblocks.#.attn.in_proj_*", tower ".block.#.attn.@.*", CW_NAME_SPLIT_QKV, 0},   \
    {"transformer.resblocks.#.attn.out_proj.*", tower ".block.#.attn.out.*", CW_NAME_KEEP, 0},     \
    {"transformer.resblocks.#.ln_2.*", tower ".block.#.norm2.*", CW_NAME_KEEP, 0},                 \
    {"transformer.resblocks.#.mlp.c_fc.*", tower ".block.#.mlp.fc1.*", CW_NAME_KEEP, 0},           \
    {"transformer.resblocks.#.mlp.c_proj.*", tower ".block.#.mlp.fc2.*", CW_NAME_KEEP, 0}

static const CwNameRow vit_rows[] = {
    {"conv1.weight", "image.patch.weight", CW_NAME_KEEP, 0},
    {"class_embedding", "image.class_token", CW_NAME_KEEP, 0},
    {"positional_embedding", "image.position", CW_NAME_KEEP, 0},
    {"ln_pre.*", "image.pre_norm.*", CW_NAME_KEEP, 0},
    RESBLOCKS("image"),
    {"ln_post.*", "image.post_norm.*", CW_NAME_KEEP, 0},
    {"proj", "image.projection.weight", CW_NAME_TRANSPOSE, 0},
    {NULL, NULL, 0, 0},
};

#define BATCH_NORM(from, to)                                                                       \
    {from ".*", to ".*", CW_NAME_KEEP, 0},                                                         \
    {from ".running_mean", to ".mean", CW_NAME_KEEP, 0},                                           \
    {from ".running_var", to ".var", CW_NAME_KEEP, 0},                                             \
    {from ".num_batches_tracked", NULL, CW_NAME_IGNORE, 0}

static const CwNameRow resnet_rows[] = {
    {"conv#.weight", "image.stem.#.conv.weight", CW_NAME_KEEP, 0},
    BATCH_NORM("bn#", "image.stem.#.bn"),
    {"layer#.#.conv#.weight", "image.stage.#.block.#.#.conv.weight", CW_NAME_KEEP, 0},
    BATCH_NORM("layer#.#.bn#", "image.stage.#.block.#.#.bn"),
    {"layer#.#.downsample.0.weight", "image.stage.#.block.#.down.conv.weight", CW_NAME_KEEP, 0},
    BATCH_NORM("layer#.#.downsample.1", "image.stage.#.block.#.down.bn"),
    {"attnpool.positional_embedding", "image.attnpool.position", CW_NAME_KEEP, 0},
    {"attnpool.q_proj.*", "image.attnpool.q.*", CW_NAME_KEEP, 0},
    {"attnpool.k_proj.*", "image.attnpool.k.*", CW_NAME_KEEP, 0},
    {"attnpool.v_proj.*", "image.attnpool.v.*", CW_NAME_KEEP, 0},
    {"attnpool.c_proj.*", "image.attnpool.out.*", CW_NAME_KEEP, 0},
    {NULL, NULL, 0, 0},
};

/* text_projection is a matrix [in][out] or, with a bias, a linear layer. */
static const CwNameRow text_rows[] = {
    {"token_embedding.weight", "text.token", CW_NAME_KEEP, 0},
    {"positional_embedding", "text.position", CW_NAME_KEEP, 0},
    RESBLOCKS("text"),
    {"ln_final.*", "text.final_norm.*", CW_NAME_KEEP, 0},
    {"text_projection", "text.projection.weight", CW_NAME_TRANSPOSE, 0},
    {"text_projection.*", "text.projection.*", CW_NAME_KEEP, 0},
    {"attn_mask", NULL, CW_NAME_IGNORE, 0},
    {NULL, NULL, 0, 0},
};

/* The three integers are left from the release's own archives. */
static const CwNameRow common_rows[] = {
    {"logit_scale", "logit_scale", CW_NAME_SQUEEZE, 0},
    {"logit_bias", "logit_bias", CW_NAME_SQUEEZE, 0},
    {"input_resolution", NULL, CW_NAME_IGNORE, 0},
    {"context_length", NULL, CW_NAME_IGNORE, 0},
    {"vocab_size", NULL, CW_NAME_IGNORE, 0},
    {NULL, NULL, 0, 0},
};
/* clang-format on */

/* open_clip's CustomTextCLIP puts "text." before the names of the text tower. */
#define TEXT_AND_COMMON                                       \
    {"text.", text_rows}, {"", text_rows}, {"", common_rows}, \
    {                                                         \
        NULL, NULL                                            \
    }

static const CwNameGroup vit_groups[] = {{"visual.", vit_rows}, TEXT_AND_COMMON};
static const CwNameGroup resnet_groups[] = {{"visual.", resnet_rows}, TEXT_AND_COMMON};
static const CwNameGroup siglip_groups[] = {{"visual.trunk.", cw_name_rows_timm_siglip},
                                            TEXT_AND_COMMON};

const CwNaming cw_naming_openclip_vit = {"an open_clip ViT", vit_groups};
const CwNaming cw_naming_openclip_resnet = {"an open_clip ModifiedResNet", resnet_groups};
const CwNaming cw_naming_openclip_siglip = {"an open_clip SigLIP", siglip_groups};
