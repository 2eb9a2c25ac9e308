/* The image tower behind one face, whichever network it is. */
#include "net/towers.h"

struct _CwImageNet {
    CwVit *vit;
    CwModifiedResnet *resnet; /* one of the two is NULL */
    GPtrArray *owned;
};

CwImageNet *
cw_image_net_new(const CwModelConfig *config, CwWeights *weights, GError **error)
{
    g_autoptr(CwImageNet) net = g_new0(CwImageNet, 1);
    CwParameters parameters = {.weights = weights, .owned = cw_parameters_new_owned()};
    net->owned = parameters.owned;
    if (config->image.tower == CW_TOWER_MODIFIED_RESNET)
        net->resnet = cw_modified_resnet_new(config, &parameters);
    else
        net->vit = cw_vit_new(config, &parameters);
    if (parameters.error) {
        g_propagate_error(error, parameters.error);
        return NULL;
    }
    return g_steal_pointer(&net);
}

void
cw_image_net_free(CwImageNet *net)
{
    g_clear_pointer(&net->vit, cw_vit_free);
    g_clear_pointer(&net->resnet, cw_modified_resnet_free);
    g_ptr_array_unref(net->owned);
    g_free(net);
}

static void
run_tower(const CwImageNet *net, const CwNetRun *run, CwArena *arena, const float *pixels,
          guint batch, float *features)
{
    if (net->vit)
        cw_vit_run(net->vit, run, arena, pixels, batch, features);
    else
        cw_modified_resnet_run(net->resnet, run, arena, pixels, batch, features);
}

gsize
cw_image_net_scratch_bytes(const CwImageNet *net, guint batch)
{
    CwArena arena = {0};
    run_tower(net, NULL, &arena, NULL, batch, NULL);
    return arena.failed ? 0 : arena.used;
}

void
cw_image_net_forward(const CwImageNet *net, const CwNetRun *run, const float *pixels, guint batch,
                     float *features)
{
    CwArena arena = {.memory = run->scratch};
    run_tower(net, run, &arena, pixels, batch, features);
}
