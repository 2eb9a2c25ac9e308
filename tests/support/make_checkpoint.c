/* Writes an open_clip directory with random weights of a true shape, for measuring.
 *
 *   make_checkpoint DIR vit-b-32|vit-b-16|vit-l-14 [f32|f16|bf16] */
#include "fixture.h"
#include "safetensors_writer.h"

#include <glib/gstdio.h>

typedef struct {
    const char *name;
    gint64 width, layers, patch, embed, text_width;
} Shape;

static const Shape shapes[] = {
    {"vit-b-32", 768, 12, 32, 512, 512},
    {"vit-b-16", 768, 12, 16, 512, 512},
    {"vit-l-14", 1024, 24, 14, 768, 768},
};

#define IMAGE_SIZE  224
#define CONTEXT     77
#define VOCABULARY  49408
#define TEXT_LAYERS 12

typedef struct {
    CwTestTensors *tensors;
    CwDtype dtype;
} Writer;

static void
add(const Writer *writer, const char *name, guint n_dims, const gint64 *dims, float mean)
{
    /* Matrices keep sums over a row at the size of one. */
    cw_test_tensors_add_random(writer->tensors, name, writer->dtype, n_dims, dims, mean,
                               n_dims > 1 ? 0.05f : 0.02f);
}

static void
add_pair(const Writer *writer, const char *prefix, const char *name, gint64 n, float mean)
{
    g_autofree char *weight = g_strconcat(prefix, name, ".weight", NULL);
    g_autofree char *bias = g_strconcat(prefix, name, ".bias", NULL);
    add(writer, weight, 1, &n, mean);
    add(writer, bias, 1, &n, 0);
}

static void
add_matrix(const Writer *writer, const char *prefix, const char *name, const char *dot,
           gint64 n_out, gint64 n_in)
{
    g_autofree char *weight = g_strconcat(prefix, name, dot, "weight", NULL);
    g_autofree char *bias = g_strconcat(prefix, name, dot, "bias", NULL);
    add(writer, weight, 2, (gint64[]){n_out, n_in}, 0);
    add(writer, bias, 1, &n_out, 0);
}

static void
add_blocks(const Writer *writer, const char *tower, gint64 n_blocks, gint64 width)
{
    for (gint64 i = 0; i < n_blocks; i++) {
        g_autofree char *block =
            g_strdup_printf("%stransformer.resblocks.%" G_GINT64_FORMAT ".", tower, i);
        add_matrix(writer, block, "attn.in_proj", "_", 3 * width, width);
        add_matrix(writer, block, "attn.out_proj", ".", width, width);
        add_pair(writer, block, "ln_1", width, 1);
        add_pair(writer, block, "ln_2", width, 1);
        add_matrix(writer, block, "mlp.c_fc", ".", 4 * width, width);
        add_matrix(writer, block, "mlp.c_proj", ".", width, 4 * width);
    }
}

static void
add_tensors(const Writer *writer, const Shape *shape)
{
    const gint64 w = shape->width, t = shape->text_width, grid = IMAGE_SIZE / shape->patch;
    add(writer, "visual.conv1.weight", 4, (gint64[]){w, 3, shape->patch, shape->patch}, 0);
    add(writer, "visual.class_embedding", 1, &w, 0);
    add(writer, "visual.positional_embedding", 2, (gint64[]){grid * grid + 1, w}, 0);
    add_pair(writer, "visual.", "ln_pre", w, 1);
    add_blocks(writer, "visual.", shape->layers, w);
    add_pair(writer, "visual.", "ln_post", w, 1);
    add(writer, "visual.proj", 2, (gint64[]){w, shape->embed}, 0);
    add(writer, "token_embedding.weight", 2, (gint64[]){VOCABULARY, t}, 0);
    add(writer, "positional_embedding", 2, (gint64[]){CONTEXT, t}, 0);
    add_blocks(writer, "", TEXT_LAYERS, t);
    add_pair(writer, "", "ln_final", t, 1);
    add(writer, "text_projection", 2, (gint64[]){t, shape->embed}, 0);
    cw_test_tensors_add_random(writer->tensors, "logit_scale", CW_DTYPE_F32, 0, NULL, 4.6052f, 0);
}

static void
write_config(const char *dir, const Shape *shape)
{
    g_autofree char *json = g_strdup_printf(
        "{\"model_cfg\":{\"embed_dim\":%d,\"quick_gelu\":true,"
        "\"vision_cfg\":{\"image_size\":%d,\"layers\":%d,\"width\":%d,\"patch_size\":%d},"
        "\"text_cfg\":{\"context_length\":%d,\"vocab_size\":%d,\"width\":%d,\"heads\":%d,"
        "\"layers\":%d}},\"preprocess_cfg\":{}}",
        (int)shape->embed, IMAGE_SIZE, (int)shape->layers, (int)shape->width, (int)shape->patch,
        CONTEXT, VOCABULARY, (int)shape->text_width, (int)shape->text_width / 64, TEXT_LAYERS);
    g_free(cw_test_write(dir, "open_clip_config.json", json, -1));
}

int
main(int argc, char **argv)
{
    static const char *const dtypes[] = {"f32", "f16", "bf16"};
    const Shape *shape = NULL;
    Writer writer = {.dtype = CW_DTYPE_F32};
    for (guint i = 0; argc > 2 && i < G_N_ELEMENTS(shapes); i++)
        if (g_str_equal(argv[2], shapes[i].name))
            shape = &shapes[i];
    for (guint i = 0; argc > 3 && i < G_N_ELEMENTS(dtypes); i++)
        if (g_str_equal(argv[3], dtypes[i]))
            writer.dtype = (CwDtype)i;
    if (!shape) {
        g_printerr("Usage: %s DIR vit-b-32|vit-b-16|vit-l-14 [f32|f16|bf16]\n", argv[0]);
        return 2;
    }
    if (g_mkdir_with_parents(argv[1], 0755) != 0) {
        g_printerr("%s: cannot be made\n", argv[1]);
        return 1;
    }
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    writer.tensors = tensors;
    add_tensors(&writer, shape);
    g_free(cw_test_tensors_write(tensors, argv[1], "open_clip_model.safetensors", NULL));
    write_config(argv[1], shape);
    return 0;
}
