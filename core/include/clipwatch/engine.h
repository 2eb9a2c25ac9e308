/* The chain: sample, encode, score, decide, tell. One engine per process and model, shared by every
 * stream; a stream is one camera or file. */
#pragma once

#include <clipwatch/calibration.h>
#include <clipwatch/event.h>
#include <clipwatch/image.h>
#include <clipwatch/policy.h>
#include <clipwatch/zones.h>

G_BEGIN_DECLS

/* An open model with its worker. Shared by reference; every function is thread-safe. */
typedef struct _CwEngine CwEngine;

/* One source of frames. cw_stream_due(), _submit(), _classify(), _set_format() and
 * _set_regions() belong to one thread (the streaming thread), the other functions may be called
 * from any. */
typedef struct _CwStream CwStream;

typedef struct {
    const char *model;     /* as for cw_model_open() */
    CwPrecision precision; /* of its products */
    const char *id;        /* engines of different ids are never the same; NULL: "" */
    guint n_threads;       /* CPUs that the encoder uses, 0: all that the process may; what the
                            * engine was made with stays */
    double cpu_percent;    /* see cw_engine_set_cpu_budget(); of who opens it first */
} CwEngineConfig;

/* The engine of this process for that model, precision and id: found or made. */
CW_API CwEngine *cw_engine_open_with(const CwEngineConfig *config, GError **error);

/* The one with all CPUs, no id and no budget. */
CW_API CwEngine *cw_engine_open(const char *model, CwPrecision precision, GError **error);
CW_API CwEngine *cw_engine_ref(CwEngine *engine);
CW_API void cw_engine_unref(CwEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwEngine, cw_engine_unref)

CW_API CwModel *cw_engine_get_model(CwEngine *engine); /* (transfer none) */

CW_API guint cw_engine_get_threads(CwEngine *engine); /* as it was made */

/* Holds the encoder to that percentage of the CPUs that the process may use (0 or 100: no limit) by
 * pauses between batches; the streams' rates fall with it. Counted is the time of the worker and
 * of the process's pool. CW_ERROR_ARGUMENT for what is not 0 to 100. */
CW_API gboolean cw_engine_set_cpu_budget(CwEngine *engine, double percent, GError **error);

/* Told of each decision: json is the event's line, valid until the call returns. Called from a
 * thread of the stream's own under no lock, one call at a time; while one lasts the stream is not
 * encoded, and the other streams go on. It may call cw_stream_get_stats(), and nothing else of its
 * stream or engine. */
typedef void (*CwDecisionFunc)(const CwDecision *decision, const char *json, gpointer user_data);

/* Told of each change of an episode, in the same way, behind the decision that led to it. */
typedef void (*CwEpisodeEventFunc)(const CwEpisodeEvent *event, const char *json,
                                   gpointer user_data);

/* Told of a rate that is not as usual, in the same way, behind the decision that closed its window.
 */
typedef void (*CwAlarmFunc)(const CwAlarmEvent *event, const char *json, gpointer user_data);

typedef struct {
    const char *stream_id; /* copied; at most CW_STREAM_ID_MAX bytes of UTF-8 */
    CwCrop crop;
    guint top_k;                /* classes listed in an event, 0 for all */
    CwThreshold threshold;      /* for classes that name none */
    guint64 interval_ns;        /* time between two sampled frames, 0 for every frame */
    CwDecisionFunc decided;     /* may be NULL */
    CwEpisodeEventFunc episode; /* NULL: no episodes are followed */
    guint64 update_ns;          /* least time between two updates of an episode; 0: none */
    guint64 near_miss_ns;       /* least time between two near misses of a class; 0: none */
    CwCalibration *calibration; /* referenced; NULL: none. It must fit every set of the prompts, now
                                 * and when they change, and the crop may not change */
    CwZones *zones;             /* see cw_stream_set_zones(); referenced; NULL: none */
    CwPolicy *policy;           /* what may be asked and told; referenced; NULL: everything may */
    CwAlarmFunc alarm;          /* NULL: no rates are followed; nor where the policy says nothing */
    const char *monitor_state;  /* file in which what is usual outlives the stream, each its own;
                                 * copied; NULL: none */
    guint64 gate_refresh_ns;    /* see cw_stream_set_gate() */
    gpointer user_data;
} CwStreamConfig;

/* Counts since the stream was made. Every frame that was seen is early, shed, failed or sampled;
 * what was sampled is replaced, flushed, decided or on its way. */
typedef struct {
    guint64 seen;       /* frames that cw_stream_due() was asked about */
    guint64 early;      /* not due yet */
    guint64 shed;       /* due, and left out because all streams ask for more than can be done */
    guint64 failed;     /* due, but no format is set or memory is out */
    guint64 sampled;    /* frames taken */
    guint64 replaced;   /* taken, then replaced by a newer one before the worker came */
    guint64 flushed;    /* taken, then dropped by a flush */
    guint64 decided;    /* frames decided on */
    guint64 unchanged;  /* of these, by the embedding of an earlier frame (cw_stream_set_gate()) */
    guint64 unsaved;    /* times that monitor_state could not be written */
    guint64 encode_ns;  /* time spent encoding this stream's frames */
    gint64 last_age_us; /* from a frame's arrival to its decision, of the last one */
    gint64 age_p50_us;  /* of the latest thousand or so decisions; 0 before the first */
    gint64 age_p95_us;
    double asked_per_second; /* frames that were due lately, per second of the clock */
    double held_per_second;  /* decisions */
} CwStreamStats;

CW_API CwStream *cw_stream_new(CwEngine *engine, CwPrompts *prompts, const CwStreamConfig *config,
                               GError **error);

/* Drops what is pending, has open episodes ended as by cw_stream_end_episodes() and waits for the
 * callbacks under way; afterwards none is made. */
CW_API void cw_stream_free(CwStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwStream, cw_stream_free)

/* A new frame format (caps). What is pending is kept. On error no frame is taken until a format
 * could be set: the old one would misread it. */
CW_API gboolean cw_stream_set_format(CwStream *stream, const CwFrameFormat *format, GError **error);

/* Whether the frame at this running time is to be sampled; advances the schedule when it is. A
 * frame without a time (CW_TIME_NONE or negative) is. */
CW_API gboolean cw_stream_due(CwStream *stream, gint64 running_time_ns);

/* Crops and resizes the frame into the stream's slot and wakes the worker; a frame that still waits
 * there is replaced. Never waits for inference. */
CW_API void cw_stream_submit(CwStream *stream, const CwFrame *frame, const CwFrameTimes *times);

/* The same, but returns when the frame is decided and its callbacks have run; for files. FALSE when
 * a flush came between, or no format is set. */
CW_API gboolean cw_stream_classify(CwStream *stream, const CwFrame *frame,
                                   const CwFrameTimes *times);

/* Forgets the pending frame and the schedule and ends open episodes, as after a seek; unblocks
 * cw_stream_classify(). */
CW_API void cw_stream_flush(CwStream *stream);

/* Ends open episodes because the stream has ended. It is told of before any later frame;
 * drain first, so that the last frame still counts, and again to wait for it. */
CW_API void cw_stream_end_episodes(CwStream *stream);

/* Waits until what is pending is decided, at most timeout_us; FALSE when it took longer. */
CW_API gboolean cw_stream_drain(CwStream *stream, gint64 timeout_us);

/* Swaps the prompts between two frames; on error the old ones stay. Encodes the new texts in the
 * calling thread. */
CW_API gboolean cw_stream_set_prompts(CwStream *stream, CwPrompts *prompts, CwThreshold threshold,
                                      GError **error);

/* Swaps zones and masks between two frames; NULL: the whole picture alone, nothing masked. On error
 * (a calibration that does not fit) the old ones stay. Each zone is decided on for itself, in the
 * same batch as the whole picture: of each frame there is a decision for each part and prompt set,
 * parts in the order of the file. Baselines and episodes are of a stream and zone. */
CW_API gboolean cw_stream_set_zones(CwStream *stream, CwZones *zones, GError **error);

/* Another policy between two frames: one that is tighter (cw_policy_is_tighter()) and admits the
 * prompts in use. CW_ERROR_REFUSED for any other, and the old one stays. */
CW_API gboolean cw_stream_set_policy(CwStream *stream, CwPolicy *policy, GError **error);

/* What a detector found in the next frame that is submitted or classified, and in no other: each is
 * decided on like a zone, letterboxed, but has no baseline and no episodes. With the zones there
 * are CW_ZONES_MAX at most; what is more, or smaller than nothing, is left out. */
CW_API void cw_stream_set_regions(CwStream *stream, const CwRegion *regions, guint n);

CW_API void cw_stream_set_interval(CwStream *stream, guint64 interval_ns);
CW_API void cw_stream_set_top_k(CwStream *stream, guint top_k);

/* A picture that looks like the last that was encoded, in the whole and in every zone, is not
 * encoded again: it is decided on by
 * that one's embedding, and its decision says so. How much may move is learnt from the noise of the
 * camera; what happens in a part of the picture smaller than a thirtieth of its side, or in the
 * colours alone, may pass unseen until the picture is refreshed: after refresh_ns at the latest.
 * 0: every picture is encoded. */
CW_API void cw_stream_set_gate(CwStream *stream, guint64 refresh_ns);
CW_API gboolean cw_stream_set_crop(CwStream *stream, CwCrop crop, GError **error);

CW_API void cw_stream_get_stats(CwStream *stream, CwStreamStats *stats);

G_END_DECLS
