#include "classify/calibration.h"

#include "base/json.h"
#include "base/json_write.h"

#include <math.h>

#define MAX_BYTES (64 * 1024 * 1024)
#define PLACES    6

static void
write_text(GString *json, const char *key, const char *text)
{
    cw_json_write_key(json, key);
    cw_json_write_string(json, text);
}

static void
write_number(GString *json, const char *key, double value)
{
    cw_json_write_key(json, key);
    cw_json_write_decimal(json, value, PLACES);
}

static void
write_count(GString *json, const char *key, guint64 count)
{
    cw_json_write_key(json, key);
    cw_json_write_uint(json, count);
}

static void
write_usual(GString *json, const CwCalibratedSet *set, const CwUsual *usual)
{
    cw_json_write_key(json, "classes");
    g_string_append_c(json, '[');
    for (guint c = 0; c < set->n_classes; c++) {
        g_string_append(json, c > 0 ? ",\n{" : "\n{");
        write_text(json, "label_id", set->ids[c]);
        if (usual) {
            write_number(json, "mean", usual[c].mean);
            write_number(json, "spread", usual[c].spread);
        }
        g_string_append_c(json, '}');
    }
    g_string_append_c(json, ']');
}

static void
write_fit(GString *json, const CwCalibratedSet *set)
{
    cw_json_write_key(json, "fit");
    if (!isfinite(set->temperature)) {
        g_string_append(json, "null");
        return;
    }
    g_string_append_c(json, '{');
    write_number(json, "temperature", set->temperature);
    write_number(json, "offset", set->offset);
    write_number(json, "least_z", set->least_z);
    write_count(json, "positive", set->n_positive);
    write_count(json, "negative", set->n_negative);
    g_string_append_c(json, '}');
}

static void
write_set(GString *json, const CwCalibratedSet *set)
{
    g_string_append_c(json, '{');
    write_text(json, "set", set->name);
    write_text(json, "texts", set->text_digest);
    write_text(json, "templates", set->template_digest);
    write_fit(json, set);
    write_usual(json, set, set->usual);
    cw_json_write_key(json, "cameras");
    g_string_append_c(json, '[');
    for (guint i = 0; i < set->cameras->len; i++) {
        const CwCalibratedCamera *camera = set->cameras->pdata[i];
        g_string_append(json, i > 0 ? ",\n{" : "\n{");
        write_text(json, "stream", camera->stream);
        write_count(json, "decisions", camera->n_decisions);
        write_usual(json, set, camera->usual);
        g_string_append_c(json, '}');
    }
    g_string_append(json, "]}");
}

void
cw_calibration_write(const CwCalibration *calibration, GString *json)
{
    g_string_append_c(json, '{');
    write_text(json, "schema", CW_CALIBRATION_SCHEMA);
    write_text(json, "model", calibration->model_digest);
    write_text(json, "preprocess", calibration->preprocess_digest);
    cw_json_write_key(json, "sets");
    g_string_append_c(json, '[');
    for (guint i = 0; i < calibration->sets->len; i++) {
        g_string_append(json, i > 0 ? ",\n" : "\n");
        write_set(json, calibration->sets->pdata[i]);
    }
    g_string_append(json, "]}\n");
}

gboolean
cw_calibration_save(const CwCalibration *calibration, const char *path, GError **error)
{
    g_autoptr(GString) json = g_string_new(NULL);
    g_autoptr(GError) fault = NULL;
    cw_calibration_write(calibration, json);
    if (g_file_set_contents(path, json->str, (gssize)json->len, &fault))
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, fault->message);
    return FALSE;
}

/* A number that must be there. */
static gboolean
read_number(CwJsonValue object, const char *key, double min, double max, double *out,
            GError **error)
{
    if (!cw_json_get_double_or(object, key, min, max, NAN, out, error))
        return FALSE;
    if (!isnan(*out))
        return TRUE;
    g_autofree char *place = cw_json_describe(object, key);
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s is missing", place);
    return FALSE;
}

/* classes of object to usual[n_classes]; their ids, in order, are those of the set. */
static gboolean
read_usual(CwJsonValue object, const CwCalibratedSet *set, CwUsual *usual, GError **error)
{
    CwJsonValue classes, class;
    const void *cursor = NULL;
    guint n = 0;
    if (!cw_json_get_array(object, "classes", &classes, error))
        return FALSE;
    for (; cw_json_next(classes, &cursor, &class, NULL); n++) {
        const char *id;
        if (!cw_json_get_string(class, "label_id", &id, error))
            return FALSE;
        if (n < set->n_classes && g_str_equal(id, set->ids[n])) {
            if (!read_number(class, "mean", -1.01, 1.01, &usual[n].mean, error) ||
                !read_number(class, "spread", 1e-6, 2, &usual[n].spread, error))
                return FALSE;
            continue;
        }
        n = set->n_classes + 1;
        break;
    }
    if (n == set->n_classes)
        return TRUE;
    g_autofree char *place = cw_json_describe(object, "classes");
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: not the classes of set '%s'", place,
                set->name);
    return FALSE;
}

static gboolean
read_camera(CwJsonValue object, CwCalibratedSet *set, GError **error)
{
    gint64 n_decisions;
    const char *stream;
    g_autofree CwUsual *usual = g_new0(CwUsual, set->n_classes);
    if (!cw_json_get_string(object, "stream", &stream, error) ||
        !cw_json_get_int(object, "decisions", 1, G_MAXINT64, &n_decisions, error) ||
        !read_usual(object, set, usual, error))
        return FALSE;
    CwCalibratedCamera *camera = g_new0(CwCalibratedCamera, 1);
    camera->stream = g_strdup(stream);
    camera->n_decisions = (guint64)n_decisions;
    camera->usual = g_steal_pointer(&usual);
    g_ptr_array_add(set->cameras, camera);
    return TRUE;
}

static gboolean
read_cameras(CwJsonValue object, CwCalibratedSet *set, GError **error)
{
    CwJsonValue cameras, camera;
    const void *cursor = NULL;
    if (!cw_json_get_array(object, "cameras", &cameras, error))
        return FALSE;
    while (cw_json_next(cameras, &cursor, &camera, NULL))
        if (!read_camera(camera, set, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_fit(CwJsonValue object, CwCalibratedSet *set, GError **error)
{
    const CwJsonValue fit = cw_json_member(object, "fit");
    gint64 n_positive, n_negative;
    if (!cw_json_is_present(fit))
        return TRUE;
    set->usual = g_new0(CwUsual, set->n_classes);
    if (!read_number(fit, "temperature", 1e-6, 1e6, &set->temperature, error) ||
        !read_number(fit, "offset", -1e6, 1e6, &set->offset, error) ||
        !read_number(fit, "least_z", -1e6, 1e6, &set->least_z, error) ||
        !cw_json_get_int(fit, "positive", 0, G_MAXINT64, &n_positive, error) ||
        !cw_json_get_int(fit, "negative", 0, G_MAXINT64, &n_negative, error) ||
        !read_usual(object, set, set->usual, error))
        return FALSE;
    set->n_positive = (guint64)n_positive;
    set->n_negative = (guint64)n_negative;
    return TRUE;
}

/* The ids of the set's classes, in order. (transfer full) */
static char **
read_ids(CwJsonValue object, guint *n_classes, GError **error)
{
    CwJsonValue classes, class;
    const void *cursor = NULL;
    if (!cw_json_get_array(object, "classes", &classes, error))
        return NULL;
    *n_classes = 0;
    g_auto(GStrv) ids = g_new0(char *, cw_json_length(classes) + 1);
    while (cw_json_next(classes, &cursor, &class, NULL)) {
        const char *id;
        if (!cw_json_get_string(class, "label_id", &id, error))
            return NULL;
        ids[(*n_classes)++] = g_strdup(id);
    }
    return g_steal_pointer(&ids);
}

static gboolean
read_set(CwCalibration *calibration, CwJsonValue object, GError **error)
{
    CwPromptSet stub = {0};
    if (!cw_json_get_string(object, "set", &stub.name, error) ||
        !cw_json_get_string(object, "texts", &stub.text_digest, error) ||
        !cw_json_get_string(object, "templates", &stub.template_digest, error))
        return FALSE;
    guint n_classes;
    char **ids = read_ids(object, &n_classes, error);
    if (!ids)
        return FALSE;
    if (cw_calibration_find_set(calibration, stub.name)) {
        g_strfreev(ids);
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: a second set '%s'", calibration->name,
                    stub.name);
        return FALSE;
    }
    CwCalibratedSet *set = cw_calibration_take_set(calibration, &stub);
    g_strfreev(set->ids);
    set->ids = ids;
    set->n_classes = n_classes;
    return read_fit(object, set, error) && read_cameras(object, set, error);
}

static CwCalibration *
read_document(const CwJson *document, const char *name, GError **error)
{
    const CwJsonValue root = cw_json_root(document);
    const char *schema, *model, *preprocess;
    CwJsonValue sets, set;
    const void *cursor = NULL;
    if (!cw_json_get_string(root, "schema", &schema, error))
        return NULL;
    if (!g_str_equal(schema, CW_CALIBRATION_SCHEMA)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: '%s' is no calibration that is read: make one with `clipwatch calibrate`",
                    name, schema);
        return NULL;
    }
    if (!cw_json_get_string(root, "model", &model, error) ||
        !cw_json_get_string(root, "preprocess", &preprocess, error) ||
        !cw_json_get_array(root, "sets", &sets, error))
        return NULL;
    g_autoptr(CwCalibration) calibration = cw_calibration_new(name, model, preprocess);
    while (cw_json_next(sets, &cursor, &set, NULL))
        if (!read_set(calibration, set, error))
            return NULL;
    return g_steal_pointer(&calibration);
}

CwCalibration *
cw_calibration_parse(const char *text, gsize length, const char *name, GError **error)
{
    g_autoptr(CwJson) document = cw_json_parse(text, length, name, error);
    return document ? read_document(document, name, error) : NULL;
}

CwCalibration *
cw_calibration_load(const char *path, GError **error)
{
    g_autoptr(CwJson) document = cw_json_read_file(path, MAX_BYTES, error);
    return document ? read_document(document, path, error) : NULL;
}
