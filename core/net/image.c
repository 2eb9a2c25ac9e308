/* The image tower behind one face, whichever network it is. */
#include "net/towers.h"

struct _CwImageNet {
    CwVit *vit;
    CwModifiedResnet *resnet; /* one of the two is NULL */
    GPtrArray *owned;
};

static void
build(CwImageNet *net, const CwModelConfig *config, CwParameters *parameters)
{
    if (config->image.tower == CW_TOWER_MODIFIED_RESNET)
        net->resnet = cw_modified_resnet_new(config, parameters);
    else
        net->vit = cw_vit_new(config, parameters);
}

static void
clear_towers(CwImageNet *net)
{
    g_clear_pointer(&net->vit, cw_vit_free);
    g_clear_pointer(&net->resnet, cw_modified_resnet_free);
}

gboolean
cw_image_net_check(const CwModelConfig *config, CwWeights *weights, GError **error)
{
    CwImageNet net = {0};
    CwParameters parameters = cw_parameters_begin(weights, CW_PRODUCT_F32);
    build(&net, config, &parameters);
    clear_towers(&net);
    return cw_parameters_give_up(&parameters, error);
}

CwImageNet *
cw_image_net_new(const CwModelConfig *config, CwWeights *weights, CwProductType type,
                 const CwNetStore *store, GError **error)
{
    CwImageNet *net = g_new0(CwImageNet, 1);
    CwParameters parameters = cw_parameters_begin(weights, type);
    build(net, config, &parameters);
    clear_towers(net);
    if (!cw_parameters_place(&parameters, store, error)) {
        g_free(net);
        return NULL;
    }
    build(net, config, &parameters);
    net->owned = cw_parameters_end(&parameters, store);
    return net;
}

void
cw_image_net_free(CwImageNet *net)
{
    clear_towers(net);
    g_ptr_array_unref(net->owned);
    g_free(net);
}

static void
run_tower(const CwImageNet *net, const CwNetRun *run, CwArena *arena, CwNetPictures pictures,
          guint batch, float *features)
{
    if (net->vit)
        cw_vit_run(net->vit, run, arena, pictures, batch, features);
    else
        cw_modified_resnet_run(net->resnet, run, arena, pictures, batch, features);
}

gsize
cw_image_net_scratch_bytes(const CwImageNet *net, guint batch)
{
    CwArena arena = {0};
    run_tower(net, NULL, &arena, (CwNetPictures){0}, batch, NULL);
    return arena.failed ? 0 : arena.used;
}

void
cw_image_net_forward(const CwImageNet *net, const CwNetRun *run, CwNetPictures pictures,
                     guint batch, float *features)
{
    CwArena arena = {.memory = run->scratch};
    run_tower(net, run, &arena, pictures, batch, features);
}
