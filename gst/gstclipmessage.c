#include "gstclipmessage.h"

#include "gstcliptimes.h"

#include <math.h>

static const gchar *const verdicts[] = {
    [CW_VERDICT_BELOW] = "below",   [CW_VERDICT_BACKGROUND] = "background",
    [CW_VERDICT_CHOSEN] = "chosen", [CW_VERDICT_UNKNOWN] = "unknown",
    [CW_VERDICT_REVIEW] = "review", [CW_VERDICT_SUPPRESSED] = "suppressed",
};

/* Adds what the class was held against, as one field named for its kind; no field where nothing. */
static void
set_threshold(GstStructure *structure, const CwThreshold *threshold)
{
    const gchar *kind = cw_threshold_kind_to_string(threshold->kind);
    if (!kind)
        return;
    g_autofree gchar *field = g_strconcat(kind, "-threshold", NULL);
    gst_structure_set(structure, field, G_TYPE_DOUBLE, threshold->value, NULL);
}

/* Adds what a calibration makes of the cosine; no field where there is no such number. */
static void
set_calibrated(GstStructure *structure, const CwScore *score)
{
    if (isfinite(score->z))
        gst_structure_set(structure, "z", G_TYPE_DOUBLE, (gdouble)score->z, NULL);
    if (isfinite(score->calibrated))
        gst_structure_set(structure, "calibrated", G_TYPE_DOUBLE, (gdouble)score->calibrated, NULL);
}

static GstStructure *
new_class(const CwPromptClass *class, const CwScore *score)
{
    GstStructure *structure = gst_structure_new(
        "class", "label", G_TYPE_STRING, class->label, "label-id", G_TYPE_STRING, class->id,
        "cosine", G_TYPE_DOUBLE, (gdouble)score->cosine, "logit", G_TYPE_DOUBLE,
        (gdouble)score->logit, "probability", G_TYPE_DOUBLE, (gdouble)score->probability, "verdict",
        G_TYPE_STRING, verdicts[score->verdict], NULL);
    set_calibrated(structure, score);
    set_threshold(structure, &score->threshold);
    return structure;
}

static void
take_structure(GValue *list, GstStructure *structure)
{
    GValue value = G_VALUE_INIT;
    g_value_init(&value, GST_TYPE_STRUCTURE);
    g_value_take_boxed(&value, structure);
    gst_value_list_append_and_take_value(list, &value);
}

static void
take_classes(GstStructure *structure, const CwPromptSet *set, const CwScores *scores, guint top_k)
{
    GValue list = G_VALUE_INIT;
    gst_value_list_init(&list, scores->n_scores);
    for (guint i = 0; i < scores->n_scores; i++) {
        const CwScore *score = &scores->scores[i];
        if (top_k != 0 && i >= top_k && score->verdict != CW_VERDICT_CHOSEN &&
            score->verdict != CW_VERDICT_REVIEW)
            continue;
        take_structure(&list, new_class(&set->classes[score->class_index], score));
    }
    gst_structure_take_value(structure, "classes", &list);
}

/* Adds a string where there is one. */
static void
set_text(GstStructure *structure, const gchar *field, const gchar *text)
{
    if (text)
        gst_structure_set(structure, field, G_TYPE_STRING, text, NULL);
}

static GstStructure *
new_action(const CwGuardAction *action)
{
    return gst_structure_new("action", "action", G_TYPE_STRING, cw_action_name(action->action),
                             "rule", G_TYPE_STRING, action->rule, "why", G_TYPE_STRING, action->why,
                             NULL);
}

/* What the policy did; a class that is not told is not named. */
static void
take_actions(GstStructure *structure, const CwPromptSet *set, const CwGuarded *guarded)
{
    GValue list = G_VALUE_INIT;
    gst_value_list_init(&list, guarded ? guarded->n_actions : 0);
    for (guint i = 0; guarded && i < guarded->n_actions; i++) {
        const CwGuardAction *action = &guarded->actions[i];
        GstStructure *described = new_action(action);
        if (action->action != CW_ACTION_SUPPRESS)
            set_text(described, "label-id", set->classes[action->told_as].id);
        take_structure(&list, described);
    }
    gst_structure_take_value(structure, "actions", &list);
}

/* Of the best class that is told; no fields where what was chosen is not. */
static void
set_best(GstStructure *structure, const CwPromptSet *set, const CwDecision *decision)
{
    const CwScores *scores = decision->scores;
    const CwVerdict verdict = cw_decision_judge(scores, decision->guarded);
    const CwScore *best = scores->n_scores > 0 ? &scores->scores[0] : NULL;
    if (verdict == CW_VERDICT_SUPPRESSED || !best) {
        set_text(structure, "verdict", verdicts[verdict]);
        return;
    }
    gst_structure_set(structure, "label", G_TYPE_STRING, set->classes[best->class_index].label,
                      "label-id", G_TYPE_STRING, set->classes[best->class_index].id, "verdict",
                      G_TYPE_STRING, verdicts[best->verdict], "cosine", G_TYPE_DOUBLE,
                      (gdouble)best->cosine, "probability", G_TYPE_DOUBLE,
                      (gdouble)best->probability, NULL);
}

GstStructure *
gst_clip_message_new(const CwDecision *decision, const gchar *json)
{
    const CwPromptSet *set = cw_classifier_get_set(decision->classifier);
    const CwFrameTimes *times = &decision->times;
    const CwScores *scores = decision->scores;
    GstStructure *structure = gst_structure_new(
        GST_CLIP_MESSAGE_NAME, "timestamp", GST_TYPE_CLOCK_TIME, times->timestamp_ns, "stream-time",
        GST_TYPE_CLOCK_TIME, gst_clip_time_to_clock_time(times->stream_time_ns), "running-time",
        GST_TYPE_CLOCK_TIME, gst_clip_time_to_clock_time(times->running_time_ns), "duration",
        GST_TYPE_CLOCK_TIME, times->duration_ns, "id", G_TYPE_STRING, decision->id, "sequence",
        G_TYPE_UINT64, decision->sequence, "stream", G_TYPE_STRING, decision->stream_id, "set",
        G_TYPE_STRING, set->name, "refreshed", G_TYPE_BOOLEAN, decision->refreshed, "evidence-age",
        G_TYPE_INT64, decision->evidence_age_us * 1000, "margin", G_TYPE_DOUBLE,
        (gdouble)scores->margin, "json", G_TYPE_STRING, json, NULL);
    set_text(structure, "zone", decision->zone);
    set_best(structure, set, decision);
    take_actions(structure, set, decision->guarded);
    take_classes(structure, set, scores, decision->top_k);
    return structure;
}

GstStructure *
gst_clip_alarm_message_new(const CwAlarmEvent *event, const gchar *json)
{
    const CwMonitorAlarm *alarm = event->alarm;
    const CwPromptSet *set = cw_classifier_get_set(event->classifier);
    GstStructure *structure = gst_structure_new(
        GST_CLIP_ALARM_MESSAGE_NAME, "id", G_TYPE_STRING, event->id, "sequence", G_TYPE_UINT64,
        event->sequence, "stream", G_TYPE_STRING, event->stream_id, "set", G_TYPE_STRING, set->name,
        "kind", G_TYPE_STRING, cw_monitor_kind_to_string(alarm->kind), "begin", G_TYPE_INT64,
        alarm->begin_us, "end", G_TYPE_INT64, alarm->end_us, "share", G_TYPE_DOUBLE,
        alarm->now.share, "low", G_TYPE_DOUBLE, alarm->now.low, "high", G_TYPE_DOUBLE,
        alarm->now.high, "usual-share", G_TYPE_DOUBLE, alarm->usual.share, "usual-low",
        G_TYPE_DOUBLE, alarm->usual.low, "usual-high", G_TYPE_DOUBLE, alarm->usual.high, "json",
        G_TYPE_STRING, json, NULL);
    set_text(structure, "zone", event->zone);
    if (alarm->kind == CW_MONITOR_LABEL)
        gst_structure_set(structure, "label", G_TYPE_STRING, set->classes[alarm->class_index].label,
                          "label-id", G_TYPE_STRING, set->classes[alarm->class_index].id, NULL);
    return structure;
}

GstStructure *
gst_clip_episode_message_new(const CwEpisodeEvent *event, const gchar *json)
{
    const CwEpisode *episode = event->episode;
    const CwPromptSet *set = cw_classifier_get_set(event->classifier);
    const CwPromptClass *class = &set->classes[episode->class_index];
    GstStructure *structure = gst_structure_new(
        GST_CLIP_EPISODE_MESSAGE_NAME, "phase", G_TYPE_STRING,
        cw_episode_phase_to_string(episode->phase), "id", G_TYPE_STRING, episode->id, "sequence",
        G_TYPE_UINT64, event->sequence, "stream", G_TYPE_STRING, event->stream_id, "set",
        G_TYPE_STRING, set->name, "label", G_TYPE_STRING, class->label, "label-id", G_TYPE_STRING,
        class->id, "timeline", G_TYPE_STRING, event->running ? "running" : "stream", "time",
        GST_TYPE_CLOCK_TIME, gst_clip_time_to_clock_time(episode->time_ns), "begin",
        GST_TYPE_CLOCK_TIME, gst_clip_time_to_clock_time(episode->begin_ns), "last",
        GST_TYPE_CLOCK_TIME, gst_clip_time_to_clock_time(episode->last_ns), "peak-time",
        GST_TYPE_CLOCK_TIME, gst_clip_time_to_clock_time(episode->peak_ns), "peak", G_TYPE_DOUBLE,
        episode->peak, "score", G_TYPE_DOUBLE, episode->score, "kind", G_TYPE_STRING,
        cw_threshold_kind_to_string(episode->rule.kind), "enter", G_TYPE_DOUBLE,
        episode->rule.enter, "leave", G_TYPE_DOUBLE, episode->rule.leave, "evidence", G_TYPE_UINT64,
        episode->n_evidence, "decisions", G_TYPE_UINT64, episode->n_decisions, "unsampled",
        G_TYPE_UINT64, episode->n_unsampled, "json", G_TYPE_STRING, json, NULL);
    set_text(structure, "zone", event->zone);
    set_text(structure, "ended", cw_episode_end_to_string(episode->ended));
    set_text(structure, "missed", cw_episode_miss_to_string(episode->missed));
    set_text(structure, "decision", event->decision_id);
    if (event->action)
        gst_structure_set(structure, "action", G_TYPE_STRING, cw_action_name(event->action->action),
                          "rule", G_TYPE_STRING, event->action->rule, "why", G_TYPE_STRING,
                          event->action->why, NULL);
    return structure;
}
