#include "engine/internal.h"

/* What one call of the machine is told with. */
typedef struct {
    CwStream *stream;
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
    const CwEpisodeEvent event = {
        .episode = episode,
        .sequence = episodes->sequence++,
        .stream_id = stream->id,
        .running = episodes->running,
        .times = went_back ? episodes->earlier : episodes->times,
        .decision_id = telling->decision_id,
        .crop = episodes->crop,
        .preprocess_digest = episodes->preprocess_digest,
        .classifier = episodes->bank->classifiers[telling->set],
    };
    g_string_truncate(telling->json, 0);
    cw_episode_write(&event, telling->json);
    stream->episode(&event, telling->json->str, stream->user_data);
}

void
cw_stream_episodes_end(CwStream *stream, CwEpisodeEnd reason, GString *json)
{
    const CwBank *bank = stream->episodes.bank;
    for (guint set = 0; bank && set < bank->n_sets; set++) {
        Telling telling = {stream, set, NULL, json};
        cw_episodes_end(bank->episodes[set], reason, tell, &telling);
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
cw_stream_episodes_add(CwStream *stream, guint set, const CwDecision *decision, GString *json)
{
    CwStreamEpisodes *episodes = &stream->episodes;
    const CwFrameTimes *times = &decision->times;
    const gboolean running = times->stream_time_ns == CW_TIME_NONE;
    const gint64 time_ns = running ? times->running_time_ns : times->stream_time_ns;
    if (!stream->episode || time_ns == CW_TIME_NONE)
        return;
    if (episodes->running != running)
        cw_stream_episodes_end(stream, CW_EPISODE_DISCONTINUITY, json);
    episodes->running = running;
    episodes->times = *times;
    episodes->crop = decision->crop;
    episodes->preprocess_digest = decision->preprocess_digest;
    Telling telling = {stream, set, decision->id, json};
    cw_episodes_add(episodes->bank->episodes[set], decision->scores, time_ns, tell, &telling);
}

void
cw_stream_episodes_clear(CwStream *stream)
{
    g_clear_pointer(&stream->episodes.bank, cw_bank_unref);
}
