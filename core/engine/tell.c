/* The teller of a stream: holds an embedding against the prompts and tells what came of it, in a
 * thread of its own, so that a listener who takes his time holds up nobody else's stream. */
#include "engine/internal.h"

void
cw_stream_take_waiting(CwStream *stream)
{
    CwPicture *taken = stream->waiting;
    stream->waiting = stream->working;
    stream->waiting->ticket = 0;
    stream->working = taken;
    stream->in_flight = TRUE;
    stream->bank_in_flight =
        cw_bank_ref(taken->bank->zones == stream->bank->zones ? stream->bank : taken->bank);
    stream->skipped_in_flight = stream->n_skipped;
    stream->n_skipped = 0;
}

/* How much older than the picture the one is whose embedding serves it. */
static gint64
get_evidence_age_us(const CwStream *stream)
{
    const CwPicture *picture = stream->working;
    const gint64 seen_ns = stream->seen_times.running_time_ns;
    if (!picture->is_unchanged)
        return 0;
    if (seen_ns != CW_TIME_NONE && picture->times.running_time_ns != CW_TIME_NONE)
        return MAX(picture->times.running_time_ns - seen_ns, 0) / 1000;
    return picture->arrived_us - stream->seen_us;
}

static void
tell_set(CwStream *stream, guint i, guint set)
{
    const CwPicture *picture = stream->working;
    const CwBank *bank = stream->bank_in_flight;
    const CwPart *part = &picture->parts[i];
    const CwBankPart *held_against = cw_bank_get_part(bank, i);
    const gsize dim = cw_model_get_info(stream->engine->model)->embed_dim;
    CwDecision decision = {
        .sequence = stream->sequence++,
        .stream_id = stream->id,
        .zone = part->region[0] != '\0' ? part->region : held_against->zone,
        .times = picture->times,
        .age_us = picture->sync ? 0 : g_get_monotonic_time() - picture->arrived_us,
        .skipped = stream->skipped_in_flight,
        .refreshed = !picture->is_unchanged,
        .evidence_age_us = get_evidence_age_us(stream),
        .crop = part->crop,
        .preprocess_digest = stream->engine->preprocess_digests[part->crop],
        .zones_digest = bank->zones ? cw_zones_get_digest(bank->zones) : NULL,
        .policy = bank->policy ? cw_policy_get_info(bank->policy) : NULL,
        .classifier = bank->classifiers[set],
        .top_k = atomic_load(&stream->top_k),
    };
    cw_event_new_id(decision.id);
    cw_classifier_score(bank->classifiers[set], stream->embeddings + i * dim,
                        held_against->scores[set]);
    const CwGuarded *guarded = cw_guard_apply(held_against->guards[set], held_against->scores[set],
                                              cw_picture_get_us(picture) * 1000);
    decision.scores = guarded->told;
    decision.measured = held_against->scores[set];
    decision.guarded = guarded;
    g_string_truncate(stream->json, 0);
    cw_event_write(&decision, stream->json);
    if (stream->decided)
        stream->decided(&decision, stream->json->str, stream->user_data);
    cw_stream_episodes_add(stream, i, set, &decision, stream->json);
    cw_stream_monitors_add(stream, i, set, &decision, stream->json);
}

/* Lets the next picture be encoded. Called under the lock. */
static void
let_go(CwStream *stream)
{
    stream->in_flight = FALSE;
    pthread_cond_broadcast(&stream->done);
    if (stream->waiting->ticket != 0 && !stream->waiting->is_unchanged)
        pthread_cond_signal(&stream->engine->work);
}

/* Counts the picture as decided or flushed. Called under the lock. */
static void
count(CwStream *stream, gboolean flushed)
{
    const CwPicture *picture = stream->working;
    stream->decided_ticket = picture->ticket;
    if (flushed) {
        stream->stats.flushed++;
        stream->n_skipped += stream->skipped_in_flight;
        return;
    }
    const gint64 now_us = g_get_monotonic_time();
    stream->stats.decided++;
    stream->stats.unchanged += picture->is_unchanged;
    stream->stats.last_age_us = now_us - picture->arrived_us;
    cw_ages_add(&stream->ages, stream->stats.last_age_us);
    cw_rate_add(&stream->held, now_us);
}

/* Scores and tells of the encoded picture, unless it was flushed meanwhile. Called under the lock,
 * which it lets go while it tells; so below. */
static void
tell_picture(CwStream *stream)
{
    CwEngine *engine = stream->engine;
    const gboolean flushed = stream->working->ticket <= stream->flushed_ticket;
    gboolean saved = TRUE;
    stream->encoded = FALSE;
    pthread_mutex_unlock(&engine->lock);
    if (!flushed) {
        cw_stream_monitors_use(stream, stream->bank_in_flight);
        cw_stream_episodes_use(stream, stream->bank_in_flight, stream->json);
        for (guint part = 0; part < stream->working->n_parts; part++)
            for (guint set = 0; set < stream->bank_in_flight->n_sets; set++)
                tell_set(stream, part, set);
        saved = cw_stream_monitors_save(stream);
    }
    g_clear_pointer(&stream->bank_in_flight, cw_bank_unref);
    pthread_mutex_lock(&engine->lock);
    stream->stats.unsaved += !saved;
    count(stream, flushed);
    let_go(stream);
}

/* Tells of a picture that needs not be encoded. */
static void
tell_unchanged(CwStream *stream)
{
    cw_stream_take_waiting(stream);
    cw_load_serve(&stream->engine->load, stream->working->n_views, 0, g_get_monotonic_time());
    tell_picture(stream);
}

static void
end_episodes(CwStream *stream)
{
    CwEngine *engine = stream->engine;
    const CwEpisodeEnd reason = stream->ending;
    stream->ending = CW_EPISODE_ONGOING;
    stream->in_flight = TRUE;
    pthread_mutex_unlock(&engine->lock);
    cw_stream_episodes_end(stream, reason, stream->json);
    pthread_mutex_lock(&engine->lock);
    let_go(stream);
}

void *
cw_stream_tell(void *data)
{
    CwStream *stream = data;
    CwEngine *engine = stream->engine;
    pthread_mutex_lock(&engine->lock);
    for (;;) {
        if (stream->encoded)
            tell_picture(stream);
        else if (stream->ending != CW_EPISODE_ONGOING && !stream->in_flight)
            end_episodes(stream);
        else if (stream->waiting->ticket != 0 && stream->waiting->is_unchanged &&
                 !stream->in_flight)
            tell_unchanged(stream);
        else if (stream->stopping)
            break;
        else
            pthread_cond_wait(&stream->tell, &engine->lock);
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}
