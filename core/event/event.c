#include "event/write.h"
#include "base/json_write.h"

#include <clipwatch/image.h>

#include <math.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Decimals of cosines, logits, probabilities and margins. */
#define PLACES 6

static const char *const capture_sources[] = {
    [CW_CAPTURE_NONE] = "none",
    [CW_CAPTURE_NTP] = "ntp",
    [CW_CAPTURE_PIPELINE_CLOCK] = "pipeline-clock",
};

static const char *const verdicts[] = {
    [CW_VERDICT_BELOW] = "below",   [CW_VERDICT_BACKGROUND] = "background",
    [CW_VERDICT_CHOSEN] = "chosen", [CW_VERDICT_UNKNOWN] = "unknown",
    [CW_VERDICT_REVIEW] = "review", [CW_VERDICT_SUPPRESSED] = "suppressed",
};

static const char *const kinds[] = {
    [CW_THRESHOLD_PROBABILITY] = "probability",
    [CW_THRESHOLD_COSINE] = "cosine",
    [CW_THRESHOLD_Z] = "z",
    [CW_THRESHOLD_CALIBRATED] = "calibrated",
};

const char *
cw_threshold_kind_to_string(CwThresholdKind kind)
{
    return kinds[kind];
}

const char *
cw_event_capture_source_to_string(CwCaptureSource source)
{
    return capture_sources[source];
}

const char *
cw_event_verdict_to_string(CwVerdict verdict)
{
    return verdicts[verdict];
}

void
cw_event_new_id(char id[37])
{
    static const char digits[] = "0123456789abcdef";
    guint8 bytes[16];
    /* Sixteen bytes are delivered whole or, before the kernel's pool is ready, waited for. */
    while (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        continue;
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
    bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant of RFC 9562 */
    char *to = id;
    for (guint i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    *to = '\0';
}

void
cw_event_write_text(GString *json, const char *key, const char *text)
{
    cw_json_write_key(json, key);
    cw_json_write_string(json, text);
}

void
cw_event_write_text_or_null(GString *json, const char *key, const char *text)
{
    if (text) {
        cw_event_write_text(json, key, text);
        return;
    }
    cw_json_write_key(json, key);
    g_string_append(json, "null");
}

void
cw_event_write_number(GString *json, const char *key, double value)
{
    cw_json_write_key(json, key);
    cw_json_write_decimal(json, value, PLACES);
}

static void
write_time_ns(GString *json, const char *key, gint64 time)
{
    cw_json_write_key(json, key);
    if (time == CW_TIME_NONE)
        g_string_append(json, "null");
    else
        cw_json_write_int(json, time);
}

gboolean
cw_event_write_capture(GString *json, const char *key, gint64 time_us)
{
    struct tm utc;
    const time_t seconds = (time_t)(time_us / G_USEC_PER_SEC - (time_us % G_USEC_PER_SEC < 0));
    const int micros = (int)(time_us - (gint64)seconds * G_USEC_PER_SEC);
    char text[64];
    cw_json_write_key(json, key);
    if (time_us == CW_TIME_NONE || !gmtime_r(&seconds, &utc) || utc.tm_year < -1900 ||
        utc.tm_year > 8099) {
        g_string_append(json, "null");
        return FALSE;
    }
    g_snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900,
               utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, micros);
    cw_json_write_string(json, text);
    return TRUE;
}

/* A time that is not told has no source either. */
static void
write_capture(GString *json, gint64 time_us, CwCaptureSource source)
{
    if (!cw_event_write_capture(json, "capture",
                                source != CW_CAPTURE_NONE ? time_us : CW_TIME_NONE))
        source = CW_CAPTURE_NONE;
    cw_event_write_text(json, "capture_source", capture_sources[source]);
}

static void
write_times(GString *json, const CwFrameTimes *times)
{
    cw_json_write_key(json, "time");
    g_string_append_c(json, '{');
    write_time_ns(json, "stream_ns", times->stream_time_ns);
    write_time_ns(json, "running_ns", times->running_time_ns);
    write_capture(json, times->capture_time_us, times->capture_source);
    g_string_append_c(json, '}');
}

static void
write_threshold(GString *json, CwThreshold threshold)
{
    cw_json_write_key(json, "threshold");
    if (threshold.kind == CW_THRESHOLD_NONE) {
        g_string_append(json, "null");
        return;
    }
    g_string_append_c(json, '{');
    cw_event_write_text(json, "kind", kinds[threshold.kind]);
    cw_event_write_number(json, "value", threshold.value);
    g_string_append_c(json, '}');
}

static void
write_class(GString *json, const CwPromptSet *set, const CwScore *score)
{
    const CwPromptClass *class = &set->classes[score->class_index];
    g_string_append(json, json->str[json->len - 1] == '[' ? "{" : ",{");
    cw_event_write_text(json, "label", class->label);
    cw_event_write_text(json, "label_id", class->id);
    cw_event_write_number(json, "cosine", score->cosine);
    cw_event_write_number(json, "logit", score->logit);
    cw_event_write_number(json, "probability", score->probability);
    cw_event_write_number(json, "z", score->z);
    cw_event_write_number(json, "calibrated", score->calibrated);
    write_threshold(json, score->threshold);
    cw_event_write_text(json, "verdict", verdicts[score->verdict]);
    g_string_append_c(json, '}');
}

static void
write_classes(GString *json, const CwPromptSet *set, const CwScores *scores, guint top_k)
{
    cw_json_write_key(json, "classes");
    g_string_append_c(json, '[');
    for (guint i = 0; i < scores->n_scores; i++)
        if (top_k == 0 || i < top_k || scores->scores[i].verdict == CW_VERDICT_CHOSEN ||
            scores->scores[i].verdict == CW_VERDICT_REVIEW)
            write_class(json, set, &scores->scores[i]);
    g_string_append_c(json, ']');
}

CwVerdict
cw_decision_judge(const CwScores *scores, const CwGuarded *guarded)
{
    if (scores->n_chosen > 0)
        return CW_VERDICT_CHOSEN;
    for (guint i = 0; i < scores->n_scores; i++)
        if (scores->scores[i].verdict == CW_VERDICT_REVIEW)
            return CW_VERDICT_REVIEW;
    for (guint i = 0; guarded && i < guarded->n_actions; i++)
        if (guarded->actions[i].action >= CW_ACTION_GENERALISE)
            return CW_VERDICT_SUPPRESSED;
    return scores->n_scores > 0 ? scores->scores[0].verdict : CW_VERDICT_BELOW;
}

void
cw_event_write_action(GString *json, const CwGuardAction *action)
{
    cw_event_write_text(json, "action", cw_action_name(action->action));
    cw_event_write_text(json, "rule", action->rule);
    cw_event_write_text(json, "why", action->why);
}

/* A class that is not told is not named. */
static void
write_actions(GString *json, const CwPromptSet *set, const CwGuarded *guarded)
{
    cw_json_write_key(json, "actions");
    g_string_append_c(json, '[');
    for (guint i = 0; guarded && i < guarded->n_actions; i++) {
        const CwGuardAction *action = &guarded->actions[i];
        g_string_append(json, i > 0 ? ",{" : "{");
        cw_event_write_action(json, action);
        cw_event_write_text_or_null(
            json, "label_id",
            action->action == CW_ACTION_SUPPRESS ? NULL : set->classes[action->told_as].id);
        g_string_append_c(json, '}');
    }
    g_string_append_c(json, ']');
}

/* The label ids that were chosen, and where there are none, why. */
static void
write_decision(GString *json, const CwPromptSet *set, const CwScores *scores,
               const CwGuarded *guarded)
{
    cw_json_write_key(json, "decision");
    g_string_append_c(json, '{');
    cw_event_write_text(json, "verdict", verdicts[cw_decision_judge(scores, guarded)]);
    cw_json_write_key(json, "label_ids");
    g_string_append_c(json, '[');
    for (guint i = 0; i < scores->n_scores; i++)
        if (scores->scores[i].verdict == CW_VERDICT_CHOSEN) {
            if (json->str[json->len - 1] != '[')
                g_string_append_c(json, ',');
            cw_json_write_string(json, set->classes[scores->scores[i].class_index].id);
        }
    g_string_append_c(json, ']');
    write_actions(json, set, guarded);
    g_string_append_c(json, '}');
}

void
cw_event_write_scores(GString *json, const CwPromptSet *set, const CwScores *scores,
                      const CwGuarded *guarded, guint top_k)
{
    cw_event_write_text(json, "set", set->name);
    cw_event_write_text(json, "scoring",
                        set->scoring == CW_SCORING_EXCLUSIVE ? "exclusive" : "independent");
    write_decision(json, set, scores, guarded);
    cw_event_write_number(json, "margin", scores->margin);
    write_classes(json, set, scores, top_k);
}

static void
write_policy(GString *json, const CwPolicyInfo *policy)
{
    cw_json_write_key(json, "policy");
    if (!policy) {
        g_string_append(json, "null");
        return;
    }
    g_string_append_c(json, '{');
    cw_event_write_text(json, "id", policy->id);
    cw_event_write_text(json, "digest", policy->digest);
    cw_event_write_text(json, "mode", cw_policy_mode_name(policy->mode));
    g_string_append_c(json, '}');
}

void
cw_event_write_sources(GString *json, const CwClassifier *classifier, CwCrop crop,
                       const char *preprocess_digest, const char *zones_digest,
                       const CwPolicyInfo *policy)
{
    const CwPromptSet *set = cw_classifier_get_set(classifier);
    const CwModelInfo *model = cw_classifier_get_model_info(classifier);
    cw_json_write_key(json, "model");
    g_string_append_c(json, '{');
    cw_event_write_text(json, "name", model->name);
    cw_event_write_text(json, "digest", model->digest);
    cw_event_write_text(json, "precision", model->precision);
    cw_json_write_key(json, "precision_cosine");
    cw_json_write_decimal(json, model->least_cosine, 6);
    g_string_append_c(json, '}');
    cw_json_write_key(json, "prompts");
    g_string_append_c(json, '{');
    cw_event_write_text(json, "digest", set->digest);
    cw_event_write_text(json, "template_digest", set->template_digest);
    g_string_append_c(json, '}');
    cw_json_write_key(json, "preprocess");
    g_string_append_c(json, '{');
    cw_event_write_text(json, "crop", cw_crop_to_string(crop));
    cw_event_write_text(json, "digest", preprocess_digest);
    cw_event_write_text_or_null(json, "zones", zones_digest);
    g_string_append_c(json, '}');
    write_policy(json, policy);
}

void
cw_event_write(const CwDecision *decision, GString *json)
{
    const CwPromptSet *set = cw_classifier_get_set(decision->classifier);
    g_string_append_c(json, '{');
    cw_event_write_text(json, "schema", CW_EVENT_SCHEMA);
    cw_event_write_text(json, "id", decision->id);
    cw_json_write_key(json, "sequence");
    cw_json_write_uint(json, decision->sequence);
    cw_event_write_text(json, "stream", decision->stream_id);
    cw_event_write_text_or_null(json, "zone", decision->zone);
    write_times(json, &decision->times);
    cw_json_write_key(json, "age_us");
    cw_json_write_int(json, decision->age_us);
    cw_json_write_key(json, "skipped");
    cw_json_write_uint(json, decision->skipped);
    cw_json_write_key(json, "refreshed");
    g_string_append(json, decision->refreshed ? "true" : "false");
    cw_json_write_key(json, "evidence_age_us");
    cw_json_write_int(json, decision->evidence_age_us);
    cw_event_write_scores(json, set, decision->scores, decision->guarded, decision->top_k);
    cw_event_write_sources(json, decision->classifier, decision->crop, decision->preprocess_digest,
                           decision->zones_digest, decision->policy);
    g_string_append_c(json, '}');
}
