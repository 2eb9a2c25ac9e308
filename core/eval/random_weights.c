#include "eval/random_weights.h"

#include <math.h>
#include <string.h>

/* Tensors while they are laid out one after the other; with memory NULL only their sizes add up. */
typedef struct {
    CwWeights *weights;
    float *memory;
    gsize used; /* in floats */
    guint32 random;
    GError **error;
    gboolean failed;
} Layout;

/* Uniform in centre +- spread; Numerical Recipes' generator, for there are many to draw. */
static void
fill(Layout *layout, float *values, gsize n, float centre, float spread)
{
    guint32 random = layout->random;
    for (gsize i = 0; i < n; i++) {
        random = random * 1664525u + 1013904223u;
        values[i] = centre + spread * ((float)(random >> 8) * 0x1p-23f - 1);
    }
    layout->random = random;
}

static void
add(Layout *layout, const char *prefix, const char *name, guint n_dims, const gint64 *dims,
    float centre)
{
    CwTensor tensor = {.dtype = CW_DTYPE_F32, .n_dims = n_dims};
    memcpy(tensor.dims, dims, n_dims * sizeof *dims);
    const gsize n = cw_tensor_n_elements(&tensor);
    if (layout->memory && !layout->failed) {
        /* Sums over a row of a matrix stay at the size of what goes in. */
        const float spread = n_dims > 1 ? sqrtf(3 / (float)(n / (gsize)dims[0])) : 0.02f;
        g_autofree char *full = g_strconcat(prefix, name, NULL);
        tensor.data = layout->memory + layout->used;
        fill(layout, layout->memory + layout->used, n, centre, spread);
        layout->failed = !cw_weights_add(layout->weights, full, NULL, &tensor, layout->error);
    }
    layout->used += (n + 15) & ~(gsize)15;
}

static void
add_vector(Layout *layout, const char *prefix, const char *name, gint64 n, float centre)
{
    add(layout, prefix, name, 1, &n, centre);
}

static void
add_matrix(Layout *layout, const char *prefix, const char *name, gint64 n_out, gint64 n_in)
{
    add(layout, prefix, name, 2, (gint64[]){n_out, n_in}, 0);
}

static void
add_linear(Layout *layout, const char *prefix, const char *name, gint64 n_out, gint64 n_in)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);
    add_matrix(layout, full, ".weight", n_out, n_in);
    add_vector(layout, full, ".bias", n_out, 0);
}

static void
add_norm(Layout *layout, const char *prefix, const char *name, gint64 width)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);
    add_vector(layout, full, ".weight", width, 1);
    add_vector(layout, full, ".bias", width, 0);
}

static void
add_blocks(Layout *layout, const char *tower, guint n_blocks, gint64 width, gint64 mlp_width)
{
    for (guint i = 0; i < n_blocks; i++) {
        g_autofree char *block = g_strdup_printf("%sblock.%u.", tower, i);
        add_norm(layout, block, "norm1", width);
        add_linear(layout, block, "attn.q", width, width);
        add_linear(layout, block, "attn.k", width, width);
        add_linear(layout, block, "attn.v", width, width);
        add_linear(layout, block, "attn.out", width, width);
        add_norm(layout, block, "norm2", width);
        add_linear(layout, block, "mlp.fc1", mlp_width, width);
        add_linear(layout, block, "mlp.fc2", width, mlp_width);
    }
}

static void
lay_out_vit(Layout *layout, const CwModelConfig *config)
{
    const CwImageConfig *image = &config->image;
    const gint64 width = image->width, patch = image->patch, grid = image->image_size / patch;
    add(layout, "image.", "patch.weight", 4, (gint64[]){width, 3, patch, patch}, 0);
    add_vector(layout, "image.", "class_token", width, 0);
    add_matrix(layout, "image.", "position", grid * grid + 1, width);
    add_norm(layout, "image.", "pre_norm", width);
    add_blocks(layout, "image.", image->n_layers, width, image->mlp_width);
    add_norm(layout, "image.", "post_norm", width);
    add_matrix(layout, "image.", "projection.weight", config->embed_dim, width);
}

static void
add_conv(Layout *layout, const char *prefix, const char *name, gint64 n_out, gint64 n_in,
         gint64 kernel)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);
    add(layout, full, ".conv.weight", 4, (gint64[]){n_out, n_in, kernel, kernel}, 0);
    add_norm(layout, full, ".bn", n_out);
    add_vector(layout, full, ".bn.mean", n_out, 0);
    add_vector(layout, full, ".bn.var", n_out, 1);
}

static void
lay_out_resnet(Layout *layout, const CwModelConfig *config)
{
    const CwImageConfig *image = &config->image;
    const gint64 width = image->width, side = image->image_size / 32;
    gint64 n_in = width;
    add_conv(layout, "image.stem.", "1", width / 2, 3, 3);
    add_conv(layout, "image.stem.", "2", width / 2, width / 2, 3);
    add_conv(layout, "image.stem.", "3", width, width / 2, 3);
    for (guint stage = 0; stage < 4; stage++)
        for (guint i = 0; i < image->stages[stage]; i++) {
            const gint64 planes = width << stage;
            g_autofree char *block = g_strdup_printf("image.stage.%u.block.%u.", stage + 1, i);
            add_conv(layout, block, "1", planes, n_in, 1);
            add_conv(layout, block, "2", planes, planes, 3);
            add_conv(layout, block, "3", 4 * planes, planes, 1);
            if (i == 0)
                add_conv(layout, block, "down", 4 * planes, n_in, 1);
            n_in = 4 * planes;
        }
    add_matrix(layout, "image.", "attnpool.position", side * side + 1, n_in);
    add_linear(layout, "image.", "attnpool.q", n_in, n_in);
    add_linear(layout, "image.", "attnpool.k", n_in, n_in);
    add_linear(layout, "image.", "attnpool.v", n_in, n_in);
    add_linear(layout, "image.", "attnpool.out", config->embed_dim, n_in);
}

static void
lay_out_text(Layout *layout, const CwModelConfig *config)
{
    const CwTextConfig *text = &config->text;
    add_matrix(layout, "text.", "token", text->vocabulary, text->width);
    add_matrix(layout, "text.", "position", text->context, text->width);
    add_blocks(layout, "text.", text->n_layers, text->width, text->mlp_width);
    add_norm(layout, "text.", "final_norm", text->width);
    add_matrix(layout, "text.", "projection.weight", config->embed_dim, text->width);
}

static void
lay_out(Layout *layout, const CwModelConfig *config, CwRandomTower tower)
{
    if (tower == CW_RANDOM_TEXT)
        lay_out_text(layout, config);
    else if (config->image.tower == CW_TOWER_MODIFIED_RESNET)
        lay_out_resnet(layout, config);
    else
        lay_out_vit(layout, config);
}

CwWeights *
cw_random_weights_new(const CwModelConfig *config, CwRandomTower tower, float **memory,
                      gsize *n_bytes, GError **error)
{
    Layout measure = {0};
    lay_out(&measure, config, tower);
    *memory = g_try_new(float, measure.used);
    if (!*memory) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for %zu random weights",
                    measure.used);
        return NULL;
    }
    g_autoptr(CwWeights) weights = cw_weights_new("random weights");
    Layout layout = {.weights = weights, .memory = *memory, .random = 1, .error = error};
    lay_out(&layout, config, tower);
    if (layout.failed) {
        g_clear_pointer(memory, g_free);
        return NULL;
    }
    *n_bytes = layout.used * sizeof(float);
    return g_steal_pointer(&weights);
}
