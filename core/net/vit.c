/* The vision transformer of CLIP (class token, projection) and of SigLIP (no class token, MAP
 * head). */
#include "net/block.h"
#include "net/map_head.h"
#include "net/towers.h"

#include "base/pool.h"

#include <string.h>

struct _CwVit {
    gboolean siglip;
    guint image_size, patch, grid;
    gsize width, n_tokens, embed_dim;
    CwPreprocess preprocess;
    CwLinear embedding; /* [width][3 * patch * patch], of bytes */
    const float *class_token;
    const float *position; /* [n_tokens][width] */
    CwLayerNorm pre_norm;
    CwBlocks blocks;
    CwLayerNorm post_norm;
    CwLinear projection;
    CwMapHead head;
};

/* The map from patches of bytes, 0 to 255: the normalisation of pixels is folded in. */
typedef struct {
    CwTensor weight; /* [width][3][patch][patch] */
    const float *bias;
    const CwPreprocess *preprocess;
    gsize area;
} Embedding;

static float
read_embedding_row(gpointer data, gsize output, float *row)
{
    const Embedding *embedding = data;
    const CwPreprocess *p = embedding->preprocess;
    double bias = embedding->bias ? embedding->bias[output] : 0;
    cw_tensor_row_to_f32(&embedding->weight, output, row);
    for (guint c = 0; c < 3; c++, row += embedding->area)
        for (gsize i = 0; i < embedding->area; i++) {
            bias -= (double)row[i] * p->mean[c] / p->std[c];
            row[i] /= 255 * p->std[c];
        }
    return (float)bias;
}

static void
take_embedding(CwVit *vit, const CwPreprocess *preprocess, CwParameters *parameters)
{
    const gint64 dims[] = {(gint64)vit->width, 3, vit->patch, vit->patch};
    const CwTensor *weight = cw_parameters_view(parameters, "image.patch", "weight", 4, dims);
    Embedding embedding = {.preprocess = preprocess, .area = (gsize)vit->patch * vit->patch};
    if (vit->siglip)
        embedding.bias = cw_parameters_vector(parameters, "image.patch", "bias", vit->width);
    else
        vit->class_token = cw_parameters_vector(parameters, "image", "class_token", vit->width);
    if (weight)
        embedding.weight = *weight;
    vit->preprocess = *preprocess;
    vit->embedding = cw_parameters_linear_by_rows(parameters, 3 * embedding.area, vit->width,
                                                  read_embedding_row, &embedding);
    cw_parameters_done_with(parameters, weight);
    const gint64 position[] = {(gint64)vit->n_tokens, (gint64)vit->width};
    vit->position = cw_parameters_tensor(parameters, "image", "position", 2, position);
}

CwVit *
cw_vit_new(const CwModelConfig *config, CwParameters *parameters)
{
    const CwImageConfig *image = &config->image;
    CwVit *vit = g_new0(CwVit, 1);
    vit->siglip = image->tower == CW_TOWER_SIGLIP_VIT;
    vit->image_size = image->image_size;
    vit->patch = image->patch;
    vit->grid = image->image_size / image->patch;
    vit->width = image->width;
    vit->n_tokens = (gsize)vit->grid * vit->grid + (vit->siglip ? 0 : 1);
    vit->embed_dim = config->embed_dim;
    vit->blocks = (CwBlocks){
        .n_blocks = image->n_layers,
        .n_heads = image->n_heads,
        .width = image->width,
        .mlp_width = image->mlp_width,
        .activation = image->activation,
    };
    take_embedding(vit, &config->preprocess, parameters);
    cw_blocks_take(&vit->blocks, parameters, "image.block", image->norm_eps);
    vit->post_norm = cw_parameters_norm(parameters, "image.post_norm", vit->width, image->norm_eps);
    if (vit->siglip) {
        vit->head = cw_map_head_take(parameters, image);
    } else {
        vit->pre_norm =
            cw_parameters_norm(parameters, "image.pre_norm", vit->width, image->norm_eps);
        const CwProductType type = parameters->type;
        parameters->type = cw_product_type_of_ends(type);
        vit->projection = cw_parameters_linear(parameters, "image.projection", vit->width,
                                               config->embed_dim, FALSE);
        parameters->type = type;
    }
    return vit;
}

void
cw_vit_free(CwVit *vit)
{
    cw_blocks_clear(&vit->blocks);
    g_free(vit);
}

/* What one pass writes into. */
typedef struct {
    float *patches; /* [batch * grid * grid][3 * patch * patch], shares memory with the blocks'
                       scratch */
    CwOperand embedding;
    float *embedded; /* [batch * grid * grid][width] */
    float *x;        /* [batch * n_tokens][width] */
    CwBlockScratch block;
    CwMapHeadScratch head;
    CwOperand pooled;      /* [batch][width] */
    CwSequence *sequences; /* [batch] */
    gsize *picked;         /* [batch] */
} Scratch;

/* The patches are done with before the first block begins: both begin at the same place. */
static Scratch
lay_out(const CwVit *vit, CwArena *arena, guint batch)
{
    Scratch s = {0};
    const gsize n_patches = (gsize)batch * vit->grid * vit->grid;
    const gsize n_rows = batch * vit->n_tokens;
    s.x = cw_arena_floats(arena, n_rows, vit->width);
    s.sequences = cw_arena_take(arena, batch, 1, sizeof *s.sequences);
    s.picked = cw_arena_take(arena, batch, 1, sizeof *s.picked);
    if (vit->siglip)
        s.head = cw_map_head_take_scratch(&vit->head, arena, batch, vit->n_tokens);
    else
        s.pooled = cw_operand_take_unnormalised(arena, vit->projection.w.type, batch, vit->width);

    CwArena patches = *arena;
    s.patches = cw_arena_floats(&patches, n_patches, vit->embedding.n_in);
    s.embedding = cw_operand_take(&patches, vit->embedding.w.type, n_patches, vit->embedding.n_in);
    s.embedded = cw_arena_floats(&patches, n_patches, vit->width);
    s.block = cw_blocks_take_scratch(&vit->blocks, arena, n_rows, vit->n_tokens);
    arena->used = MAX(arena->used, patches.used);
    arena->failed |= patches.failed;
    return s;
}

typedef struct {
    const CwVit *vit;
    CwNetPictures pictures;
    const Scratch *scratch;
} Unfold;

/* Bytes as an operand; both stand for them exactly, and int8 is these bytes. */
static void
write_bytes(const guint8 *from, gsize n, CwProductType type, gsize offset, char *row)
{
    switch (type) {
    case CW_PRODUCT_F32:
        for (gsize i = 0; i < n; i++)
            ((float *)(void *)row)[offset + i] = from[i];
        break;
    case CW_PRODUCT_BF16:
        for (gsize i = 0; i < n; i++) {
            const float value = from[i];
            guint32 bits;
            memcpy(&bits, &value, sizeof bits);
            ((guint16 *)(void *)row)[offset + i] = (guint16)(bits >> 16);
        }
        break;
    case CW_PRODUCT_INT8:
        memcpy(row + offset, from, n);
        break;
    }
}

/* Normalised pixels back on the scale of bytes, which they may leave. */
static void
write_pixels(const float *from, gsize n, const CwPreprocess *p, guint channel, float *to)
{
    const float scale = 255 * p->std[channel], offset = 255 * p->mean[channel];
    for (gsize i = 0; i < n; i++)
        to[i] = from[i] * scale + offset;
}

/* One row of patches of one picture: [3][size][size] to [grid][3][patch][patch]. */
static void
unfold_row(gpointer data, guint index)
{
    const Unfold *work = data;
    const CwVit *vit = work->vit;
    const CwOperand *operand = &work->scratch->embedding;
    const gsize size = vit->image_size, patch = vit->patch, n_in = vit->embedding.n_in;
    const gsize picture = index / vit->grid, row = index % vit->grid;
    for (gsize column = 0; column < vit->grid; column++) {
        const gsize i = (gsize)index * vit->grid + column;
        char *bytes = (char *)operand->memory + i * operand->stride;
        gsize offset = 0;
        for (guint channel = 0; channel < 3; channel++)
            for (gsize y = 0; y < patch; y++, offset += patch) {
                const gsize from =
                    ((picture * 3 + channel) * size + row * patch + y) * size + column * patch;
                if (work->pictures.rgb)
                    write_bytes(work->pictures.rgb + from, patch, operand->type, offset, bytes);
                else
                    write_pixels(work->pictures.pixels + from, patch, &vit->preprocess, channel,
                                 work->scratch->patches + i * n_in + offset);
            }
        if (work->pictures.rgb && operand->type == CW_PRODUCT_INT8) {
            operand->scales[i] = 1;
            operand->zeros[i] = 0;
        }
    }
}

/* Class token before the patches where there is one; positions added. */
static void
assemble_tokens(const CwVit *vit, const Scratch *s, guint batch)
{
    const gsize width = vit->width, n_patches = (gsize)vit->grid * vit->grid;
    const gsize first = vit->siglip ? 0 : 1;
    for (guint b = 0; b < batch; b++) {
        float *x = s->x + b * vit->n_tokens * width;
        if (vit->class_token)
            memcpy(x, vit->class_token, width * sizeof *x);
        memcpy(x + first * width, s->embedded + b * n_patches * width,
               n_patches * width * sizeof *x);
        for (gsize i = 0; i < vit->n_tokens * width; i++)
            x[i] += vit->position[i];
    }
}

static void
embed(const CwVit *vit, const CwNetRun *run, Scratch *s, CwNetPictures pictures, guint batch)
{
    Unfold work = {vit, pictures, s};
    cw_pool_run(run->n_threads, batch * vit->grid, unfold_row, &work);
    const gsize n_patches = (gsize)batch * vit->grid * vit->grid;
    if (pictures.rgb)
        s->embedding.rows = s->embedding.memory;
    else
        cw_operand_set(&s->embedding, run, s->patches, n_patches);
    cw_linear_run(&vit->embedding, run, &s->embedding, n_patches, CW_STORE, s->embedded);
    assemble_tokens(vit, s, batch);
    cw_net_tell(run, s->x, batch * vit->n_tokens, vit->width, "embed");
}

void
cw_vit_run(const CwVit *vit, const CwNetRun *run, CwArena *arena, CwNetPictures pictures,
           guint batch, float *features)
{
    Scratch s = lay_out(vit, arena, batch);
    const gsize n_rows = batch * vit->n_tokens;
    if (!arena->memory)
        return;
    embed(vit, run, &s, pictures, batch);
    for (guint b = 0; b < batch; b++) {
        const gsize first = b * vit->n_tokens;
        s.sequences[b] = (CwSequence){first, vit->n_tokens, first, vit->n_tokens};
        s.picked[b] = first;
    }
    if (vit->siglip) {
        cw_blocks_run(&vit->blocks, run, &s.block, s.sequences, batch, NULL, n_rows, s.x);
        cw_layer_norm_run(&vit->post_norm, run, s.x, n_rows, s.x);
        cw_net_tell(run, s.x, n_rows, vit->width, "post_norm");
        cw_map_head_run(&vit->head, run, &s.head, s.sequences, s.x, batch, features);
    } else {
        cw_layer_norm_run(&vit->pre_norm, run, s.x, n_rows, s.x);
        cw_net_tell(run, s.x, n_rows, vit->width, "pre_norm");
        cw_blocks_run(&vit->blocks, run, &s.block, s.sequences, batch, s.picked, n_rows, s.x);
        cw_layer_norm_run(&vit->post_norm, run, s.x, batch, s.x);
        cw_net_tell(run, s.x, batch, vit->width, "pooled");
        cw_operand_set(&s.pooled, run, s.x, batch);
        cw_linear_run(&vit->projection, run, &s.pooled, batch, CW_STORE, features);
    }
    cw_net_tell(run, features, batch, vit->embed_dim, "features");
}
