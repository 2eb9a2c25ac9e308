#include "weights/shards.h"
#include "base/json.h"

#include <string.h>

#define MAX_INDEX_BYTES (16 * 1024 * 1024)

struct _CwShards {
    char *source;
    GPtrArray *files; /* of CwSafetensors */
    GPtrArray *paths;
    guint n_tensors;
};

static void
close_file(gpointer file)
{
    cw_safetensors_close(file);
}

void
cw_shards_close(CwShards *shards)
{
    if (!shards)
        return;
    g_ptr_array_unref(shards->files);
    g_ptr_array_unref(shards->paths);
    g_free(shards->source);
    g_free(shards);
}

static const CwSafetensors *
add_file(CwShards *shards, const char *path, GError **error)
{
    CwSafetensors *file = cw_safetensors_open(path, error);
    if (!file)
        return NULL;
    g_ptr_array_add(shards->files, file);
    g_ptr_array_add(shards->paths, g_strdup(path));
    shards->n_tensors += cw_safetensors_get_n_tensors(file);
    return file;
}

/* An index comes from outside: it must not lead out of its directory. */
static gboolean
is_plain_name(const char *name)
{
    return strchr(name, '/') == NULL && name[0] != '.' && g_str_has_suffix(name, ".safetensors");
}

/* The shard of that name, opened when it is seen first. */
static const CwSafetensors *
find_file(CwShards *shards, CwJsonValue place, const char *name, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(shards->source);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    for (guint i = 0; i < shards->paths->len; i++)
        if (g_str_equal(shards->paths->pdata[i], path))
            return shards->files->pdata[i];
    g_autofree char *where = cw_json_describe(place, NULL);
    if (!is_plain_name(name)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s is '%s', must be the plain name of a .safetensors file in the same "
                    "directory",
                    where, name);
        return NULL;
    }
    if (shards->files->len == CW_SHARDS_MAX_FILES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s is one file more than the limit of %d",
                    where, CW_SHARDS_MAX_FILES);
        return NULL;
    }
    return add_file(shards, path, error);
}

static gboolean
read_index(CwShards *shards, GError **error)
{
    g_autoptr(CwJson) index = cw_json_read_file(shards->source, MAX_INDEX_BYTES, error);
    CwJsonValue map, value;
    if (!index || !cw_json_get_object(cw_json_root(index), "weight_map", &map, error))
        return FALSE;
    const void *cursor = NULL;
    const char *tensor, *name;
    guint n_listed = 0;
    while (cw_json_next(map, &cursor, &value, &tensor)) {
        CwTensor view;
        if (!cw_json_value_string(value, &name, error))
            return FALSE;
        const CwSafetensors *file = find_file(shards, value, name, error);
        if (!file)
            return FALSE;
        if (!cw_safetensors_find(file, tensor, &view)) {
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: tensor '%s' is not in %s",
                        shards->source, tensor, name);
            return FALSE;
        }
        n_listed++;
    }
    if (n_listed == 0) {
        g_autofree char *where = cw_json_describe(map, NULL);
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s is empty", where);
        return FALSE;
    }
    if (n_listed == shards->n_tensors)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s lists %u tensors, its files hold %u",
                shards->source, n_listed, shards->n_tensors);
    return FALSE;
}

CwShards *
cw_shards_open(const char *path, GError **error)
{
    g_autoptr(CwShards) shards = g_new0(CwShards, 1);
    shards->source = g_strdup(path);
    shards->files = g_ptr_array_new_with_free_func(close_file);
    shards->paths = g_ptr_array_new_with_free_func(g_free);
    if (!(g_str_has_suffix(path, ".index.json") ? read_index(shards, error)
                                                : add_file(shards, path, error) != NULL))
        return NULL;
    return g_steal_pointer(&shards);
}

const char *
cw_shards_get_source(const CwShards *shards)
{
    return shards->source;
}

const CwSafetensors *
cw_shards_get_first(const CwShards *shards)
{
    return shards->files->pdata[0];
}

guint
cw_shards_get_n_files(const CwShards *shards)
{
    return shards->files->len;
}

const char *
cw_shards_get_path(const CwShards *shards, guint i)
{
    return shards->paths->pdata[i];
}

guint
cw_shards_get_n_tensors(const CwShards *shards)
{
    return shards->n_tensors;
}

const char *
cw_shards_get_tensor(const CwShards *shards, guint i, CwTensor *tensor)
{
    for (guint k = 0; k < shards->files->len; k++) {
        const CwSafetensors *file = shards->files->pdata[k];
        const guint n = cw_safetensors_get_n_tensors(file);
        if (i < n)
            return cw_safetensors_get_tensor(file, i, tensor);
        i -= n;
    }
    g_assert_not_reached();
}
