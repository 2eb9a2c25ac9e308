/* Each publisher's names lead to the canonical ones; views keep the numbers where they lie. */
#include "weights/names.h"
#include "fixture.h"

#include <string.h>

static gint64 numbers[64];

typedef struct {
    const char *original;
    guint n_dims;
    gint64 dims[4];
    const char *canonical; /* NULL: known and ignored; several: separated by spaces */
} Case;

static void
check_cases(const CwNaming *naming, const Case *cases, guint n_cases)
{
    g_autoptr(CwWeights) weights = cw_weights_new("w");
    for (guint i = 0; i < n_cases; i++) {
        g_autoptr(GError) error = NULL;
        const guint64 before = cw_weights_n_parameters(weights);
        CwTensor tensor = {numbers, CW_DTYPE_F32, cases[i].n_dims, {0}, FALSE};
        for (guint d = 0; d < cases[i].n_dims; d++)
            tensor.dims[d] = cases[i].dims[d];
        gboolean known;
        cw_naming_add(naming, weights, cases[i].original, &tensor, &known, &error);
        g_assert_no_error(error);
        g_test_message("%s", cases[i].original);
        g_assert_true(known);
        const gboolean trained = cases[i].canonical && !strstr(cases[i].original, ".running_");
        g_assert_cmpuint(cw_weights_n_parameters(weights), ==,
                         before + (trained ? cw_tensor_n_elements(&tensor) : 0));
        if (!cases[i].canonical)
            continue;
        g_auto(GStrv) names = g_strsplit(cases[i].canonical, " ", -1);
        for (char **name = names; *name; name++)
            g_assert_true(cw_weights_has(weights, *name));
    }
}

static void
test_open_clip_names_a_resnet(void)
{
    static const Case cases[] = {
        {"visual.conv3.weight", 4, {2, 1, 3, 3}, "image.stem.3.conv.weight"},
        {"visual.bn3.running_mean", 1, {2}, "image.stem.3.bn.mean"},
        {"visual.bn3.num_batches_tracked", 0, {0}, NULL},
        {"visual.layer4.12.conv2.weight", 1, {2}, "image.stage.4.block.12.2.conv.weight"},
        {"visual.layer4.12.bn2.bias", 1, {2}, "image.stage.4.block.12.2.bn.bias"},
        {"visual.layer2.0.downsample.0.weight", 1, {2}, "image.stage.2.block.0.down.conv.weight"},
        {"visual.layer2.0.downsample.1.running_var", 1, {2}, "image.stage.2.block.0.down.bn.var"},
        {"visual.attnpool.c_proj.bias", 1, {2}, "image.attnpool.out.bias"},
        {"attn_mask", 2, {1, 1}, NULL},
    };
    check_cases(&cw_naming_openclip_resnet, cases, G_N_ELEMENTS(cases));
}

static void
test_timm_names_a_siglip_tower(void)
{
    static const Case cases[] = {
        {"visual.trunk.patch_embed.proj.bias", 1, {4}, "image.patch.bias"},
        {"visual.trunk.pos_embed", 3, {1, 4, 4}, "image.position"},
        {"visual.trunk.blocks.11.attn.qkv.weight",
         2,
         {6, 2},
         "image.block.11.attn.q.weight image.block.11.attn.k.weight image.block.11.attn.v.weight"},
        {"visual.trunk.norm.weight", 1, {4}, "image.post_norm.weight"},
        {"visual.trunk.attn_pool.latent", 3, {1, 1, 4}, "image.head.probe"},
        {"visual.trunk.attn_pool.q.weight", 2, {4, 4}, "image.head.attn.q.weight"},
        {"visual.trunk.attn_pool.kv.bias", 1, {8}, "image.head.attn.k.bias image.head.attn.v.bias"},
        {"visual.trunk.attn_pool.proj.weight", 2, {4, 4}, "image.head.attn.out.weight"},
        {"visual.trunk.attn_pool.mlp.fc2.bias", 1, {4}, "image.head.mlp.fc2.bias"},
        {"text.text_projection.weight", 2, {4, 4}, "text.projection.weight"},
        {"text.text_projection.bias", 1, {4}, "text.projection.bias"},
        {"logit_bias", 1, {1}, "logit_bias"},
    };
    check_cases(&cw_naming_openclip_siglip, cases, G_N_ELEMENTS(cases));
}

static void
test_hugging_face_names_both_families(void)
{
    static const Case cases[] = {
        {"vision_model.pre_layrnorm.weight", 1, {4}, "image.pre_norm.weight"},
        {"vision_model.embeddings.patch_embedding.bias", 1, {4}, "image.patch.bias"},
        {"vision_model.embeddings.position_ids", 2, {1, 4}, NULL},
        {"vision_model.encoder.layers.26.self_attn.k_proj.bias",
         1,
         {4},
         "image.block.26.attn.k.bias"},
        {"vision_model.head.probe", 3, {1, 1, 4}, "image.head.probe"},
        {"vision_model.head.attention.in_proj_bias",
         1,
         {12},
         "image.head.attn.q.bias image.head.attn.k.bias image.head.attn.v.bias"},
        {"vision_model.head.layernorm.bias", 1, {4}, "image.head.norm.bias"},
        {"visual_projection.weight", 2, {4, 4}, "image.projection.weight"},
        {"text_model.final_layer_norm.bias", 1, {4}, "text.final_norm.bias"},
        {"text_model.head.weight", 2, {4, 4}, "text.projection.weight"},
        {"text_model.encoder.layers.0.mlp.fc1.weight", 2, {4, 4}, "text.block.0.mlp.fc1.weight"},
        {"logit_scale", 0, {0}, "logit_scale"},
    };
    check_cases(&cw_naming_hf, cases, G_N_ELEMENTS(cases));
}

static void
test_names_that_only_look_alike_are_unknown(void)
{
    static const char *const names[] = {
        "visual.transformer.resblocks.01.ln_1.weight",
        "visual.transformer.resblocks.1000.ln_1.weight",
        "visual.transformer.resblocks..ln_1.weight",
        "visual.transformer.resblocks.1.ln_1.weights",
        "visual.transformer.resblocks.1.ln_1.",
        "visual.transformer.resblocks.1.attn.in_proj_weight.lora",
        "visual.class_embeddin",
        "Visual.proj",
        "text.visual.proj",
        "",
    };
    g_autoptr(CwWeights) weights = cw_weights_new("w");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        const CwTensor tensor = {numbers, CW_DTYPE_F32, 1, {3}, FALSE};
        gboolean known = TRUE;
        g_assert_true(
            cw_naming_add(&cw_naming_openclip_vit, weights, names[i], &tensor, &known, &error));
        g_assert_no_error(error);
        g_assert_false(known);
    }
    g_assert_cmpuint(cw_weights_n_parameters(weights), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/weights/names/" #name, test_##name)
    CASE(open_clip_names_a_resnet);
    CASE(timm_names_a_siglip_tower);
    CASE(hugging_face_names_both_families);
    CASE(names_that_only_look_alike_are_unknown);
    return g_test_run();
}
