/* What the engine's parts share: engine.c (its life), worker.c (encodes), tell.c (scores and tells,
 * one thread a stream) and stream.c (the callers' side). */
#pragma once

#include "engine/ages.h"
#include "engine/bank.h"
#include "engine/budget.h"
#include "engine/episodes.h"
#include "engine/gate.h"
#include "engine/load.h"
#include "engine/monitors.h"
#include "engine/parts.h"
#include "engine/rate.h"
#include "engine/schedule.h"

#include <clipwatch/engine.h>

#include <pthread.h>
#include <stdatomic.h>

/* Views that are encoded at once. The views of a picture always go together: one that has more goes
 * alone, and is encoded in pieces. */
#define CW_ENGINE_BATCH CW_IMAGE_MAX_VIEWS

/* One part of it. */
typedef struct {
    guint n_views;
    CwCrop crop;
    char region[CW_ZONE_ID_MAX + 1]; /* the region's id where it is one */
} CwPart;

/* One sampled picture on its way. A stream has three: one being written by the streaming thread,
 * one waiting, one being encoded or told; they change places by pointer. */
typedef struct {
    guint8 *rgb;     /* [n_views][3][height][width] */
    guint16 *blocks; /* [n_views][CW_GATE_BLOCKS] where the gate is on */
    guint room;      /* views that these two hold */
    guint n_views;   /* of all parts */
    guint n_parts;
    CwPart parts[CW_PARTS_MAX];
    CwBank *bank; /* of when it was taken: its zones are the picture's; NULL before the first one */
    CwFrameTimes times;
    CwCrop crop;       /* of the whole picture */
    gint64 arrived_us; /* monotonic */
    guint64 ticket;    /* counts the stream's pictures; 0: none */
    gboolean sync;
    gboolean is_measured;  /* blocks is filled in */
    gboolean is_unchanged; /* it looks like the last that was encoded, whose embedding serves it */
} CwPicture;

/* By the stream's own time, where it has one: files are played as fast as they can be. */
static inline gint64
cw_picture_get_us(const CwPicture *picture)
{
    const gint64 running_ns = picture->times.running_time_ns;
    return running_ns == CW_TIME_NONE ? picture->arrived_us : running_ns / 1000;
}

struct _CwStream {
    CwEngine *engine;
    char *id;
    CwDecisionFunc decided;
    CwEpisodeEventFunc episode;
    CwAlarmFunc alarm;
    CwEpisodeConfig episode_config;
    CwCalibration *calibration; /* NULL: none */
    gpointer user_data;
    pthread_t teller;

    /* Of the streaming thread. */
    CwParts parts;
    CwSchedule schedule;
    CwPicture *writing;
    guint64 n_tickets;
    double turn; /* grows by the engine's share with each frame that is due: at 1 it is taken */

    /* Held by whoever changes bank, for as long as that takes; taken before the engine's lock. */
    pthread_mutex_t change_lock;

    /* Set by any thread, read by the streaming thread or the teller. */
    _Atomic guint64 interval_ns;
    atomic_uint top_k;
    atomic_int crop;
    _Atomic guint64 gate_refresh_ns; /* 0: the gate is off */
    atomic_bool restart;             /* the schedule is to begin anew */
    _Atomic guint64 n_seen;
    _Atomic guint64 n_early;

    /* Guarded by the engine's lock. */
    pthread_cond_t
        tell; /* something is encoded or needs not be, episodes are to end, or stopping */
    pthread_cond_t done; /* something was decided or flushed */
    CwPicture *waiting;  /* its ticket is 0 where none waits */
    CwPicture *working;
    gboolean in_flight;     /* the worker or the teller has working in hand */
    gboolean encoded;       /* it is the teller's turn */
    gboolean stopping;      /* the teller is to end */
    guint64 decided_ticket; /* the last picture that was decided on */
    guint64 flushed_ticket; /* pictures up to here are to be forgotten */
    CwEpisodeEnd ending;    /* why open episodes are to be ended; ONGOING: they are not */
    CwBank *bank;
    CwStreamStats stats; /* without what is counted or worked out elsewhere */
    guint64 n_skipped;   /* shed or replaced since the last decision */
    CwAges ages;
    CwRate asked, held;
    CwGate gate;

    /* Of whoever has working in hand. */
    CwPicture pictures[3];
    CwBank *bank_in_flight;
    guint64 skipped_in_flight;
    float *embeddings;       /* [CW_PARTS_MAX][embed_dim], of the last picture that was encoded */
    CwFrameTimes seen_times; /* of that picture */
    gint64 seen_us;          /* when it arrived */

    /* Of the teller. */
    guint64 sequence;
    CwStreamEpisodes episodes;
    CwStreamMonitors monitors;
    GString *json;
};

/* Turns n normalised views into embeddings. */
typedef void (*CwEncodeFunc)(gpointer data, const guint8 *rgb, guint n, float *embeddings);

struct _CwEngine {
    guint references; /* guarded by the registry's lock */
    char *key;        /* in the registry */
    CwModel *model;
    guint n_threads;
    char *preprocess_digests[CW_CROP_TILES + 1];
    gsize view_bytes; /* of one [3][height][width] picture */

    pthread_t worker;
    pthread_mutex_t lock; /* guards what stands below and every stream's part above */
    pthread_cond_t work;  /* something waits, a stream was told, the budget changed, or stopping */
    GPtrArray *streams;
    guint next; /* stream that is looked at first */
    gboolean stopping;
    CwLoad load;
    double cpu_percent; /* as last set */
    gboolean is_budget_new;

    /* Of the worker. */
    CwBudget budget;
    CwEncodeFunc encode;
    gpointer encode_data;
    CwWorkspace *workspace;
    guint8 *rgb;       /* [CW_ENGINE_BATCH][3][height][width] */
    float *embeddings; /* [CW_PARTS_MAX_VIEWS][embed_dim] */
};

/* Makes an engine for an open model and starts its worker; the registry owns the first reference.
 * encode: in place of the model's own image tower, or NULL. */
CwEngine *cw_engine_new(CwModel *model, const CwEngineConfig *config, CwEncodeFunc encode,
                        gpointer encode_data, GError **error);

/* Stops the worker and frees; no stream is left. */
void cw_engine_free(CwEngine *engine);

/* The stream's waiting picture becomes its working one. Called under the lock. */
void cw_stream_take_waiting(CwStream *stream);

/* The worker's thread: data is the engine. Ends when it is stopping. */
void *cw_engine_work(void *data);

/* The teller's thread: data is the stream. Ends when it is stopping. */
void *cw_stream_tell(void *data);
