#include "gstclipsession.h"

#include "gstclipproperties.h"

void
gst_clip_session_init(GstClipSession *session)
{
    g_mutex_init(&session->change_lock);
    g_mutex_init(&session->lock);
}

void
gst_clip_session_clear(GstClipSession *session)
{
    g_mutex_clear(&session->change_lock);
    g_mutex_clear(&session->lock);
}

/* An engine with a stream of its own. */
static CwStream *
open_stream(const CwEngineConfig *engine_config, const CwStreamConfig *config, CwPrompts *prompts,
            CwEngine **engine, GError **error)
{
    g_autoptr(CwEngine) opened = cw_engine_open_with(engine_config, error);
    if (!opened) {
        g_prefix_error(error, "Model: ");
        return NULL;
    }
    if (engine_config->cpu_percent > 0)
        cw_engine_set_cpu_budget(opened, engine_config->cpu_percent, NULL); /* in range */
    CwStream *stream = cw_stream_new(opened, prompts, config, error);
    if (!stream) {
        g_prefix_error(error, "Stream: ");
        return NULL;
    }
    *engine = g_steal_pointer(&opened);
    return stream;
}

/* Puts another watch in place, or NULL. */
static void
set_watch(GstClipSession *session, CwPromptsWatch *watch)
{
    g_mutex_lock(&session->lock);
    CwPromptsWatch *old = session->watch;
    session->watch = watch;
    g_mutex_unlock(&session->lock);
    /* Under no lock: it waits for a call of changed(), which takes the locks itself. */
    g_clear_pointer(&old, cw_prompts_watch_free);
}

/* Takes one of the session's pairs and frees it. Called under the change lock. */
static void
free_pair(GstClipSession *session, CwStream **stream_field, CwEngine **engine_field)
{
    g_mutex_lock(&session->lock);
    CwStream *stream = g_steal_pointer(stream_field);
    CwEngine *engine = g_steal_pointer(engine_field);
    g_mutex_unlock(&session->lock);
    g_clear_pointer(&stream, cw_stream_free);
    g_clear_pointer(&engine, cw_engine_unref);
}

void
gst_clip_session_stop(GstClipSession *session)
{
    set_watch(session, NULL);
    g_mutex_lock(&session->change_lock);
    atomic_store(&session->has_next, FALSE);
    free_pair(session, &session->next_stream, &session->next_engine);
    free_pair(session, &session->stream, &session->engine);
    free_pair(session, &session->old_stream, &session->old_engine);
    g_clear_pointer(&session->prompts, cw_prompts_unref);
    g_clear_pointer(&session->policy, cw_policy_unref);
    g_mutex_unlock(&session->change_lock);
}

gboolean
gst_clip_session_is_started(GstClipSession *session)
{
    g_mutex_lock(&session->lock);
    const gboolean is_started = session->stream != NULL;
    g_mutex_unlock(&session->lock);
    return is_started;
}

gboolean
gst_clip_session_watch(GstClipSession *session, const gchar *files, CwPromptsChangedFunc changed,
                       gpointer user_data, GError **error)
{
    CwPromptsWatch *watch = NULL;
    if (gst_clip_session_is_started(session) && files &&
        !(watch = cw_prompts_watch_new(files, changed, user_data, error)))
        return FALSE;
    set_watch(session, watch);
    return TRUE;
}

/* Called under the change lock. */
static gboolean
start(GstClipSession *session, const CwEngineConfig *engine_config, const CwStreamConfig *config,
      const gchar *files, GError **error)
{
    g_autoptr(CwPrompts) prompts = cw_prompts_load(files, error);
    CwEngine *engine;
    if (!prompts) {
        g_prefix_error(error, "Prompts: ");
        return FALSE;
    }
    CwStream *stream = open_stream(engine_config, config, prompts, &engine, error);
    if (!stream)
        return FALSE;
    session->prompts = g_steal_pointer(&prompts);
    session->policy = config->policy ? cw_policy_ref(config->policy) : NULL;
    g_mutex_lock(&session->lock);
    session->engine = engine;
    session->stream = stream;
    g_mutex_unlock(&session->lock);
    return TRUE;
}

gboolean
gst_clip_session_start(GstClipSession *session, const CwEngineConfig *engine_config,
                       const CwStreamConfig *config, const gchar *files,
                       CwPromptsChangedFunc changed, GError **error)
{
    /* Watched before they are read, so that no change falls between; what is told meanwhile waits
     * for the lock. */
    CwPromptsWatch *watch = NULL;
    if (changed && !(watch = cw_prompts_watch_new(files, changed, config->user_data, error))) {
        g_prefix_error(error, "Prompts: ");
        return FALSE;
    }
    set_watch(session, watch);
    g_mutex_lock(&session->change_lock);
    const gboolean started = start(session, engine_config, config, files, error);
    g_mutex_unlock(&session->change_lock);
    if (!started)
        set_watch(session, NULL);
    return started;
}

/* The stream that later frames will go to, or NULL. Called under the change lock, for as long as
 * which it lives. */
static CwStream *
get_newest(GstClipSession *session)
{
    g_mutex_lock(&session->lock);
    CwStream *stream = session->next_stream ? session->next_stream : session->stream;
    g_mutex_unlock(&session->lock);
    return stream;
}

/* Called under the change lock. */
static gboolean
use_prompts(GstClipSession *session, CwPrompts *prompts, gdouble threshold, GError **error)
{
    CwStream *stream = get_newest(session);
    if (!stream)
        return TRUE;
    if (!cw_stream_set_prompts(stream, prompts, gst_clip_threshold_from_value(threshold), error))
        return FALSE;
    CwPrompts *old = session->prompts;
    session->prompts = cw_prompts_ref(prompts);
    cw_prompts_unref(old);
    return TRUE;
}

gboolean
gst_clip_session_change_prompts(GstClipSession *session, const gchar *files, gdouble threshold,
                                GError **error)
{
    g_mutex_lock(&session->change_lock);
    gboolean done = TRUE;
    if (session->prompts) {
        g_autoptr(CwPrompts) prompts = cw_prompts_load(files, error);
        done = prompts && use_prompts(session, prompts, threshold, error);
    }
    g_mutex_unlock(&session->change_lock);
    return done;
}

gboolean
gst_clip_session_change_threshold(GstClipSession *session, gdouble threshold, GError **error)
{
    g_mutex_lock(&session->change_lock);
    const gboolean done =
        !session->prompts || use_prompts(session, session->prompts, threshold, error);
    g_mutex_unlock(&session->change_lock);
    return done;
}

/* Whether they look for the same: a file may be touched and saved as it was. */
static gboolean
are_same(const CwPrompts *a, const CwPrompts *b)
{
    if (cw_prompts_get_n_sets(a) != cw_prompts_get_n_sets(b))
        return FALSE;
    for (guint i = 0; i < cw_prompts_get_n_sets(a); i++) {
        const CwPromptSet *one = cw_prompts_get_set(a, i), *other = cw_prompts_get_set(b, i);
        if (!g_str_equal(one->digest, other->digest) || !g_str_equal(one->name, other->name))
            return FALSE;
    }
    return TRUE;
}

gboolean
gst_clip_session_use_prompts(GstClipSession *session, CwPrompts *prompts, gdouble threshold,
                             GError **error)
{
    g_mutex_lock(&session->change_lock);
    const gboolean done = !session->prompts || are_same(session->prompts, prompts) ||
                          use_prompts(session, prompts, threshold, error);
    g_mutex_unlock(&session->change_lock);
    return done;
}

gboolean
gst_clip_session_use_policy(GstClipSession *session, CwPolicy *policy, GError **error)
{
    g_mutex_lock(&session->change_lock);
    CwStream *stream = get_newest(session);
    const gboolean done = !stream || cw_stream_set_policy(stream, policy, error);
    if (stream && done) {
        g_clear_pointer(&session->policy, cw_policy_unref);
        session->policy = policy ? cw_policy_ref(policy) : NULL;
    }
    g_mutex_unlock(&session->change_lock);
    return done;
}

gboolean
gst_clip_session_use_zones(GstClipSession *session, CwZones *zones, GError **error)
{
    g_mutex_lock(&session->change_lock);
    CwStream *stream = get_newest(session);
    const gboolean done = !stream || cw_stream_set_zones(stream, zones, error);
    g_mutex_unlock(&session->change_lock);
    return done;
}

gboolean
gst_clip_session_change_engine(GstClipSession *session, const CwEngineConfig *engine_config,
                               const CwStreamConfig *config, GError **error)
{
    CwEngine *engine = NULL;
    CwStream *stream = NULL;
    g_mutex_lock(&session->change_lock);
    const gboolean is_started = session->prompts != NULL;
    if (is_started) {
        CwStreamConfig same_policy = *config; /* its file may have become looser */
        same_policy.policy = session->policy;
        stream = open_stream(engine_config, &same_policy, session->prompts, &engine, error);
    }
    if (stream) {
        atomic_store(&session->has_next, FALSE);
        free_pair(session, &session->next_stream, &session->next_engine);
        free_pair(session, &session->old_stream, &session->old_engine);
        g_mutex_lock(&session->lock);
        session->next_stream = stream;
        session->next_engine = engine;
        atomic_store(&session->has_next, TRUE);
        g_mutex_unlock(&session->lock);
    }
    g_mutex_unlock(&session->change_lock);
    return !is_started || stream;
}

gboolean
gst_clip_session_take_next(GstClipSession *session)
{
    if (!atomic_load(&session->has_next))
        return FALSE;
    g_mutex_lock(&session->lock);
    const gboolean taken = session->next_stream != NULL;
    if (taken) {
        session->old_stream = session->stream;
        session->old_engine = session->engine;
        session->stream = g_steal_pointer(&session->next_stream);
        session->engine = g_steal_pointer(&session->next_engine);
    }
    atomic_store(&session->has_next, FALSE);
    g_mutex_unlock(&session->lock);
    return taken;
}

void
gst_clip_session_free_old(GstClipSession *session)
{
    g_mutex_lock(&session->change_lock);
    free_pair(session, &session->old_stream, &session->old_engine);
    g_mutex_unlock(&session->change_lock);
}

void
gst_clip_session_get_stats(GstClipSession *session, CwStreamStats *stats)
{
    *stats = (CwStreamStats){0};
    g_mutex_lock(&session->lock);
    if (session->stream)
        cw_stream_get_stats(session->stream, stats);
    g_mutex_unlock(&session->lock);
}

void
gst_clip_session_flush(GstClipSession *session)
{
    g_mutex_lock(&session->lock);
    if (session->stream)
        cw_stream_flush(session->stream);
    g_mutex_unlock(&session->lock);
}

void
gst_clip_session_set_interval(GstClipSession *session, guint64 interval_ns)
{
    g_mutex_lock(&session->lock);
    if (session->stream)
        cw_stream_set_interval(session->stream, interval_ns);
    if (session->next_stream)
        cw_stream_set_interval(session->next_stream, interval_ns);
    g_mutex_unlock(&session->lock);
}

void
gst_clip_session_set_gate(GstClipSession *session, guint64 refresh_ns)
{
    g_mutex_lock(&session->lock);
    if (session->stream)
        cw_stream_set_gate(session->stream, refresh_ns);
    if (session->next_stream)
        cw_stream_set_gate(session->next_stream, refresh_ns);
    g_mutex_unlock(&session->lock);
}

void
gst_clip_session_set_top_k(GstClipSession *session, guint top_k)
{
    g_mutex_lock(&session->lock);
    if (session->stream)
        cw_stream_set_top_k(session->stream, top_k);
    if (session->next_stream)
        cw_stream_set_top_k(session->next_stream, top_k);
    g_mutex_unlock(&session->lock);
}

void
gst_clip_session_set_crop(GstClipSession *session, CwCrop crop)
{
    g_mutex_lock(&session->lock);
    if (session->stream)
        cw_stream_set_crop(session->stream, crop, NULL); /* the enum holds only known ones */
    if (session->next_stream)
        cw_stream_set_crop(session->next_stream, crop, NULL);
    g_mutex_unlock(&session->lock);
}

void
gst_clip_session_set_cpu_budget(GstClipSession *session, gdouble percent)
{
    g_mutex_lock(&session->lock);
    if (session->engine)
        cw_engine_set_cpu_budget(session->engine, percent, NULL); /* 0 to 100 as a property */
    if (session->next_engine)
        cw_engine_set_cpu_budget(session->next_engine, percent, NULL);
    g_mutex_unlock(&session->lock);
}
