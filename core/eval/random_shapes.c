#include "eval/random_weights.h"

#include <string.h>

#define N_LAYERS_TEXT 12

typedef struct {
    const char *name;
    CwImageConfig image;
    guint embed_dim, text_width, text_heads;
} Shape;

static const Shape shapes[] = {
    {"vit-b-32",
     {.tower = CW_TOWER_VIT, .patch = 32, .width = 768, .n_layers = 12, .n_heads = 12},
     512,
     512,
     8},
    {"vit-b-16",
     {.tower = CW_TOWER_VIT, .patch = 16, .width = 768, .n_layers = 12, .n_heads = 12},
     512,
     512,
     8},
    {"vit-l-14",
     {.tower = CW_TOWER_VIT, .patch = 14, .width = 1024, .n_layers = 24, .n_heads = 16},
     768,
     768,
     12},
    {"rn50",
     {.tower = CW_TOWER_MODIFIED_RESNET, .width = 64, .stages = {3, 4, 6, 3}, .n_heads = 32},
     1024,
     512,
     8},
};

static void
fill_in(const Shape *shape, CwModelConfig *config)
{
    *config = (CwModelConfig){
        .embed_dim = shape->embed_dim,
        .image = shape->image,
        .text = {.context = 77,
                 .vocabulary = 49408,
                 .width = shape->text_width,
                 .n_layers = N_LAYERS_TEXT,
                 .n_heads = shape->text_heads,
                 .mlp_width = 4 * shape->text_width,
                 .activation = CW_ACTIVATION_QUICK_GELU,
                 .norm_eps = 1e-5f,
                 .causal = TRUE,
                 .pool = CW_TEXT_POOL_ARGMAX,
                 .eos_id = 49407},
        .preprocess = {.width = 224,
                       .height = 224,
                       .interpolation = CW_INTERPOLATION_BICUBIC,
                       .resize_mode = CW_RESIZE_SHORTEST,
                       .mean = {0.48145466f, 0.4578275f, 0.40821073f},
                       .std = {0.26862954f, 0.26130258f, 0.27577711f}},
    };
    config->image.image_size = 224;
    config->image.mlp_width = 4 * shape->image.width;
    config->image.activation = CW_ACTIVATION_QUICK_GELU;
    config->image.norm_eps = 1e-5f;
}

gboolean
cw_random_config(const char *shape, CwModelConfig *config, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(shapes); i++)
        if (g_str_equal(shape, shapes[i].name)) {
            fill_in(&shapes[i], config);
            return TRUE;
        }
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "shape '%s' is none of " CW_RANDOM_SHAPES,
                shape);
    return FALSE;
}
