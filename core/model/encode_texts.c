/* Texts to unit vectors: what the cache has is taken from it, the rest goes through the tower in
 * batches of like length. */
#include "model/model.h"

#include <string.h>

/* A text that is still to be encoded. */
typedef struct {
    guint index;  /* into the caller's texts */
    guint length; /* in tokens, both ends included */
    gint32 *ids;  /* [context] */
} Item;

/* One batch on its way through the tower. */
typedef struct {
    gint32 *ids;        /* [max_batch][context] */
    float *embeddings;  /* [max_batch][embed_dim] */
    const char **texts; /* [max_batch] */
} Batch;

static int
compare_items(gconstpointer a, gconstpointer b)
{
    const Item *left = a, *right = b;
    if (left->length != right->length)
        return left->length < right->length ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

static gboolean
tokenize(const CwModel *model, const CwTokenizer *tokenizer, const char *text, Item *item,
         GError **error)
{
    const CwTextConfig *config = &cw_checkpoint_get_config(model->checkpoint)->text;
    if (cw_tokenizer_encode_context(tokenizer, text, config->context, config->pad_id, item->ids,
                                    &item->length, error))
        return TRUE;
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *head = g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), 60));
    g_prefix_error(error, "text '%s%s': ", head, strlen(head) < strlen(valid) ? "…" : "");
    return FALSE;
}

/* Copies what the cache holds and lists the others, tokenized. ids: [n][context]. */
static gboolean
look_up(const CwModel *model, const CwTokenizer *tokenizer, const char *const *texts, guint n,
        gint32 *ids, float *embeddings, GArray *items, GError **error)
{
    gsize context = model->info.context_length, dim = model->info.embed_dim;
    if (model->texts)
        cw_text_cache_refresh(model->texts);
    for (guint i = 0; i < n; i++) {
        Item item = {.index = i, .ids = ids + items->len * context};
        if (model->texts && cw_text_cache_get(model->texts, texts[i], embeddings + i * dim))
            continue;
        if (!tokenize(model, tokenizer, texts[i], &item, error))
            return FALSE;
        g_array_append_val(items, item);
    }
    g_array_sort(items, compare_items);
    return TRUE;
}

static gboolean
encode_batch(const CwModel *model, CwWorkspace *workspace, const Batch *batch, const Item *items,
             guint n, const char *const *texts, float *embeddings, GError **error)
{
    gsize context = model->info.context_length, dim = model->info.embed_dim;
    for (guint i = 0; i < n; i++) {
        memcpy(batch->ids + i * context, items[i].ids, context * sizeof(gint32));
        batch->texts[i] = texts[items[i].index];
    }
    if (!cw_model_encode_tokens(model, workspace, batch->ids, n, batch->embeddings, error))
        return FALSE;
    for (guint i = 0; i < n; i++)
        memcpy(embeddings + items[i].index * dim, batch->embeddings + i * dim, dim * sizeof(float));
    if (model->texts)
        cw_text_cache_put(model->texts, batch->texts, n, batch->embeddings);
    return TRUE;
}

gboolean
cw_model_encode_texts(const CwModel *model, CwWorkspace *workspace, const char *const *texts,
                      guint n, float *embeddings, GError **error)
{
    const CwTokenizer *tokenizer = cw_model_get_tokenizer(model, error);
    if (!tokenizer)
        return FALSE;
    gsize context = model->info.context_length, dim = model->info.embed_dim;
    guint max_batch = workspace->max_batch;
    g_autofree gint32 *ids = g_try_malloc_n(MAX(n, 1), context * sizeof(gint32));
    g_autofree gint32 *batch_ids = g_try_malloc_n(max_batch, context * sizeof(gint32));
    g_autofree float *batch_embeddings = g_try_malloc_n(max_batch, dim * sizeof(float));
    g_autofree const char **batch_texts = g_try_new(const char *, max_batch);
    if (!ids || !batch_ids || !batch_embeddings || !batch_texts) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory for the tokens of %u texts", n);
        return FALSE;
    }
    const Batch batch = {batch_ids, batch_embeddings, batch_texts};
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(Item));
    if (!look_up(model, tokenizer, texts, n, ids, embeddings, items, error))
        return FALSE;
    for (guint done = 0; done < items->len; done += max_batch)
        if (!encode_batch(model, workspace, &batch, &g_array_index(items, Item, done),
                          MIN(max_batch, items->len - done), texts, embeddings, error))
            return FALSE;
    return TRUE;
}
