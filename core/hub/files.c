#include "hub/files.h"
#include "weights/lock.h"
#include "weights/shards.h"

#include <string.h>

/* Fetched beside the weights where they are listed. */
static const char *const companions[] = {
    "tokenizer.json",
    "vocab.json",
    "merges.txt",
    "bpe_simple_vocab_16e6.txt.gz",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "preprocessor_config.json",
    "README.md",
    "LICENSE",
};

void
cw_hub_files_clear(CwHubFiles *files)
{
    g_clear_pointer(&files->files, g_ptr_array_unref);
    files->index = NULL;
}

static gboolean
add_listed(CwHubFiles *files, GHashTable *listed, const char *name)
{
    if (!g_hash_table_contains(listed, name))
        return FALSE;
    g_ptr_array_add(files->files, g_strdup(name));
    return TRUE;
}

static gboolean
add_weights(CwHubFiles *files, GHashTable *listed, const char *name)
{
    g_autofree char *index = g_strconcat(name, ".index.json", NULL);
    if (add_listed(files, listed, name))
        return TRUE;
    if (!add_listed(files, listed, index))
        return FALSE;
    files->index = files->files->pdata[files->files->len - 1];
    return TRUE;
}

static gboolean
refuse_repository(const char *id, GHashTable *listed, GError **error)
{
    GHashTableIter iter;
    gpointer name;
    const char *pickled = NULL;
    g_hash_table_iter_init(&iter, listed);
    while (!pickled && g_hash_table_iter_next(&iter, &name, NULL))
        if (g_str_has_suffix(name, ".bin") || g_str_has_suffix(name, ".pt"))
            pickled = name;
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "%s holds no CLIP checkpoint in safetensors form (open_clip_config.json with "
                "open_clip_model.safetensors, or config.json with model.safetensors)%s",
                id,
                pickled ? "; its pickled weights are never read, for they can hold programs" : "");
    return FALSE;
}

gboolean
cw_hub_files_choose(const char *id, GHashTable *listed, CwHubFiles *files, GError **error)
{
    static const struct {
        const char *config, *weights;
    } layouts[] = {
        {"open_clip_config.json", "open_clip_model.safetensors"},
        {"config.json", "model.safetensors"},
    };
    gboolean found = FALSE;
    files->files = g_ptr_array_new_with_free_func(g_free);
    files->index = NULL;
    for (guint i = 0; !found && i < G_N_ELEMENTS(layouts); i++)
        found = g_hash_table_contains(listed, layouts[i].config) &&
                add_weights(files, listed, layouts[i].weights) &&
                add_listed(files, listed, layouts[i].config);
    if (!found) {
        cw_hub_files_clear(files);
        return refuse_repository(id, listed, error);
    }
    for (guint i = 0; i < G_N_ELEMENTS(companions); i++)
        add_listed(files, listed, companions[i]);
    return TRUE;
}

gboolean
cw_hub_files_add_shards(CwHubFiles *files, const CwJson *index, GHashTable *listed, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    CwJsonValue map, value;
    const void *cursor = NULL;
    if (!cw_json_get_object(cw_json_root(index), "weight_map", &map, error))
        return FALSE;
    while (cw_json_next(map, &cursor, &value, NULL)) {
        const char *name;
        if (!cw_json_value_string(value, &name, error))
            return FALSE;
        if (!g_hash_table_add(seen, (gpointer)name))
            continue;
        g_autofree char *place = cw_json_describe(value, NULL);
        if (!cw_lock_is_plain_name(name) || !g_str_has_suffix(name, ".safetensors")) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                        "%s: '%s' is not the plain name of a safetensors file", place, name);
            return FALSE;
        }
        if (g_hash_table_size(seen) > CW_SHARDS_MAX_FILES) {
            g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: more than %d files", place,
                        CW_SHARDS_MAX_FILES);
            return FALSE;
        }
        if (!add_listed(files, listed, name)) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: '%s' is not in the repository",
                        place, name);
            return FALSE;
        }
    }
    return TRUE;
}
