/* Keys of every object are in order: the log takes canonical JSON only. */
#include "audit/writer.h"
#include "base/json_write.h"
#include "event/write.h"

#include <clipwatch/audit.h>
#include <clipwatch/image.h>
#include <clipwatch/version.h>

#include <math.h>
#include <stdatomic.h>

#define PPM 1e6

struct _CwJournal {
    CwAuditWriter *writer;
    char *stream_id;
    char session[37];
    GMutex lock;             /* guards told */
    GPtrArray *told;         /* of Told: of each set, what the log knows */
    atomic_bool forget_told; /* some of it was not written after all */
};

typedef struct {
    CwClassifier *classifier;
    CwCrop crop;
    char *policy; /* its digest; NULL: none */
} Told;

static void
free_told(gpointer data)
{
    Told *told = data;
    cw_classifier_unref(told->classifier);
    g_free(told->policy);
    g_free(told);
}

/* Millionths; null for what is no number. */
static void
write_ppm(GString *json, double value)
{
    if (isnan(value) || fabs(value) > 1e9)
        g_string_append(json, "null");
    else
        cw_json_write_int(json, llround(value * PPM));
}

static void
write_us(GString *json, const char *key, gint64 time_ns)
{
    cw_json_write_key(json, key);
    if (time_ns == CW_TIME_NONE)
        g_string_append(json, "null");
    else
        cw_json_write_int(json, time_ns / 1000);
}

static void
submit(CwJournal *journal, const char *type, GString *json, CwJournalFunc written, gpointer data)
{
    cw_audit_writer_submit(journal->writer, type, g_string_free(json, FALSE), written, data);
}

static void
write_who(const CwJournal *journal, GString *json, const char *set)
{
    cw_event_write_text(json, "session", journal->session);
    if (set)
        cw_event_write_text(json, "set", set);
}

/* "policy": null where none is asked. */
static void
write_policy(GString *json, const CwPolicyInfo *policy)
{
    cw_json_write_key(json, "policy");
    if (!policy) {
        g_string_append(json, "null");
        return;
    }
    g_string_append_c(json, '{');
    cw_event_write_text(json, "digest", policy->digest);
    cw_event_write_text(json, "id", policy->id);
    cw_event_write_text(json, "mode", cw_policy_mode_name(policy->mode));
    g_string_append_c(json, '}');
}

/* Loud: a record of its own. */
static void
submit_policy_off(CwJournal *journal)
{
    GString *json = g_string_new("{");
    write_who(journal, json, NULL);
    cw_event_write_text(json, "severity", "warning");
    g_string_append_c(json, '}');
    submit(journal, "policy.off", json, NULL, NULL);
}

CwJournal *
cw_journal_open(const CwJournalConfig *config, GError **error)
{
    g_autoptr(CwAuditWriter) writer = cw_audit_writer_open(config->dir, config->key_dir, error);
    if (!writer)
        return NULL;
    CwJournal *journal = g_new0(CwJournal, 1);
    journal->writer = g_steal_pointer(&writer);
    journal->stream_id = g_strdup(config->stream_id);
    journal->told = g_ptr_array_new_with_free_func(free_told);
    g_mutex_init(&journal->lock);
    cw_event_new_id(journal->session);
    GString *json = g_string_new("{");
    write_policy(json, config->policy);
    if (config->purpose)
        cw_event_write_text(json, "purpose", config->purpose);
    write_who(journal, json, NULL);
    cw_event_write_text(json, "software", cw_version_string());
    cw_event_write_text(json, "stream", journal->stream_id);
    g_string_append_c(json, '}');
    submit(journal, "session.start", json, NULL, NULL);
    if (!config->policy)
        submit_policy_off(journal);
    return journal;
}

void
cw_journal_close(CwJournal *journal)
{
    if (!journal)
        return;
    GString *json = g_string_new("{");
    write_who(journal, json, NULL);
    g_string_append_c(json, '}');
    submit(journal, "session.end", json, NULL, NULL);
    cw_audit_writer_flush(journal->writer);
    cw_audit_writer_unref(journal->writer);
    g_ptr_array_unref(journal->told);
    g_mutex_clear(&journal->lock);
    g_free(journal->stream_id);
    g_free(journal);
}

/* Whether the log knows this classifier, crop and policy; from now on it does. */
static gboolean
is_told(CwJournal *journal, const CwDecision *decision)
{
    const CwClassifier *classifier = decision->classifier;
    const CwCrop crop = decision->crop;
    const char *policy = decision->policy ? decision->policy->digest : NULL;
    const char *name = cw_classifier_get_set(classifier)->name;
    if (atomic_exchange(&journal->forget_told, FALSE))
        g_ptr_array_set_size(journal->told, 0);
    for (guint i = 0; i < journal->told->len; i++) {
        const Told *told = journal->told->pdata[i];
        if (told->classifier == classifier && told->crop == crop &&
            g_strcmp0(told->policy, policy) == 0)
            return TRUE;
        if (g_str_equal(cw_classifier_get_set(told->classifier)->name, name)) {
            g_ptr_array_remove_index(journal->told, i);
            break;
        }
    }
    Told *told = g_new(Told, 1);
    *told = (Told){cw_classifier_ref((CwClassifier *)classifier), crop, g_strdup(policy)};
    g_ptr_array_add(journal->told, told);
    return FALSE;
}

static void
write_class(GString *json, const CwPromptClass *class, CwThreshold threshold)
{
    g_string_append_c(json, '{');
    cw_event_write_text(json, "id", class->id);
    cw_event_write_text(json, "label", class->label);
    if (threshold.kind != CW_THRESHOLD_NONE) {
        cw_event_write_text(json, "threshold", cw_threshold_kind_to_string(threshold.kind));
        cw_json_write_key(json, "threshold_ppm");
        write_ppm(json, threshold.value);
    }
    g_string_append_c(json, '}');
}

/* The score of each class, in the order of the set; NULL where it has none. (transfer container) */
static const CwScore **
sort_by_class(const CwPromptSet *set, const CwScores *scores)
{
    const CwScore **sorted = g_new0(const CwScore *, set->n_classes);
    for (guint i = 0; i < scores->n_scores; i++)
        sorted[scores->scores[i].class_index] = &scores->scores[i];
    return sorted;
}

static void
note_config(const GError *error, gpointer data)
{
    CwJournal *journal = data;
    if (error)
        atomic_store(&journal->forget_told, TRUE);
}

static void
submit_config(CwJournal *journal, const CwDecision *decision, const CwScore *const *scores)
{
    const CwPromptSet *set = cw_classifier_get_set(decision->classifier);
    const CwModelInfo *model = cw_classifier_get_model_info(decision->classifier);
    GString *json = g_string_new("{");
    cw_json_write_key(json, "classes");
    for (guint i = 0; i < set->n_classes; i++) {
        g_string_append_c(json, i ? ',' : '[');
        write_class(json, &set->classes[i],
                    scores[i] ? scores[i]->threshold : (CwThreshold){CW_THRESHOLD_NONE, 0});
    }
    g_string_append_c(json, ']');
    cw_event_write_text(json, "crop", cw_crop_to_string(decision->crop));
    cw_event_write_text(json, "model", model->name);
    cw_event_write_text(json, "model_digest", model->digest);
    write_policy(json, decision->policy);
    cw_event_write_text(json, "precision", model->precision);
    cw_event_write_text(json, "preprocess_digest", decision->preprocess_digest);
    cw_event_write_text(json, "prompts_digest", set->digest);
    write_who(journal, json, set->name);
    cw_event_write_text(json, "template_digest", set->template_digest);
    if (model->tokenizer_digest)
        cw_event_write_text(json, "tokenizer_digest", model->tokenizer_digest);
    g_string_append_c(json, '}');
    submit(journal, "config.change", json, note_config, journal);
}

static void
write_chosen(GString *json, const CwPromptSet *set, const CwScore *const *scores)
{
    char before = '[';
    cw_json_write_key(json, "chosen");
    for (guint i = 0; i < set->n_classes; i++) {
        if (!scores[i] || scores[i]->verdict != CW_VERDICT_CHOSEN)
            continue;
        g_string_append_c(json, before);
        cw_json_write_uint(json, i);
        before = ',';
    }
    g_string_append(json, before == '[' ? "[]" : "]");
}

/* What the policy did, in the decision's own record. */
static void
write_actions(GString *json, const CwGuarded *guarded)
{
    cw_json_write_key(json, "actions");
    g_string_append_c(json, '[');
    for (guint i = 0; guarded && i < guarded->n_actions; i++) {
        g_string_append(json, i > 0 ? ",{" : "{");
        cw_event_write_text(json, "action", cw_action_name(guarded->actions[i].action));
        cw_json_write_key(json, "class");
        cw_json_write_uint(json, guarded->actions[i].class_index);
        cw_event_write_text(json, "rule", guarded->actions[i].rule);
        g_string_append_c(json, '}');
    }
    g_string_append_c(json, ']');
}

/* Each thing that the policy did has a record of its own, before the decision's. */
static void
submit_actions(CwJournal *journal, const CwDecision *decision)
{
    const CwGuarded *guarded = decision->guarded;
    for (guint i = 0; guarded && i < guarded->n_actions; i++) {
        const CwGuardAction *action = &guarded->actions[i];
        if (action->action == CW_ACTION_EMIT)
            continue;
        GString *json = g_string_new("{");
        cw_event_write_text(json, "action", cw_action_name(action->action));
        cw_json_write_key(json, "class");
        cw_json_write_uint(json, action->class_index);
        cw_event_write_text(json, "decision", decision->id);
        cw_event_write_text(json, "rule", action->rule);
        write_who(journal, json, cw_classifier_get_set(decision->classifier)->name);
        cw_event_write_text(json, "why", action->why);
        g_string_append_c(json, '}');
        submit(journal, action->action == CW_ACTION_REVIEW ? "review.request" : "suppression", json,
               NULL, NULL);
    }
}

static void
write_scores_ppm(GString *json, const char *key, const CwPromptSet *set,
                 const CwScore *const *scores, gsize field)
{
    cw_json_write_key(json, key);
    for (guint i = 0; i < set->n_classes; i++) {
        g_string_append_c(json, i ? ',' : '[');
        write_ppm(json, scores[i] ? G_STRUCT_MEMBER(float, scores[i], field) : NAN);
    }
    g_string_append_c(json, ']');
}

void
cw_journal_add_decision(CwJournal *journal, const CwDecision *decision, CwJournalFunc written,
                        gpointer user_data)
{
    const CwPromptSet *set = cw_classifier_get_set(decision->classifier);
    const CwFrameTimes *times = &decision->times;
    const CwScores *measured = decision->measured ? decision->measured : decision->scores;
    g_autofree const CwScore **scores = sort_by_class(set, measured);
    g_autofree const CwScore **told = sort_by_class(set, decision->scores);
    GString *json = g_string_sized_new(512);
    g_string_append_c(json, '{');
    write_actions(json, decision->guarded);
    cw_json_write_key(json, "age_us");
    cw_json_write_int(json, decision->age_us);
    cw_json_write_key(json, "capture_us");
    if (times->capture_source == CW_CAPTURE_NONE || times->capture_time_us == CW_TIME_NONE)
        g_string_append(json, "null");
    else
        cw_json_write_int(json, times->capture_time_us);
    write_chosen(json, set, told);
    write_scores_ppm(json, "cosine_ppm", set, scores, G_STRUCT_OFFSET(CwScore, cosine));
    cw_event_write_text(json, "id", decision->id);
    cw_json_write_key(json, "margin_ppm");
    write_ppm(json, measured->margin);
    write_scores_ppm(json, "probability_ppm", set, scores, G_STRUCT_OFFSET(CwScore, probability));
    cw_json_write_key(json, "refreshed");
    g_string_append(json, decision->refreshed ? "true" : "false");
    write_us(json, "running_us", times->running_time_ns);
    cw_json_write_key(json, "sequence");
    cw_json_write_uint(json, decision->sequence);
    write_who(journal, json, set->name);
    cw_json_write_key(json, "skipped");
    cw_json_write_uint(json, decision->skipped);
    if (!g_str_equal(decision->stream_id, journal->stream_id))
        cw_event_write_text(json, "stream", decision->stream_id);
    write_us(json, "stream_us", times->stream_time_ns);
    cw_event_write_text(
        json, "verdict",
        cw_event_verdict_to_string(cw_decision_judge(decision->scores, decision->guarded)));
    g_string_append_c(json, '}');
    /* One lock over both, so that no decision comes before what it was made with. */
    g_mutex_lock(&journal->lock);
    if (!is_told(journal, decision))
        submit_config(journal, decision, scores);
    g_mutex_unlock(&journal->lock);
    submit_actions(journal, decision);
    submit(journal, "decision", json, written, user_data);
}

void
cw_journal_add_episode(CwJournal *journal, const CwEpisodeEvent *event, CwJournalFunc written,
                       gpointer user_data)
{
    const CwEpisode *episode = event->episode;
    GString *json = g_string_new("{");
    write_us(json, "begin_us", episode->begin_ns);
    cw_json_write_key(json, "class");
    cw_json_write_uint(json, episode->class_index);
    cw_json_write_key(json, "decision");
    if (event->decision_id)
        cw_json_write_string(json, event->decision_id);
    else
        g_string_append(json, "null");
    if (episode->ended != CW_EPISODE_ONGOING)
        cw_event_write_text(json, "end", cw_episode_end_to_string(episode->ended));
    cw_event_write_text(json, "id", episode->id);
    write_us(json, "last_us", episode->last_ns);
    cw_json_write_key(json, "peak_ppm");
    write_ppm(json, episode->peak);
    cw_event_write_text(json, "phase", cw_episode_phase_to_string(episode->phase));
    cw_json_write_key(json, "sequence");
    cw_json_write_uint(json, event->sequence);
    write_who(journal, json, cw_classifier_get_set(event->classifier)->name);
    write_us(json, "time_us", episode->time_ns);
    g_string_append_c(json, '}');
    submit(journal, "episode", json, written, user_data);
}

static void
write_rate(GString *json, const char *key, const CwMonitorRate *rate)
{
    cw_json_write_key(json, key);
    g_string_append_c(json, '{');
    cw_json_write_key(json, "decisions");
    cw_json_write_int(json, llround(rate->n));
    cw_json_write_key(json, "high_ppm");
    write_ppm(json, rate->high);
    cw_json_write_key(json, "low_ppm");
    write_ppm(json, rate->low);
    cw_json_write_key(json, "share_ppm");
    write_ppm(json, rate->share);
    g_string_append_c(json, '}');
}

void
cw_journal_add_alarm(CwJournal *journal, const CwAlarmEvent *event, CwJournalFunc written,
                     gpointer user_data)
{
    const CwMonitorAlarm *alarm = event->alarm;
    GString *json = g_string_new("{");
    cw_json_write_key(json, "begin_us");
    cw_json_write_int(json, alarm->begin_us);
    if (alarm->kind == CW_MONITOR_LABEL) {
        cw_json_write_key(json, "class");
        cw_json_write_uint(json, alarm->class_index);
    }
    cw_json_write_key(json, "end_us");
    cw_json_write_int(json, alarm->end_us);
    cw_event_write_text(json, "id", event->id);
    cw_event_write_text(json, "kind", cw_monitor_kind_to_string(alarm->kind));
    write_rate(json, "now", &alarm->now);
    cw_json_write_key(json, "sequence");
    cw_json_write_uint(json, event->sequence);
    write_who(journal, json, cw_classifier_get_set(event->classifier)->name);
    write_rate(json, "usual", &alarm->usual);
    if (event->zone)
        cw_event_write_text(json, "zone", event->zone);
    g_string_append_c(json, '}');
    submit(journal, "alarm", json, written, user_data);
}

void
cw_journal_add_refusal(CwJournal *journal, const char *reason)
{
    GString *json = g_string_new("{");
    cw_event_write_text(json, "reason", reason);
    write_who(journal, json, NULL);
    g_string_append_c(json, '}');
    submit(journal, "refusal", json, NULL, NULL);
}

void
cw_journal_flush(CwJournal *journal)
{
    cw_audit_writer_flush(journal->writer);
}

char *
cw_journal_take_new_key(CwJournal *journal)
{
    return cw_audit_writer_take_new_key(journal->writer);
}
