/* timm's names of the SigLIP image tower, below "visual.trunk." in open_clip's files. */
#include "weights/names.h"

/* clang-format off */
const CwNameRow cw_name_rows_timm_siglip[] = {
    {"patch_embed.proj.*", "image.patch.*", CW_NAME_KEEP, 0},
    {"pos_embed", "image.position", CW_NAME_SQUEEZE, 2},
    {"blocks.#.norm1.*", "image.block.#.norm1.*", CW_NAME_KEEP, 0},
    {"blocks.#.attn.qkv.*", "image.block.#.attn.@.*", CW_NAME_SPLIT_QKV, 0},
    {"blocks.#.attn.proj.*", "image.block.#.attn.out.*", CW_NAME_KEEP, 0},
    {"blocks.#.norm2.*", "image.block.#.norm2.*", CW_NAME_KEEP, 0},
    {"blocks.#.mlp.fc1.*", "image.block.#.mlp.fc1.*", CW_NAME_KEEP, 0},
    {"blocks.#.mlp.fc2.*", "image.block.#.mlp.fc2.*", CW_NAME_KEEP, 0},
    {"norm.*", "image.post_norm.*", CW_NAME_KEEP, 0},
    {"attn_pool.latent", "image.head.probe", CW_NAME_SQUEEZE, 1},
    {"attn_pool.q.*", "image.head.attn.q.*", CW_NAME_KEEP, 0},
    {"attn_pool.kv.*", "image.head.attn.@.*", CW_NAME_SPLIT_KV, 0},
    {"attn_pool.proj.*", "image.head.attn.out.*", CW_NAME_KEEP, 0},
    {"attn_pool.norm.*", "image.head.norm.*", CW_NAME_KEEP, 0},
    {"attn_pool.mlp.fc1.*", "image.head.mlp.fc1.*", CW_NAME_KEEP, 0},
    {"attn_pool.mlp.fc2.*", "image.head.mlp.fc2.*", CW_NAME_KEEP, 0},
    {NULL, NULL, 0, 0},
};
/* clang-format on */
