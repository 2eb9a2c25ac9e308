/* The towers against golden models: unit embeddings within 1e-5 of an independent implementation.
 */
#include "fixture.h"

#include "base/dirs.h"
#include "net/net.h"
#include "weights/checkpoint.h"
#include "weights/safetensors.h"

#include <math.h>
#include <stdlib.h>

#define TOLERANCE 1e-5

typedef struct {
    CwCheckpoint *checkpoint;
    CwSafetensors *golden;
    CwImageNet *image;
    CwTextNet *text;
    CwNetRun run;
} Fixture;

static gboolean
open_golden(Fixture *f, const char *folder)
{
    g_autoptr(GError) error = NULL;
    /* The embedded model lies in the tree: its golden is checked wherever the tests run. */
    g_autofree char *path = g_str_has_prefix(folder, "models/")
                                ? cw_dirs_find(folder, "model", &error)
                                : cw_test_shared(folder);
    g_assert_no_error(error);
    if (!path)
        return FALSE;
    g_autofree char *golden = g_build_filename(path, "golden.safetensors", NULL);
    f->checkpoint = cw_checkpoint_open(path, &error);
    g_assert_no_error(error);
    f->golden = cw_safetensors_open(golden, &error);
    g_assert_no_error(error);
    const CwModelConfig *config = cw_checkpoint_get_config(f->checkpoint);
    CwWeights *weights = cw_checkpoint_get_weights(f->checkpoint);
    f->image = cw_image_net_new(config, weights, CW_PRODUCT_F32, NULL, &error);
    g_assert_no_error(error);
    f->text = cw_text_net_new(config, weights, CW_PRODUCT_F32, NULL, &error);
    g_assert_no_error(error);
    return TRUE;
}

static void
close_golden(Fixture *f)
{
    cw_image_net_free(f->image);
    cw_text_net_free(f->text);
    cw_safetensors_close(f->golden);
    cw_checkpoint_free(f->checkpoint);
}

static float *
read_floats(const Fixture *f, const char *name, gsize *n)
{
    CwTensor tensor;
    g_assert_true(cw_safetensors_find(f->golden, name, &tensor));
    *n = cw_tensor_n_elements(&tensor);
    float *values = g_new(float, *n);
    cw_tensor_to_f32(&tensor, values);
    return values;
}

/* [n] ids, whichever integer type they are stored in. */
static gint32 *
read_ids(const Fixture *f, gsize *n)
{
    CwTensor tensor;
    g_assert_true(cw_safetensors_find(f->golden, "input_ids", &tensor));
    *n = cw_tensor_n_elements(&tensor);
    gint32 *ids = g_new(gint32, *n);
    for (gsize i = 0; i < *n; i++)
        ids[i] = tensor.dtype == CW_DTYPE_I64 ? (gint32)((const gint64 *)tensor.data)[i]
                                              : ((const gint32 *)tensor.data)[i];
    return ids;
}

/* Largest difference between the unit vectors of features and expected. */
static double
compare(float *features, const float *expected, gsize n, gsize width)
{
    double worst = 0;
    for (gsize i = 0; i < n; i++, features += width, expected += width) {
        double length = 0;
        for (gsize c = 0; c < width; c++)
            length += (double)features[c] * features[c];
        for (gsize c = 0; c < width; c++)
            worst = MAX(worst, fabs(features[c] / sqrt(length) - expected[c]));
    }
    return worst;
}

static void *
allocate_scratch(gsize bytes)
{
    g_assert_cmpuint(bytes, >, 0);
    void *scratch = aligned_alloc(64, bytes);
    g_assert_nonnull(scratch);
    return scratch;
}

static void
check_model(gconstpointer folder)
{
    Fixture f = {0};
    if (!open_golden(&f, folder))
        return;
    const CwModelConfig *config = cw_checkpoint_get_config(f.checkpoint);
    const gsize width = config->embed_dim, context = config->text.context;
    const gsize picture = 3 * (gsize)config->image.image_size * config->image.image_size;
    gsize n_pixels, n_ids, n;
    g_autofree float *pixels = read_floats(&f, "pixel_values", &n_pixels);
    g_autofree gint32 *ids = read_ids(&f, &n_ids);
    g_autofree float *image_embeds = read_floats(&f, "image_embeds", &n);
    g_autofree float *text_embeds = read_floats(&f, "text_embeds", &n);
    const guint n_pictures = (guint)(n_pixels / picture), n_texts = (guint)(n_ids / context);
    const guint batches[] = {1, 0};

    for (guint threads = 1; threads <= 2; threads++)
        for (guint i = 0; i < G_N_ELEMENTS(batches); i++) {
            const guint images = batches[i] ? batches[i] : n_pictures;
            const guint texts = batches[i] ? batches[i] : n_texts;
            g_autofree float *features = g_new(float, MAX(images, texts) * width);
            f.run.n_threads = threads;
            f.run.scratch = allocate_scratch(cw_image_net_scratch_bytes(f.image, images));
            cw_image_net_forward(f.image, &f.run, (CwNetPictures){.pixels = pixels}, images,
                                 features);
            free(f.run.scratch);
            const double image = compare(features, image_embeds, images, width);
            f.run.scratch = allocate_scratch(cw_text_net_scratch_bytes(f.text, texts));
            cw_text_net_forward(f.text, &f.run, ids, texts, features);
            free(f.run.scratch);
            const double text = compare(features, text_embeds, texts, width);
            g_test_message("batch %u, %u threads: image %.2g, text %.2g", images, threads, image,
                           text);
            g_assert_cmpfloat(image, <=, TOLERANCE);
            g_assert_cmpfloat(text, <=, TOLERANCE);
        }
    close_golden(&f);
}

int
main(int argc, char **argv)
{
    static const char *const folders[] = {
        "reference/models/vit-hf-quickgelu",
        "reference/models/vit-hf-gelu-bf16",
        "reference/models/vit-openclip-quickgelu",
        "reference/models/vit-openclip-gelu",
        "reference/models/vit-openclip-headwidth32",
        "reference/models/vit-openclip-fullvocab-f16",
        "reference/models/resnet-openclip",
        "reference/models/resnet-openclip-f16-res96",
        "models/starter",
    };
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *name = g_strconcat("/net/golden/", folders[i], NULL);
        g_test_add_data_func(name, folders[i], check_model);
    }
    return g_test_run();
}
