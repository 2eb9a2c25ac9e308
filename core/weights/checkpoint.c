#include "weights/checkpoint.h"
#include "base/json.h"
#include "weights/config_read.h"
#include "weights/digest.h"
#include "weights/lock.h"
#include "weights/names.h"
#include "weights/shards.h"

#include <string.h>

/* Configurations are small; a vocabulary in them would be out of place. */
#define MAX_CONFIG_BYTES (1024 * 1024)

struct _CwCheckpoint {
    char *directory; /* NULL for a bare file */
    CwShards *shards;
    GPtrArray *digested; /* paths of all files that decide the mathematics, in order */
    CwModelConfig config;
    CwWeights *weights;
    const char *layout;
    CwDtype storage;
    char *digest;
};

void
cw_checkpoint_free(CwCheckpoint *checkpoint)
{
    if (!checkpoint)
        return;
    cw_weights_free(checkpoint->weights);
    cw_shards_close(checkpoint->shards);
    g_clear_pointer(&checkpoint->digested, g_ptr_array_unref);
    g_free(checkpoint->directory);
    g_free(checkpoint->digest);
    g_free(checkpoint);
}

static const CwNaming *
choose_openclip_naming(const CwModelConfig *config)
{
    switch (config->image.tower) {
    case CW_TOWER_MODIFIED_RESNET:
        return &cw_naming_openclip_resnet;
    case CW_TOWER_SIGLIP_VIT:
        return &cw_naming_openclip_siglip;
    case CW_TOWER_VIT:
        return &cw_naming_openclip_vit;
    }
    g_assert_not_reached();
}

/* The floating type of the largest share of the numbers. */
static CwDtype
find_storage(const CwShards *shards)
{
    static const CwDtype candidates[] = {CW_DTYPE_F32, CW_DTYPE_F16, CW_DTYPE_BF16, CW_DTYPE_F64};
    gsize counts[G_N_ELEMENTS(candidates)] = {0};
    guint best = 0;
    for (guint i = 0; i < cw_shards_get_n_tensors(shards); i++) {
        CwTensor tensor;
        cw_shards_get_tensor(shards, i, &tensor);
        for (guint k = 0; k < G_N_ELEMENTS(candidates); k++)
            if (tensor.dtype == candidates[k])
                counts[k] += cw_tensor_n_elements(&tensor);
    }
    for (guint k = 1; k < G_N_ELEMENTS(candidates); k++)
        if (counts[k] > counts[best])
            best = k;
    return candidates[best];
}

/* Gives every tensor its canonical name; names that no table knows are refused together. */
static gboolean
name_tensors(CwCheckpoint *checkpoint, const CwNaming *naming, GError **error)
{
    enum { MAX_NAMED = 5 };
    const char *source = cw_shards_get_source(checkpoint->shards);
    g_autoptr(GString) unknown = g_string_new(NULL);
    guint n_unknown = 0;
    checkpoint->weights = cw_weights_new(source);
    for (guint i = 0; i < cw_shards_get_n_tensors(checkpoint->shards); i++) {
        CwTensor tensor;
        const char *name = cw_shards_get_tensor(checkpoint->shards, i, &tensor);
        gboolean known;
        if (!cw_naming_add(naming, checkpoint->weights, name, &tensor, &known, error))
            return FALSE;
        if (!known && n_unknown++ < MAX_NAMED)
            g_string_append_printf(unknown, "%s'%s'", n_unknown > 1 ? ", " : "", name);
    }
    if (n_unknown == 0)
        return TRUE;
    if (n_unknown > MAX_NAMED)
        g_string_append_printf(unknown, " and %u more", n_unknown - MAX_NAMED);
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED, "%s: %s has no tensors named %s", source,
                naming->label, unknown->str);
    return FALSE;
}

static void
add_digested(CwCheckpoint *checkpoint, const char *path)
{
    g_ptr_array_add(checkpoint->digested, g_strdup(path));
}

static gboolean
open_shards(CwCheckpoint *checkpoint, const char *path, GError **error)
{
    checkpoint->shards = cw_shards_open(path, error);
    if (!checkpoint->shards)
        return FALSE;
    for (guint i = 0; i < cw_shards_get_n_files(checkpoint->shards); i++)
        add_digested(checkpoint, cw_shards_get_path(checkpoint->shards, i));
    checkpoint->storage = find_storage(checkpoint->shards);
    return TRUE;
}

static gboolean
open_openclip(CwCheckpoint *checkpoint, const char *config_path, const char *weights_path,
              GError **error)
{
    checkpoint->layout = "open_clip";
    add_digested(checkpoint, config_path);
    g_autoptr(CwJson) json = cw_json_read_file(config_path, MAX_CONFIG_BYTES, error);
    return json && cw_config_from_openclip(json, &checkpoint->config, error) &&
           open_shards(checkpoint, weights_path, error) &&
           name_tensors(checkpoint, choose_openclip_naming(&checkpoint->config), error);
}

static gboolean
open_hf(CwCheckpoint *checkpoint, const char *config_path, const char *weights_path, GError **error)
{
    checkpoint->layout = "huggingface";
    add_digested(checkpoint, config_path);
    g_autoptr(CwJson) json = cw_json_read_file(config_path, MAX_CONFIG_BYTES, error);
    if (!json)
        return FALSE;
    g_autoptr(CwJson) preprocessor = NULL;
    g_autofree char *path =
        g_build_filename(checkpoint->directory, "preprocessor_config.json", NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        preprocessor = cw_json_read_file(path, MAX_CONFIG_BYTES, error);
        if (!preprocessor)
            return FALSE;
        add_digested(checkpoint, path);
    }
    return cw_config_from_hf(json, preprocessor, &checkpoint->config, error) &&
           open_shards(checkpoint, weights_path, error) &&
           name_tensors(checkpoint, &cw_naming_hf, error);
}

static gboolean
open_bare(CwCheckpoint *checkpoint, const char *path, GError **error)
{
    checkpoint->layout = "openai";
    return open_shards(checkpoint, path, error) &&
           cw_config_infer(cw_shards_get_first(checkpoint->shards), path, &checkpoint->config,
                           error) &&
           name_tensors(checkpoint, choose_openclip_naming(&checkpoint->config), error);
}

static gboolean
open_bare_file(CwCheckpoint *checkpoint, const char *config_path, const char *weights_path,
               GError **error)
{
    return open_bare(checkpoint, weights_path, error);
}

/* The first of directory/name and directory/name.index.json that is there; or NULL. */
static char *
find_weights(const char *directory, const char *name)
{
    static const char *const suffixes[] = {"", ".index.json"};
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(name, suffixes[i], NULL);
        g_autofree char *path = g_build_filename(directory, file, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* A directory may hold both layouts, and then the weights of one alone: a layout counts when its
 * configuration and its weights are there. */
static gboolean
open_directory(CwCheckpoint *checkpoint, GError **error)
{
    static const struct {
        const char *config, *weights;
        gboolean (*open)(CwCheckpoint *, const char *, const char *, GError **);
    } layouts[] = {
        {"open_clip_config.json", "open_clip_model.safetensors", open_openclip},
        {"config.json", "model.safetensors", open_hf},
        {NULL, CW_CHECKPOINT_BARE_FILE, open_bare_file},
    };
    const char *lonely = NULL; /* the weights that a configuration lacks */
    for (guint i = 0; i < G_N_ELEMENTS(layouts); i++) {
        g_autofree char *config = g_build_filename(checkpoint->directory, layouts[i].config, NULL);
        if (layouts[i].config && !g_file_test(config, G_FILE_TEST_EXISTS))
            continue;
        g_autofree char *weights = find_weights(checkpoint->directory, layouts[i].weights);
        if (weights)
            return layouts[i].open(checkpoint, config, weights, error);
        if (!lonely && layouts[i].config)
            lonely = layouts[i].weights;
    }
    if (lonely)
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND,
                    "%s: the configuration is there but not %s (weights in other formats, such as "
                    "pickled .bin and .pt files, are not read)",
                    checkpoint->directory, lonely);
    else
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND,
                    "%s: no checkpoint: neither open_clip_config.json nor config.json is there",
                    checkpoint->directory);
    return FALSE;
}

CwCheckpoint *
cw_checkpoint_open(const char *path, GError **error)
{
    g_autoptr(CwCheckpoint) checkpoint = g_new0(CwCheckpoint, 1);
    checkpoint->digested = g_ptr_array_new_with_free_func(g_free);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND, "%s: no such file or directory", path);
        return NULL;
    }
    const gboolean is_directory = g_file_test(path, G_FILE_TEST_IS_DIR);
    if (is_directory)
        checkpoint->directory = g_strdup(path);
    if (is_directory && !cw_lock_verify(path, error))
        return NULL;
    if (!(is_directory ? open_directory(checkpoint, error) : open_bare(checkpoint, path, error)))
        return NULL;
    return g_steal_pointer(&checkpoint);
}

const CwModelConfig *
cw_checkpoint_get_config(const CwCheckpoint *checkpoint)
{
    return &checkpoint->config;
}

CwWeights *
cw_checkpoint_get_weights(CwCheckpoint *checkpoint)
{
    return checkpoint->weights;
}

const char *
cw_checkpoint_get_layout(const CwCheckpoint *checkpoint)
{
    return checkpoint->layout;
}

const char *
cw_checkpoint_get_storage(const CwCheckpoint *checkpoint)
{
    return cw_dtype_to_string(checkpoint->storage);
}

const char *
cw_checkpoint_get_directory(const CwCheckpoint *checkpoint)
{
    return checkpoint->directory;
}

const char *
cw_checkpoint_get_digest(CwCheckpoint *checkpoint, GError **error)
{
    if (checkpoint->digest)
        return checkpoint->digest;
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < checkpoint->digested->len; i++) {
        const char *path = checkpoint->digested->pdata[i];
        g_autofree char *digest = cw_digest_file(path, error);
        if (!digest)
            return NULL;
        g_autofree char *name = g_path_get_basename(path);
        g_string_append_printf(list, "%s  %s\n", digest, name);
    }
    checkpoint->digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, list->str, -1);
    return checkpoint->digest;
}
