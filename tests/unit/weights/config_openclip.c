/* open_clip's configurations: what each key means, and every refusal with its place. */
#include "fixture.h"
#include "weights/config_read.h"

#include <string.h>

/* Extra members for each object, every one with a comma before it. */
typedef struct {
    const char *model, *vision, *text, *preprocess;
} Extra;

static char *
make_config(Extra extra)
{
    return g_strdup_printf(
        "{\"model_cfg\":{\"embed_dim\":512,"
        "\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":32%s},"
        "\"text_cfg\":{\"context_length\":77,\"vocab_size\":49408,\"width\":512,\"heads\":8,"
        "\"layers\":12%s}%s},\"preprocess_cfg\":{\"mode\":\"RGB\"%s}}",
        extra.vision ? extra.vision : "", extra.text ? extra.text : "",
        extra.model ? extra.model : "", extra.preprocess ? extra.preprocess : "");
}

static gboolean
read_text(const char *text, CwModelConfig *config, GError **error)
{
    g_autoptr(CwJson) json = cw_json_parse(text, strlen(text), "o.json", error);
    return json && cw_config_from_openclip(json, config, error);
}

static CwModelConfig
read_good(Extra extra)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = make_config(extra);
    CwModelConfig config;
    read_text(text, &config, &error);
    g_assert_no_error(error);
    return config;
}

static void
test_the_keys_of_a_vit_are_read(void)
{
    const CwModelConfig config = read_good((Extra){
        .model = ",\"quick_gelu\":true,\"custom_text\":true",
        .vision = ",\"head_width\":96,\"mlp_ratio\":4.9231,\"patch_dropout\":0.5",
        .text = ",\"mlp_ratio\":2,\"no_causal_mask\":true,\"pool_type\":\"last\","
                "\"proj_bias\":true,\"pad_id\":1,\"norm_kwargs\":{\"eps\":1e-6},"
                "\"hf_tokenizer_name\":\"timm/x\",\"tokenizer_kwargs\":{\"clean\":\"lower\"}",
    });
    g_assert_cmpuint(config.embed_dim, ==, 512);
    g_assert_cmpint(config.image.tower, ==, CW_TOWER_VIT);
    g_assert_cmpuint(config.image.image_size, ==, 224);
    g_assert_cmpuint(config.image.patch, ==, 32);
    g_assert_cmpuint(config.image.n_layers, ==, 12);
    g_assert_cmpuint(config.image.n_heads, ==, 8);
    g_assert_cmpuint(config.image.mlp_width, ==, 3780); /* int(768 * 4.9231) */
    g_assert_cmpint(config.image.activation, ==, CW_ACTIVATION_QUICK_GELU);
    g_assert_cmpfloat(config.image.norm_eps, ==, 1e-5f);
    g_assert_cmpint(config.text.activation, ==, CW_ACTIVATION_QUICK_GELU);
    g_assert_cmpuint(config.text.mlp_width, ==, 1024);
    g_assert_cmpfloat(config.text.norm_eps, ==, 1e-6f);
    g_assert_false(config.text.causal);
    g_assert_true(config.text.projection_bias);
    g_assert_cmpint(config.text.pool, ==, CW_TEXT_POOL_LAST);
    g_assert_cmpint(config.text.pad_id, ==, 1);
    g_assert_false(config.sigmoid);
}

static void
test_the_mlp_widths_of_the_large_towers_come_out(void)
{
    static const struct {
        guint width;
        const char *ratio;
        guint mlp_width;
    } towers[] = {{1408, "4.3637", 6144}, {1664, "4.9231", 8192}, {1152, "3.7362", 4304}};
    for (guint i = 0; i < G_N_ELEMENTS(towers); i++) {
        g_autofree char *config_text = g_strdup_printf(
            "{\"model_cfg\":{\"embed_dim\":8,\"vision_cfg\":{\"width\":%u,\"mlp_ratio\":%s,"
            "\"head_width\":%u},\"text_cfg\":{}}}",
            towers[i].width, towers[i].ratio, towers[i].width / 8);
        g_autoptr(GError) error = NULL;
        CwModelConfig config;
        read_text(config_text, &config, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(config.image.mlp_width, ==, towers[i].mlp_width);
    }
}

static void
test_an_absent_activation_is_open_clips_own_default(void)
{
    g_assert_cmpint(read_good((Extra){0}).image.activation, ==, CW_ACTIVATION_GELU);
    g_assert_cmpint(read_good((Extra){.model = ",\"quick_gelu\":false"}).text.activation, ==,
                    CW_ACTIVATION_GELU);
    const CwModelConfig config =
        read_good((Extra){.text = ",\"act_kwargs\":{\"approximate\":\"tanh\"}"});
    g_assert_cmpint(config.text.activation, ==, CW_ACTIVATION_GELU_TANH);
    g_assert_cmpint(config.image.activation, ==, CW_ACTIVATION_GELU);
}

static void
test_a_resnet_has_four_stages(void)
{
    g_autoptr(GError) error = NULL;
    CwModelConfig config;
    read_text("{\"model_cfg\":{\"embed_dim\":640,\"quick_gelu\":true,\"vision_cfg\":{"
              "\"image_size\":[288,288],\"layers\":[4,6,10,6],\"width\":80,\"patch_size\":null},"
              "\"text_cfg\":{\"width\":640,\"heads\":10}}}",
              &config, &error);
    g_assert_no_error(error);
    g_assert_cmpint(config.image.tower, ==, CW_TOWER_MODIFIED_RESNET);
    g_assert_cmpuint(config.image.stages[2], ==, 10);
    g_assert_cmpuint(config.image.n_heads, ==, 40);
    g_assert_cmpuint(config.image.image_size, ==, 288);
    g_assert_cmpuint(config.text.vocabulary, ==, 49408);
}

static void
test_siglip_is_known_by_its_timm_name(void)
{
    g_autoptr(GError) error = NULL;
    CwModelConfig config;
    read_text("{\"model_cfg\":{\"embed_dim\":1152,\"init_logit_bias\":-10,\"custom_text\":true,"
              "\"vision_cfg\":{\"image_size\":384,\"timm_model_name\":"
              "\"vit_so400m_patch14_siglip_384\",\"timm_model_pretrained\":false,"
              "\"timm_pool\":\"map\",\"timm_proj\":\"none\"},"
              "\"text_cfg\":{\"context_length\":64,\"vocab_size\":32000,\"width\":1152,"
              "\"heads\":16,\"layers\":27,\"mlp_ratio\":3.7362,\"no_causal_mask\":true,"
              "\"proj_bias\":true,\"pool_type\":\"last\",\"norm_kwargs\":{\"eps\":1e-6}}}}",
              &config, &error);
    g_assert_no_error(error);
    g_assert_cmpint(config.image.tower, ==, CW_TOWER_SIGLIP_VIT);
    g_assert_cmpuint(config.image.width, ==, 1152);
    g_assert_cmpuint(config.image.n_layers, ==, 27);
    g_assert_cmpuint(config.image.n_heads, ==, 16);
    g_assert_cmpuint(config.image.patch, ==, 14);
    g_assert_cmpuint(config.image.mlp_width, ==, 4304);
    g_assert_cmpfloat(config.image.norm_eps, ==, 1e-6f);
    g_assert_true(config.sigmoid);
    g_assert_cmpint(config.preprocess.resize_mode, ==, CW_RESIZE_SQUASH);
    g_assert_cmpfloat(config.preprocess.mean[0], ==, 0.5f);
}

static void
test_preprocessing_is_read_or_openais(void)
{
    const CwPreprocess openai = read_good((Extra){0}).preprocess;
    g_assert_cmpuint(openai.width, ==, 224);
    g_assert_cmpint(openai.interpolation, ==, CW_INTERPOLATION_BICUBIC);
    g_assert_cmpint(openai.resize_mode, ==, CW_RESIZE_SHORTEST);
    g_assert_cmpfloat(openai.mean[1], ==, 0.4578275f);
    const CwPreprocess own =
        read_good((Extra){.preprocess = ",\"size\":[224,224],\"mean\":[0,0.25,0.5],\"std\":1,"
                                        "\"interpolation\":\"bilinear\",\"resize_mode\":\"squash\","
                                        "\"fill_color\":0"})
            .preprocess;
    g_assert_cmpint(own.interpolation, ==, CW_INTERPOLATION_BILINEAR);
    g_assert_cmpint(own.resize_mode, ==, CW_RESIZE_SQUASH);
    g_assert_cmpfloat(own.mean[1], ==, 0.25f);
    g_assert_cmpfloat(own.std[2], ==, 1);
}

static void
test_what_is_not_implemented_is_refused_with_its_path(void)
{
    static const struct {
        Extra extra;
        CwErrorCode code;
        const char *fragment;
    } cases[] = {
        {{.model = ",\"new_thing\":1"},
         CW_ERROR_UNSUPPORTED,
         "o.json: model_cfg.new_thing is not a known key and may change the network"},
        {{.model = ",\"multimodal_cfg\":{\"width\":1}"},
         CW_ERROR_UNSUPPORTED,
         "model_cfg.multimodal_cfg asks for a CoCa decoder"},
        {{.model = ",\"quick_gelu\":1"}, CW_ERROR_FORMAT, "quick_gelu is 1, must be true or false"},
        {{.vision = ",\"ls_init_value\":0.1"},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.ls_init_value asks for layer scale"},
        {{.vision = ",\"no_ln_pre\":true"},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.no_ln_pre asks for a ViT without"},
        {{.vision = ",\"pool_type\":\"avg\""},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.pool_type 'avg' is not supported, 'tok' is"},
        {{.vision = ",\"attentional_pool\":\"parallel\""},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.attentional_pool asks for CoCa's"},
        {{.vision = ",\"pos_embed_type\":\"sin_cos_2d\""},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.pos_embed_type 'sin_cos_2d'"},
        {{.vision = ",\"timm_model_name\":\"convnext_base\""},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.timm_model_name 'convnext_base' is not supported"},
        {{.vision = ",\"timm_model_name\":\"vit_base_patch16_siglip_gap_224\""},
         CW_ERROR_UNSUPPORTED,
         "vit_base_patch16_siglip_gap_224"},
        {{.vision = ",\"timm_model_name\":\"vit_base_patch16_siglip_224\""},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.timm_pool must be map"},
        {{.vision = ",\"timm_model_name\":\"vit_base_patch16_siglip_224\",\"timm_pool\":\"map\""},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.timm_proj must be none"},
        {{.vision = ",\"timm_model_name\":\"vit_base_patch16_siglip_224\",\"timm_pool\":\"map\","
                    "\"timm_proj\":\"none\""},
         CW_ERROR_FORMAT,
         "the image tower is 768 wide and has no projection, but the embedding is 512"},
        {{.vision = ",\"head_width\":100"},
         CW_ERROR_FORMAT,
         "o.json: image width 768 does not divide into 7 heads"},
        {{.vision = ",\"head_width\":1000"},
         CW_ERROR_FORMAT,
         "o.json: image width 768 does not divide into 0 heads"},
        {{.vision = ",\"act_kwargs\":{\"approximate\":\"fast\"}"},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.act_kwargs.approximate must be none or tanh"},
        {{.vision = ",\"act_kwargs\":{\"approximate\":\"tanh\"}", .model = ",\"quick_gelu\":true"},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.act_kwargs.approximate contradicts quick_gelu"},
        {{.vision = ",\"norm_kwargs\":{\"elementwise_affine\":false}"},
         CW_ERROR_UNSUPPORTED,
         "vision_cfg.norm_kwargs.elementwise_affine is not a known key"},
        {{.vision = ",\"norm_kwargs\":{\"eps\":\"1e-6\"}"},
         CW_ERROR_FORMAT,
         "vision_cfg.norm_kwargs.eps is the string \"1e-6\""},
        {{.vision = ",\"norm_kwargs\":{\"eps\":0}"},
         CW_ERROR_FORMAT,
         "vision_cfg.norm_kwargs.eps is 0, must be a number from 1e-12 to 0.1"},
        {{.vision = ",\"mlp_ratio\":100"}, CW_ERROR_FORMAT, "vision_cfg.mlp_ratio is 100"},
        {{.text = ",\"hf_model_name\":\"roberta-base\""},
         CW_ERROR_UNSUPPORTED,
         "text_cfg.hf_model_name asks for a text tower of another family"},
        {{.text = ",\"embed_cls\":true"}, CW_ERROR_UNSUPPORTED, "text_cfg.embed_cls asks for"},
        {{.text = ",\"pool_type\":\"first\""},
         CW_ERROR_UNSUPPORTED,
         "text_cfg.pool_type must be argmax, eos or last"},
        {{.text = ",\"proj_type\":\"none\""}, CW_ERROR_UNSUPPORTED, "text_cfg.proj_type 'none'"},
        {{.text = ",\"pool_type\":\"eos\",\"eos_id\":49408"},
         CW_ERROR_FORMAT,
         "o.json: the end token 49408 that texts are pooled at is not in the vocabulary of 49408"},
        {{.text = ",\"pad_id\":-1"}, CW_ERROR_FORMAT, "text_cfg.pad_id is -1"},
        {{.preprocess = ",\"size\":336"},
         CW_ERROR_UNSUPPORTED,
         "preprocess_cfg.size is 336 but the network's input is 224"},
        {{.preprocess = ",\"size\":[224,336]"},
         CW_ERROR_UNSUPPORTED,
         "preprocess_cfg.size is not square"},
        {{.preprocess = ",\"mean\":[0.5,0.5]"},
         CW_ERROR_UNSUPPORTED,
         "preprocess_cfg.mean must hold three numbers"},
        {{.preprocess = ",\"std\":[1,1,0]"}, CW_ERROR_FORMAT, "preprocess_cfg.std[2] is 0"},
        {{.preprocess = ",\"interpolation\":\"nearest\""},
         CW_ERROR_UNSUPPORTED,
         "preprocess_cfg.interpolation must be"},
        {{.preprocess = ",\"resize_mode\":\"longest\""},
         CW_ERROR_UNSUPPORTED,
         "preprocess_cfg.resize_mode must be shortest or squash"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = make_config(cases[i].extra);
        CwModelConfig config;
        g_assert_false(read_text(text, &config, &error));
        cw_test_expect_error(&error, CW_ERROR, (int)cases[i].code, "o.json", cases[i].fragment,
                             NULL);
    }
}

static void
test_missing_and_impossible_sizes_are_refused(void)
{
    static const struct {
        const char *vision, *text;
        CwErrorCode code;
        const char *fragment;
    } cases[] = {
        {"{\"width\":0}", "{}", CW_ERROR_FORMAT,
         "vision_cfg.width is 0, must be a whole number from 1 to 16384"},
        {"{\"layers\":\"12\"}", "{}", CW_ERROR_FORMAT, "vision_cfg.layers is the string \"12\""},
        {"{\"layers\":[1,2,3]}", "{}", CW_ERROR_UNSUPPORTED,
         "vision_cfg.layers must be one number or four"},
        {"{\"layers\":[1,2,3,0]}", "{}", CW_ERROR_FORMAT, "vision_cfg.layers[3] is 0"},
        {"{\"layers\":129}", "{}", CW_ERROR_FORMAT, "vision_cfg.layers is 129"},
        {"{\"layers\":[1,1,1,1],\"image_size\":100}", "{}", CW_ERROR_FORMAT,
         "image size 100 is no multiple of 32"},
        {"{\"layers\":[1,1,1,1],\"width\":7,\"head_width\":7}", "{}", CW_ERROR_FORMAT,
         "image width 7 is odd"},
        {"{\"layers\":[1,1,1,1],\"width\":1024}", "{}", CW_ERROR_FORMAT,
         "image width is 1024, must be from 2 to 512"},
        {"{\"image_size\":[224,320]}", "{}", CW_ERROR_UNSUPPORTED,
         "vision_cfg.image_size is not square"},
        {"{\"image_size\":[224]}", "{}", CW_ERROR_UNSUPPORTED,
         "vision_cfg.image_size must be one number or two"},
        {"{\"image_size\":2048,\"patch_size\":4}", "{}", CW_ERROR_LIMIT,
         "262144 patches of 4 pixels in 2048 are too many"},
        {"{\"patch_size\":225}", "{}", CW_ERROR_FORMAT, "patch size is 225"},
        {"{\"mlp_ratio\":0.01,\"width\":64}", "{}", CW_ERROR_FORMAT, "image MLP width is 0"},
        {"{}", "{\"heads\":7}", CW_ERROR_FORMAT, "text width 512 does not divide into 7 heads"},
        {"{}", "{\"context_length\":100000}", CW_ERROR_FORMAT, "text_cfg.context_length is 100000"},
        {"{}", "[]", CW_ERROR_FORMAT, "model_cfg.text_cfg is an array, must be an object"},
        {"{}", "null", CW_ERROR_FORMAT, "model_cfg.text_cfg is missing"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text =
            g_strdup_printf("{\"model_cfg\":{\"embed_dim\":8,\"vision_cfg\":%s,\"text_cfg\":%s}}",
                            cases[i].vision, cases[i].text);
        CwModelConfig config;
        g_assert_false(read_text(text, &config, &error));
        cw_test_expect_error(&error, CW_ERROR, (int)cases[i].code, "o.json", cases[i].fragment,
                             NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/weights/config_openclip/" #name, test_##name)
    CASE(the_keys_of_a_vit_are_read);
    CASE(the_mlp_widths_of_the_large_towers_come_out);
    CASE(an_absent_activation_is_open_clips_own_default);
    CASE(a_resnet_has_four_stages);
    CASE(siglip_is_known_by_its_timm_name);
    CASE(preprocessing_is_read_or_openais);
    CASE(what_is_not_implemented_is_refused_with_its_path);
    CASE(missing_and_impossible_sizes_are_refused);
    return g_test_run();
}
