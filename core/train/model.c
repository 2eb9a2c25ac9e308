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
build(CwTrainModel *model, CwWeights *weights, GError **error)
{
    CwTrainParameters *parameters = model->parameters;
    model->vit = cw_train_vit_new(&model->config, parameters, error);
    if (!model->vit)
        return FALSE;
    model->text = cw_train_text_new(&model->config, parameters);
    take_log_scale(model);
    if (!cw_train_parameters_place(parameters, error))
        return FALSE;
    cw_train_vit_take(model->vit, parameters);
    cw_train_text_take(model->text, parameters);
    take_log_scale(model);
    if (!cw_train_parameters_load(parameters, weights, error))
        return FALSE;
    model->vit_tape = make_tape(cw_train_vit_tape_bytes(model->vit, model->max_chunk), error);
    if (!model->vit_tape)
        return FALSE;
    model->text_tape = make_tape(cw_train_text_tape_bytes(model->text, model->max_chunk), error);
    return model->text_tape != NULL;
}

CwTrainModel *
cw_train_model_new(const CwModelConfig *config, CwWeights *weights, gsize max_chunk, GError **error)
{
    g_assert(max_chunk > 0);
    if (config->sigmoid) {
        g_set_error_literal(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                            "a model with a logit bias cannot be trained yet");
        return NULL;
    }
    CwTrainModel *model = g_new0(CwTrainModel, 1);
    model->config = *config;
    model->max_chunk = max_chunk;
    model->parameters = cw_train_parameters_new();
    if (!build(model, weights, error))
        g_clear_pointer(&model, cw_train_model_free);
    return model;
}

void
cw_train_model_free(CwTrainModel *model)
{
    g_clear_pointer(&model->vit, cw_train_vit_free);
    g_clear_pointer(&model->text, cw_train_text_free);
    cw_train_parameters_free(model->parameters);
    free(model->vit_tape);
    free(model->text_tape);
    g_free(model);
}

/* Of a whole batch, [n][embed_dim]: rows of length 1, and their gradients. */
typedef struct {
    CwReal *memory;
    CwReal *images, *texts, *image_lengths, *text_lengths;
    CwReal *dimages, *dtexts;
    CwReal *scratch; /* of the loss */
} Features;

static gboolean
make_features(Features *features, gsize n, gsize width, GError **error)
{
    gsize n_each, n_all;
    if (g_size_checked_mul(&n_each, n, 4 * width + 2) && g_size_checked_mul(&n_all, n, 2 * n) &&
        g_size_checked_add(&n_all, n_all, n_each))
        features->memory = g_try_new(CwReal, n_all);
    if (!features->memory) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "no memory for the features of a batch of %" G_GSIZE_FORMAT, n);
        return FALSE;
    }
    features->images = features->memory;
    features->texts = features->images + n * width;
    features->dimages = features->texts + n * width;
    features->dtexts = features->dimages + n * width;
    features->image_lengths = features->dtexts + n * width;
    features->text_lengths = features->image_lengths + n;
    features->scratch = features->text_lengths + n;
    return TRUE;
}

/* Pairs first to first + n through both towers. */
static void
run_chunk(CwTrainModel *model, const CwTrainBatch *batch, gsize first, gsize n, Features *features)
{
    const gsize width = model->config.embed_dim, size = model->config.image.image_size;
    CwReal *images = features->images + first * width, *texts = features->texts + first * width;
    cw_train_vit_forward(model->vit, model->vit_tape, batch->pixels + first * 3 * size * size, n,
                         images);
    cw_train_text_forward(model->text, model->text_tape,
                          batch->ids + first * model->config.text.context, n, texts);
    cw_train_normalise_forward(images, n, width, images, features->image_lengths + first);
    cw_train_normalise_forward(texts, n, width, texts, features->text_lengths + first);
}

static void
go_back(CwTrainModel *model, gsize first, gsize n, Features *features)
{
    const gsize width = model->config.embed_dim, at = first * width;
    CwReal *dimages = features->dimages + at, *dtexts = features->dtexts + at;
    cw_train_normalise_backward(features->images + at, features->image_lengths + first, dimages, n,
                                width, dimages);
    cw_train_normalise_backward(features->texts + at, features->text_lengths + first, dtexts, n,
                                width, dtexts);
    cw_train_vit_backward(model->vit, model->vit_tape, dimages, n);
    cw_train_text_backward(model->text, model->text_tape, dtexts, n);
}

gboolean
cw_train_model_run(CwTrainModel *model, const CwTrainBatch *batch, CwReal *loss, GError **error)
{
    const gsize n = batch->n, width = model->config.embed_dim;
    Features features = {0};
    if (!make_features(&features, n, width, error))
        return FALSE;
    memset(model->parameters->gradients, 0, model->parameters->n * sizeof(CwReal));
    for (gsize first = 0; first < n; first += model->max_chunk)
        run_chunk(model, batch, first, MIN(model->max_chunk, n - first), &features);
    const CwTrainPairs pairs = {
        n, width, features.images, features.texts, batch->groups, .log_scale = *model->log_scale};
    CwTrainPairGradients gradients = {features.dimages, features.dtexts, 0, 0};
    *loss = cw_train_contrastive_loss(&pairs, features.scratch, &gradients);
    *model->dlog_scale = gradients.log_scale;
    for (gsize first = 0; first < n; first += model->max_chunk) {
        const gsize n_chunk = MIN(model->max_chunk, n - first);
        if (n > model->max_chunk) /* the tapes hold another chunk */
            run_chunk(model, batch, first, n_chunk, &features);
        go_back(model, first, n_chunk, &features);
    }
    g_free(features.memory);
    return TRUE;
}
