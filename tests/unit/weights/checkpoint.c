/* Opening checkpoints as they are published: layouts, names, shards, digests, and what is refused.
 */
#include "weights/checkpoint.h"
#include "fixture.h"
#include "safetensors_writer.h"
#include "weights/safetensors.h"

#include <glib/gstdio.h>
#include <string.h>

static char *dir;

/* The trained numbers in a directory's safetensors file, whatever their names. */
static guint64
count_trained(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *openclip = g_build_filename(path, "open_clip_model.safetensors", NULL);
    g_autofree char *hf = g_build_filename(path, "model.safetensors", NULL);
    g_autoptr(CwSafetensors) file =
        cw_safetensors_open(g_file_test(hf, G_FILE_TEST_EXISTS) ? hf : openclip, &error);
    g_assert_no_error(error);
    guint64 n = 0;
    for (guint i = 0; i < cw_safetensors_get_n_tensors(file); i++) {
        CwTensor tensor;
        const char *name = cw_safetensors_get_tensor(file, i, &tensor);
        if (tensor.dtype <= CW_DTYPE_F64 && !strstr(name, ".running_"))
            n += cw_tensor_n_elements(&tensor);
    }
    return n;
}

/* Opens shared/relative and checks what every golden model must have; NULL when data is missing. */
static CwCheckpoint *
open_shared(const char *relative)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = cw_test_shared(relative);
    if (!path)
        return NULL;
    CwCheckpoint *checkpoint = cw_checkpoint_open(path, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(cw_checkpoint_get_directory(checkpoint), ==, path);
    CwWeights *weights = cw_checkpoint_get_weights(checkpoint);
    const CwModelConfig *config = cw_checkpoint_get_config(checkpoint);
    const CwTextConfig *text = &config->text;
    g_assert_cmpuint(cw_weights_n_parameters(weights), ==, count_trained(path));
    g_assert_nonnull(cw_weights_take(weights, "logit_scale", 0, NULL, &error));
    g_assert_nonnull(cw_weights_take(weights, "text.token", 2,
                                     (gint64[]){text->vocabulary, text->width}, &error));
    g_assert_nonnull(cw_weights_take(weights, "text.projection.weight", 2,
                                     (gint64[]){config->embed_dim, text->width}, &error));
    for (guint i = 0; i < text->n_layers; i++) {
        g_autofree char *key = g_strdup_printf("text.block.%u.attn.v.weight", i);
        g_assert_nonnull(
            cw_weights_take(weights, key, 2, (gint64[]){text->width, text->width}, &error));
    }
    g_assert_no_error(error);
    return checkpoint;
}

static void
test_every_golden_model_opens(void)
{
    static const struct {
        const char *path, *layout, *storage;
        CwTower tower;
        CwActivation activation;
        guint heads, text_heads;
        CwTextPool pool;
    } models[] = {
        {"reference/models/resnet-openclip", "open_clip", "f32", CW_TOWER_MODIFIED_RESNET,
         CW_ACTIVATION_QUICK_GELU, 4, 1, CW_TEXT_POOL_ARGMAX},
        {"reference/models/resnet-openclip-f16-res96", "open_clip", "f16", CW_TOWER_MODIFIED_RESNET,
         CW_ACTIVATION_QUICK_GELU, 4, 1, CW_TEXT_POOL_ARGMAX},
        {"reference/models/vit-hf-gelu-bf16", "huggingface", "bf16", CW_TOWER_VIT,
         CW_ACTIVATION_GELU, 2, 1, CW_TEXT_POOL_EOS},
        {"reference/models/vit-hf-quickgelu", "huggingface", "f32", CW_TOWER_VIT,
         CW_ACTIVATION_QUICK_GELU, 4, 2, CW_TEXT_POOL_EOS},
        {"reference/models/vit-openclip-fullvocab-f16", "open_clip", "f16", CW_TOWER_VIT,
         CW_ACTIVATION_QUICK_GELU, 1, 1, CW_TEXT_POOL_ARGMAX},
        {"reference/models/vit-openclip-gelu", "open_clip", "f32", CW_TOWER_VIT, CW_ACTIVATION_GELU,
         1, 1, CW_TEXT_POOL_ARGMAX},
        {"reference/models/vit-openclip-headwidth32", "open_clip", "f32", CW_TOWER_VIT,
         CW_ACTIVATION_QUICK_GELU, 3, 2, CW_TEXT_POOL_ARGMAX},
        {"reference/models/vit-openclip-quickgelu", "open_clip", "f32", CW_TOWER_VIT,
         CW_ACTIVATION_QUICK_GELU, 1, 1, CW_TEXT_POOL_ARGMAX},
    };
    for (guint i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autoptr(CwCheckpoint) checkpoint = open_shared(models[i].path);
        if (!checkpoint)
            return;
        const CwModelConfig *config = cw_checkpoint_get_config(checkpoint);
        g_test_message("%s", models[i].path);
        g_assert_cmpstr(cw_checkpoint_get_layout(checkpoint), ==, models[i].layout);
        g_assert_cmpstr(cw_checkpoint_get_storage(checkpoint), ==, models[i].storage);
        g_assert_cmpint(config->image.tower, ==, models[i].tower);
        g_assert_cmpint(config->image.activation, ==, models[i].activation);
        g_assert_cmpint(config->text.activation, ==, models[i].activation);
        g_assert_cmpuint(config->image.n_heads, ==, models[i].heads);
        g_assert_cmpuint(config->text.n_heads, ==, models[i].text_heads);
        g_assert_cmpint(config->text.pool, ==, models[i].pool);
        g_assert_true(config->text.causal);
        g_assert_false(config->sigmoid);
    }
}

static void
test_the_starter_opens(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(g_getenv("CLIPWATCH_SOURCE"), "models/starter", NULL);
    g_autoptr(CwCheckpoint) checkpoint = cw_checkpoint_open(path, &error);
    g_assert_no_error(error);
    const CwModelConfig *config = cw_checkpoint_get_config(checkpoint);
    g_assert_cmpuint(config->image.image_size, ==, 96);
    g_assert_cmpuint(config->text.context, ==, 32);
    g_assert_cmpuint(config->image.n_heads, ==, 16);
    CwWeights *weights = cw_checkpoint_get_weights(checkpoint);
    /* Half weights, full batch statistics; some of those lie misaligned and must be refused as f32
     * in place. */
    const CwTensor *mean =
        cw_weights_take(weights, "image.stage.1.block.0.down.bn.mean", 1, (gint64[]){128}, &error);
    g_assert_no_error(error);
    g_assert_cmpint(mean->dtype, ==, CW_DTYPE_F32);
    g_assert_true((cw_tensor_as_f32(mean) != NULL) ==
                  (GPOINTER_TO_SIZE(mean->data) % sizeof(float) == 0));
    g_assert_nonnull(cw_checkpoint_get_digest(checkpoint, &error));
}

static void
write_text(const char *model, const char *name, const char *text)
{
    g_free(cw_test_write(model, name, text, -1));
}

static void
write_tensors(const CwTestTensors *tensors, const char *model, const char *name)
{
    g_free(cw_test_tensors_write(tensors, model, name, NULL));
}

typedef enum { PLAIN, CUSTOM_TEXT } TextPrefix;

static void
add(CwTestTensors *tensors, const char *name, guint n_dims, const gint64 *dims)
{
    cw_test_tensors_add_random(tensors, name, CW_DTYPE_F32, n_dims, dims, 0, 0.1f);
}

static void
add_resblock(CwTestTensors *tensors, const char *prefix, gint64 width)
{
    static const struct {
        const char *name;
        guint n_dims;
        gint64 rows, columns; /* in widths */
    } table[] = {
        {"ln_1.weight", 1, 1, 0},          {"ln_1.bias", 1, 1, 0},
        {"attn.in_proj_weight", 2, 3, 1},  {"attn.in_proj_bias", 1, 3, 0},
        {"attn.out_proj.weight", 2, 1, 1}, {"attn.out_proj.bias", 1, 1, 0},
        {"ln_2.weight", 1, 1, 0},          {"ln_2.bias", 1, 1, 0},
        {"mlp.c_fc.weight", 2, 4, 1},      {"mlp.c_fc.bias", 1, 4, 0},
        {"mlp.c_proj.weight", 2, 1, 4},    {"mlp.c_proj.bias", 1, 1, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *name =
            g_strdup_printf("%stransformer.resblocks.0.%s", prefix, table[i].name);
        add(tensors, name, table[i].n_dims,
            (gint64[]){table[i].rows * width, table[i].columns * width});
    }
}

/* A ViT of one block and 64 wide in both towers, in the release's naming. */
static CwTestTensors *
make_release(TextPrefix prefix)
{
    CwTestTensors *tensors = cw_test_tensors_new();
    const char *text = prefix == CUSTOM_TEXT ? "text." : "";
    add(tensors, "visual.conv1.weight", 4, (gint64[]){64, 3, 8, 8});
    add(tensors, "visual.class_embedding", 1, (gint64[]){64});
    add(tensors, "visual.positional_embedding", 2, (gint64[]){17, 64});
    add(tensors, "visual.ln_pre.weight", 1, (gint64[]){64});
    add(tensors, "visual.ln_pre.bias", 1, (gint64[]){64});
    add(tensors, "visual.ln_post.weight", 1, (gint64[]){64});
    add(tensors, "visual.ln_post.bias", 1, (gint64[]){64});
    add(tensors, "visual.proj", 2, (gint64[]){64, 48});
    add_resblock(tensors, "visual.", 64);
    static const struct {
        const char *name;
        guint n_dims;
        gint64 dims[2];
    } texts[] = {
        {"token_embedding.weight", 2, {100, 64}},
        {"positional_embedding", 2, {12, 64}},
        {"ln_final.weight", 1, {64}},
        {"ln_final.bias", 1, {64}},
        {"text_projection", 2, {64, 48}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *name = g_strconcat(text, texts[i].name, NULL);
        add(tensors, name, texts[i].n_dims, texts[i].dims);
    }
    add_resblock(tensors, text, 64);
    add(tensors, "logit_scale", 1, (gint64[]){1});
    return tensors;
}

static void
test_a_bare_file_is_measured(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTestTensors) tensors = make_release(PLAIN);
    /* What conversions of the release's archives leave behind. */
    const gint64 number = 224;
    cw_test_tensors_add_raw(tensors, "input_resolution", CW_DTYPE_I64, 0, NULL, &number);
    cw_test_tensors_add_raw(tensors, "context_length", CW_DTYPE_I64, 0, NULL, &number);
    cw_test_tensors_add_raw(tensors, "vocab_size", CW_DTYPE_I64, 0, NULL, &number);
    g_autofree char *path = cw_test_tensors_write(tensors, dir, "release.safetensors", NULL);
    g_autoptr(CwCheckpoint) checkpoint = cw_checkpoint_open(path, &error);
    g_assert_no_error(error);
    const CwModelConfig *config = cw_checkpoint_get_config(checkpoint);
    g_assert_cmpstr(cw_checkpoint_get_layout(checkpoint), ==, "openai");
    g_assert_null(cw_checkpoint_get_directory(checkpoint));
    g_assert_cmpint(config->image.tower, ==, CW_TOWER_VIT);
    g_assert_cmpuint(config->embed_dim, ==, 48);
    g_assert_cmpuint(config->image.patch, ==, 8);
    g_assert_cmpuint(config->image.image_size, ==, 32);
    g_assert_cmpuint(config->image.width, ==, 64);
    g_assert_cmpuint(config->image.mlp_width, ==, 256);
    g_assert_cmpuint(config->image.n_layers, ==, 1);
    g_assert_cmpuint(config->image.n_heads, ==, 1);
    g_assert_cmpint(config->image.activation, ==, CW_ACTIVATION_QUICK_GELU);
    g_assert_cmpuint(config->text.context, ==, 12);
    g_assert_cmpuint(config->text.vocabulary, ==, 100);
    g_assert_cmpuint(config->preprocess.width, ==, 32);
    CwWeights *weights = cw_checkpoint_get_weights(checkpoint);
    g_assert_nonnull(cw_weights_take(weights, "logit_scale", 0, NULL, &error));
    g_assert_nonnull(
        cw_weights_take(weights, "image.projection.weight", 2, (gint64[]){48, 64}, &error));
}

static void
test_a_bare_resnet_is_measured(void)
{
    g_autofree char *shared =
        cw_test_shared("reference/models/resnet-openclip/open_clip_model.safetensors");
    if (!shared)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(CwCheckpoint) checkpoint = cw_checkpoint_open(shared, &error);
    /* Its text heads are 64 wide as well, so that everything can be inferred. */
    g_assert_no_error(error);
    const CwModelConfig *config = cw_checkpoint_get_config(checkpoint);
    g_assert_cmpint(config->image.tower, ==, CW_TOWER_MODIFIED_RESNET);
    g_assert_cmpuint(config->image.image_size, ==, 64);
    g_assert_cmpuint(config->image.width, ==, 8);
    g_assert_cmpmem(config->image.stages, sizeof config->image.stages, ((guint[]){1, 2, 1, 2}),
                    4 * sizeof(guint));
}

static void
test_the_prefix_of_custom_text_clip_changes_nothing_but_names(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTestTensors) plain = make_release(PLAIN);
    g_autoptr(CwTestTensors) custom = make_release(CUSTOM_TEXT);
    g_autofree char *plain_path = cw_test_tensors_write(plain, dir, "plain.safetensors", NULL);
    g_autofree char *custom_path = cw_test_tensors_write(custom, dir, "custom.safetensors", NULL);
    g_autoptr(CwCheckpoint) a = cw_checkpoint_open(plain_path, &error);
    g_assert_no_error(error);
    g_autoptr(CwCheckpoint) b = cw_checkpoint_open(custom_path, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(cw_checkpoint_get_config(a), sizeof(CwModelConfig), cw_checkpoint_get_config(b),
                    sizeof(CwModelConfig));
    g_assert_true(cw_weights_has(cw_checkpoint_get_weights(b), "text.block.0.attn.q.bias"));
}

static void
test_a_fused_matrix_is_three_views_and_a_projection_a_transposed_one(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTestTensors) tensors = make_release(PLAIN);
    g_autofree char *path = cw_test_tensors_write(tensors, dir, "views.safetensors", NULL);
    g_autoptr(CwSafetensors) file = cw_safetensors_open(path, &error);
    g_autoptr(CwCheckpoint) checkpoint = cw_checkpoint_open(path, &error);
    g_assert_no_error(error);
    CwWeights *weights = cw_checkpoint_get_weights(checkpoint);
    CwTensor fused;
    cw_safetensors_find(file, "transformer.resblocks.0.attn.in_proj_weight", &fused);
    g_autofree float *expected = g_new(float, 3 * 64 * 64);
    cw_tensor_to_f32(&fused, expected);
    static const char *const names[] = {"text.block.0.attn.q.weight", "text.block.0.attn.k.weight",
                                        "text.block.0.attn.v.weight"};
    for (guint i = 0; i < 3; i++) {
        const CwTensor *view = cw_weights_take(weights, names[i], 2, (gint64[]){64, 64}, &error);
        g_assert_no_error(error);
        g_autofree float *values = g_new(float, 64 * 64);
        cw_tensor_to_f32(view, values);
        g_assert_cmpmem(values, 64 * 64 * sizeof(float), expected + i * 64 * 64,
                        64 * 64 * sizeof(float));
    }
    CwTensor stored;
    cw_safetensors_find(file, "visual.proj", &stored);
    g_autofree float *matrix = g_new(float, 64 * 48);
    g_autofree float *canonical = g_new(float, 64 * 48);
    cw_tensor_to_f32(&stored, matrix);
    const CwTensor *view =
        cw_weights_take(weights, "image.projection.weight", 2, (gint64[]){48, 64}, &error);
    cw_tensor_to_f32(view, canonical);
    g_assert_cmpfloat(canonical[5 * 64 + 7], ==, matrix[7 * 48 + 5]);
}

#define CONFIG                                                                                \
    "{\"model_cfg\":{\"embed_dim\":48,\"quick_gelu\":true,\"vision_cfg\":{\"image_size\":32," \
    "\"layers\":1,\"width\":64,\"patch_size\":8},\"text_cfg\":{\"context_length\":12,"        \
    "\"vocab_size\":100,\"width\":64,\"heads\":1,\"layers\":1}}}"

static void
test_a_tensor_of_no_known_name_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *model = g_build_filename(dir, "unknown", NULL);
    write_text(model, "open_clip_config.json", CONFIG);
    g_autoptr(CwTestTensors) tensors = make_release(PLAIN);
    add(tensors, "visual.transformer.resblocks.0.ls_1.gamma", 1, (gint64[]){64});
    add(tensors, "visual.transformer.resblocks.00.ln_1.bias", 1, (gint64[]){64});
    g_autofree char *path =
        cw_test_tensors_write(tensors, model, "open_clip_model.safetensors", NULL);
    g_assert_null(cw_checkpoint_open(model, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED, path, "an open_clip ViT",
                         "'visual.transformer.resblocks.0.ls_1.gamma', "
                         "'visual.transformer.resblocks.00.ln_1.bias'",
                         NULL);
}

static void
test_a_fused_matrix_that_does_not_divide_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *model = g_build_filename(dir, "fused", NULL);
    write_text(model, "open_clip_config.json", CONFIG);
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    add(tensors, "transformer.resblocks.0.attn.in_proj_weight", 2, (gint64[]){100, 64});
    g_autofree char *path =
        cw_test_tensors_write(tensors, model, "open_clip_model.safetensors", NULL);
    g_assert_null(cw_checkpoint_open(model, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, path,
                         "in_proj_weight' holds qkv in one", "multiple of 3", NULL);
}

static void
test_files_that_are_not_there_are_named(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *nowhere = g_build_filename(dir, "nowhere", NULL);
    g_assert_null(cw_checkpoint_open(nowhere, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "nowhere: no such file", NULL);
    g_autofree char *empty = g_build_filename(dir, "empty", NULL);
    g_mkdir(empty, 0700);
    g_assert_null(cw_checkpoint_open(empty, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "neither open_clip_config.json nor",
                         NULL);
    write_text(empty, "open_clip_config.json", CONFIG);
    write_text(empty, "open_clip_pytorch_model.bin", "x");
    g_assert_null(cw_checkpoint_open(empty, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND,
                         "but not open_clip_model.safetensors", "pickled .bin", NULL);
}

static void
test_a_bare_file_in_another_naming_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    add(tensors, "vision_model.embeddings.class_embedding", 1, (gint64[]){64});
    g_autofree char *path = cw_test_tensors_write(tensors, dir, "hf.safetensors", NULL);
    g_assert_null(cw_checkpoint_open(path, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED, path,
                         "must be in the original release's naming", NULL);
}

static void
write_index(const char *model, const char *format, const char *file)
{
    g_autofree char *text = g_strdup_printf(format, file);
    write_text(model, "open_clip_model.safetensors.index.json", text);
}

static void
test_shards_are_put_together_by_their_index(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *model = g_build_filename(dir, "shards", NULL);
    write_text(model, "open_clip_config.json", CONFIG);
    g_autoptr(CwTestTensors) first = cw_test_tensors_new();
    g_autoptr(CwTestTensors) second = cw_test_tensors_new();
    add(first, "visual.proj", 2, (gint64[]){64, 48});
    add(second, "text_projection", 2, (gint64[]){64, 48});
    write_tensors(first, model, "a.safetensors");
    write_tensors(second, model, "b.safetensors");
    const char *format = "{\"metadata\":{\"total_size\":1},\"weight_map\":{"
                         "\"visual.proj\":\"a.safetensors\",\"text_projection\":\"%s\"}}";
    write_index(model, format, "b.safetensors");
    g_autoptr(CwCheckpoint) checkpoint = cw_checkpoint_open(model, &error);
    g_assert_no_error(error);
    CwWeights *weights = cw_checkpoint_get_weights(checkpoint);
    g_assert_true(cw_weights_has(weights, "image.projection.weight"));
    g_assert_true(cw_weights_has(weights, "text.projection.weight"));
    const char *digest = cw_checkpoint_get_digest(checkpoint, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(digest), ==, 64);

    static const struct {
        const char *file;
        CwErrorCode code;
        const char *fragment;
    } cases[] = {
        {"../b.safetensors", CW_ERROR_FORMAT, "weight_map.text_projection is '../b.safetensors'"},
        {"/etc/b.safetensors", CW_ERROR_FORMAT, "must be the plain name of a .safetensors file"},
        {".safetensors", CW_ERROR_FORMAT, "must be the plain name"},
        {"b.bin", CW_ERROR_FORMAT, "must be the plain name"},
        {"c.safetensors", CW_ERROR_IO, "c.safetensors"},
        {"a.safetensors", CW_ERROR_FORMAT, "tensor 'text_projection' is not in a.safetensors"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        write_index(model, format, cases[i].file);
        g_assert_null(cw_checkpoint_open(model, &error));
        cw_test_expect_error(&error, CW_ERROR, (int)cases[i].code, cases[i].fragment, NULL);
    }
    write_index(model, "{\"weight_map\":{\"visual.proj\":\"%s\"}}", "a.safetensors");
    add(first, "more", 1, (gint64[]){1});
    write_tensors(first, model, "a.safetensors");
    g_assert_null(cw_checkpoint_open(model, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "lists 1 tensors, its files hold 2",
                         NULL);
    write_index(model, "{\"weight_map\":{}}%s", "");
    g_assert_null(cw_checkpoint_open(model, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "weight_map is empty", NULL);
}

static void
test_the_layout_with_weights_wins_where_both_are_configured(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *model = g_build_filename(dir, "both", NULL);
    write_text(model, "config.json", "{\"model_type\":\"clip\"}");
    write_text(model, "open_clip_config.json", CONFIG);
    g_autoptr(CwTestTensors) tensors = cw_test_tensors_new();
    add(tensors, "logit_scale", 0, NULL);
    write_tensors(tensors, model, "model.safetensors");
    g_autoptr(CwCheckpoint) checkpoint = cw_checkpoint_open(model, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(cw_checkpoint_get_layout(checkpoint), ==, "huggingface");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    dir = cw_test_make_dir();
#define CASE(name) g_test_add_func("/weights/checkpoint/" #name, test_##name)
    CASE(every_golden_model_opens);
    CASE(the_starter_opens);
    CASE(a_bare_file_is_measured);
    CASE(a_bare_resnet_is_measured);
    CASE(the_prefix_of_custom_text_clip_changes_nothing_but_names);
    CASE(a_fused_matrix_is_three_views_and_a_projection_a_transposed_one);
    CASE(a_tensor_of_no_known_name_is_refused);
    CASE(a_fused_matrix_that_does_not_divide_is_refused);
    CASE(files_that_are_not_there_are_named);
    CASE(a_bare_file_in_another_naming_is_refused);
    CASE(shards_are_put_together_by_their_index);
    CASE(the_layout_with_weights_wins_where_both_are_configured);
    const int status = g_test_run();
    cw_test_remove_dir(dir);
    g_free(dir);
    return status;
}
