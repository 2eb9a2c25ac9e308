#include "eval/tower.h"

#include "model/model.h"

#include <stdlib.h>

static gboolean
take_model(CwBenchTower *tower, const CwBenchOptions *options, CwRandomTower which, GError **error)
{
    tower->own_model = cw_model_open(options->model, options->precision, error);
    if (!tower->own_model)
        return FALSE;
    const CwModelInfo *info = cw_model_get_info(tower->own_model);
    tower->model = tower->own_model;
    tower->name = info->name;
    tower->config = *cw_checkpoint_get_config(tower->model->checkpoint);
    tower->image = cw_model_get_image_net(tower->model, error);
    if (!tower->image)
        return FALSE;
    if (which == CW_RANDOM_TEXT) {
        tower->text = cw_model_get_text_net(tower->model, error);
        if (!tower->text)
            return FALSE;
    }
    tower->weights_bytes = (gsize)info->n_parameters * sizeof(float);
    cw_precision_from_string(info->precision, &tower->precision);
    return TRUE;
}

static gboolean
make_random(CwBenchTower *tower, const CwBenchOptions *options, CwRandomTower which, GError **error)
{
    tower->precision =
        options->precision == CW_PRECISION_AUTO ? CW_PRECISION_F32 : options->precision;
    const CwProductType type = cw_precision_product_type(tower->precision);
    const char *shape = options->shape ? options->shape : "vit-b-32";
    if (!cw_random_config(shape, &tower->config, error))
        return FALSE;
    tower->name = tower->own_name = g_strconcat("random ", shape, NULL);
    g_autoptr(CwWeights) weights = cw_random_weights_new(&tower->config, which, &tower->own_weights,
                                                         &tower->weights_bytes, error);
    if (!weights)
        return FALSE;
    if (which == CW_RANDOM_TEXT)
        tower->text = tower->own_text = cw_text_net_new(&tower->config, weights, type, NULL, error);
    else
        tower->image = tower->own_image =
            cw_image_net_new(&tower->config, weights, type, NULL, error);
    return tower->own_text || tower->own_image;
}

gboolean
cw_bench_tower_open(CwBenchTower *tower, const CwBenchOptions *options, CwRandomTower which,
                    GError **error)
{
    if (options->model ? !take_model(tower, options, which, error)
                       : !make_random(tower, options, which, error))
        return FALSE;
    const gsize bytes = which == CW_RANDOM_TEXT
                            ? cw_text_net_scratch_bytes(tower->text, options->batch)
                            : cw_image_net_scratch_bytes(tower->image, options->batch);
    tower->run.n_threads = options->n_threads;
    tower->run.scratch = bytes > 0 ? aligned_alloc(64, (bytes + 63) & ~(gsize)63) : NULL;
    if (tower->run.scratch)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for a batch of %u", options->batch);
    return FALSE;
}

void
cw_bench_tower_clear(CwBenchTower *tower)
{
    g_clear_pointer(&tower->own_image, cw_image_net_free);
    g_clear_pointer(&tower->own_text, cw_text_net_free);
    g_clear_pointer(&tower->own_model, cw_model_unref);
    g_clear_pointer(&tower->own_weights, g_free);
    g_clear_pointer(&tower->own_name, g_free);
    g_clear_pointer(&tower->run.scratch, free);
}
