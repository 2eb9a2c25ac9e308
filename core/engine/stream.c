/* The callers' side of a stream: the schedule, the slot, and what may change while it runs. */
#include "engine/internal.h"

#include <string.h>
#include <time.h>

static gboolean
check_config(const CwStreamConfig *config, GError **error)
{
    const gsize length = config->stream_id ? strlen(config->stream_id) : 0;
    if (length == 0 || length > CW_STREAM_ID_MAX || !g_utf8_validate(config->stream_id, -1, NULL)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "a stream id of %zu bytes is not 1 to %d bytes of UTF-8", length,
                    CW_STREAM_ID_MAX);
        return FALSE;
    }
    if (!cw_crop_to_string(config->crop)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "no crop %d", (int)config->crop);
        return FALSE;
    }
    return TRUE;
}

static void
free_buffers(CwPicture *picture)
{
    g_clear_pointer(&picture->rgb, g_free);
    g_clear_pointer(&picture->blocks, g_free);
    picture->room = 0;
}

static void
clear_picture(CwPicture *picture)
{
    free_buffers(picture);
    g_clear_pointer(&picture->bank, cw_bank_unref);
}

static void
free_parts(CwStream *stream)
{
    pthread_cond_destroy(&stream->tell);
    pthread_cond_destroy(&stream->done);
    for (guint i = 0; i < G_N_ELEMENTS(stream->pictures); i++)
        clear_picture(&stream->pictures[i]);
    cw_gate_clear(&stream->gate);
    cw_parts_clear(&stream->parts);
    cw_stream_episodes_clear(stream);
    cw_stream_monitors_clear(&stream->monitors);
    cw_bank_unref(stream->bank);
    g_clear_pointer(&stream->calibration, cw_calibration_unref);
    g_string_free(stream->json, TRUE);
    pthread_mutex_destroy(&stream->change_lock);
    g_free(stream->embeddings);
    g_free(stream->id);
    g_free(stream);
}

static void
init_conditions(CwStream *stream)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&stream->tell, NULL);
    pthread_cond_init(&stream->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

CwStream *
cw_stream_new(CwEngine *engine, CwPrompts *prompts, const CwStreamConfig *config, GError **error)
{
    if (!check_config(config, error))
        return NULL;
    const CwEpisodeConfig episodes = {(gint64)MIN(config->update_ns, G_MAXINT64),
                                      (gint64)MIN(config->near_miss_ns, G_MAXINT64),
                                      cw_event_new_id};
    const CwBankConfig bound_to = {config->episode ? &episodes : NULL,
                                   config->calibration,
                                   (const char *const *)engine->preprocess_digests,
                                   config->crop,
                                   config->stream_id,
                                   config->zones,
                                   config->policy};
    g_autoptr(CwBank) bank =
        cw_bank_new(engine->model, prompts, config->threshold, &bound_to, error);
    CwStreamMonitors monitors = {0};
    if (!bank || !cw_stream_monitors_open(&monitors, config->monitor_state, error)) {
        cw_stream_monitors_clear(&monitors);
        return NULL;
    }
    CwStream *stream = g_new0(CwStream, 1);
    stream->monitors = monitors;
    stream->alarm = config->alarm;
    stream->engine = engine;
    stream->id = g_strdup(config->stream_id);
    stream->decided = config->decided;
    stream->episode = config->episode;
    stream->episode_config = episodes;
    stream->calibration = config->calibration ? cw_calibration_ref(config->calibration) : NULL;
    stream->user_data = config->user_data;
    stream->bank = g_steal_pointer(&bank);
    stream->writing = &stream->pictures[0];
    stream->waiting = &stream->pictures[1];
    stream->working = &stream->pictures[2];
    stream->embeddings =
        g_new(float, CW_PARTS_MAX *(gsize)cw_model_get_info(engine->model)->embed_dim);
    stream->parts.zones = config->zones ? cw_zones_ref(config->zones) : NULL;
    pthread_mutex_init(&stream->change_lock, NULL);
    stream->json = g_string_sized_new(4096);
    stream->turn = 1; /* the first frame is taken */
    cw_gate_init(&stream->gate);
    cw_schedule_restart(&stream->schedule);
    atomic_init(&stream->gate_refresh_ns, config->gate_refresh_ns);
    atomic_init(&stream->interval_ns, config->interval_ns);
    atomic_init(&stream->top_k, config->top_k);
    atomic_init(&stream->crop, (int)config->crop);
    init_conditions(stream);
    if (pthread_create(&stream->teller, NULL, cw_stream_tell, stream) != 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "no thread for the stream '%s'", stream->id);
        free_parts(stream);
        return NULL;
    }
    pthread_setname_np(stream->teller, "clipwatch-tell");
    cw_engine_ref(engine);
    pthread_mutex_lock(&engine->lock);
    g_ptr_array_add(engine->streams, stream);
    pthread_mutex_unlock(&engine->lock);
    return stream;
}

/* Asks the teller to end open episodes. Called under the lock. */
static void
ask_for_ending(CwStream *stream, CwEpisodeEnd reason)
{
    if (!stream->episode || stream->ending != CW_EPISODE_ONGOING)
        return;
    stream->ending = reason;
    pthread_cond_signal(&stream->tell);
}

/* Whether a picture or an ending is still on its way. Called under the lock. */
static gboolean
is_busy(const CwStream *stream)
{
    return stream->waiting->ticket != 0 || stream->in_flight ||
           stream->ending != CW_EPISODE_ONGOING;
}

void
cw_stream_free(CwStream *stream)
{
    CwEngine *engine = stream->engine;
    pthread_mutex_lock(&engine->lock);
    g_ptr_array_remove(engine->streams, stream);
    stream->flushed_ticket = G_MAXUINT64;
    stream->waiting->ticket = 0;
    ask_for_ending(stream, CW_EPISODE_STREAM_ENDED);
    while (is_busy(stream))
        pthread_cond_wait(&stream->done, &engine->lock);
    stream->stopping = TRUE;
    pthread_cond_signal(&stream->tell);
    pthread_mutex_unlock(&engine->lock);
    pthread_join(stream->teller, NULL);
    cw_stream_monitors_save(stream);
    free_parts(stream);
    cw_engine_unref(engine);
}

static const CwPreprocess *
get_preprocess(const CwStream *stream)
{
    return &cw_model_get_info(stream->engine->model)->preprocess;
}

gboolean
cw_stream_set_format(CwStream *stream, const CwFrameFormat *format, GError **error)
{
    pthread_mutex_lock(&stream->engine->lock);
    cw_gate_forget(&stream->gate); /* edges fall elsewhere */
    pthread_mutex_unlock(&stream->engine->lock);
    stream->parts.n_regions = 0;
    return cw_parts_plan(&stream->parts, format, get_preprocess(stream),
                         (CwCrop)atomic_load(&stream->crop), stream->parts.zones, error);
}

gboolean
cw_stream_set_crop(CwStream *stream, CwCrop crop, GError **error)
{
    if (!cw_crop_to_string(crop)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT, "no crop %d", (int)crop);
        return FALSE;
    }
    if (stream->calibration && crop != (CwCrop)atomic_load(&stream->crop)) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "the calibration was made with crop %s: make one with %s, and start anew",
                    cw_crop_to_string((CwCrop)atomic_load(&stream->crop)), cw_crop_to_string(crop));
        return FALSE;
    }
    atomic_store(&stream->crop, (int)crop);
    return TRUE;
}

gboolean
cw_stream_due(CwStream *stream, gint64 running_time_ns)
{
    atomic_fetch_add(&stream->n_seen, 1);
    if (atomic_exchange(&stream->restart, FALSE))
        cw_schedule_restart(&stream->schedule);
    const gboolean due =
        cw_schedule_is_due(&stream->schedule, atomic_load(&stream->interval_ns), running_time_ns);
    if (!due)
        atomic_fetch_add(&stream->n_early, 1);
    return due;
}

static gboolean
make_room(CwStream *stream, CwPicture *picture)
{
    if (picture->room >= picture->n_views)
        return TRUE;
    free_buffers(picture);
    picture->rgb = g_try_malloc_n(picture->n_views, stream->engine->view_bytes);
    picture->blocks = g_try_new(guint16, (gsize)picture->n_views * CW_GATE_BLOCKS);
    if (!picture->rgb || !picture->blocks) {
        free_buffers(picture);
        return FALSE;
    }
    picture->room = picture->n_views;
    return TRUE;
}

/* What the picture consists of; its views are counted. */
static void
list_parts(CwPicture *picture, const CwParts *parts)
{
    picture->n_views = 0;
    picture->n_parts = parts->n_plans + parts->n_regions;
    for (guint i = 0; i < picture->n_parts; i++) {
        CwPart *part = &picture->parts[i];
        part->n_views = cw_image_plan_get_n_views(cw_parts_get_plan(parts, i));
        part->crop = cw_parts_get_crop(parts, i);
        part->region[0] = '\0';
        if (i >= parts->n_plans)
            g_strlcpy(part->region, parts->regions[i - parts->n_plans].id, sizeof part->region);
        picture->n_views += part->n_views;
    }
}

static void
run_plans(const CwParts *parts, const CwPicture *picture, const CwFrame *frame, gsize view_bytes)
{
    guint8 *rgb = picture->rgb;
    for (guint i = 0; i < picture->n_parts; i++) {
        cw_image_plan_run(cw_parts_get_plan(parts, i), frame, rgb);
        rgb += picture->parts[i].n_views * view_bytes;
    }
}

/* Crops and resizes into the picture that is the streaming thread's own. */
static gboolean
write_picture(CwStream *stream, const CwFrame *frame, const CwFrameTimes *times, gboolean sync)
{
    CwPicture *picture = stream->writing;
    CwParts *parts = &stream->parts;
    if (parts->n_plans == 0 ||
        !cw_parts_follow(parts, get_preprocess(stream), (CwCrop)atomic_load(&stream->crop),
                         picture->bank->zones))
        return FALSE;
    cw_parts_plan_regions(parts, get_preprocess(stream));
    list_parts(picture, parts);
    parts->n_regions = 0;
    if (!make_room(stream, picture))
        return FALSE;
    run_plans(parts, picture, frame, stream->engine->view_bytes);
    picture->times = *times;
    picture->crop = parts->crop;
    picture->arrived_us = g_get_monotonic_time();
    picture->sync = sync;
    picture->ticket = ++stream->n_tickets;
    picture->is_measured = atomic_load(&stream->gate_refresh_ns) > 0;
    picture->is_unchanged = FALSE;
    if (picture->is_measured) {
        const CwPreprocess *input = get_preprocess(stream);
        cw_gate_measure(picture->rgb, picture->n_views, input->width, input->height,
                        picture->blocks);
    }
    return TRUE;
}

/* Puts the prompts and zones as they are now into the picture that is written next. Called under
 * the lock. Returns what is to be let go of after it. */
static CwBank *
take_bank(CwStream *stream)
{
    CwBank *old = stream->writing->bank;
    stream->writing->bank = cw_bank_ref(stream->bank);
    return old;
}

/* Whether this frame is among those that all streams together leave time for. One that nobody wants
 * to wait for (sync) always is. Counts it either way. */
static gboolean
take_turn(CwStream *stream, gboolean sync)
{
    CwEngine *engine = stream->engine;
    const guint n_views = cw_parts_count_views(&stream->parts);
    pthread_mutex_lock(&engine->lock);
    CwBank *old = take_bank(stream);
    cw_rate_add(&stream->asked, g_get_monotonic_time());
    gboolean taken = TRUE;
    if (!sync) {
        cw_load_ask(&engine->load, n_views);
        stream->turn += engine->load.share;
        taken = stream->turn >= 1;
        if (taken)
            stream->turn = MIN(stream->turn - 1, 1);
    }
    if (!taken) {
        stream->stats.shed++;
        stream->n_skipped++;
    }
    pthread_mutex_unlock(&engine->lock);
    g_clear_pointer(&old, cw_bank_unref);
    return taken;
}

static void
count_failed(CwStream *stream)
{
    pthread_mutex_lock(&stream->engine->lock);
    stream->stats.failed++;
    pthread_mutex_unlock(&stream->engine->lock);
}

/* Puts the written picture where the worker finds it. Called under the lock. */
static void
post_picture(CwStream *stream)
{
    CwPicture *posted = stream->writing;
    if (posted->is_measured)
        posted->is_unchanged = cw_gate_is_unchanged(
            &stream->gate, posted->blocks, posted->n_views, posted->crop, cw_picture_get_us(posted),
            (gint64)(atomic_load(&stream->gate_refresh_ns) / 1000));
    stream->stats.sampled++;
    if (stream->waiting->ticket != 0) {
        stream->stats.replaced++;
        stream->n_skipped++;
    }
    stream->writing = stream->waiting;
    stream->waiting = posted;
    pthread_cond_signal(posted->is_unchanged ? &stream->tell : &stream->engine->work);
}

void
cw_stream_submit(CwStream *stream, const CwFrame *frame, const CwFrameTimes *times)
{
    if (!take_turn(stream, FALSE))
        return;
    if (!write_picture(stream, frame, times, FALSE)) {
        count_failed(stream);
        return;
    }
    pthread_mutex_lock(&stream->engine->lock);
    post_picture(stream);
    pthread_mutex_unlock(&stream->engine->lock);
}

gboolean
cw_stream_classify(CwStream *stream, const CwFrame *frame, const CwFrameTimes *times)
{
    CwEngine *engine = stream->engine;
    take_turn(stream, TRUE);
    if (!write_picture(stream, frame, times, TRUE)) {
        count_failed(stream);
        return FALSE;
    }
    const guint64 ticket = stream->writing->ticket;
    pthread_mutex_lock(&engine->lock);
    post_picture(stream);
    while (stream->decided_ticket < ticket && stream->flushed_ticket < ticket)
        pthread_cond_wait(&stream->done, &engine->lock);
    const gboolean decided = stream->flushed_ticket < ticket;
    pthread_mutex_unlock(&engine->lock);
    return decided;
}

void
cw_stream_flush(CwStream *stream)
{
    CwEngine *engine = stream->engine;
    atomic_store(&stream->restart, TRUE);
    pthread_mutex_lock(&engine->lock);
    cw_gate_forget(&stream->gate);
    if (stream->waiting->ticket != 0) {
        stream->flushed_ticket = stream->waiting->ticket;
        stream->waiting->ticket = 0;
        stream->stats.flushed++;
    } else if (stream->in_flight) {
        stream->flushed_ticket = stream->working->ticket;
    }
    ask_for_ending(stream, CW_EPISODE_FLUSHED);
    pthread_cond_broadcast(&stream->done);
    pthread_mutex_unlock(&engine->lock);
}

void
cw_stream_end_episodes(CwStream *stream)
{
    pthread_mutex_lock(&stream->engine->lock);
    ask_for_ending(stream, CW_EPISODE_STREAM_ENDED);
    pthread_mutex_unlock(&stream->engine->lock);
}

gboolean
cw_stream_drain(CwStream *stream, gint64 timeout_us)
{
    CwEngine *engine = stream->engine;
    struct timespec until;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const gint64 nanos = until.tv_nsec + (timeout_us % G_USEC_PER_SEC) * 1000;
    until.tv_sec += (time_t)(timeout_us / G_USEC_PER_SEC + nanos / 1000000000);
    until.tv_nsec = (long)(nanos % 1000000000);
    pthread_mutex_lock(&engine->lock);
    while (status == 0 && is_busy(stream))
        status = pthread_cond_timedwait(&stream->done, &engine->lock, &until);
    pthread_mutex_unlock(&engine->lock);
    return status == 0;
}

/* What prompts are bound to now, with these zones and that policy. */
static CwBankConfig
get_bank_config(const CwStream *stream, CwZones *zones, CwPolicy *policy)
{
    return (CwBankConfig){
        .episodes = stream->episode ? &stream->episode_config : NULL,
        .calibration = stream->calibration,
        .preprocess_digests = (const char *const *)stream->engine->preprocess_digests,
        .crop = (CwCrop)atomic_load(&stream->crop),
        .stream_id = stream->id,
        .zones = zones,
        .policy = policy,
    };
}

/* bank: (transfer full) */
static void
swap_bank(CwStream *stream, CwBank *bank)
{
    pthread_mutex_lock(&stream->engine->lock);
    CwBank *old = stream->bank;
    if (old->zones != bank->zones)
        cw_gate_forget(&stream->gate); /* views are of other parts */
    stream->bank = bank;
    pthread_mutex_unlock(&stream->engine->lock);
    cw_bank_unref(old);
}

gboolean
cw_stream_set_prompts(CwStream *stream, CwPrompts *prompts, CwThreshold threshold, GError **error)
{
    pthread_mutex_lock(&stream->change_lock);
    const CwBankConfig config = get_bank_config(stream, stream->bank->zones, stream->bank->policy);
    CwBank *bank = cw_bank_new(stream->engine->model, prompts, threshold, &config, error);
    if (bank)
        swap_bank(stream, bank);
    pthread_mutex_unlock(&stream->change_lock);
    return bank != NULL;
}

gboolean
cw_stream_set_zones(CwStream *stream, CwZones *zones, GError **error)
{
    pthread_mutex_lock(&stream->change_lock);
    const CwBankConfig config = get_bank_config(stream, zones, stream->bank->policy);
    CwBank *bank = cw_bank_new_bound(stream->bank, &config, error);
    if (bank)
        swap_bank(stream, bank);
    pthread_mutex_unlock(&stream->change_lock);
    return bank != NULL;
}

gboolean
cw_stream_set_policy(CwStream *stream, CwPolicy *policy, GError **error)
{
    CwBank *bank = NULL;
    pthread_mutex_lock(&stream->change_lock);
    if (cw_policy_is_tighter(policy, stream->bank->policy, error)) {
        const CwBankConfig config = get_bank_config(stream, stream->bank->zones, policy);
        bank = cw_bank_new_bound(stream->bank, &config, error);
        if (bank)
            swap_bank(stream, bank);
    }
    pthread_mutex_unlock(&stream->change_lock);
    return bank != NULL;
}

void
cw_stream_set_regions(CwStream *stream, const CwRegion *regions, guint n)
{
    cw_parts_set_regions(&stream->parts, regions, n);
}

void
cw_stream_set_interval(CwStream *stream, guint64 interval_ns)
{
    atomic_store(&stream->interval_ns, interval_ns);
    atomic_store(&stream->restart, TRUE);
}

void
cw_stream_set_gate(CwStream *stream, guint64 refresh_ns)
{
    atomic_store(&stream->gate_refresh_ns, refresh_ns);
}

void
cw_stream_set_top_k(CwStream *stream, guint top_k)
{
    atomic_store(&stream->top_k, top_k);
}

void
cw_stream_get_stats(CwStream *stream, CwStreamStats *stats)
{
    const gint64 now_us = g_get_monotonic_time();
    pthread_mutex_lock(&stream->engine->lock);
    *stats = stream->stats;
    stats->age_p50_us = cw_ages_quantile(&stream->ages, 0.5);
    stats->age_p95_us = cw_ages_quantile(&stream->ages, 0.95);
    stats->asked_per_second = cw_rate_get(&stream->asked, now_us);
    stats->held_per_second = cw_rate_get(&stream->held, now_us);
    pthread_mutex_unlock(&stream->engine->lock);
    stats->seen = atomic_load(&stream->n_seen);
    stats->early = atomic_load(&stream->n_early);
}
