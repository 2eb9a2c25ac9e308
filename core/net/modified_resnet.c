/* CLIP's ResNet: a stem of three convolutions, average pooling instead of strides, attention pool.
 */
#include "net/attention_pool.h"
#include "net/conv.h"
#include "net/towers.h"

#include <string.h>

#define EXPANSION 4 /* of a bottleneck's planes to its output */

typedef struct {
    CwConv conv[3]; /* 1x1, 3x3, 1x1 */
    CwConv down;    /* of the identity; kernel 0 where there is none */
    guint stride;   /* by average pooling */
    gsize n_in, planes;
} Bottleneck;

struct _CwModifiedResnet {
    guint image_size;
    float scale[3], offset[3]; /* from bytes to what the stem expects */
    CwConv stem[3];
    Bottleneck *blocks; /* of all stages, in order */
    guint n_blocks;
    guint stages[4]; /* blocks in each */
    CwAttentionPool pool;
    gsize embed_dim;
};

static Bottleneck
take_bottleneck(CwParameters *parameters, const char *prefix, gsize n_in, gsize planes,
                guint stride)
{
    static const guint kernels[] = {1, 3, 1};
    Bottleneck block = {.stride = stride, .n_in = n_in, .planes = planes};
    gsize n = n_in;
    for (guint i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("%s.%u", prefix, i + 1);
        gsize n_out = i == 2 ? planes * EXPANSION : planes;
        block.conv[i] = cw_conv_take(parameters, name, n, n_out, kernels[i], 1);
        n = n_out;
    }
    if (stride > 1 || n_in != planes * EXPANSION) {
        g_autofree char *name = g_strconcat(prefix, ".down", NULL);
        block.down = cw_conv_take(parameters, name, n_in, planes * EXPANSION, 1, 1);
    }
    return block;
}

CwModifiedResnet *
cw_modified_resnet_new(const CwModelConfig *config, CwParameters *parameters)
{
    const CwImageConfig *image = &config->image;
    CwModifiedResnet *net = g_new0(CwModifiedResnet, 1);
    const gsize width = image->width;
    net->image_size = image->image_size;
    net->embed_dim = config->embed_dim;
    for (guint c = 0; c < 3; c++) {
        net->scale[c] = 1 / (255 * config->preprocess.std[c]);
        net->offset[c] = -config->preprocess.mean[c] / config->preprocess.std[c];
    }
    net->stem[0] = cw_conv_take(parameters, "image.stem.1", 3, width / 2, 3, 2);
    net->stem[1] = cw_conv_take(parameters, "image.stem.2", width / 2, width / 2, 3, 1);
    net->stem[2] = cw_conv_take(parameters, "image.stem.3", width / 2, width, 3, 1);
    for (guint s = 0; s < 4; s++)
        net->n_blocks += net->stages[s] = image->stages[s];
    net->blocks = g_new0(Bottleneck, net->n_blocks);
    Bottleneck *block = net->blocks;
    gsize n_in = width;
    for (guint s = 0; s < 4; s++)
        for (guint b = 0; b < net->stages[s]; b++) {
            g_autofree char *name = g_strdup_printf("image.stage.%u.block.%u", s + 1, b);
            *block = take_bottleneck(parameters, name, n_in, width << s, s > 0 && b == 0 ? 2 : 1);
            n_in = block++->planes * EXPANSION;
        }
    const gsize side = image->image_size / 32;
    net->pool =
        cw_attention_pool_take(parameters, n_in, side * side, image->n_heads, config->embed_dim);
    return net;
}

void
cw_modified_resnet_free(CwModifiedResnet *resnet)
{
    g_free(resnet->blocks);
    g_free(resnet);
}

/* Three pictures' worth of activations, each as large as the largest, and what convolutions unfold
 * into, one at a time. */
typedef struct {
    float *x, *y, *z;
    CwArena conv;
    CwAttentionPoolScratch pool;
} Scratch;

static void
grow(gsize *largest, gsize n)
{
    *largest = MAX(*largest, n);
}

static void
grow_conv(CwArena *largest, const CwConv *conv, gsize batch, gsize size)
{
    CwArena arena = {0};
    cw_conv_take_scratch(conv, &arena, batch, size);
    largest->used = MAX(largest->used, arena.used);
    largest->failed |= arena.failed;
}

static Scratch
lay_out(const CwModifiedResnet *net, CwArena *arena, gsize batch)
{
    /* Of one picture: bounded by the limits on configurations; the arena checks the batch. */
    gsize activations = 0, size = net->image_size;
    CwArena conv = {0};
    grow(&activations, size * size * 3);
    for (guint i = 0; i < 3; i++) {
        grow_conv(&conv, &net->stem[i], batch, size);
        size /= net->stem[i].stride;
        grow(&activations, size * size * net->stem[i].linear.n_out);
    }
    size /= 2;
    for (guint i = 0; i < net->n_blocks; i++) {
        const Bottleneck *block = &net->blocks[i];
        for (guint c = 0; c < 2; c++)
            grow_conv(&conv, &block->conv[c], batch, size);
        grow(&activations, size * size * MAX(block->planes, block->n_in));
        size /= block->stride;
        grow_conv(&conv, &block->conv[2], batch, size);
        if (block->down.kernel)
            grow_conv(&conv, &block->down, batch, size);
        grow(&activations, size * size * block->planes * EXPANSION);
    }
    Scratch s;
    s.x = cw_arena_floats(arena, batch, activations);
    s.y = cw_arena_floats(arena, batch, activations);
    s.z = cw_arena_floats(arena, batch, activations);
    s.conv = (CwArena){.memory = cw_arena_take(arena, conv.used, 1, 1), .failed = conv.failed};
    arena->failed |= conv.failed;
    s.pool = cw_attention_pool_take_scratch(&net->pool, arena, batch);
    return s;
}

static void
run_conv(const CwConv *conv, const CwNetRun *run, const Scratch *s, const float *x, gsize batch,
         gsize size, CwConvMode mode, float *y)
{
    CwArena arena = s->conv;
    CwConvScratch scratch = cw_conv_take_scratch(conv, &arena, batch, size);
    cw_conv_run(conv, run, x, batch, size, mode, &scratch, y);
}

static void
swap(float **a, float **b)
{
    float *old = *a;
    *a = *b;
    *b = old;
}

/* [batch][3][size][size] to [batch][size][size][3], normalised. */
static void
interleave(const CwModifiedResnet *net, CwNetPictures pictures, gsize batch, float *x)
{
    const gsize n_pixels = (gsize)net->image_size * net->image_size;
    for (gsize b = 0; b < batch; b++)
        for (gsize c = 0; c < 3; c++) {
            const gsize plane = (b * 3 + c) * n_pixels;
            float *out = x + b * n_pixels * 3 + c;
            if (pictures.rgb)
                for (gsize i = 0; i < n_pixels; i++)
                    out[i * 3] = pictures.rgb[plane + i] * net->scale[c] + net->offset[c];
            else
                for (gsize i = 0; i < n_pixels; i++)
                    out[i * 3] = pictures.pixels[plane + i];
        }
}

static gsize
run_stem(const CwModifiedResnet *net, const CwNetRun *run, Scratch *s, CwNetPictures pictures,
         gsize batch)
{
    gsize size = net->image_size;
    interleave(net, pictures, batch, s->x);
    for (guint i = 0; i < 3; i++) {
        const CwConv *conv = &net->stem[i];
        run_conv(conv, run, s, s->x, batch, size, CW_CONV_RELU, s->y);
        size /= conv->stride;
        swap(&s->x, &s->y);
    }
    cw_average_pool(run, s->x, batch, size, net->stem[2].linear.n_out, s->y);
    swap(&s->x, &s->y);
    return size / 2;
}

/* x: [batch][size]²[n_in] in s->x, out likewise. Returns the new size. */
static gsize
run_bottleneck(const Bottleneck *block, const CwNetRun *run, Scratch *s, gsize batch, gsize size)
{
    const gsize halved = size / block->stride;
    run_conv(&block->conv[0], run, s, s->x, batch, size, CW_CONV_RELU, s->y);
    run_conv(&block->conv[1], run, s, s->y, batch, size, CW_CONV_RELU, s->z);
    if (block->stride > 1) {
        cw_average_pool(run, s->z, batch, size, block->planes, s->y);
        swap(&s->y, &s->z);
    }
    /* The branch is in z; the identity goes to x, by way of y where it is pooled or projected. */
    if (block->down.kernel) {
        if (block->stride > 1) {
            cw_average_pool(run, s->x, batch, size, block->n_in, s->y);
            swap(&s->x, &s->y);
        }
        run_conv(&block->down, run, s, s->x, batch, halved, CW_CONV_LINEAR, s->y);
        swap(&s->x, &s->y);
    }
    run_conv(&block->conv[2], run, s, s->z, batch, halved, CW_CONV_ADD_RELU, s->x);
    return halved;
}

void
cw_modified_resnet_run(const CwModifiedResnet *net, const CwNetRun *run, CwArena *arena,
                       CwNetPictures pictures, guint batch, float *features)
{
    Scratch s = lay_out(net, arena, batch);
    if (!arena->memory)
        return;
    gsize size = run_stem(net, run, &s, pictures, batch);
    cw_net_tell(run, s.x, batch * size * size, net->stem[2].linear.n_out, "stem");
    const Bottleneck *block = net->blocks;
    for (guint stage = 0; stage < 4; stage++)
        for (guint b = 0; b < net->stages[stage]; b++, block++) {
            size = run_bottleneck(block, run, &s, batch, size);
            cw_net_tell(run, s.x, batch * size * size, block->planes * EXPANSION,
                        "stage.%u.block.%u", stage + 1, b);
        }
    cw_attention_pool_run(&net->pool, run, &s.pool, s.x, batch, features);
    cw_net_tell(run, features, batch, net->embed_dim, "features");
}
