#include "engine/internal.h"

#include "base/json_write.h"
#include "event/write.h"
#include "policy/monitor.h"

#include <string.h>

#define SCHEMA "clipwatch.monitor/1"

/* One that is followed, and what it is of. */
typedef struct {
    char *key; /* zone, prompts and policy */
    CwMonitor *monitor;
} Entry;

/* What one window is told with. */
typedef struct {
    CwStream *stream;
    guint part;
    const CwDecision *decision;
    GString *json;
} Telling;

static void
free_entry(gpointer data)
{
    Entry *entry = data;
    cw_monitor_free(entry->monitor);
    g_free(entry->key);
    g_free(entry);
}

gboolean
cw_stream_monitors_open(CwStreamMonitors *monitors, const char *file, GError **error)
{
    static const char *const keys[] = {"schema", "monitors", NULL};
    const char *schema;
    CwJsonValue list;
    monitors->file = g_strdup(file);
    if (!file || !g_file_test(file, G_FILE_TEST_EXISTS))
        return TRUE;
    monitors->kept = cw_json_read_file(file, CW_MONITORS_MAX_BYTES, error);
    if (!monitors->kept)
        return FALSE;
    const CwJsonValue root = cw_json_root(monitors->kept);
    if (!cw_json_check_object(root, error) || !cw_json_only_keys(root, keys, error) ||
        !cw_json_get_string(root, "schema", &schema, error) ||
        !cw_json_get_array(root, "monitors", &list, error))
        return FALSE;
    if (g_str_equal(schema, SCHEMA))
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED, "%s: schema '%s' is not " SCHEMA, file,
                schema);
    return FALSE;
}

/* What was kept under the key becomes the monitor's past, where it fits. */
static void
take_up(const CwStreamMonitors *monitors, Entry *entry)
{
    CwJsonValue list, kept, usual;
    const void *cursor = NULL;
    const char *key;
    if (!monitors->kept ||
        !cw_json_get_array(cw_json_root(monitors->kept), "monitors", &list, NULL))
        return;
    while (cw_json_next(list, &cursor, &kept, NULL))
        if (cw_json_is_object(kept) && cw_json_get_string(kept, "key", &key, NULL) &&
            g_str_equal(key, entry->key) && cw_json_get_object(kept, "usual", &usual, NULL))
            cw_monitor_read(entry->monitor, usual, NULL);
}

static Entry *
make_entry(const CwStreamMonitors *monitors, const CwMonitorConfig *config, char *key,
           guint n_classes)
{
    Entry *entry = g_new(Entry, 1);
    *entry = (Entry){key, cw_monitor_new(config, n_classes)};
    take_up(monitors, entry);
    return entry;
}

/* The one of that key goes from one list to the other; NULL: there is none. */
static Entry *
move_entry(GPtrArray *from, const char *key)
{
    for (guint i = 0; i < from->len; i++)
        if (g_str_equal(((Entry *)from->pdata[i])->key, key))
            return g_ptr_array_steal_index_fast(from, i);
    return NULL;
}

void
cw_stream_monitors_use(CwStream *stream, CwBank *bank)
{
    CwStreamMonitors *monitors = &stream->monitors;
    const CwPolicyInfo *policy = bank->policy ? cw_policy_get_info(bank->policy) : NULL;
    if (!stream->alarm || monitors->bank == bank)
        return;
    g_autoptr(GPtrArray) old = monitors->entries;
    monitors->entries = g_ptr_array_new_with_free_func(free_entry);
    g_clear_pointer(&monitors->monitors, g_free);
    g_clear_pointer(&monitors->bank, cw_bank_unref);
    monitors->bank = cw_bank_ref(bank);
    if (!policy || !policy->monitor)
        return;
    monitors->monitors = g_new0(CwMonitor *, bank->n_parts * bank->n_sets);
    for (guint part = 0; part < bank->n_parts; part++)
        for (guint s = 0; s < bank->n_sets; s++) {
            const CwPromptSet *set = cw_classifier_get_set(bank->classifiers[s]);
            const char *zone = bank->parts[part].zone;
            char *key = g_strjoin(" ", zone ? zone : "-", set->name, set->text_digest,
                                  policy->digest, NULL);
            Entry *entry = old ? move_entry(old, key) : NULL;
            if (entry)
                g_free(key);
            else
                entry = make_entry(monitors, policy->monitor, key, set->n_classes);
            g_ptr_array_add(monitors->entries, entry);
            monitors->monitors[part * bank->n_sets + s] = entry->monitor;
        }
}

static void
tell(const CwMonitorAlarm *alarm, gpointer user_data)
{
    const Telling *telling = user_data;
    CwStream *stream = telling->stream;
    const CwDecision *decision = telling->decision;
    CwAlarmEvent event = {
        .alarm = alarm,
        .sequence = stream->monitors.sequence++,
        .stream_id = stream->id,
        .zone = decision->zone,
        .times = decision->times,
        .crop = decision->crop,
        .preprocess_digest = decision->preprocess_digest,
        .zones_digest = decision->zones_digest,
        .policy = decision->policy,
        .classifier = decision->classifier,
    };
    cw_event_new_id(event.id);
    g_string_truncate(telling->json, 0);
    cw_alarm_write(&event, telling->json);
    stream->alarm(&event, telling->json->str, stream->user_data);
}

void
cw_stream_monitors_add(CwStream *stream, guint part, guint set, const CwDecision *decision,
                       GString *json)
{
    CwStreamMonitors *monitors = &stream->monitors;
    const CwFrameTimes *times = &decision->times;
    const gboolean has_capture =
        times->capture_source != CW_CAPTURE_NONE && times->capture_time_us != CW_TIME_NONE;
    Telling telling = {stream, part, decision, json};
    if (!stream->alarm || !monitors->monitors || part >= monitors->bank->n_parts)
        return;
    monitors->is_unsaved |=
        cw_monitor_add(monitors->monitors[part * monitors->bank->n_sets + set], decision->guarded,
                       has_capture ? times->capture_time_us : g_get_real_time(), tell, &telling);
}

gboolean
cw_stream_monitors_save(CwStream *stream)
{
    CwStreamMonitors *monitors = &stream->monitors;
    if (!monitors->file || !monitors->is_unsaved)
        return TRUE;
    monitors->is_unsaved = FALSE;
    g_autoptr(GString) json = g_string_new("{");
    cw_event_write_text(json, "schema", SCHEMA);
    cw_json_write_key(json, "monitors");
    for (guint i = 0; i < monitors->entries->len; i++) {
        const Entry *entry = monitors->entries->pdata[i];
        g_string_append(json, i > 0 ? ",\n{" : "[\n{");
        cw_event_write_text(json, "key", entry->key);
        cw_json_write_key(json, "usual");
        cw_monitor_write(entry->monitor, json);
        g_string_append_c(json, '}');
    }
    g_string_append(json, monitors->entries->len > 0 ? "\n]}\n" : "[]}\n");
    return g_file_set_contents(monitors->file, json->str, (gssize)json->len, NULL);
}

void
cw_stream_monitors_clear(CwStreamMonitors *monitors)
{
    g_clear_pointer(&monitors->entries, g_ptr_array_unref);
    g_clear_pointer(&monitors->monitors, g_free);
    g_clear_pointer(&monitors->bank, cw_bank_unref);
    g_clear_pointer(&monitors->kept, cw_json_free);
    g_clear_pointer(&monitors->file, g_free);
}
