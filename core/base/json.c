#include "base/json.h"
#include "base/json_scan.h"

#include <cjson/cJSON.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

struct _CwJson {
    cJSON *root;
    char *name;
};

static gint
compare_keys(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The first key that an object holds twice, or NULL. Sorting keeps a vocabulary of a million
 * members fast, whatever its keys were chosen to collide with. */
static const char *
find_duplicate_key(const cJSON *object, GPtrArray *keys)
{
    g_ptr_array_set_size(keys, 0);
    for (const cJSON *member = object->child; member; member = member->next)
        g_ptr_array_add(keys, member->string);
    g_ptr_array_sort(keys, compare_keys);
    for (guint i = 1; i < keys->len; i++)
        if (strcmp(keys->pdata[i - 1], keys->pdata[i]) == 0)
            return keys->pdata[i];
    return NULL;
}

static gboolean
check_duplicate_keys(const CwJson *json, const cJSON *item, GPtrArray *keys, GError **error)
{
    if (cJSON_IsObject(item)) {
        const char *key = find_duplicate_key(item, keys);
        if (key) {
            g_autofree char *path = cw_json_describe((CwJsonValue){json, item, NULL}, key);
            g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s is there twice", path);
            return FALSE;
        }
    }
    for (const cJSON *child = item->child; child; child = child->next)
        if (child->child && !check_duplicate_keys(json, child, keys, error))
            return FALSE;
    return TRUE;
}

static guint
line_of(const char *text, const char *position)
{
    guint line = 1;
    while ((text = memchr(text, '\n', (gsize)(position - text))) != NULL) {
        text++;
        line++;
    }
    return line;
}

/* cJSON reads numbers with strtod() and knows only one-byte decimal points. */
static locale_t
c_locale(void)
{
    static gsize locale;
    if (g_once_init_enter(&locale))
        g_once_init_leave(&locale, (gsize)newlocale(LC_ALL_MASK, "C", (locale_t)0));
    return (locale_t)locale;
}

/* text is terminated by a NUL beyond length: cJSON before 1.7.18 looks one byte too far. */
static cJSON *
parse_terminated(const char *text, gsize length, const char *name, GError **error)
{
    if (!cw_json_scan(text, length, name, error))
        return NULL;
    const char *end = text;
    locale_t previous = uselocale(c_locale());
    cJSON *root = cJSON_ParseWithLengthOpts(text, length, &end, FALSE);
    uselocale(previous);
    if (!root) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s:%u: not valid JSON", name,
                    line_of(text, end));
        return NULL;
    }
    end += strspn(end, " \t\r\n");
    if (end != text + length) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s:%u: text after the end of the JSON value",
                    name, line_of(text, end));
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

CwJson *
cw_json_parse(const char *text, gsize length, const char *name, GError **error)
{
    if (length > CW_JSON_MAX_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                    "%s: %" G_GSIZE_FORMAT " bytes of JSON, at most %d are read", name, length,
                    CW_JSON_MAX_BYTES);
        return NULL;
    }
    g_autofree char *terminated = g_try_malloc(length + 1);
    if (!terminated) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: no memory for %" G_GSIZE_FORMAT " bytes",
                    name, length);
        return NULL;
    }
    memcpy(terminated, text, length);
    terminated[length] = '\0';

    cJSON *root = parse_terminated(terminated, length, name, error);
    if (!root)
        return NULL;
    g_autoptr(CwJson) json = g_new0(CwJson, 1);
    json->root = root;
    json->name = g_strdup(name);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    if (!check_duplicate_keys(json, root, keys, error))
        return NULL;
    return g_steal_pointer(&json);
}

CwJson *
cw_json_read_file(const char *path, gsize max_bytes, GError **error)
{
    GStatBuf status;
    if (g_stat(path, &status) == 0) {
        if (!S_ISREG(status.st_mode)) {
            g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: not a regular file", path);
            return NULL;
        }
        if ((guint64)status.st_size > max_bytes) {
            g_set_error(error, CW_ERROR, CW_ERROR_LIMIT,
                        "%s: %" G_GINT64_FORMAT " bytes, at most %" G_GSIZE_FORMAT " are read",
                        path, (gint64)status.st_size, max_bytes);
            return NULL;
        }
    }
    g_autofree char *text = NULL;
    gsize length;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, &length, &cause)) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s", cause->message);
        return NULL;
    }
    return cw_json_parse(text, length, path, error);
}

void
cw_json_free(CwJson *json)
{
    if (!json)
        return;
    cJSON_Delete(json->root);
    g_free(json->name);
    g_free(json);
}

CwJsonValue
cw_json_root(const CwJson *json)
{
    return (CwJsonValue){json, json->root, NULL};
}

const char *
cw_json_get_name(const CwJson *json)
{
    return json->name;
}
