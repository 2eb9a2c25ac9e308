#include "train/model.h"

#include <clipwatch/error.h>

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

static void
take_log_scale(CwTrainModel *model)
{
    model->log_scale = cw_train_parameters_take(model->parameters, NULL, "logit_scale", 0, NULL,
                                                &model->dlog_scale);
}

static void *
make_tape(gsize bytes, GError **error)
{
    void *tape = bytes ? aligned_alloc(ALIGNMENT, bytes) : NULL;
    if (!tape)
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for %" G_GSIZE_FORMAT " bytes of activations; smaller chunks or "
                    "smaller towers need less",
                    bytes);
    return tape;
}

static gboolean
build(CwTrainModel *model, CwWeights *weights, const CwTrainModelOptions *options, GError **error)
{
    CwTrainParameters *parameters = model->parameters;
    model->image = cw_train_image_new(&model->config, parameters, error);
    if (!model->image)
        return FALSE;
    model->text = cw_train_text_new(&model->config, parameters);
    take_log_scale(model);
    if (!cw_train_parameters_place(parameters, error))
        return FALSE;
    cw_train_image_take(model->image, parameters);
    cw_train_text_take(model->text, parameters);
    take_log_scale(model);
    if (options->new_names)
        cw_train_parameters_begin(parameters, options->seed);
    if (!cw_train_parameters_load(parameters, weights, options->new_names, error))
        return FALSE;
    model->image_tape = make_tape(
        cw_train_image_tape_bytes(model->image, model->max_chunk, model->max_size), error);
    if (!model->image_tape)
        return FALSE;
    model->text_tape = make_tape(cw_train_text_tape_bytes(model->text, model->max_chunk), error);
    return model->text_tape != NULL;
}

CwTrainModel *
cw_train_model_new(const CwModelConfig *config, CwWeights *weights,
                   const CwTrainModelOptions *options, GError **error)
{
    g_assert(options->max_chunk > 0 && options->max_size > 0);
    if (config->sigmoid) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                            "a model with a logit bias cannot be trained yet");
        return NULL;
    }
    CwTrainModel *model = g_new0(CwTrainModel, 1);
    model->config = *config;
    model->max_chunk = options->max_chunk;
    model->max_size = options->max_size;
    model->parameters = cw_train_parameters_new();
    if (!build(model, weights, options, error))
        g_clear_pointer(&model, cw_train_model_free);
    return model;
}

void
cw_train_model_free(CwTrainModel *model)
{
    g_clear_pointer(&model->image, cw_train_image_free);
    g_clear_pointer(&model->text, cw_train_text_free);
    cw_train_parameters_free(model->parameters);
    free(model->image_tape);
    free(model->text_tape);
    g_free(model);
}

gsize
cw_train_model_tape_bytes(const CwTrainModel *model)
{
    return cw_train_image_tape_bytes(model->image, model->max_chunk, model->max_size) +
           cw_train_text_tape_bytes(model->text, model->max_chunk);
}

/* Of a whole batch: rows of length 1, and their gradients. */
typedef struct {
    CwReal *memory;
    CwReal *images, *texts, *dimages, *dtexts; /* [n][embed_dim] */
    CwReal *image_lengths, *text_lengths;
    CwReal *scratch; /* of the loss */
} Features;

static gboolean
make_features(Features *features, gsize n, gsize m, gsize width, GError **error)
{
    gsize n_each, n_all;
    if (g_size_checked_mul(&n_each, n + m, 2 * width + 1) && g_size_checked_mul(&n_all, n, 2 * m) &&
        g_size_checked_add(&n_all, n_all, n_each))
        features->memory = g_try_new(CwReal, n_all);
    if (!features->memory) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for the features of %" G_GSIZE_FORMAT
                    " pictures and %" G_GSIZE_FORMAT " texts",
                    n, m);
        return FALSE;
    }
    features->images = features->memory;
    features->texts = features->images + n * width;
    features->dimages = features->texts + m * width;
    features->dtexts = features->dimages + n * width;
    features->image_lengths = features->dtexts + m * width;
    features->text_lengths = features->image_lengths + n;
    features->scratch = features->text_lengths + m;
    return TRUE;
}

static void
run_images(CwTrainModel *model, const CwTrainBatch *batch, gsize first, gsize n, Features *features)
{
    const gsize width = model->config.embed_dim;
    CwReal *images = features->images + first * width;
    cw_train_image_forward(model->image, model->image_tape,
                           batch->pixels + first * 3 * batch->size * batch->size, n, batch->size,
                           images);
    cw_train_normalise_forward(images, n, width, images, features->image_lengths + first);
}

static void
run_texts(CwTrainModel *model, const CwTrainBatch *batch, gsize first, gsize n, Features *features)
{
    const gsize width = model->config.embed_dim;
    CwReal *texts = features->texts + first * width;
    cw_train_text_forward(model->text, model->text_tape,
                          batch->ids + first * model->config.text.context, n, texts);
    cw_train_normalise_forward(texts, n, width, texts, features->text_lengths + first);
}

static void
go_back_images(CwTrainModel *model, const CwTrainBatch *batch, gsize first, gsize n,
               Features *features)
{
    const gsize width = model->config.embed_dim, at = first * width;
    CwReal *dimages = features->dimages + at;
    if (batch->n_images > model->max_chunk) { /* the tape holds another chunk */
        cw_train_image_keep_statistics(model->image, TRUE);
        run_images(model, batch, first, n, features);
        cw_train_image_keep_statistics(model->image, FALSE);
    }
    cw_train_normalise_backward(features->images + at, features->image_lengths + first, dimages, n,
                                width, dimages);
    cw_train_image_backward(model->image, model->image_tape, dimages, n, batch->size);
}

static void
go_back_texts(CwTrainModel *model, const CwTrainBatch *batch, gsize first, gsize n,
              Features *features)
{
    const gsize width = model->config.embed_dim, at = first * width;
    CwReal *dtexts = features->dtexts + at;
    if (batch->n_texts > model->max_chunk)
        run_texts(model, batch, first, n, features);
    cw_train_normalise_backward(features->texts + at, features->text_lengths + first, dtexts, n,
                                width, dtexts);
    cw_train_text_backward(model->text, model->text_tape, dtexts, n);
}

typedef void (*ChunkFunc)(CwTrainModel *model, const CwTrainBatch *batch, gsize first, gsize n,
                          Features *features);

static void
for_chunks(CwTrainModel *model, const CwTrainBatch *batch, gsize n, Features *features,
           ChunkFunc func)
{
    for (gsize first = 0; first < n; first += model->max_chunk)
        func(model, batch, first, MIN(model->max_chunk, n - first), features);
}

gboolean
cw_train_model_run(CwTrainModel *model, const CwTrainBatch *batch, CwReal *loss, GError **error)
{
    const gsize n = batch->n_images, m = batch->n_texts, width = model->config.embed_dim;
    Features features = {0};
    g_assert(batch->size <= model->max_size);
    if (!make_features(&features, n, m, width, error))
        return FALSE;
    memset(model->parameters->gradients, 0, model->parameters->n * sizeof(CwReal));
    for_chunks(model, batch, n, &features, run_images);
    for_chunks(model, batch, m, &features, run_texts);
    const CwTrainPairs pairs = {
        .n_images = n,
        .n_texts = m,
        .width = width,
        .images = features.images,
        .texts = features.texts,
        .image_groups = batch->image_groups,
        .text_groups = batch->text_groups,
        .log_scale = *model->log_scale,
        .smoothing = batch->smoothing,
    };
    CwTrainPairGradients gradients = {features.dimages, features.dtexts, 0, 0};
    *loss = cw_train_contrastive_loss(&pairs, features.scratch, &gradients);
    *model->dlog_scale = gradients.log_scale;
    for_chunks(model, batch, n, &features, go_back_images);
    for_chunks(model, batch, m, &features, go_back_texts);
    g_free(features.memory);
    return TRUE;
}
