/* The worker: takes what waits of all streams as one batch, encodes, scores, decides, tells. */
#include "engine/internal.h"

#include "classify/views.h"
#include "image/describe.h"

#include <string.h>

/* The streams of one batch, and where each one's views begin in it. */
typedef struct {
    CwStream *streams[CW_ENGINE_BATCH];
    guint n_streams;
    guint n_views;
} Batch;

/* The stream's waiting picture becomes its working one. Called under the lock. */
static void
take_waiting(CwStream *stream)
{
    CwPicture *taken = stream->waiting;
    stream->waiting = stream->working;
    stream->waiting->ticket = 0;
    stream->working = taken;
    stream->in_flight = TRUE;
    stream->bank_in_flight = cw_bank_ref(stream->bank);
    stream->skipped_in_flight = stream->n_skipped;
    stream->n_skipped = 0;
}

/* As many streams as fit, beginning behind the one that was served last. Called under the lock. */
static void
gather(CwEngine *engine, Batch *batch)
{
    const guint n = engine->streams->len;
    const guint first = n > 0 ? engine->next % n : 0;
    batch->n_streams = batch->n_views = 0;
    for (guint i = 0; i < n; i++) {
        CwStream *stream = g_ptr_array_index(engine->streams, (first + i) % n);
        if (stream->waiting->ticket == 0)
            continue;
        if (batch->n_views + stream->waiting->n_views > CW_ENGINE_BATCH)
            break;
        take_waiting(stream);
        batch->streams[batch->n_streams++] = stream;
        batch->n_views += stream->working->n_views;
        engine->next = (first + i + 1) % n;
    }
}

/* Embeddings of all views of the batch; returns the time that one view took. */
static gint64
encode(CwEngine *engine, const Batch *batch)
{
    const CwPreprocess *preprocess = &cw_model_get_info(engine->model)->preprocess;
    float *pixels = engine->pixels;
    const gint64 start = g_get_monotonic_time();
    for (guint i = 0; i < batch->n_streams; i++) {
        const CwPicture *picture = batch->streams[i]->working;
        cw_image_normalize(preprocess, picture->rgb, picture->n_views, pixels);
        pixels += picture->n_views * engine->view_bytes;
    }
    cw_model_encode_images(engine->model, engine->workspace, engine->pixels, batch->n_views,
                           engine->embeddings);
    return (g_get_monotonic_time() - start) / batch->n_views;
}

static void
tell(CwEngine *engine, CwStream *stream, guint set, const float *embedding)
{
    const CwPicture *picture = stream->working;
    const CwBank *bank = stream->bank_in_flight;
    CwDecision decision = {
        .sequence = stream->sequence++,
        .stream_id = stream->id,
        .times = picture->times,
        .age_us = picture->sync ? 0 : g_get_monotonic_time() - picture->arrived_us,
        .skipped = stream->skipped_in_flight,
        .crop = picture->crop,
        .preprocess_digest = engine->preprocess_digests[picture->crop],
        .classifier = bank->classifiers[set],
        .scores = bank->scores[set],
        .top_k = atomic_load(&stream->top_k),
    };
    cw_event_new_id(decision.id);
    cw_classifier_score(bank->classifiers[set], embedding, bank->scores[set]);
    g_string_truncate(engine->json, 0);
    cw_event_write(&decision, engine->json);
    if (stream->decided)
        stream->decided(&decision, engine->json->str, stream->user_data);
    cw_stream_episodes_add(stream, set, &decision, engine->json);
}

/* Scores and tells of one stream's picture, unless it was flushed meanwhile. */
static void
decide(CwEngine *engine, CwStream *stream, float *embedding, gint64 encode_us)
{
    const CwPicture *picture = stream->working;
    pthread_mutex_lock(&engine->lock);
    const gboolean flushed = picture->ticket <= stream->flushed_ticket;
    pthread_mutex_unlock(&engine->lock);
    if (!flushed) {
        cw_views_average(embedding, picture->n_views, cw_model_get_info(engine->model)->embed_dim);
        cw_stream_episodes_use(stream, stream->bank_in_flight, engine->json);
        for (guint set = 0; set < stream->bank_in_flight->n_sets; set++)
            tell(engine, stream, set, embedding);
    }
    g_clear_pointer(&stream->bank_in_flight, cw_bank_unref);

    pthread_mutex_lock(&engine->lock);
    stream->stats.encode_ns += (guint64)encode_us * 1000 * picture->n_views;
    if (flushed) {
        stream->stats.flushed++;
        stream->n_skipped += stream->skipped_in_flight;
    } else {
        stream->stats.decided++;
        stream->stats.last_age_us = g_get_monotonic_time() - picture->arrived_us;
    }
    stream->decided_ticket = picture->ticket;
    stream->in_flight = FALSE;
    pthread_cond_broadcast(&engine->done); /* the stream may be gone after the unlock */
    pthread_mutex_unlock(&engine->lock);
}

/* Ends the episodes of the streams that ask for it. Called under the lock, which it lets go while
 * it tells. */
static void
end_episodes(CwEngine *engine)
{
    for (guint i = 0; i < engine->streams->len; i++) {
        CwStream *stream = g_ptr_array_index(engine->streams, i);
        const CwEpisodeEnd reason = stream->ending;
        if (reason == CW_EPISODE_ONGOING || stream->in_flight)
            continue;
        stream->ending = CW_EPISODE_ONGOING;
        stream->in_flight = TRUE;
        pthread_mutex_unlock(&engine->lock);
        cw_stream_episodes_end(stream, reason, engine->json);
        pthread_mutex_lock(&engine->lock);
        stream->in_flight = FALSE;
        pthread_cond_broadcast(&engine->done);
        i = G_MAXUINT; /* streams may have come and gone: from the first one again */
    }
}

static void *
work(void *data)
{
    CwEngine *engine = data;
    const gsize dim = cw_model_get_info(engine->model)->embed_dim;
    Batch batch;
    for (;;) {
        pthread_mutex_lock(&engine->lock);
        while (end_episodes(engine), gather(engine, &batch),
               batch.n_streams == 0 && !engine->stopping)
            pthread_cond_wait(&engine->work, &engine->lock);
        pthread_mutex_unlock(&engine->lock);
        if (batch.n_streams == 0)
            return NULL;
        const gint64 encode_us = encode(engine, &batch);
        float *embedding = engine->embeddings;
        for (guint i = 0; i < batch.n_streams; i++) {
            const guint n_views = batch.streams[i]->working->n_views;
            decide(engine, batch.streams[i], embedding, encode_us);
            embedding += n_views * dim;
        }
    }
}

static void
init_locks(CwEngine *engine)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&engine->lock, NULL);
    pthread_cond_init(&engine->work, NULL);
    pthread_cond_init(&engine->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void
free_parts(CwEngine *engine)
{
    for (guint crop = 0; crop < G_N_ELEMENTS(engine->preprocess_digests); crop++)
        g_free(engine->preprocess_digests[crop]);
    pthread_mutex_destroy(&engine->lock);
    pthread_cond_destroy(&engine->work);
    pthread_cond_destroy(&engine->done);
    g_ptr_array_unref(engine->streams);
    g_clear_pointer(&engine->workspace, cw_workspace_free);
    g_free(engine->pixels);
    g_free(engine->embeddings);
    g_string_free(engine->json, TRUE);
    cw_model_unref(engine->model);
    g_free(engine->key);
    g_free(engine);
}

CwEngine *
cw_engine_new(CwModel *model, GError **error)
{
    const CwModelInfo *info = cw_model_get_info(model);
    CwEngine *engine = g_new0(CwEngine, 1);
    engine->model = cw_model_ref(model);
    engine->view_bytes = 3 * (gsize)info->preprocess.width * info->preprocess.height;
    engine->streams = g_ptr_array_new();
    engine->json = g_string_sized_new(4096);
    init_locks(engine);
    for (guint crop = 0; crop < G_N_ELEMENTS(engine->preprocess_digests); crop++)
        engine->preprocess_digests[crop] = cw_image_digest(&info->preprocess, (CwCrop)crop);
    engine->workspace = cw_workspace_new(model, CW_ENGINE_BATCH, 0, error);
    engine->pixels = g_try_new(float, CW_ENGINE_BATCH * engine->view_bytes);
    engine->embeddings = g_try_new(float, CW_ENGINE_BATCH *(gsize)info->embed_dim);
    if (!engine->workspace || !engine->pixels || !engine->embeddings ||
        pthread_create(&engine->worker, NULL, work, engine) != 0) {
        if (engine->workspace)
            g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no memory or thread for an engine");
        free_parts(engine);
        return NULL;
    }
    pthread_setname_np(engine->worker, "clipwatch");
    return engine;
}

void
cw_engine_free(CwEngine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->stopping = TRUE;
    pthread_cond_signal(&engine->work);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(engine->worker, NULL);
    free_parts(engine);
}
