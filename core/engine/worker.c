/* The worker: takes what waits of all streams as one batch, encodes it, and hands the embeddings to
 * the streams' tellers. */
#include "engine/internal.h"

#include "base/pool.h"
#include "classify/views.h"

#include <string.h>
#include <time.h>

/* The streams of one batch, and where each one's views begin in it. */
typedef struct {
    CwStream *streams[CW_ENGINE_BATCH];
    guint n_streams;
    guint n_views;
} Batch;

/* Takes what waits to be encoded; later pictures are held against it. Called under the lock. */
static void
take_waiting(CwStream *stream)
{
    cw_stream_take_waiting(stream);
    const CwPicture *picture = stream->working;
    stream->seen_times = picture->times;
    stream->seen_us = picture->arrived_us;
    const gboolean is_as_zones_are = picture->bank->zones == stream->bank->zones;
    if (picture->is_measured && is_as_zones_are)
        cw_gate_refer(&stream->gate, picture->blocks, picture->n_views, picture->crop,
                      cw_picture_get_us(picture));
    else
        cw_gate_forget(&stream->gate);
}

/* As many streams as fit, beginning behind the one that was served last: each has one turn before
 * any has its next. A stream that is still being told of waits, and so does one whose episodes
 * are to end before. Called under the lock. */
static void
gather(CwEngine *engine, Batch *batch)
{
    const guint n = engine->streams->len;
    const guint first = n > 0 ? engine->next % n : 0;
    batch->n_streams = batch->n_views = 0;
    for (guint i = 0; i < n; i++) {
        CwStream *stream = g_ptr_array_index(engine->streams, (first + i) % n);
        if (stream->waiting->ticket == 0 || stream->waiting->is_unchanged || stream->in_flight ||
            stream->ending != CW_EPISODE_ONGOING)
            continue;
        if (batch->n_views > 0 && batch->n_views + stream->waiting->n_views > CW_ENGINE_BATCH)
            break;
        take_waiting(stream);
        batch->streams[batch->n_streams++] = stream;
        batch->n_views += stream->working->n_views;
        engine->next = (first + i + 1) % n;
    }
}

static guint64
get_cpu_ns(void)
{
    struct timespec own = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
    return (guint64)own.tv_sec * 1000000000 + (guint64)own.tv_nsec + cw_pool_get_cpu_ns();
}

static void
wait_until(CwEngine *engine, gint64 until_us)
{
    const struct timespec until = {until_us / G_USEC_PER_SEC, until_us % G_USEC_PER_SEC * 1000};
    pthread_cond_timedwait(&engine->work, &engine->lock, &until);
}

/* The next batch, once there is something to encode and time to do it in: not before not_before_us.
 * FALSE when the engine stops. */
static gboolean
wait_for_batch(CwEngine *engine, Batch *batch, gint64 not_before_us)
{
    pthread_mutex_lock(&engine->lock);
    for (;;) {
        if (engine->is_budget_new) {
            engine->is_budget_new = FALSE;
            cw_budget_init(&engine->budget, engine->cpu_percent, cw_pool_n_cpus(), get_cpu_ns(),
                           g_get_monotonic_time());
            not_before_us = 0;
        }
        if (engine->stopping)
            break;
        if (not_before_us > g_get_monotonic_time()) {
            wait_until(engine, not_before_us);
            continue;
        }
        gather(engine, batch);
        if (batch->n_streams > 0)
            break;
        pthread_cond_wait(&engine->work, &engine->lock);
    }
    const gboolean stopping = engine->stopping;
    pthread_mutex_unlock(&engine->lock);
    return !stopping;
}

/* One picture needs not be copied, and may have any number of views. */
static void
encode_alone(CwEngine *engine, const CwPicture *picture)
{
    const gsize dim = cw_model_get_info(engine->model)->embed_dim;
    for (guint view = 0; view < picture->n_views; view += CW_ENGINE_BATCH)
        engine->encode(engine->encode_data, picture->rgb + view * engine->view_bytes,
                       MIN(picture->n_views - view, CW_ENGINE_BATCH),
                       engine->embeddings + view * dim);
}

/* Embeddings of all views of the batch. */
static void
encode(CwEngine *engine, const Batch *batch)
{
    guint8 *rgb = engine->rgb;
    if (batch->n_streams == 1) {
        encode_alone(engine, batch->streams[0]->working);
        return;
    }
    for (guint i = 0; i < batch->n_streams; i++) {
        const CwPicture *picture = batch->streams[i]->working;
        const gsize n_bytes = picture->n_views * engine->view_bytes;
        memcpy(rgb, picture->rgb, n_bytes);
        rgb += n_bytes;
    }
    engine->encode(engine->encode_data, engine->rgb, batch->n_views, engine->embeddings);
}

/* Embeddings of a picture's views to those of its parts. Returns where the next picture's begin. */
static float *
keep_embeddings(CwStream *stream, float *embedding, gsize dim)
{
    const CwPicture *picture = stream->working;
    for (guint part = 0; part < picture->n_parts; part++) {
        const guint n_views = picture->parts[part].n_views;
        cw_views_average(embedding, n_views, dim);
        memcpy(stream->embeddings + part * dim, embedding, dim * sizeof *embedding);
        embedding += n_views * dim;
    }
    return embedding;
}

/* Each stream's embeddings to its teller. */
static void
hand_over(CwEngine *engine, const Batch *batch, gint64 encode_us)
{
    const gsize dim = cw_model_get_info(engine->model)->embed_dim;
    float *embedding = engine->embeddings;
    for (guint i = 0; i < batch->n_streams; i++) {
        CwStream *stream = batch->streams[i];
        const guint n_views = stream->working->n_views;
        embedding = keep_embeddings(stream, embedding, dim);
        pthread_mutex_lock(&engine->lock);
        stream->stats.encode_ns += (guint64)encode_us * 1000 * n_views / batch->n_views;
        stream->encoded = TRUE;
        pthread_cond_signal(&stream->tell); /* the stream may be gone after the unlock */
        pthread_mutex_unlock(&engine->lock);
    }
}

void *
cw_engine_work(void *data)
{
    CwEngine *engine = data;
    Batch batch;
    gint64 not_before_us = 0;
    while (wait_for_batch(engine, &batch, not_before_us)) {
        const gint64 begin_us = g_get_monotonic_time();
        encode(engine, &batch);
        hand_over(engine, &batch, g_get_monotonic_time() - begin_us);
        const gint64 now_us = g_get_monotonic_time();
        const gint64 pause_us = cw_budget_settle(&engine->budget, get_cpu_ns(), now_us);
        not_before_us = now_us + pause_us;
        pthread_mutex_lock(&engine->lock);
        cw_load_serve(&engine->load, batch.n_views, now_us - begin_us + pause_us, now_us);
        pthread_mutex_unlock(&engine->lock);
    }
    return NULL;
}
