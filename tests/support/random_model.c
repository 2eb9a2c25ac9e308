#include "random_model.h"

#include <math.h>
#include <string.h>

typedef struct {
    CwTestModel *model;
    CwTestStore store;
    GRand *random;
} Maker;

static void add(Maker *maker, double mean, double spread, guint n_dims, const gint64 *dims,
                const char *format, ...) G_GNUC_PRINTF(6, 7);

static void
add(Maker *maker, double mean, double spread, guint n_dims, const gint64 *dims, const char *format,
    ...)
{
    GError *error = NULL;
    CwTensor tensor = {.dtype = CW_DTYPE_F32, .n_dims = n_dims};
    memcpy(tensor.dims, dims, n_dims * sizeof *dims);
    const gsize n = cw_tensor_n_elements(&tensor);
    const gsize shift = maker->store == CW_TEST_STORE_MISALIGNED ? 1 : 0;
    char *memory = g_malloc(n * sizeof(float) + shift);
    for (gsize i = 0; i < n; i++) {
        const float value = (float)g_rand_double_range(maker->random, mean - spread, mean + spread);
        memcpy(memory + shift + i * sizeof value, &value, sizeof value);
    }
    g_ptr_array_add(maker->model->memory, memory);
    tensor.data = memory + shift;
    tensor.transposed = n_dims == 2 && maker->store == CW_TEST_STORE_TRANSPOSED;

    va_list arguments;
    va_start(arguments, format);
    g_autofree char *name = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    cw_weights_add(maker->model->weights, name, NULL, &tensor, &error);
    g_assert_no_error(error);
}

static void
add_vector(Maker *maker, double mean, double spread, gint64 n, const char *prefix, const char *name)
{
    add(maker, mean, spread, 1, &n, "%s.%s", prefix, name);
}

static void
add_linear(Maker *maker, gint64 n_in, gint64 n_out, gboolean bias, const char *prefix,
           const char *name)
{
    g_autofree char *full = g_strdup_printf("%s.%s", prefix, name);
    add(maker, 0, sqrt(3.0 / (double)n_in), 2, (gint64[]){n_out, n_in}, "%s.weight", full);
    if (bias)
        add_vector(maker, 0, 0.2, n_out, full, "bias");
}

static void
add_norm(Maker *maker, gint64 width, const char *prefix, const char *name)
{
    g_autofree char *full = g_strdup_printf("%s.%s", prefix, name);
    add_vector(maker, 1, 0.3, width, full, "weight");
    add_vector(maker, 0, 0.3, width, full, "bias");
}

static void
add_attention(Maker *maker, gint64 width, gint64 n_out, const char *prefix)
{
    add_linear(maker, width, width, TRUE, prefix, "q");
    add_linear(maker, width, width, TRUE, prefix, "k");
    add_linear(maker, width, width, TRUE, prefix, "v");
    add_linear(maker, width, n_out, TRUE, prefix, "out");
}

static void
add_blocks(Maker *maker, guint n, gint64 width, gint64 mlp_width, const char *tower)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *block = g_strdup_printf("%s.block.%u", tower, i);
        g_autofree char *attention = g_strconcat(block, ".attn", NULL);
        add_norm(maker, width, block, "norm1");
        add_attention(maker, width, width, attention);
        add_norm(maker, width, block, "norm2");
        add_linear(maker, width, mlp_width, TRUE, block, "mlp.fc1");
        add_linear(maker, mlp_width, width, TRUE, block, "mlp.fc2");
    }
}

static void
add_vit(Maker *maker)
{
    const CwImageConfig *image = &maker->model->config.image;
    const gint64 width = image->width, grid = image->image_size / image->patch;
    const gboolean siglip = image->tower == CW_TOWER_SIGLIP_VIT;
    const gint64 patch[] = {width, 3, image->patch, image->patch};
    add(maker, 0, 1.0 / image->patch, 4, patch, "image.patch.weight");
    add(maker, 0, 1, 2, (gint64[]){grid * grid + (siglip ? 0 : 1), width}, "image.position");
    add_blocks(maker, image->n_layers, width, image->mlp_width, "image");
    add_norm(maker, width, "image", "post_norm");
    if (siglip) {
        add_vector(maker, 0, 0.2, width, "image.patch", "bias");
        add_vector(maker, 0, 1, width, "image.head", "probe");
        add_attention(maker, width, width, "image.head.attn");
        add_norm(maker, width, "image.head", "norm");
        add_linear(maker, width, image->mlp_width, TRUE, "image.head", "mlp.fc1");
        add_linear(maker, image->mlp_width, width, TRUE, "image.head", "mlp.fc2");
    } else {
        add_vector(maker, 0, 1, width, "image", "class_token");
        add_norm(maker, width, "image", "pre_norm");
        add_linear(maker, width, maker->model->config.embed_dim, FALSE, "image", "projection");
    }
}

static void
add_conv(Maker *maker, gint64 n_in, gint64 n_out, gint64 kernel, const char *prefix,
         const char *name)
{
    g_autofree char *full = g_strdup_printf("%s.%s", prefix, name);
    g_autofree char *norm = g_strconcat(full, ".bn", NULL);
    add(maker, 0, sqrt(4.0 / (double)(n_in * kernel * kernel)), 4,
        (gint64[]){n_out, n_in, kernel, kernel}, "%s.conv.weight", full);
    add_norm(maker, n_out, full, "bn");
    add_vector(maker, 0, 0.3, n_out, norm, "mean");
    add_vector(maker, 1, 0.5, n_out, norm, "var");
}

static void
add_resnet(Maker *maker)
{
    const CwImageConfig *image = &maker->model->config.image;
    const gint64 width = image->width, side = image->image_size / 32;
    gint64 n_in = width;
    add_conv(maker, 3, width / 2, 3, "image.stem", "1");
    add_conv(maker, width / 2, width / 2, 3, "image.stem", "2");
    add_conv(maker, width / 2, width, 3, "image.stem", "3");
    for (guint stage = 0; stage < 4; stage++)
        for (guint b = 0; b < image->stages[stage]; b++) {
            const gint64 planes = width << stage;
            g_autofree char *block = g_strdup_printf("image.stage.%u.block.%u", stage + 1, b);
            add_conv(maker, n_in, planes, 1, block, "1");
            add_conv(maker, planes, planes, 3, block, "2");
            add_conv(maker, planes, 4 * planes, 1, block, "3");
            if (b == 0)
                add_conv(maker, n_in, 4 * planes, 1, block, "down");
            n_in = 4 * planes;
        }
    add(maker, 0, 1, 2, (gint64[]){side * side + 1, n_in}, "image.attnpool.position");
    add_attention(maker, n_in, maker->model->config.embed_dim, "image.attnpool");
}

static void
add_text(Maker *maker)
{
    const CwTextConfig *text = &maker->model->config.text;
    add(maker, 0, 1, 2, (gint64[]){text->vocabulary, text->width}, "text.token");
    add(maker, 0, 1, 2, (gint64[]){text->context, text->width}, "text.position");
    add_blocks(maker, text->n_layers, text->width, text->mlp_width, "text");
    add_norm(maker, text->width, "text", "final_norm");
    add_linear(maker, text->width, maker->model->config.embed_dim, text->projection_bias, "text",
               "projection");
}

CwTestModel *
cw_test_model_new(const CwModelConfig *config, CwTestStore store, guint32 seed)
{
    CwTestModel *model = g_new0(CwTestModel, 1);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    Maker maker = {model, store, random};
    model->config = *config;
    model->weights = cw_weights_new("random model");
    model->memory = g_ptr_array_new_with_free_func(g_free);
    if (config->image.tower == CW_TOWER_MODIFIED_RESNET)
        add_resnet(&maker);
    else
        add_vit(&maker);
    add_text(&maker);
    return model;
}

void
cw_test_model_free(CwTestModel *model)
{
    cw_weights_free(model->weights);
    g_ptr_array_unref(model->memory);
    g_free(model);
}
