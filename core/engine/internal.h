/* What engine.c (the worker) and stream.c (the callers' side) share. */
#pragma once

#include "engine/bank.h"
#include "engine/episodes.h"
#include "engine/schedule.h"

#include <clipwatch/engine.h>

#include <pthread.h>
#include <stdatomic.h>

/* Views that are encoded at once. A stream's tiles always go together. */
#define CW_ENGINE_BATCH CW_IMAGE_MAX_VIEWS

/* One sampled picture on its way. A stream has three: one being written by the streaming thread,
 * one waiting, one with the worker; they change places by pointer. */
typedef struct {
    guint8 *rgb; /* [n_views][3][height][width] */
    guint room;  /* views that rgb holds */
    guint n_views;
    CwFrameTimes times;
    CwCrop crop;
    gint64 arrived_us; /* monotonic */
    guint64 ticket;    /* counts the stream's pictures; 0: none */
    gboolean sync;
} CwPicture;

struct _CwStream {
    CwEngine *engine;
    char *id;
    CwDecisionFunc decided;
    CwEpisodeEventFunc episode;
    CwEpisodeConfig episode_config;
    gpointer user_data;

    /* Of the streaming thread. */
    CwFrameFormat format;
    CwCrop plan_crop;  /* of plan */
    CwCrop tried_crop; /* the last that a plan was asked for */
    CwImagePlan *plan; /* NULL before the first format */
    CwSchedule schedule;
    CwPicture *writing;
    guint64 n_tickets;

    /* Set by any thread, read by the streaming thread or the worker. */
    _Atomic guint64 interval_ns;
    atomic_uint top_k;
    atomic_int crop;
    atomic_bool restart; /* the schedule is to begin anew */
    _Atomic guint64 n_seen;

    /* Guarded by the engine's lock. */
    CwPicture *waiting; /* its ticket is 0 where none waits */
    CwPicture *working;
    gboolean in_flight;     /* the worker has working in hand */
    guint64 decided_ticket; /* the last picture that was decided on */
    guint64 flushed_ticket; /* pictures up to here are to be forgotten */
    CwEpisodeEnd ending;    /* why open episodes are to be ended; ONGOING: they are not */
    CwBank *bank;
    CwStreamStats stats; /* without seen */
    guint64 n_skipped;   /* replaced since the last decision */

    /* Of the worker. */
    CwPicture pictures[3];
    CwBank *bank_in_flight;
    guint64 skipped_in_flight;
    guint64 sequence;
    CwStreamEpisodes episodes;
};

struct _CwEngine {
    guint references; /* guarded by the registry's lock */
    char *key;        /* in the registry */
    CwModel *model;
    char *preprocess_digests[CW_CROP_TILES + 1];
    gsize view_bytes; /* of one [3][height][width] picture */

    pthread_t worker;
    pthread_mutex_t lock; /* guards streams, next, stopping and every stream's part above */
    pthread_cond_t work;  /* something waits, or stopping */
    pthread_cond_t done;  /* something was decided or flushed */
    GPtrArray *streams;
    guint next; /* stream that is looked at first */
    gboolean stopping;

    /* Of the worker. */
    CwWorkspace *workspace;
    float *pixels;     /* [CW_ENGINE_BATCH][3][height][width] */
    float *embeddings; /* [CW_ENGINE_BATCH][embed_dim] */
    GString *json;
};

/* Makes an engine for an open model and starts its worker; the registry owns the first reference.
 */
CwEngine *cw_engine_new(CwModel *model, GError **error);

/* Stops the worker and frees; no stream is left. */
void cw_engine_free(CwEngine *engine);
