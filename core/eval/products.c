#include "eval/products.h"

static void
add(GArray *list, gsize n_rows, gsize n_columns, gsize depth, guint count, gboolean has_weights)
{
    const CwProduct product = {n_rows, n_columns, depth, count, has_weights};
    if (count > 0)
        g_array_append_val(list, product);
}

/* Self-attention of n_queries rows a picture over n_tokens. */
static void
add_attention(GArray *list, gsize n_queries, gsize n_tokens, gsize head_width, guint count)
{
    add(list, n_queries, n_tokens, head_width, count, FALSE);
    add(list, n_queries, head_width, n_tokens, count, FALSE);
}

/* is_dense: every block for every token. */
static void
list_vit(GArray *list, const CwModelConfig *config, guint batch, gboolean is_dense)
{
    const CwImageConfig *image = &config->image;
    const gboolean siglip = image->tower == CW_TOWER_SIGLIP_VIT;
    const gsize grid = image->image_size / image->patch, width = image->width;
    const gsize n_tokens = grid * grid + (siglip ? 0 : 1), rows = batch * n_tokens;
    const gsize head_width = width / image->n_heads;
    const guint n_heads = batch * image->n_heads;
    const gboolean last_is_short = !siglip && !is_dense;
    const guint whole = last_is_short ? image->n_layers - 1 : image->n_layers;
    add(list, batch * grid * grid, width, 3 * (gsize)image->patch * image->patch, 1, TRUE);
    add(list, rows, width, width, 4 * whole, TRUE);
    add(list, rows, image->mlp_width, width, whole, TRUE);
    add(list, rows, width, image->mlp_width, whole, TRUE);
    add_attention(list, n_tokens, n_tokens, head_width, n_heads * whole);
    if (last_is_short || siglip) {
        /* The last block of CLIP, for the class token alone, or SigLIP's head. */
        add(list, rows, width, width, 2, TRUE);
        add_attention(list, 1, n_tokens, head_width, n_heads);
        add(list, batch, width, width, siglip ? 1 : 2, TRUE);
        add(list, batch, image->mlp_width, width, 1, TRUE);
        add(list, batch, width, image->mlp_width, 1, TRUE);
    }
    if (!siglip)
        add(list, batch, config->embed_dim, width, 1, TRUE);
}

static void
list_resnet(GArray *list, const CwModelConfig *config, guint batch)
{
    const CwImageConfig *image = &config->image;
    const gsize width = image->width;
    gsize side = image->image_size / 2, n_in = width;
    add(list, batch * side * side, width / 2, 27, 1, TRUE);
    add(list, batch * side * side, width / 2, 9 * width / 2, 1, TRUE);
    add(list, batch * side * side, width, 9 * width / 2, 1, TRUE);
    side /= 2;
    for (guint stage = 0; stage < 4; stage++)
        for (guint block = 0; block < image->stages[stage]; block++) {
            const gsize planes = width << stage, rows = batch * side * side;
            const gboolean halves = stage > 0 && block == 0;
            add(list, rows, planes, n_in, 1, TRUE);
            add(list, rows, planes, 9 * planes, 1, TRUE);
            side /= halves ? 2 : 1;
            add(list, batch * side * side, 4 * planes, planes, 1, TRUE);
            add(list, batch * side * side, 4 * planes, n_in, block == 0, TRUE);
            n_in = 4 * planes;
        }
    const gsize n_tokens = side * side + 1;
    add(list, batch * n_tokens, n_in, n_in, 2, TRUE);
    add(list, batch, n_in, n_in, 1, TRUE);
    add_attention(list, 1, n_tokens, n_in / image->n_heads, batch * image->n_heads);
    add(list, batch, config->embed_dim, n_in, 1, TRUE);
}

static GArray *
list_products(const CwModelConfig *config, guint batch, gboolean is_dense)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(CwProduct));
    if (config->image.tower == CW_TOWER_MODIFIED_RESNET)
        list_resnet(list, config, batch);
    else
        list_vit(list, config, batch, is_dense);
    return list;
}

GArray *
cw_products_list(const CwModelConfig *config, guint batch)
{
    return list_products(config, batch, FALSE);
}

double
cw_products_dense_flop(const CwModelConfig *config)
{
    g_autoptr(GArray) list = list_products(config, 1, TRUE);
    return cw_products_flop(list);
}

double
cw_products_flop(const GArray *products)
{
    double flop = 0;
    for (guint i = 0; i < products->len; i++) {
        const CwProduct *p = &g_array_index(products, CwProduct, i);
        flop += 2.0 * (double)p->n_rows * (double)p->n_columns * (double)p->depth * p->count;
    }
    return flop;
}
