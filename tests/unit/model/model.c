/* A CLIP as one object: found, opened, shared, and refused with its reason. */
#include "fixture.h"

#include <clipwatch/image.h>
#include <clipwatch/model.h>

#include "base/cpu.h"
#include "base/dirs.h"
#include "base/json.h"
#include "weights/safetensors.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-5f

static CwModel *
open_starter(void)
{
    g_autoptr(GError) error = NULL;
    CwModel *model = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    return model;
}

/* The folder of the embedded model, (transfer full). */
static char *
find_starter(void)
{
    g_autoptr(GError) error = NULL;
    char *path = cw_dirs_find("models/starter", "model", &error);
    g_assert_no_error(error);
    return path;
}

/* A copy of the embedded model's files without the named one, (transfer full). */
static char *
copy_starter_without(const char *left_out)
{
    static const char *const names[] = {"open_clip_config.json", "open_clip_model.safetensors",
                                        "vocab.json", "merges.txt"};
    g_autofree char *from = find_starter();
    char *to = cw_test_make_dir();
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(from, names[i], NULL);
        g_autofree char *contents = NULL;
        gsize length;
        if (g_str_equal(names[i], left_out))
            continue;
        g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
        g_free(cw_test_write(to, names[i], contents, (gssize)length));
    }
    return to;
}

static void
test_short_name(void)
{
    g_autoptr(CwModel) model = open_starter();
    const CwModelInfo *info = cw_model_get_info(model);
    g_assert_cmpstr(info->name, ==, "starter");
    g_assert_cmpstr(info->layout, ==, "open_clip");
    g_assert_cmpstr(info->image_tower, ==, "modified_resnet");
    g_assert_cmpstr(info->activation, ==, "quick_gelu");
    g_assert_cmpstr(info->storage, ==, "f16");
    g_assert_cmpuint(info->n_parameters, ==, 6329393);
    g_assert_cmpuint(info->embed_dim, ==, 256);
    g_assert_cmpuint(strlen(info->digest), ==, 64);
    g_assert_cmpuint(strlen(info->tokenizer_digest), ==, 64);
    g_assert_true(g_path_is_absolute(info->path));
}

static void
test_unknown_name(void)
{
    GError *error = NULL;
    g_assert_null(cw_model_open("no-such-model", CW_PRECISION_AUTO, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "no-such-model",
                         "clipwatch pull no-such-model", g_getenv("CLIPWATCH_SOURCE"), NULL);
    g_assert_null(cw_model_open("", CW_PRECISION_AUTO, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "empty", NULL);
}

/* Cosines of the same pictures and texts in two precisions. */
static void
check_precision(CwPrecision precision, double least_cosine)
{
    static const char *const texts[] = {"a photo of a dog", "colour bars", "an empty street"};
    enum { N = G_N_ELEMENTS(texts) };
    GError *error = NULL;
    g_autoptr(CwModel) exact = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    g_autoptr(CwModel) fast = cw_model_open("starter", precision, &error);
    g_assert_no_error(error);
    const CwModelInfo *info = cw_model_get_info(fast);
    g_assert_cmpstr(info->precision, ==, cw_precision_to_string(precision));
    const gsize n_pixels = 3 * (gsize)info->preprocess.width * info->preprocess.height;
    g_autofree float *pixels = g_new(float, N *n_pixels);
    for (gsize i = 0; i < N * n_pixels; i++)
        pixels[i] = (float)((i / 7 * 2654435761u >> 16) % 1000) / 250 - 2;
    g_autofree float *a = g_new(float, 2 * N * info->embed_dim);
    g_autofree float *b = g_new(float, 2 * N * info->embed_dim);
    const struct {
        const CwModel *model;
        float *embeddings;
    } both[] = {{exact, a}, {fast, b}};
    for (guint i = 0; i < 2; i++) {
        g_autoptr(CwWorkspace) workspace = cw_workspace_new(both[i].model, N, 0, &error);
        g_assert_no_error(error);
        cw_model_encode_images(both[i].model, workspace, pixels, N, both[i].embeddings);
        g_assert_true(cw_model_encode_texts(both[i].model, workspace, texts, N,
                                            both[i].embeddings + N * info->embed_dim, &error));
    }
    for (guint i = 0; i < 2 * N; i++) {
        double cosine = 0;
        for (guint j = 0; j < info->embed_dim; j++)
            cosine += (double)a[i * info->embed_dim + j] * b[i * info->embed_dim + j];
        g_test_message("vector %u in %s: cosine %.6f", i, info->precision, cosine);
        g_assert_cmpfloat(cosine, >=, least_cosine);
    }
}

static void
test_precisions(void)
{
    check_precision(CW_PRECISION_BF16, 0.9995);
    check_precision(CW_PRECISION_INT8, 0.99);
}

/* What the model says of its precision, and says again. */
static void
check_claim(CwPrecision wanted, const char *expected, double least_cosine)
{
    for (guint i = 0; i < 2; i++) { /* measured, and remembered */
        g_autoptr(GError) error = NULL;
        g_autoptr(CwModel) model = cw_model_open("starter", wanted, &error);
        g_assert_no_error(error);
        const CwModelInfo *info = cw_model_get_info(model);
        g_assert_cmpstr(info->precision, ==, expected);
        g_assert_cmpfloat(info->least_cosine, >=, least_cosine);
        g_assert_cmpfloat(info->mean_cosine, >=, info->least_cosine);
        g_assert_true((info->least_cosine == 1) == g_str_equal(expected, "f32"));
    }
}

static void
test_automatic_precision(void)
{
    check_claim(CW_PRECISION_F32, "f32", 1);
    check_claim(CW_PRECISION_BF16, "bf16", 0.999);
    check_claim(CW_PRECISION_INT8, "int8", 0.99);
    if (cw_cpu_level() == CW_CPU_SCALAR)
        check_claim(CW_PRECISION_AUTO, "f32", 1);
    else
        check_claim(CW_PRECISION_AUTO, "int8", 0.99);
}

/* What one picture becomes as bytes and as normalised pixels, in every precision. */
static void
test_bytes_and_pixels(void)
{
    for (CwPrecision precision = CW_PRECISION_F32; precision <= CW_PRECISION_INT8; precision++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CwModel) model = cw_model_open("starter", precision, &error);
        g_assert_no_error(error);
        const CwModelInfo *info = cw_model_get_info(model);
        g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 2, 0, &error);
        g_assert_no_error(error);
        const gsize n = 3 * (gsize)info->preprocess.width * info->preprocess.height;
        g_autofree guint8 *rgb = g_new(guint8, 2 * n);
        g_autofree float *pixels = g_new(float, 2 * n);
        g_autofree float *from_bytes = g_new(float, 2 * info->embed_dim);
        g_autofree float *from_pixels = g_new(float, 2 * info->embed_dim);
        for (gsize i = 0; i < 2 * n; i++)
            rgb[i] = (guint8)((i / 5 * 2654435761u) >> 24);
        cw_image_normalize(&info->preprocess, rgb, 2, pixels);
        cw_model_encode_rgb(model, workspace, rgb, 2, from_bytes);
        cw_model_encode_images(model, workspace, pixels, 2, from_pixels);
        for (guint i = 0; i < 2 * info->embed_dim; i++)
            g_assert_cmpfloat(fabsf(from_bytes[i] - from_pixels[i]), <=,
                              precision == CW_PRECISION_F32 ? 2e-6 : 0.01);
    }
}

static void
test_missing_files(void)
{
    g_autofree char *path = copy_starter_without("open_clip_model.safetensors");
    GError *error = NULL;
    g_assert_null(cw_model_open(path, CW_PRECISION_AUTO, &error));
    g_assert_nonnull(strstr(error->message, path));
    g_clear_error(&error);
    cw_test_remove_dir(path);
}

static gpointer
encode_picture(gpointer data)
{
    CwModel *model = data;
    const CwPreprocess *input = &cw_model_get_info(model)->preprocess;
    const gsize n = 3 * (gsize)input->width * input->height;
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 1, 0, NULL);
    g_autofree float *pixels = g_new(float, n);
    float *embedding = g_new(float, cw_model_get_info(model)->embed_dim);
    for (gsize i = 0; i < n; i++)
        pixels[i] = (float)(i % 255) / 255 - 0.5f;
    for (guint i = 0; i < 5; i++)
        cw_model_encode_images(model, workspace, pixels, 1, embedding);
    return embedding;
}

static void
test_without_tokenizer(void)
{
    g_autofree char *path = copy_starter_without("vocab.json");
    g_autoptr(GError) none = NULL;
    GError *error = NULL;
    g_autoptr(CwModel) model = cw_model_open(path, CW_PRECISION_F32, &none);
    g_assert_no_error(none);
    g_assert_null(cw_model_get_tokenizer(model, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 1, 1, &none);
    g_assert_no_error(none);
    const char *text = "a street";
    float embedding[256];
    g_assert_false(cw_model_encode_texts(model, workspace, &text, 1, embedding, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_autoptr(CwModel) starter = open_starter();
    g_autofree float *with_one = encode_picture(starter);
    g_autofree float *without = encode_picture(model);
    for (guint i = 0; i < 256; i++)
        g_assert_cmpfloat(fabsf(with_one[i] - without[i]), <=, TOLERANCE);
    cw_test_remove_dir(path);
}

/* A starter with another tokenizer's file in the place of its own, (transfer full). */
static char *
copy_starter_with(const char *name, const char *contents)
{
    char *path = copy_starter_without("vocab.json");
    g_free(cw_test_write(path, name, contents, -1));
    return path;
}

/* A tokenizer that is not ours to read leaves the pictures; one that is broken, nothing. */
static void
test_foreign_tokenizers(void)
{
    g_autofree char *foreign = copy_starter_with("spiece.model", "\n\x05\n\x03<s>");
    g_autofree char *broken = copy_starter_with("vocab.json", "{\"a\":0}");
    g_autoptr(GError) none = NULL;
    GError *error = NULL;
    g_autoptr(CwModel) model = cw_model_open(foreign, CW_PRECISION_F32, &none);
    g_assert_no_error(none);
    g_assert_null(cw_model_get_tokenizer(model, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED, "spiece.model", "sentencepiece",
                         "pictures only", NULL);
    g_assert_null(cw_model_open(broken, CW_PRECISION_F32, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "merges.txt:2", "vocabulary", NULL);
    cw_test_remove_dir(foreign);
    cw_test_remove_dir(broken);
}

/* exp(1e9) is no factor for a cosine. */
static void
test_logit_scale(void)
{
    static const float huge = 1e9f;
    g_autoptr(GError) none = NULL;
    GError *error = NULL;
    char *path = copy_starter_without("");
    g_autofree char *file = g_build_filename(path, "open_clip_model.safetensors", NULL);
    g_autofree char *contents = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(file, &contents, &length, &none));
    {
        CwTensor tensor;
        g_autoptr(CwSafetensors) opened = cw_safetensors_open(file, &none);
        g_assert_true(cw_safetensors_find(opened, "logit_scale", &tensor));
        g_assert_cmpint(tensor.dtype, ==, CW_DTYPE_F32);
        const char *begin = NULL;
        for (gsize i = 0; i + 4 <= length && !begin; i++)
            if (memcmp(contents + i, tensor.data, 4) == 0)
                begin = contents + i;
        memcpy((char *)begin, &huge, 4);
    }
    g_free(cw_test_write(path, "open_clip_model.safetensors", contents, (gssize)length));
    g_assert_null(cw_model_open(path, CW_PRECISION_F32, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "logit_scale", NULL);
    cw_test_remove_dir(path);
    g_free(path);
}

/* Texts through the tokenizer give the golden embeddings. */
static void
test_texts(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = find_starter();
    g_autofree char *json_path = g_build_filename(folder, "golden.json", NULL);
    g_autofree char *golden_path = g_build_filename(folder, "golden.safetensors", NULL);
    g_autoptr(CwJson) json = cw_json_read_file(json_path, 1 << 20, &error);
    g_autoptr(CwSafetensors) golden = cw_safetensors_open(golden_path, &error);
    g_assert_no_error(error);
    g_autoptr(CwModel) model = open_starter();
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 4, 2, &error);
    CwJsonValue list, value;
    const void *cursor = NULL;
    const char *texts[16];
    guint n = 0;
    CwTensor tensor;
    g_assert_true(cw_json_get_array(cw_json_root(json), "texts", &list, &error));
    while (cw_json_next(list, &cursor, &value, NULL))
        g_assert_true(cw_json_value_string(value, &texts[n++], &error));
    g_assert_true(cw_safetensors_find(golden, "text_embeds", &tensor));
    g_autofree float *expected = g_new(float, cw_tensor_n_elements(&tensor));
    g_autofree float *ours = g_new(float, cw_tensor_n_elements(&tensor));
    cw_tensor_to_f32(&tensor, expected);
    /* Twice: computed, and from the cache. */
    for (guint pass = 0; pass < 2; pass++) {
        memset(ours, 0, cw_tensor_n_elements(&tensor) * sizeof *ours);
        g_assert_true(cw_model_encode_texts(model, workspace, texts, n, ours, &error));
        for (gsize i = 0; i < cw_tensor_n_elements(&tensor); i++)
            g_assert_cmpfloat(fabsf(ours[i] - expected[i]), <=, TOLERANCE);
    }
}

static void
test_long_text(void)
{
    g_autoptr(GError) none = NULL;
    GError *error = NULL;
    g_autoptr(CwModel) model = open_starter();
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 2, 1, &none);
    const char *texts[] = {"a street", "one two three four five six seven eight nine ten eleven "
                                       "twelve thirteen fourteen fifteen sixteen seventeen"};
    float embeddings[2 * 256];
    g_assert_false(cw_model_encode_texts(model, workspace, texts, 2, embeddings, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "one two three", "32", NULL);
}

static void
test_ids_are_checked(void)
{
    g_autoptr(GError) none = NULL;
    GError *error = NULL;
    g_autoptr(CwModel) model = open_starter();
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 1, 1, &none);
    gint32 ids[32] = {2046, 5, 2047};
    float embedding[256];
    g_assert_true(cw_model_encode_tokens(model, workspace, ids, 1, embedding, &error));
    ids[1] = 2048;
    g_assert_false(cw_model_encode_tokens(model, workspace, ids, 1, embedding, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "2048", NULL);
    ids[1] = -1;
    g_assert_false(cw_model_encode_tokens(model, workspace, ids, 1, embedding, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "-1", NULL);
}

static void
test_threads_agree(void)
{
    g_autoptr(CwModel) model = open_starter();
    GThread *threads[3];
    g_autofree float *first = encode_picture(model);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("encode", encode_picture, model);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autofree float *other = g_thread_join(threads[i]);
        for (guint c = 0; c < 256; c++)
            g_assert_cmpfloat(fabsf(first[c] - other[c]), <=, TOLERANCE);
    }
}

static void
test_workspace_bounds(void)
{
    g_autoptr(CwModel) model = open_starter();
    GError *error = NULL;
    g_assert_null(cw_workspace_new(model, 0, 1, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "4096", NULL);
    g_assert_null(cw_workspace_new(model, 4097, 1, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "4097", "4096", NULL);
}

int
main(int argc, char **argv)
{
    /* A cache of its own: what an earlier run kept would hide what this one computes. */
    g_autofree char *cache = cw_test_make_dir();
    g_setenv("CLIPWATCH_CACHE", cache, TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/opens the embedded model by its name", test_short_name);
    g_test_add_func("/model/says where it looked for an unknown name", test_unknown_name);
    g_test_add_func("/model/keeps its bounds in every precision", test_precisions);
    g_test_add_func("/model/measures what a precision costs", test_automatic_precision);
    g_test_add_func("/model/takes bytes as it takes pixels", test_bytes_and_pixels);
    g_test_add_func("/model/names the folder whose weights are missing", test_missing_files);
    g_test_add_func("/model/encodes pictures without a tokenizer", test_without_tokenizer);
    g_test_add_func("/model/refuses tokenizers that it cannot read", test_foreign_tokenizers);
    g_test_add_func("/model/refuses a scale beyond reason", test_logit_scale);
    g_test_add_func("/model/gives texts their golden embeddings", test_texts);
    g_test_add_func("/model/names a text that is too long", test_long_text);
    g_test_add_func("/model/checks token ids", test_ids_are_checked);
    g_test_add_func("/model/serves several threads alike", test_threads_agree);
    g_test_add_func("/model/bounds the batch of a workspace", test_workspace_bounds);
    const int status = g_test_run();
    cw_test_remove_dir(cache);
    return status;
}
