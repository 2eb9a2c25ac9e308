#include "cli/labels.h"

#include "base/json.h"
#include "cli/inputs.h"

#include <math.h>
#include <string.h>

#define MAX_BYTES (16 * 1024 * 1024)

static void
clear_span(gpointer data)
{
    g_free(((CwLabelSpan *)data)->label);
}

static CwLabelledFile *
new_file(char *path)
{
    CwLabelledFile *file = g_new0(CwLabelledFile, 1);
    file->file = path;
    file->spans = g_array_new(FALSE, FALSE, sizeof(CwLabelSpan));
    g_array_set_clear_func(file->spans, clear_span);
    return file;
}

void
cw_labelled_file_free(gpointer data)
{
    CwLabelledFile *file = data;
    g_array_unref(file->spans);
    g_free(file->file);
    g_free(file);
}

gboolean
cw_labelled_file_holds(const CwLabelledFile *file, const char *label, double time)
{
    for (guint i = 0; i < file->spans->len; i++) {
        const CwLabelSpan *span = &g_array_index(file->spans, CwLabelSpan, i);
        if ((isnan(time) || (time >= span->start && time <= span->end)) &&
            (!label || g_str_equal(span->label, label)))
            return TRUE;
    }
    return FALSE;
}

static void
add_span(CwLabelledFile *file, const char *label, double start, double end)
{
    const CwLabelSpan span = {g_strdup(label), start, end};
    g_array_append_val(file->spans, span);
}

/* [start, end] */
static gboolean
read_interval(CwJsonValue interval, double times[2], GError **error)
{
    CwJsonValue value;
    const void *cursor = NULL;
    guint n = 0;
    for (; cw_json_next(interval, &cursor, &value, NULL); n++)
        if (n == 2 || !cw_json_value_double(value, 0, 1e9, &times[n], error))
            break;
    if (n == 2 && cw_json_length(interval) == 2 && times[0] <= times[1])
        return TRUE;
    if (error && !*error) {
        g_autofree char *place = cw_json_describe(interval, NULL);
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: not [start, end] in seconds", place);
    }
    return FALSE;
}

static gboolean
read_event(CwJsonValue event, CwLabelledFile *file, GError **error)
{
    CwJsonValue intervals, interval;
    const void *cursor = NULL;
    const char *label;
    if (!cw_json_get_string(event, "label", &label, error) ||
        !cw_json_get_array(event, "intervals", &intervals, error))
        return FALSE;
    while (cw_json_next(intervals, &cursor, &interval, NULL)) {
        double times[2];
        if (!read_interval(interval, times, error))
            return FALSE;
        add_span(file, label, times[0], times[1]);
    }
    return TRUE;
}

static gboolean
read_clip(CwJsonValue clip, const char *directory, GPtrArray *files, GError **error)
{
    CwJsonValue events, event;
    const void *cursor = NULL;
    const char *name;
    if (!cw_json_get_string(clip, "file", &name, error) ||
        !cw_json_get_array(clip, "events", &events, error))
        return FALSE;
    CwLabelledFile *file = new_file(
        g_path_is_absolute(name) ? g_strdup(name) : g_build_filename(directory, name, NULL));
    g_ptr_array_add(files, file);
    while (cw_json_next(events, &cursor, &event, NULL))
        if (!read_event(event, file, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_json(const char *path, GPtrArray *files, GError **error)
{
    g_autoptr(CwJson) document = cw_json_read_file(path, MAX_BYTES, error);
    if (!document)
        return FALSE;
    g_autofree char *directory = g_path_get_dirname(path);
    const CwJsonValue root = cw_json_root(document);
    CwJsonValue clip;
    const void *cursor = NULL;
    if (!cw_json_is_array(root)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "%s: not a list of {\"file\": …, \"events\": …}", path);
        return FALSE;
    }
    while (cw_json_next(root, &cursor, &clip, NULL))
        if (!read_clip(clip, directory, files, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_folder(const char *path, const char *label, GPtrArray *files, GError **error)
{
    g_autoptr(GPtrArray) inside = g_ptr_array_new_with_free_func(g_free);
    if (!cw_inputs_add(inside, path, TRUE, error))
        return FALSE;
    for (guint i = 0; i < inside->len; i++) {
        CwLabelledFile *file = new_file(g_strdup(inside->pdata[i]));
        add_span(file, label, -INFINITY, INFINITY);
        g_ptr_array_add(files, file);
    }
    return TRUE;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static gboolean
read_folders(const char *path, GPtrArray *files, GError **error)
{
    const char *name;
    g_autoptr(GError) fault = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(path, 0, &fault);
    if (!dir) {
        g_set_error(error, CW_ERROR, CW_ERROR_IO, "%s: %s", path, fault->message);
        return FALSE;
    }
    while ((name = g_dir_read_name(dir)))
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *child = g_build_filename(path, names->pdata[i], NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR) &&
            !read_folder(child, names->pdata[i], files, error))
            return FALSE;
    }
    if (files->len > 0)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_NOT_FOUND,
                "%s: no directory in it: make one for each label and put its pictures there", path);
    return FALSE;
}

gboolean
cw_labels_read(const char *source, GPtrArray *files, GError **error)
{
    return g_file_test(source, G_FILE_TEST_IS_DIR) ? read_folders(source, files, error)
                                                   : read_json(source, files, error);
}
