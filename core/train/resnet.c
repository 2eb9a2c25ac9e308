/* CLIP's ResNet for training: see net/modified_resnet.c for the network. */
#include "train/attention_pool.h"
#include "train/conv.h"
#include "train/towers.h"

#include <string.h>

#define EXPANSION 4 /* of a bottleneck's planes to its output */

typedef struct {
    CwTrainConv conv[3]; /* 1x1, 3x3, 1x1 */
    CwTrainConv down;    /* of the identity; kernel 0 where there is none */
    guint stride;        /* by average pooling */
    gsize n_in, planes;
} Bottleneck;

struct _CwTrainResnet {
    gsize width, embed_dim, grid;
    guint n_heads;
    guint stages[4];
    CwTrainConv stem[3];
    Bottleneck *blocks; /* of all stages, in order */
    guint n_blocks;
    CwTrainAttentionPool pool;
    CwReal keep; /* of running statistics, in each pass */
};

static Bottleneck
take_bottleneck(CwTrainParameters *parameters, const char *prefix, gsize n_in, gsize planes,
                guint stride)
{
    static const guint kernels[] = {1, 3, 1};
    Bottleneck block = {.stride = stride, .n_in = n_in, .planes = planes};
    gsize n = n_in;
    for (guint i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("%s.%u", prefix, i + 1);
        const gsize n_out = i == 2 ? planes * EXPANSION : planes;
        block.conv[i] = cw_train_conv_take(parameters, name, n, n_out, kernels[i], 1);
        n = n_out;
    }
    if (stride > 1 || n_in != planes * EXPANSION) {
        g_autofree char *name = g_strconcat(prefix, ".down", NULL);
        block.down = cw_train_conv_take(parameters, name, n_in, planes * EXPANSION, 1, 1);
    }
    return block;
}

void
cw_train_resnet_take(CwTrainResnet *net, CwTrainParameters *parameters)
{
    const gsize width = net->width;
    net->stem[0] = cw_train_conv_take(parameters, "image.stem.1", 3, width / 2, 3, 2);
    net->stem[1] = cw_train_conv_take(parameters, "image.stem.2", width / 2, width / 2, 3, 1);
    net->stem[2] = cw_train_conv_take(parameters, "image.stem.3", width / 2, width, 3, 1);
    Bottleneck *block = net->blocks;
    gsize n_in = width;
    for (guint s = 0; s < 4; s++)
        for (guint b = 0; b < net->stages[s]; b++) {
            g_autofree char *name = g_strdup_printf("image.stage.%u.block.%u", s + 1, b);
            *block = take_bottleneck(parameters, name, n_in, width << s, s > 0 && b == 0 ? 2 : 1);
            n_in = block++->planes * EXPANSION;
        }
    net->pool =
        cw_train_attention_pool_take(parameters, n_in, net->grid, net->n_heads, net->embed_dim);
}

CwTrainResnet *
cw_train_resnet_new(const CwModelConfig *config, CwTrainParameters *parameters)
{
    const CwImageConfig *image = &config->image;
    CwTrainResnet *net = g_new0(CwTrainResnet, 1);
    net->width = image->width;
    net->embed_dim = config->embed_dim;
    net->grid = image->image_size / 32;
    net->n_heads = image->n_heads;
    net->keep = (CwReal)0.9; /* torch's momentum of 0.1 */
    for (guint s = 0; s < 4; s++)
        net->n_blocks += net->stages[s] = image->stages[s];
    net->blocks = g_new0(Bottleneck, net->n_blocks);
    cw_train_resnet_take(net, parameters);
    return net;
}

void
cw_train_resnet_free(CwTrainResnet *net)
{
    g_free(net->blocks);
    g_free(net);
}

void
cw_train_resnet_keep_statistics(CwTrainResnet *net, gboolean keep)
{
    net->keep = keep ? 1 : (CwReal)0.9;
}

typedef struct {
    CwTrainConvTape conv[3], down;
    CwReal *y[2];            /* behind the first two convolutions */
    CwReal *pooled, *halved; /* branch and identity where the block has a stride */
    CwReal *out;
} BottleneckTape;

typedef struct {
    CwReal *x; /* the pictures, interleaved */
    CwTrainConvTape stem[3];
    CwReal *stem_out[3], *stem_pooled;
    BottleneckTape *blocks;
    CwTrainConvScratch conv;
    CwTrainAttentionPoolTape pool;
    CwReal *gradients[4]; /* each as large as the largest activation */
} Tape;

static CwReal *
take_activations(CwArena *arena, gsize batch, gsize size, gsize channels, gsize *largest)
{
    *largest = MAX(*largest, size * size * channels);
    return cw_arena_take(arena, batch, size * size * channels, sizeof(CwReal));
}

static BottleneckTape
lay_out_bottleneck(const Bottleneck *block, Tape *tape, CwArena *arena, gsize batch, gsize size,
                   gsize *largest)
{
    BottleneckTape t = {0};
    const gsize halved = size / block->stride;
    gsize sizes[] = {size, size, halved};
    for (guint i = 0; i < 3; i++) {
        t.conv[i] = cw_train_conv_take_tape(&block->conv[i], arena, batch, sizes[i]);
        cw_train_conv_grow_scratch(&block->conv[i], batch, sizes[i], &tape->conv);
    }
    for (guint i = 0; i < 2; i++)
        t.y[i] = take_activations(arena, batch, size, block->planes, largest);
    if (block->stride > 1) {
        t.pooled = take_activations(arena, batch, halved, block->planes, largest);
        t.halved = take_activations(arena, batch, halved, block->n_in, largest);
    }
    if (block->down.kernel) {
        t.down = cw_train_conv_take_tape(&block->down, arena, batch, halved);
        cw_train_conv_grow_scratch(&block->down, batch, halved, &tape->conv);
    }
    t.out = take_activations(arena, batch, halved, block->planes * EXPANSION, largest);
    return t;
}

static Tape
lay_out(const CwTrainResnet *net, CwArena *arena, gsize batch, gsize size)
{
    Tape tape = {0};
    gsize largest = 0;
    tape.x = take_activations(arena, batch, size, 3, &largest);
    for (guint i = 0; i < 3; i++) {
        const CwTrainConv *conv = &net->stem[i];
        tape.stem[i] = cw_train_conv_take_tape(conv, arena, batch, size);
        cw_train_conv_grow_scratch(conv, batch, size, &tape.conv);
        size /= conv->stride;
        tape.stem_out[i] = take_activations(arena, batch, size, conv->n_out, &largest);
    }
    size /= 2;
    tape.stem_pooled = take_activations(arena, batch, size, net->width, &largest);
    tape.blocks = cw_arena_take(arena, net->n_blocks, 1, sizeof *tape.blocks);
    for (guint i = 0; i < net->n_blocks; i++) {
        const Bottleneck *block = &net->blocks[i];
        const BottleneckTape t = lay_out_bottleneck(block, &tape, arena, batch, size, &largest);
        if (arena->memory)
            tape.blocks[i] = t;
        size /= block->stride;
    }
    tape.pool = cw_train_attention_pool_take_tape(&net->pool, arena, batch, size);
    for (guint i = 0; i < G_N_ELEMENTS(tape.gradients); i++)
        tape.gradients[i] = cw_arena_take(arena, batch, largest, sizeof(CwReal));
    cw_train_conv_take_scratch(&tape.conv, arena);
    return tape;
}

gsize
cw_train_resnet_tape_bytes(const CwTrainResnet *net, gsize batch, gsize size)
{
    CwArena arena = {0};
    lay_out(net, &arena, batch, size);
    return arena.failed ? 0 : arena.used;
}

/* [batch][3][size][size] to [batch][size][size][3]. */
static void
interleave(const CwReal *pixels, gsize batch, gsize n_pixels, CwReal *x)
{
    for (gsize b = 0; b < batch; b++)
        for (gsize c = 0; c < 3; c++)
            for (gsize i = 0; i < n_pixels; i++)
                x[(b * n_pixels + i) * 3 + c] = pixels[(b * 3 + c) * n_pixels + i];
}

static void
run_bottleneck(const CwTrainResnet *net, const Bottleneck *block, const BottleneckTape *t,
               const CwTrainConvScratch *scratch, const CwReal *x, gsize batch, gsize size)
{
    const gsize halved = size / block->stride, n_out = block->planes * EXPANSION;
    const CwTrainConv *conv = block->conv;
    const CwReal *branch = t->y[1], *identity = x;
    cw_train_conv_forward(&conv[0], &t->conv[0], scratch, x, batch, size, CW_TRAIN_CONV_RELU,
                          net->keep, t->y[0]);
    cw_train_conv_forward(&conv[1], &t->conv[1], scratch, t->y[0], batch, size, CW_TRAIN_CONV_RELU,
                          net->keep, t->y[1]);
    if (block->stride > 1) {
        cw_train_pool_forward(t->y[1], batch, size, block->planes, t->pooled);
        cw_train_pool_forward(x, batch, size, block->n_in, t->halved);
        branch = t->pooled;
        identity = t->halved;
    }
    if (block->down.kernel)
        cw_train_conv_forward(&block->down, &t->down, scratch, identity, batch, halved,
                              CW_TRAIN_CONV_LINEAR, net->keep, t->out);
    else
        memcpy(t->out, identity, batch * halved * halved * n_out * sizeof(CwReal));
    cw_train_conv_forward(&conv[2], &t->conv[2], scratch, branch, batch, halved,
                          CW_TRAIN_CONV_ADD_RELU, net->keep, t->out);
}

void
cw_train_resnet_forward(const CwTrainResnet *net, void *memory, const CwReal *pixels, gsize batch,
                        gsize size, CwReal *features)
{
    CwArena arena = {.memory = memory};
    const Tape tape = lay_out(net, &arena, batch, size);
    interleave(pixels, batch, size * size, tape.x);
    const CwReal *x = tape.x;
    for (guint i = 0; i < 3; i++) {
        cw_train_conv_forward(&net->stem[i], &tape.stem[i], &tape.conv, x, batch, size,
                              CW_TRAIN_CONV_RELU, net->keep, tape.stem_out[i]);
        size /= net->stem[i].stride;
        x = tape.stem_out[i];
    }
    cw_train_pool_forward(x, batch, size, net->width, tape.stem_pooled);
    size /= 2;
    x = tape.stem_pooled;
    for (guint i = 0; i < net->n_blocks; i++) {
        run_bottleneck(net, &net->blocks[i], &tape.blocks[i], &tape.conv, x, batch, size);
        size /= net->blocks[i].stride;
        x = tape.blocks[i].out;
    }
    cw_train_attention_pool_forward(&net->pool, &tape.pool, x, batch, size, features);
}

static void
clear(CwReal *x, gsize batch, gsize size, gsize channels)
{
    memset(x, 0, batch * size * size * channels * sizeof *x);
}

/* gradients[0] holds that of the block's output; afterwards [1] that of its input. */
static void
go_back_bottleneck(const Bottleneck *block, const BottleneckTape *t,
                   const CwTrainConvScratch *scratch, const CwReal *x, gsize batch, gsize size,
                   CwReal *const gradients[4])
{
    const gsize halved = size / block->stride, planes = block->planes, n_in = block->n_in;
    const gboolean strided = block->stride > 1;
    const CwTrainConv *conv = block->conv;
    CwReal *dout = gradients[0], *dx = gradients[1], *dbranch = gradients[2], *dy = gradients[3];
    clear(dbranch, batch, halved, planes);
    cw_train_conv_backward(&conv[2], &t->conv[2], scratch, strided ? t->pooled : t->y[1], t->out,
                           batch, halved, CW_TRAIN_CONV_ADD_RELU, dout, dbranch);
    if (strided) { /* dout is left with the identity's gradient */
        clear(dy, batch, size, planes);
        cw_train_pool_backward(dbranch, batch, size, planes, dy);
    } else {
        memcpy(dy, dbranch, batch * size * size * planes * sizeof *dy);
    }
    clear(dbranch, batch, size, planes);
    cw_train_conv_backward(&conv[1], &t->conv[1], scratch, t->y[0], t->y[1], batch, size,
                           CW_TRAIN_CONV_RELU, dy, dbranch);
    if (block->down.kernel) {
        CwReal *dinput = strided ? dy : dx;
        clear(dinput, batch, halved, n_in);
        cw_train_conv_backward(&block->down, &t->down, scratch, strided ? t->halved : x, t->out,
                               batch, halved, CW_TRAIN_CONV_LINEAR, dout, dinput);
        if (strided) {
            clear(dx, batch, size, n_in);
            cw_train_pool_backward(dinput, batch, size, n_in, dx);
        }
    } else {
        memcpy(dx, dout, batch * size * size * n_in * sizeof *dx);
    }
    cw_train_conv_backward(&conv[0], &t->conv[0], scratch, x, t->y[0], batch, size,
                           CW_TRAIN_CONV_RELU, dbranch, dx);
}

void
cw_train_resnet_backward(const CwTrainResnet *net, void *memory, const CwReal *dfeatures,
                         gsize batch, gsize size)
{
    CwArena arena = {.memory = memory};
    const Tape tape = lay_out(net, &arena, batch, size);
    CwReal *g[4];
    memcpy(g, tape.gradients, sizeof g);
    gsize at = size / 32;
    cw_train_attention_pool_backward(&net->pool, &tape.pool, dfeatures, batch, at, g[0]);
    for (guint i = net->n_blocks; i-- > 0;) {
        const Bottleneck *block = &net->blocks[i];
        at *= block->stride;
        const CwReal *x = i > 0 ? tape.blocks[i - 1].out : tape.stem_pooled;
        go_back_bottleneck(block, &tape.blocks[i], &tape.conv, x, batch, at, g);
        CwReal *old = g[0];
        g[0] = g[1];
        g[1] = old;
    }
    at *= 2;
    clear(g[1], batch, at, net->width);
    cw_train_pool_backward(g[0], batch, at, net->width, g[1]);
    for (guint i = 3; i-- > 0;) {
        const CwTrainConv *conv = &net->stem[i];
        const CwReal *x = i > 0 ? tape.stem_out[i - 1] : tape.x;
        CwReal *dy = g[i % 2 ? 0 : 1], *dx = i > 0 ? g[i % 2 ? 1 : 0] : NULL;
        at *= conv->stride;
        if (dx)
            clear(dx, batch, at, conv->n_in);
        cw_train_conv_backward(conv, &tape.stem[i], &tape.conv, x, tape.stem_out[i], batch, at,
                               CW_TRAIN_CONV_RELU, dy, dx);
    }
}
