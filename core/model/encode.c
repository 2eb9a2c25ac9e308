/* From normalised pixels and token ids to unit vectors, in memory that a workspace owns. */
#include "model/model.h"

#include <math.h>
#include <stdlib.h>

#define MAX_BATCH 4096

/* What vector instructions like their memory aligned to; a cache line. */
#define ALIGNMENT 64

static void *
allocate_scratch(gsize bytes, guint max_batch, GError **error)
{
    const gsize rounded = (bytes + ALIGNMENT - 1) & ~(gsize)(ALIGNMENT - 1);
    void *scratch =
        bytes > 0 && bytes <= G_MAXSSIZE - ALIGNMENT ? aligned_alloc(ALIGNMENT, rounded) : NULL;
    if (!scratch)
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for the activations of %u inputs at once (%" G_GSIZE_FORMAT
                    " bytes); take a smaller batch",
                    max_batch, bytes);
    return scratch;
}

CwWorkspace *
cw_workspace_new(const CwModel *model, guint max_batch, guint n_threads, GError **error)
{
    if (max_batch == 0 || max_batch > MAX_BATCH) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "a batch of %u is not between 1 and %u",
                    max_batch, MAX_BATCH);
        return NULL;
    }
    const CwImageNet *image = cw_model_get_image_net(model, error);
    if (!image)
        return NULL;
    void *scratch =
        allocate_scratch(cw_image_net_scratch_bytes(image, max_batch), max_batch, error);
    if (!scratch)
        return NULL;
    CwWorkspace *workspace = g_new0(CwWorkspace, 1);
    workspace->max_batch = max_batch;
    workspace->n_threads = n_threads;
    workspace->scratch = scratch;
    return workspace;
}

void
cw_workspace_free(CwWorkspace *workspace)
{
    if (!workspace)
        return;
    free(workspace->scratch);
    free(workspace->text_scratch);
    g_free(workspace);
}

/* A vector of zeros has no direction and stays as it is. */
static void
normalize(float *vectors, guint n, guint dim)
{
    for (guint i = 0; i < n; i++) {
        float *vector = vectors + (gsize)i * dim;
        double sum = 0;
        for (guint j = 0; j < dim; j++)
            sum += (double)vector[j] * (double)vector[j];
        double scale = sum > 0 ? 1 / sqrt(sum) : 0;
        for (guint j = 0; j < dim; j++)
            vector[j] = (float)(vector[j] * scale);
    }
}

static void
encode_pictures(const CwModel *model, CwWorkspace *workspace, CwNetPictures pictures, guint n,
                float *embeddings)
{
    g_assert(n <= workspace->max_batch);
    if (n == 0)
        return;
    const CwNetRun run = {.scratch = workspace->scratch, .n_threads = workspace->n_threads};
    cw_image_net_forward(model->image, &run, pictures, n, embeddings);
    normalize(embeddings, n, model->info.embed_dim);
}

void
cw_model_encode_rgb(const CwModel *model, CwWorkspace *workspace, const guint8 *rgb, guint n,
                    float *embeddings)
{
    encode_pictures(model, workspace, (CwNetPictures){.rgb = rgb}, n, embeddings);
}

void
cw_model_encode_images(const CwModel *model, CwWorkspace *workspace, const float *pixels, guint n,
                       float *embeddings)
{
    encode_pictures(model, workspace, (CwNetPictures){.pixels = pixels}, n, embeddings);
}

gboolean
cw_model_encode_tokens(const CwModel *model, CwWorkspace *workspace, const gint32 *ids, guint n,
                       float *embeddings, GError **error)
{
    g_assert(n <= workspace->max_batch);
    gsize context = model->info.context_length;
    for (gsize i = 0; i < n * context; i++)
        if (ids[i] < 0 || (guint)ids[i] >= model->info.vocab_size) {
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                        "text %" G_GSIZE_FORMAT ": token %" G_GSIZE_FORMAT
                        " is %d, outside the vocabulary of %u",
                        i / context, i % context, ids[i], model->info.vocab_size);
            return FALSE;
        }
    if (n == 0)
        return TRUE;
    const CwTextNet *text = cw_model_get_text_net(model, error);
    if (!text)
        return FALSE;
    if (!workspace->text_scratch)
        workspace->text_scratch = allocate_scratch(
            cw_text_net_scratch_bytes(text, workspace->max_batch), workspace->max_batch, error);
    if (!workspace->text_scratch)
        return FALSE;
    const CwNetRun run = {.scratch = workspace->text_scratch, .n_threads = workspace->n_threads};
    cw_text_net_forward(text, &run, ids, n, embeddings);
    normalize(embeddings, n, model->info.embed_dim);
    return TRUE;
}
