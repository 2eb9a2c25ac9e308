#include "base/json_write.h"
#include "event/write.h"

static void
write_rate(GString *json, const char *key, const CwMonitorRate *rate)
{
    cw_json_write_key(json, key);
    g_string_append_c(json, '{');
    cw_event_write_number(json, "decisions", rate->n);
    cw_event_write_number(json, "independent", rate->independent);
    cw_event_write_number(json, "share", rate->share);
    cw_event_write_number(json, "low", rate->low);
    cw_event_write_number(json, "high", rate->high);
    g_string_append_c(json, '}');
}

void
cw_alarm_write(const CwAlarmEvent *event, GString *json)
{
    const CwMonitorAlarm *alarm = event->alarm;
    const CwPromptSet *set = cw_classifier_get_set(event->classifier);
    const CwPromptClass *class =
        alarm->kind == CW_MONITOR_LABEL ? &set->classes[alarm->class_index] : NULL;
    g_string_append_c(json, '{');
    cw_event_write_text(json, "schema", CW_ALARM_SCHEMA);
    cw_event_write_text(json, "id", event->id);
    cw_json_write_key(json, "sequence");
    cw_json_write_uint(json, event->sequence);
    cw_event_write_text(json, "stream", event->stream_id);
    cw_event_write_text_or_null(json, "zone", event->zone);
    cw_event_write_text(json, "set", set->name);
    cw_event_write_text(json, "kind", cw_monitor_kind_to_string(alarm->kind));
    cw_event_write_text_or_null(json, "label", class ? class->label : NULL);
    cw_event_write_text_or_null(json, "label_id", class ? class->id : NULL);
    cw_event_write_text(json, "direction", alarm->now.share > alarm->usual.share ? "rise" : "fall");
    cw_event_write_capture(json, "begin", alarm->begin_us);
    cw_event_write_capture(json, "end", alarm->end_us);
    write_rate(json, "now", &alarm->now);
    write_rate(json, "usual", &alarm->usual);
    cw_event_write_sources(json, event->classifier, event->crop, event->preprocess_digest,
                           event->zones_digest, event->policy);
    g_string_append_c(json, '}');
}
