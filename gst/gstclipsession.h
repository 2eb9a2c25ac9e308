/* What clipclassify works with between start and stop: engine, stream and prompts, and how they are
 * changed while the video goes on. */
#pragma once

#include <clipwatch/clipwatch.h>
#include <gst/gst.h>
#include <stdatomic.h>

G_BEGIN_DECLS

typedef struct {
    /* Held by whoever changes what there is, for as long as that takes: models are opened, texts
     * encoded and streams freed under it. Never taken by the streaming thread. */
    GMutex change_lock;
    CwPrompts *prompts; /* these two guarded by change_lock */
    CwPolicy *policy;   /* NULL: off */

    /* Guards what stands below, for moments. The streaming thread, which exists only between start
     * and stop and alone puts another stream in place in between, reads stream without it. */
    GMutex lock;
    CwEngine *engine;
    CwStream *stream;
    CwStream *next_stream; /* to take the place of stream before the next frame */
    CwEngine *next_engine;
    CwStream *old_stream; /* whose place was taken; not yet freed, for that may wait */
    CwEngine *old_engine;
    CwPromptsWatch *watch;
    atomic_bool has_next;
} GstClipSession;

void gst_clip_session_init(GstClipSession *session);
void gst_clip_session_clear(GstClipSession *session);

/* On errors nothing is left started. The message says whose fault it was. changed: NULL, or told of
 * the files from now on, with the stream's user_data. */
gboolean gst_clip_session_start(GstClipSession *session, const CwEngineConfig *engine,
                                const CwStreamConfig *stream, const gchar *files,
                                CwPromptsChangedFunc changed, GError **error);
void gst_clip_session_stop(GstClipSession *session);
gboolean gst_clip_session_is_started(GstClipSession *session);

/* Follows the files from now on, or none where NULL or nothing is started. What changed is told to
 * changed, which hands it to gst_clip_session_use_prompts(). Not to be called from it. */
gboolean gst_clip_session_watch(GstClipSession *session, const gchar *files,
                                CwPromptsChangedFunc changed, gpointer user_data, GError **error);

/* Changes between two frames. On errors all stays as it was; where nothing is started TRUE. */
gboolean gst_clip_session_change_prompts(GstClipSession *session, const gchar *files,
                                         gdouble threshold, GError **error);
gboolean gst_clip_session_change_threshold(GstClipSession *session, gdouble threshold,
                                           GError **error);
gboolean gst_clip_session_change_engine(GstClipSession *session, const CwEngineConfig *engine,
                                        const CwStreamConfig *stream, GError **error);

/* The same for prompts that are read already; those that are in use are left alone. */
gboolean gst_clip_session_use_prompts(GstClipSession *session, CwPrompts *prompts,
                                      gdouble threshold, GError **error);

/* The same for a policy; one that is looser is refused. */
gboolean gst_clip_session_use_policy(GstClipSession *session, CwPolicy *policy, GError **error);

/* The same for zones; NULL: none. */
gboolean gst_clip_session_use_zones(GstClipSession *session, CwZones *zones, GError **error);

/* Puts the stream in place that gst_clip_session_change_engine() made; FALSE where there is none.
 * For the streaming thread; costs next to nothing where nothing changed. */
gboolean gst_clip_session_take_next(GstClipSession *session);

/* Frees the stream whose place was taken; may wait for its listener. Not for the streaming thread.
 */
void gst_clip_session_free_old(GstClipSession *session);

/* The stream's counts; all zero where nothing is started. */
void gst_clip_session_get_stats(GstClipSession *session, CwStreamStats *stats);

void gst_clip_session_flush(GstClipSession *session);
void gst_clip_session_set_interval(GstClipSession *session, guint64 interval_ns);
void gst_clip_session_set_gate(GstClipSession *session, guint64 refresh_ns);
void gst_clip_session_set_top_k(GstClipSession *session, guint top_k);
void gst_clip_session_set_crop(GstClipSession *session, CwCrop crop);
void gst_clip_session_set_cpu_budget(GstClipSession *session, gdouble percent);

G_END_DECLS
