#include "eval/random_weights.h"

CwModelConfig
cw_random_config_vit_b_32(void)
{
    const CwPreprocess preprocess = {
        .width = 224,
        .height = 224,
        .interpolation = CW_INTERPOLATION_BICUBIC,
        .resize_mode = CW_RESIZE_SHORTEST,
        .mean = {0.48145466f, 0.4578275f, 0.40821073f},
        .std = {0.26862954f, 0.26130258f, 0.27577711f},
    };
    return (CwModelConfig){
        .embed_dim = 512,
        .image = {.tower = CW_TOWER_VIT,
                  .image_size = 224,
                  .patch = 32,
                  .width = 768,
                  .n_layers = 12,
                  .n_heads = 12,
                  .mlp_width = 3072,
                  .activation = CW_ACTIVATION_QUICK_GELU,
                  .norm_eps = 1e-5f},
        .preprocess = preprocess,
    };
}

/* Tensors while they are laid out one after the other; with memory NULL only their sizes add up. */
typedef struct {
    CwWeights *weights;
    float *memory;
    gsize used;
    GRand *random;
    GError **error;
    gboolean failed;
} Layout;

/* Uniform in +-spread, around one for the scales of norms. */
static void
fill(float *values, gsize n, float centre, float spread, GRand *random)
{
    for (gsize i = 0; i < n; i++)
        values[i] = centre + spread * (float)g_rand_double_range(random, -1, 1);
}

static void
add(Layout *layout, const char *name, guint n_dims, const gint64 *dims, float centre)
{
    CwTensor tensor = {.dtype = CW_DTYPE_F32, .n_dims = n_dims};
    for (guint i = 0; i < n_dims; i++)
        tensor.dims[i] = dims[i];
    const gsize n = cw_tensor_n_elements(&tensor);
    if (layout->memory && !layout->failed) {
        /* The spread keeps sums over a row of the matrix at the size of one. */
        fill(layout->memory + layout->used, n, centre, n_dims > 1 ? 0.05f : 0.02f, layout->random);
        tensor.data = layout->memory + layout->used;
        layout->failed = !cw_weights_add(layout->weights, name, NULL, &tensor, layout->error);
    }
    layout->used += (n + 15) & ~(gsize)15;
}

static void
add_vector(Layout *layout, const char *prefix, const char *name, gint64 n, float centre)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);
    add(layout, full, 1, &n, centre);
}

static void
add_linear(Layout *layout, const char *prefix, const char *name, gint64 n_out, gint64 n_in)
{
    g_autofree char *weight = g_strconcat(prefix, name, ".weight", NULL);
    g_autofree char *bias = g_strconcat(prefix, name, ".bias", NULL);
    add(layout, weight, 2, (gint64[]){n_out, n_in}, 0);
    add(layout, bias, 1, &n_out, 0);
}

static void
add_norm(Layout *layout, const char *prefix, const char *name, gint64 width)
{
    g_autofree char *norm = g_strconcat(prefix, name, NULL);
    add_vector(layout, norm, ".weight", width, 1);
    add_vector(layout, norm, ".bias", width, 0);
}

static void
lay_out(Layout *layout, const CwModelConfig *config)
{
    const CwImageConfig *image = &config->image;
    const gint64 w = image->width, grid = image->image_size / image->patch;
    add(layout, "image.patch.weight", 4, (gint64[]){w, 3, image->patch, image->patch}, 0);
    add_vector(layout, "image.", "class_token", w, 0);
    add(layout, "image.position", 2, (gint64[]){grid * grid + 1, w}, 0);
    add_norm(layout, "image.", "pre_norm", w);
    for (guint i = 0; i < image->n_layers; i++) {
        g_autofree char *block = g_strdup_printf("image.block.%u.", i);
        add_norm(layout, block, "norm1", w);
        add_linear(layout, block, "attn.q", w, w);
        add_linear(layout, block, "attn.k", w, w);
        add_linear(layout, block, "attn.v", w, w);
        add_linear(layout, block, "attn.out", w, w);
        add_norm(layout, block, "norm2", w);
        add_linear(layout, block, "mlp.fc1", image->mlp_width, w);
        add_linear(layout, block, "mlp.fc2", w, image->mlp_width);
    }
    add_norm(layout, "image.", "post_norm", w);
    add(layout, "image.projection.weight", 2, (gint64[]){config->embed_dim, w}, 0);
}

CwWeights *
cw_random_weights_image(const CwModelConfig *config, guint32 seed, float **memory, GError **error)
{
    Layout measure = {0};
    lay_out(&measure, config);
    *memory = g_try_new(float, measure.used);
    if (!*memory) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for %zu random weights",
                    measure.used);
        return NULL;
    }
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autoptr(CwWeights) weights = cw_weights_new("random weights");
    Layout layout = {.weights = weights, .memory = *memory, .random = random, .error = error};
    lay_out(&layout, config);
    if (layout.failed) {
        g_clear_pointer(memory, g_free);
        return NULL;
    }
    return g_steal_pointer(&weights);
}
