#include "cli/episodes.h"
#include "cli/output.h"

#include <math.h>
#include <string.h>

#define SECOND 1e9

enum { TIME_WIDTH = 10, NUMBER_WIDTH = 9, EVIDENCE_WIDTH = 10, SET_WIDTH = 14 };

struct _CwFileEpisodes {
    const GPtrArray *classifiers;
    const GPtrArray *guards; /* of CwGuard, one for each */
    const CwReport *report;
    gboolean json;
    gboolean has_head;
    gboolean is_stopped; /* nobody reads */
    GPtrArray *machines; /* of CwEpisodes, one for each classifier */
    char *file;          /* of the last sample */
    CwFrameTimes times;  /* of the last sample */
    guint classifier;    /* being told of */
    guint64 sequence;    /* of the file's lines */
    double last_time;    /* of the file's samples, in seconds */
    GString *text;
};

CwFileEpisodes *
cw_file_episodes_new(const GPtrArray *classifiers, const GPtrArray *guards, const CwReport *report,
                     gboolean json)
{
    const CwEpisodeConfig config = {.new_id = cw_event_new_id};
    CwFileEpisodes *episodes = g_new0(CwFileEpisodes, 1);
    episodes->classifiers = classifiers;
    episodes->guards = guards;
    episodes->report = report;
    episodes->json = json;
    episodes->machines = g_ptr_array_new_with_free_func((GDestroyNotify)cw_episodes_free);
    episodes->text = g_string_sized_new(1024);
    for (guint i = 0; i < classifiers->len; i++) {
        const CwClassifier *classifier = classifiers->pdata[i];
        g_ptr_array_add(episodes->machines,
                        cw_episodes_new(cw_classifier_get_episode_rules(classifier),
                                        cw_classifier_get_set(classifier)->n_classes, &config));
    }
    return episodes;
}

void
cw_file_episodes_free(CwFileEpisodes *episodes)
{
    g_ptr_array_unref(episodes->machines);
    g_string_free(episodes->text, TRUE);
    g_free(episodes->file);
    g_free(episodes);
}

static void
write_head(CwFileEpisodes *episodes)
{
    const CwReport *report = episodes->report;
    GString *text = episodes->text;
    cw_output_pad(text, "FILE", report->file_width + 2);
    cw_output_pad(text, "BEGIN", TIME_WIDTH);
    cw_output_pad(text, "END", TIME_WIDTH);
    if (report->has_sets)
        cw_output_pad(text, "SET", SET_WIDTH);
    cw_output_pad(text, "LABEL", report->label_width + 2);
    cw_output_pad(text, "PEAK", NUMBER_WIDTH);
    cw_output_pad(text, "AT", TIME_WIDTH);
    cw_output_pad(text, "EVIDENCE", EVIDENCE_WIDTH);
    g_string_append(text, "ENDED\n");
    episodes->has_head = TRUE;
}

static void
write_row(CwFileEpisodes *episodes, const CwEpisode *episode, const CwGuardAction *action)
{
    const CwReport *report = episodes->report;
    const CwPromptSet *set =
        cw_classifier_get_set(episodes->classifiers->pdata[episodes->classifier]);
    GString *text = episodes->text;
    g_autofree char *evidence = g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                                                episode->n_evidence, episode->n_decisions);
    cw_output_pad(text, episodes->file, report->file_width);
    g_string_append(text, "  ");
    cw_report_pad_number(text, (double)episode->begin_ns / SECOND, 2, TIME_WIDTH);
    cw_report_pad_number(text, (double)episode->last_ns / SECOND, 2, TIME_WIDTH);
    if (report->has_sets)
        cw_output_pad(text, set->name, SET_WIDTH);
    cw_output_pad(text, set->classes[episode->class_index].label, report->label_width + 2);
    cw_report_pad_number(text, episode->peak, 3, NUMBER_WIDTH);
    cw_report_pad_number(text, (double)episode->peak_ns / SECOND, 2, TIME_WIDTH);
    cw_output_pad(text, evidence, EVIDENCE_WIDTH);
    g_string_append(text, cw_episode_end_to_string(episode->ended));
    if (action)
        g_string_append_printf(text, ", %s (%s)", cw_action_name(action->action), action->rule);
}

/* What lines call the file: its path, or its name where the path is too long. */
static const char *
name_stream(const char *file)
{
    const char *slash = strrchr(file, '/');
    return strlen(file) > CW_STREAM_ID_MAX && slash ? slash + 1 : file;
}

static void
tell(const CwEpisode *episode, gpointer user_data)
{
    CwFileEpisodes *episodes = user_data;
    if (episodes->is_stopped || (!episodes->json && episode->phase != CW_EPISODE_END))
        return;
    const CwGuardAction *action = cw_guard_recall(episodes->guards->pdata[episodes->classifier],
                                                  episode->class_index, episode->n_decisions);
    const CwEpisode told = cw_episode_redact(episode, action);
    g_string_truncate(episodes->text, 0);
    if (episodes->json) {
        const CwEpisodeEvent event = {
            .episode = &told,
            .action = action,
            .sequence = episodes->sequence++,
            .stream_id = name_stream(episodes->file),
            .times = episodes->times,
            .crop = episodes->report->crop,
            .preprocess_digest = episodes->report->preprocess_digest,
            .policy = episodes->report->policy,
            .classifier = episodes->classifiers->pdata[episodes->classifier],
        };
        cw_episode_write(&event, episodes->text);
    } else {
        if (!episodes->has_head)
            write_head(episodes);
        write_row(episodes, &told, action);
    }
    episodes->is_stopped = !cw_output_line(episodes->text->str);
}

gboolean
cw_file_episodes_end(CwFileEpisodes *episodes)
{
    for (guint i = 0; i < episodes->machines->len; i++) {
        episodes->classifier = i;
        cw_episodes_end(episodes->machines->pdata[i], CW_EPISODE_STREAM_ENDED, tell, episodes);
    }
    g_clear_pointer(&episodes->file, g_free);
    episodes->sequence = 0;
    return !episodes->is_stopped;
}

gboolean
cw_file_episodes_add(CwFileEpisodes *episodes, guint classifier, const CwSample *sample,
                     const CwScores *scores)
{
    if (isnan(sample->time))
        return !episodes->is_stopped;
    /* A file may be named twice: its time begins anew. */
    if (g_strcmp0(episodes->file, sample->file) != 0 || sample->time < episodes->last_time) {
        cw_file_episodes_end(episodes);
        episodes->file = g_strdup(sample->file);
    }
    episodes->last_time = sample->time;
    episodes->classifier = classifier;
    episodes->times = (CwFrameTimes){.stream_time_ns = (gint64)llround(sample->time * SECOND),
                                     .running_time_ns = CW_TIME_NONE,
                                     .capture_time_us = CW_TIME_NONE};
    cw_episodes_add(episodes->machines->pdata[classifier], scores, episodes->times.stream_time_ns,
                    tell, episodes);
    return !episodes->is_stopped;
}
