#include "engine/internal.h"

/* What one call of the machine is told with. */
typedef struct {
    CwStream *stream;
    guint part;
    guint set;
    const char *decision_id;
    GString *json;
} Telling;

static void
tell(const CwEpisode *episode, gpointer user_data)
{
    const Telling *telling = user_data;
    CwStream *stream = telling->stream;
    CwStreamEpisodes *episodes = &stream->episodes;
    /* Where time went back, the last decision lies on another timeline than what ended. */
    const gboolean went_back = episode->ended == CW_EPISODE_DISCONTINUITY;
    const CwBank *bank = episodes->bank;
    const CwCrop crop = episodes->crops[telling->part];
    const CwGuardAction *action =
        cw_guard_recall(cw_bank_get_part(bank, telling->part)->guards[telling->set],
                        episode->class_index, episode->n_decisions);
    const CwEpisode told = cw_episode_redact(episode, action);
    const CwEpisodeEvent event = {
        .episode = &told,
        .sequence = episodes->sequence++,
        .stream_id = stream->id,
        .zone = cw_bank_get_part(bank, telling->part)->zone,
        .running = episodes->running,
        .times = went_back ? episodes->earlier : episodes->times,
        .decision_id = telling->decision_id,
        .crop = crop,
        .preprocess_digest = stream->engine->preprocess_digests[crop],
        .zones_digest = bank->zones ? cw_zones_get_digest(bank->zones) : NULL,
        .policy = bank->policy ? cw_policy_get_info(bank->policy) : NULL,
        .action = action,
        .classifier = bank->classifiers[telling->set],
    };
    g_string_truncate(telling->json, 0);
    cw_episode_write(&event, telling->json);
    stream->episode(&event, telling->json->str, stream->user_data);
}

void
cw_stream_episodes_end(CwStream *stream, CwEpisodeEnd reason, GString *json)
{
    const CwBank *bank = stream->episodes.bank;
    for (guint part = 0; bank && part < bank->n_parts; part++)
        for (guint set = 0; set < bank->n_sets; set++) {
            Telling telling = {stream, part, set, NULL, json};
            cw_episodes_end(bank->parts[part].episodes[set], reason, tell, &telling);
        }
}

void
cw_stream_episodes_use(CwStream *stream, CwBank *bank, GString *json)
{
    CwStreamEpisodes *episodes = &stream->episodes;
    episodes->earlier = episodes->times;
    if (!stream->episode || episodes->bank == bank)
        return;
    cw_stream_episodes_end(stream, CW_EPISODE_REPLACED, json);
    g_clear_pointer(&episodes->bank, cw_bank_unref);
    episodes->bank = cw_bank_ref(bank);
}

void
cw_stream_episodes_add(CwStream *stream, guint part, guint set, const CwDecision *decision,
                       GString *json)
{
    CwStreamEpisodes *episodes = &stream->episodes;
    const CwFrameTimes *times = &decision->times;
    const gboolean running = times->stream_time_ns == CW_TIME_NONE;
    const gint64 time_ns = running ? times->running_time_ns : times->stream_time_ns;
    if (!stream->episode || part >= episodes->bank->n_parts || time_ns == CW_TIME_NONE)
        return;
    if (episodes->running != running)
        cw_stream_episodes_end(stream, CW_EPISODE_DISCONTINUITY, json);
    episodes->running = running;
    episodes->times = *times;
    episodes->crops[part] = decision->crop;
    Telling telling = {stream, part, set, decision->id, json};
    cw_episodes_add(episodes->bank->parts[part].episodes[set], decision->guarded->held, time_ns,
                    tell, &telling);
}

void
cw_stream_episodes_clear(CwStream *stream)
{
    g_clear_pointer(&stream->episodes.bank, cw_bank_unref);
}
