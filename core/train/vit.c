#include "train/blocks.h"
#include "train/head.h"
#include "train/towers.h"

#include <clipwatch/error.h>

#include <string.h>

struct _CwTrainVit {
    gsize n_tokens, width, embed_dim;
    float norm_eps;
    CwTrainPatches patches;
    CwTrainNorm pre_norm;
    CwTrainBlocks blocks;
    CwTrainHead head;
};

void
cw_train_vit_take(CwTrainVit *vit, CwTrainParameters *parameters)
{
    const gint64 width = (gint64)vit->width, patch = (gint64)vit->patches.patch;
    const gint64 weight[] = {width, 3, patch, patch};
    const gint64 position[] = {(gint64)vit->n_tokens, width};
    CwTrainPatches *patches = &vit->patches;
    patches->map.n_in = 3 * patches->patch * patches->patch;
    patches->map.n_out = vit->width;
    patches->map.w =
        cw_train_parameters_take(parameters, "image.patch", "weight", 4, weight, &patches->map.dw);
    patches->class_token = cw_train_parameters_take(parameters, "image", "class_token", 1, &width,
                                                    &patches->dclass_token);
    patches->position =
        cw_train_parameters_take(parameters, "image", "position", 2, position, &patches->dposition);
    vit->pre_norm =
        cw_train_parameters_norm(parameters, "image.pre_norm", vit->width, vit->norm_eps);
    cw_train_blocks_take(&vit->blocks, parameters, "image.block", vit->norm_eps);
    vit->head.norm =
        cw_train_parameters_norm(parameters, "image.post_norm", vit->width, vit->norm_eps);
    vit->head.projection = cw_train_parameters_linear(parameters, "image.projection", vit->width,
                                                      vit->embed_dim, FALSE);
}

CwTrainVit *
cw_train_vit_new(const CwModelConfig *config, CwTrainParameters *parameters, GError **error)
{
    const CwImageConfig *image = &config->image;
    if (image->tower != CW_TOWER_VIT) {
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                    "an image tower of kind %s cannot be trained, only a ViT",
                    cw_tower_to_string(image->tower));
        return NULL;
    }
    const gsize grid = image->image_size / image->patch;
    CwTrainVit *vit = g_new0(CwTrainVit, 1);
    vit->n_tokens = 1 + grid * grid;
    vit->width = image->width;
    vit->embed_dim = config->embed_dim;
    vit->norm_eps = image->norm_eps;
    vit->patches = (CwTrainPatches){.size = image->image_size, .patch = image->patch};
    vit->blocks = (CwTrainBlocks){
        .n_blocks = image->n_layers,
        .n_heads = image->n_heads,
        .width = image->width,
        .mlp_width = image->mlp_width,
        .activation = image->activation,
    };
    cw_train_vit_take(vit, parameters);
    return vit;
}

void
cw_train_vit_free(CwTrainVit *vit)
{
    cw_train_blocks_clear(&vit->blocks);
    g_free(vit);
}

typedef struct {
    gsize *starts; /* [batch + 1], of which [batch] are the class tokens' rows */
    CwReal *unfolded, *mapped;
    CwReal *embedded, *statistics; /* what the first norm reads, and finds */
    CwReal *x;                     /* and on the way back its gradient */
    CwTrainBlocksTape blocks;
    CwTrainHeadTape head;
} Tape;

static Tape
lay_out(const CwTrainVit *vit, CwArena *arena, gsize batch)
{
    const gsize n_patches = batch * (vit->n_tokens - 1), n_rows = batch * vit->n_tokens;
    const CwTrainLinear *map = &vit->patches.map;
    return (Tape){
        .starts = cw_arena_take(arena, batch + 1, 1, sizeof(gsize)),
        .unfolded = cw_arena_take(arena, n_patches, map->n_in, sizeof(CwReal)),
        .mapped = cw_arena_take(arena, n_patches, map->n_out, sizeof(CwReal)),
        .embedded = cw_arena_take(arena, n_rows, vit->width, sizeof(CwReal)),
        .statistics = cw_arena_take(arena, n_rows, 2, sizeof(CwReal)),
        .x = cw_arena_take(arena, n_rows, vit->width, sizeof(CwReal)),
        .blocks = cw_train_blocks_take_tape(&vit->blocks, arena, batch, vit->n_tokens),
        .head = cw_train_head_take_tape(&vit->head, arena, batch),
    };
}

gsize
cw_train_vit_tape_bytes(const CwTrainVit *vit, gsize batch)
{
    CwArena arena = {0};
    lay_out(vit, &arena, batch);
    return arena.failed ? 0 : arena.used;
}

void
cw_train_vit_forward(const CwTrainVit *vit, void *tape, const CwReal *pixels, gsize batch,
                     CwReal *features)
{
    CwArena arena = {.memory = tape};
    const Tape t = lay_out(vit, &arena, batch);
    for (gsize b = 0; b <= batch; b++)
        t.starts[b] = b * vit->n_tokens;
    cw_train_patches_forward(&vit->patches, pixels, batch, t.unfolded, t.mapped, t.embedded);
    cw_train_norm_forward(&vit->pre_norm, t.embedded, t.starts[batch], t.x, t.statistics);
    cw_train_blocks_forward(&vit->blocks, &t.blocks, t.starts, batch, t.x);
    cw_train_head_forward(&vit->head, &t.head, t.x, t.starts, batch, features);
}

void
cw_train_vit_backward(const CwTrainVit *vit, void *tape, const CwReal *dfeatures, gsize batch)
{
    CwArena arena = {.memory = tape};
    const Tape t = lay_out(vit, &arena, batch);
    const gsize n_rows = t.starts[batch];
    CwReal *dembedded = t.blocks.narrow; /* free once the blocks are done */
    cw_train_head_backward(&vit->head, &t.head, dfeatures, t.starts, batch, n_rows, t.x);
    cw_train_blocks_backward(&vit->blocks, &t.blocks, t.starts, batch, t.x);
    memset(dembedded, 0, n_rows * vit->width * sizeof *dembedded);
    cw_train_norm_backward(&vit->pre_norm, t.embedded, t.statistics, t.x, n_rows, dembedded);
    cw_train_patches_backward(&vit->patches, t.unfolded, dembedded, batch, t.mapped);
}
