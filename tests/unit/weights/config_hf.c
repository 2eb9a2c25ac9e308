/* Hugging Face's configurations: omitted defaults, old files, SigLIP, and every refusal. */
#include "fixture.h"
#include "weights/config_read.h"

#include <string.h>

static gboolean
read_both(const char *text, const char *preprocessor, CwModelConfig *config, GError **error)
{
    g_autoptr(CwJson) json = cw_json_parse(text, strlen(text), "config.json", error);
    g_autoptr(CwJson) other =
        preprocessor ? cw_json_parse(preprocessor, strlen(preprocessor), "pre.json", error) : NULL;
    g_assert_nonnull(json);
    g_assert_true(!preprocessor || other);
    return cw_config_from_hf(json, other, config, error);
}

static CwModelConfig
read_good(const char *text, const char *preprocessor)
{
    g_autoptr(GError) error = NULL;
    CwModelConfig config;
    read_both(text, preprocessor, &config, &error);
    g_assert_no_error(error);
    return config;
}

static void
test_all_of_clip_may_be_omitted(void)
{
    const CwModelConfig config = read_good("{\"model_type\":\"clip\"}", NULL);
    g_assert_cmpuint(config.embed_dim, ==, 512);
    g_assert_cmpint(config.image.tower, ==, CW_TOWER_VIT);
    g_assert_cmpuint(config.image.patch, ==, 32);
    g_assert_cmpuint(config.image.width, ==, 768);
    g_assert_cmpuint(config.image.mlp_width, ==, 3072);
    g_assert_cmpuint(config.image.n_heads, ==, 12);
    g_assert_cmpint(config.image.activation, ==, CW_ACTIVATION_QUICK_GELU);
    g_assert_cmpuint(config.text.width, ==, 512);
    g_assert_cmpuint(config.text.n_heads, ==, 8);
    g_assert_cmpuint(config.text.mlp_width, ==, 2048);
    g_assert_true(config.text.causal);
    g_assert_cmpint(config.text.pool, ==, CW_TEXT_POOL_EOS);
    g_assert_cmpint(config.text.eos_id, ==, 49407);
    g_assert_false(config.sigmoid);
    g_assert_cmpint(config.preprocess.resize_mode, ==, CW_RESIZE_SHORTEST);
}

static void
test_an_end_token_of_2_means_the_largest_id(void)
{
    const CwModelConfig config = read_good("{\"model_type\":\"clip\",\"text_config\":{"
                                           "\"eos_token_id\":2,\"hidden_act\":\"gelu\"}}",
                                           NULL);
    g_assert_cmpint(config.text.pool, ==, CW_TEXT_POOL_ARGMAX);
    g_assert_cmpint(config.text.activation, ==, CW_ACTIVATION_GELU);
    g_assert_cmpint(config.image.activation, ==, CW_ACTIVATION_QUICK_GELU);
}

static void
test_the_dict_of_an_old_file_wins_and_is_filled_up_with_defaults(void)
{
    const CwModelConfig config =
        read_good("{\"model_type\":\"clip\",\"projection_dim\":768,"
                  "\"text_config\":{\"hidden_size\":512,\"num_hidden_layers\":3,\"top_p\":1.0},"
                  "\"text_config_dict\":{\"hidden_size\":768,\"num_attention_heads\":12,"
                  "\"intermediate_size\":3072,\"projection_dim\":768},\"vision_config_dict\":null}",
                  NULL);
    g_assert_cmpuint(config.embed_dim, ==, 768);
    g_assert_cmpuint(config.text.width, ==, 768);
    g_assert_cmpuint(config.text.n_layers, ==, 12);
}

static void
test_siglip_has_its_own_defaults(void)
{
    const CwModelConfig config =
        read_good("{\"model_type\":\"siglip\",\"text_config\":{\"model_type\":"
                  "\"siglip_text_model\"},\"vision_config\":{\"image_size\":256}}",
                  NULL);
    g_assert_cmpint(config.image.tower, ==, CW_TOWER_SIGLIP_VIT);
    g_assert_cmpuint(config.embed_dim, ==, 768);
    g_assert_cmpuint(config.image.patch, ==, 16);
    g_assert_cmpint(config.image.activation, ==, CW_ACTIVATION_GELU_TANH);
    g_assert_cmpfloat(config.image.norm_eps, ==, 1e-6f);
    g_assert_cmpuint(config.text.context, ==, 64);
    g_assert_cmpuint(config.text.vocabulary, ==, 32000);
    g_assert_false(config.text.causal);
    g_assert_cmpint(config.text.pool, ==, CW_TEXT_POOL_LAST);
    g_assert_cmpint(config.text.pad_id, ==, 1);
    g_assert_true(config.text.projection_bias);
    g_assert_true(config.sigmoid);
    g_assert_cmpint(config.preprocess.resize_mode, ==, CW_RESIZE_SQUASH);
    g_assert_cmpuint(config.preprocess.width, ==, 256);
}

static void
test_the_preprocessor_is_read(void)
{
    static const char clip[] = "{\"model_type\":\"clip\"}";
    const CwPreprocess old =
        read_good(clip, "{\"crop_size\":224,\"do_center_crop\":true,\"do_normalize\":true,"
                        "\"do_resize\":true,\"feature_extractor_type\":\"CLIPFeatureExtractor\","
                        "\"image_mean\":[0.5,0.4,0.3],\"image_std\":[0.2,0.3,0.4],\"resample\":3,"
                        "\"size\":224}")
            .preprocess;
    g_assert_cmpint(old.interpolation, ==, CW_INTERPOLATION_BICUBIC);
    g_assert_cmpint(old.resize_mode, ==, CW_RESIZE_SHORTEST);
    g_assert_cmpfloat(old.mean[2], ==, 0.3f);
    const CwPreprocess crop =
        read_good(clip, "{\"size\":{\"shortest_edge\":224},\"crop_size\":{\"height\":224,"
                        "\"width\":224},\"resample\":2,\"rescale_factor\":0.00392156862745098}")
            .preprocess;
    g_assert_cmpint(crop.interpolation, ==, CW_INTERPOLATION_BILINEAR);
    g_assert_cmpint(crop.resize_mode, ==, CW_RESIZE_SHORTEST);
    const CwPreprocess squash = read_good(clip, "{\"size\":{\"height\":224,\"width\":224},"
                                                "\"do_normalize\":false}")
                                    .preprocess;
    g_assert_cmpint(squash.resize_mode, ==, CW_RESIZE_SQUASH);
    g_assert_cmpfloat(squash.mean[0], ==, 0);
    g_assert_cmpfloat(squash.std[0], ==, 1);
}

static void
test_a_preprocessor_that_does_something_else_is_refused(void)
{
    static const struct {
        const char *text;
        CwErrorCode code;
        const char *fragment;
    } cases[] = {
        {"{\"size\":256}", CW_ERROR_UNSUPPORTED,
         "pre.json: size is 256 but the network's input is 224"},
        {"{\"size\":{\"shortest_edge\":256}}", CW_ERROR_UNSUPPORTED, "size.shortest_edge is 256"},
        {"{\"size\":{\"longest_edge\":224}}", CW_ERROR_UNSUPPORTED,
         "size.longest_edge is not a known key"},
        {"{\"size\":{\"height\":224,\"width\":448}}", CW_ERROR_UNSUPPORTED, "size.width is 448"},
        {"{\"crop_size\":200}", CW_ERROR_UNSUPPORTED, "crop_size is 200"},
        {"{\"crop_size\":{\"height\":200,\"width\":224}}", CW_ERROR_UNSUPPORTED,
         "crop_size.height is 200"},
        {"{\"do_center_crop\":false}", CW_ERROR_UNSUPPORTED, "do_center_crop is false"},
        {"{\"do_resize\":false}", CW_ERROR_UNSUPPORTED, "do_resize is false"},
        {"{\"do_rescale\":false}", CW_ERROR_UNSUPPORTED, "do_rescale is false"},
        {"{\"rescale_factor\":0.5}", CW_ERROR_UNSUPPORTED, "rescale_factor is not 1/255"},
        {"{\"resample\":0}", CW_ERROR_UNSUPPORTED, "resample must be 2"},
        {"{\"resample\":\"bicubic\"}", CW_ERROR_FORMAT, "resample is the string"},
        {"{\"do_pad\":true}", CW_ERROR_UNSUPPORTED, "do_pad asks for padding"},
        {"{\"do_sharpen\":true}", CW_ERROR_UNSUPPORTED, "do_sharpen is not a known key"},
        {"[]", CW_ERROR_FORMAT, "pre.json is an array, must be an object"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        CwModelConfig config;
        g_assert_false(read_both("{\"model_type\":\"clip\"}", cases[i].text, &config, &error));
        cw_test_expect_error(&error, CW_ERROR, (int)cases[i].code, "pre.json", cases[i].fragment,
                             NULL);
    }
}

static void
test_what_is_not_implemented_is_refused_with_its_path(void)
{
    static const struct {
        const char *text;
        CwErrorCode code;
        const char *fragment;
    } cases[] = {
        {"{}", CW_ERROR_FORMAT, "config.json: model_type is missing"},
        {"[]", CW_ERROR_FORMAT, "config.json is an array, must be an object"},
        {"{\"model_type\":\"siglip2\"}", CW_ERROR_UNSUPPORTED,
         "model_type 'siglip2' is not supported: clip and siglip are"},
        {"{\"model_type\":\"clip\",\"new_thing\":0}", CW_ERROR_UNSUPPORTED,
         "new_thing is not a known key"},
        {"{\"model_type\":\"clip\",\"quantization_config\":{\"bits\":4}}", CW_ERROR_UNSUPPORTED,
         "quantization_config asks for quantized weights"},
        {"{\"model_type\":\"clip\",\"text_config\":[]}", CW_ERROR_FORMAT,
         "text_config is an array, must be an object"},
        {"{\"model_type\":\"clip\",\"text_config\":{\"rope_theta\":1}}", CW_ERROR_UNSUPPORTED,
         "text_config.rope_theta is not a known key"},
        {"{\"model_type\":\"clip\",\"text_config\":{\"hidden_act\":\"relu\"}}",
         CW_ERROR_UNSUPPORTED, "text_config.hidden_act 'relu' is not supported"},
        {"{\"model_type\":\"clip\",\"vision_config\":{\"pruned_heads\":{\"0\":[1]}}}",
         CW_ERROR_UNSUPPORTED, "vision_config.pruned_heads asks for pruned heads"},
        {"{\"model_type\":\"clip\",\"vision_config\":{\"num_channels\":4}}", CW_ERROR_FORMAT,
         "vision_config.num_channels is 4"},
        {"{\"model_type\":\"clip\",\"vision_config\":{\"hidden_size\":1.5}}", CW_ERROR_FORMAT,
         "vision_config.hidden_size is 1.5, must be a whole number"},
        {"{\"model_type\":\"clip\",\"vision_config\":{\"layer_norm_eps\":1}}", CW_ERROR_FORMAT,
         "vision_config.layer_norm_eps is 1, must be a number from 1e-12 to 0.1"},
        {"{\"model_type\":\"clip\",\"vision_config\":{\"num_attention_heads\":7}}", CW_ERROR_FORMAT,
         "image width 768 does not divide into 7 heads"},
        {"{\"model_type\":\"clip\",\"text_config\":{\"vocab_size\":1000}}", CW_ERROR_FORMAT,
         "the end token 49407 that texts are pooled at is not in the vocabulary of 1000"},
        {"{\"model_type\":\"siglip\",\"vision_config\":{\"vision_use_head\":false}}",
         CW_ERROR_UNSUPPORTED, "vision_config.vision_use_head is false"},
        {"{\"model_type\":\"siglip\",\"vision_config\":{\"hidden_size\":384}}", CW_ERROR_FORMAT,
         "the image tower is 384 wide and has no projection, but the embedding is 768"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        CwModelConfig config;
        g_assert_false(read_both(cases[i].text, NULL, &config, &error));
        cw_test_expect_error(&error, CW_ERROR, (int)cases[i].code, "config.json", cases[i].fragment,
                             NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/weights/config_hf/" #name, test_##name)
    CASE(all_of_clip_may_be_omitted);
    CASE(an_end_token_of_2_means_the_largest_id);
    CASE(the_dict_of_an_old_file_wins_and_is_filled_up_with_defaults);
    CASE(siglip_has_its_own_defaults);
    CASE(the_preprocessor_is_read);
    CASE(a_preprocessor_that_does_something_else_is_refused);
    CASE(what_is_not_implemented_is_refused_with_its_path);
    return g_test_run();
}
