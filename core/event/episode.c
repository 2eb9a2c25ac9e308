#include "base/json_write.h"
#include "event/write.h"

#include <math.h>

static const char *const phases[] = {
    [CW_EPISODE_START] = "start",
    [CW_EPISODE_UPDATE] = "update",
    [CW_EPISODE_END] = "end",
    [CW_EPISODE_NEAR_MISS] = "near-miss",
};

static const char *const ends[] = {
    [CW_EPISODE_ONGOING] = NULL,
    [CW_EPISODE_LEFT] = "left",
    [CW_EPISODE_GAP] = "gap",
    [CW_EPISODE_DISCONTINUITY] = "discontinuity",
    [CW_EPISODE_FLUSHED] = "flushed",
    [CW_EPISODE_REPLACED] = "replaced",
    [CW_EPISODE_STREAM_ENDED] = "stream-ended",
};

static const char *const misses[] = {
    [CW_EPISODE_NOT_MISSED] = NULL,
    [CW_EPISODE_BELOW_ENTER] = "below-enter",
    [CW_EPISODE_TOO_LITTLE] = "too-little",
    [CW_EPISODE_TOO_SHORT] = "too-short",
    [CW_EPISODE_DURING_COOLDOWN] = "cooldown",
};

const char *
cw_episode_phase_to_string(CwEpisodePhase phase)
{
    return phases[phase];
}

const char *
cw_episode_end_to_string(CwEpisodeEnd end)
{
    return ends[end];
}

const char *
cw_episode_miss_to_string(CwEpisodeMiss miss)
{
    return misses[miss];
}

static void
write_count(GString *json, const char *key, guint64 count)
{
    cw_json_write_key(json, key);
    cw_json_write_uint(json, count);
}

static void
write_ns(GString *json, const char *key, gint64 time_ns)
{
    cw_json_write_key(json, key);
    cw_json_write_int(json, time_ns);
}

/* When the frame of an earlier time was taken. */
static gint64
reckon_capture(const CwEpisodeEvent *event, gint64 time_ns)
{
    const CwFrameTimes *times = &event->times;
    const gint64 now_ns = event->running ? times->running_time_ns : times->stream_time_ns;
    gint64 before_ns, capture_us;
    if (times->capture_source == CW_CAPTURE_NONE || times->capture_time_us == CW_TIME_NONE ||
        __builtin_sub_overflow(now_ns, time_ns, &before_ns) ||
        __builtin_sub_overflow(times->capture_time_us, before_ns / 1000, &capture_us))
        return CW_TIME_NONE;
    return capture_us;
}

/* Opens an object that the caller closes. */
static void
open_moment(GString *json, const CwEpisodeEvent *event, const char *key, gint64 time_ns)
{
    cw_json_write_key(json, key);
    g_string_append_c(json, '{');
    write_ns(json, "ns", time_ns);
    cw_event_write_capture(json, "capture", reckon_capture(event, time_ns));
}

static void
write_times(GString *json, const CwEpisodeEvent *event)
{
    const CwEpisode *episode = event->episode;
    cw_event_write_text(json, "timeline", event->running ? "running" : "stream");
    cw_event_write_text(
        json, "capture_source",
        cw_event_capture_source_to_string(event->times.capture_time_us == CW_TIME_NONE
                                              ? CW_CAPTURE_NONE
                                              : event->times.capture_source));
    open_moment(json, event, "time", episode->time_ns);
    g_string_append_c(json, '}');
    open_moment(json, event, "begin", episode->begin_ns);
    g_string_append_c(json, '}');
    open_moment(json, event, "last", episode->last_ns);
    g_string_append_c(json, '}');
    open_moment(json, event, "peak", episode->peak_ns);
    cw_event_write_number(json, "score", episode->peak);
    g_string_append_c(json, '}');
}

static void
write_rule(GString *json, const CwEpisodeRule *rule)
{
    cw_json_write_key(json, "rule");
    g_string_append_c(json, '{');
    cw_event_write_text(json, "kind", cw_threshold_kind_to_string(rule->kind));
    cw_event_write_number(json, "enter", rule->enter);
    cw_event_write_number(json, "leave", rule->leave);
    write_count(json, "evidence", rule->evidence);
    write_count(json, "window", rule->window);
    write_ns(json, "dwell_ns", rule->dwell_ns);
    write_ns(json, "cooldown_ns", rule->cooldown_ns);
    write_ns(json, "gap_ns", rule->gap_ns);
    g_string_append_c(json, '}');
}

CwEpisode
cw_episode_redact(const CwEpisode *episode, const CwGuardAction *action)
{
    CwEpisode told = *episode;
    if (action && action->action == CW_ACTION_REDACT)
        told.peak = told.score = NAN;
    return told;
}

static void
write_action(GString *json, const CwGuardAction *action)
{
    cw_json_write_key(json, "action");
    if (!action) {
        g_string_append(json, "null");
        return;
    }
    g_string_append_c(json, '{');
    cw_event_write_action(json, action);
    g_string_append_c(json, '}');
}

void
cw_episode_write(const CwEpisodeEvent *event, GString *json)
{
    const CwEpisode *episode = event->episode;
    const CwPromptSet *set = cw_classifier_get_set(event->classifier);
    const CwPromptClass *class = &set->classes[episode->class_index];
    g_string_append_c(json, '{');
    cw_event_write_text(json, "schema", CW_EPISODE_SCHEMA);
    cw_event_write_text(json, "id", episode->id);
    write_count(json, "sequence", event->sequence);
    cw_event_write_text(json, "stream", event->stream_id);
    cw_event_write_text_or_null(json, "zone", event->zone);
    cw_event_write_text(json, "phase", phases[episode->phase]);
    cw_event_write_text(json, "set", set->name);
    cw_event_write_text(json, "label", class->label);
    cw_event_write_text(json, "label_id", class->id);
    write_times(json, event);
    cw_event_write_number(json, "score", episode->score);
    write_count(json, "evidence", episode->n_evidence);
    write_count(json, "decisions", episode->n_decisions);
    cw_event_write_text_or_null(json, "ended", ends[episode->ended]);
    cw_event_write_text_or_null(json, "missed", misses[episode->missed]);
    write_count(json, "unsampled", episode->n_unsampled);
    cw_event_write_text_or_null(json, "decision", event->decision_id);
    write_rule(json, &episode->rule);
    write_action(json, event->action);
    cw_event_write_sources(json, event->classifier, event->crop, event->preprocess_digest,
                           event->zones_digest, event->policy);
    g_string_append_c(json, '}');
}
