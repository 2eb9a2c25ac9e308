/* One decision, or one change of an episode, as a struct and as canonical JSON (schemas:
 * docs/event.schema.json, docs/episode.schema.json). */
#pragma once

#include <clipwatch/episode.h>
#include <clipwatch/monitor.h>

G_BEGIN_DECLS

#define CW_EVENT_SCHEMA   "clipwatch.event/1"
#define CW_EPISODE_SCHEMA "clipwatch.episode/1"
#define CW_ALARM_SCHEMA   "clipwatch.alarm/1"

/* No such time: stands for an unknown time in the fields below. */
#define CW_TIME_NONE G_MAXINT64

/* Where the capture time comes from. */
typedef enum {
    CW_CAPTURE_NONE = 0,       /* unknown: a file, a generator */
    CW_CAPTURE_NTP,            /* the camera's own clock, by RTP sender reports */
    CW_CAPTURE_PIPELINE_CLOCK, /* when the frame reached the element, by this machine's clock */
} CwCaptureSource;

typedef struct {
    gint64 stream_time_ns;  /* position in the medium, or CW_TIME_NONE */
    gint64 running_time_ns; /* time since the pipeline started, or CW_TIME_NONE */
    gint64 capture_time_us; /* since 1970 UTC, or CW_TIME_NONE */
    CwCaptureSource capture_source;
    guint64 timestamp_ns; /* these two are the caller's own: handed back, and in no event */
    guint64 duration_ns;
} CwFrameTimes;

/* Most bytes of a stream id. */
#define CW_STREAM_ID_MAX 255

/* One picture held against one prompt set. Pointers are borrowed from whoever hands it out and are
 * valid until the callback returns. */
typedef struct {
    char id[37];      /* UUID version 4, lower case: unique for ever */
    guint64 sequence; /* counts this stream's decisions from 0, without gaps */
    const char *stream_id;
    const char *zone; /* id of the zone or region that was looked at; NULL: the whole picture */
    CwFrameTimes times;
    gint64 age_us;      /* from the frame's arrival to this decision; 0 where not live */
    guint64 skipped;    /* sampled frames since the last decision that a newer one replaced */
    gboolean refreshed; /* this very frame was encoded; FALSE: one before it that looked alike */
    gint64 evidence_age_us; /* how much older the one is that was encoded; 0 where refreshed */
    CwCrop crop;
    const char *preprocess_digest; /* over network input, interpolation, crop, colour rules */
    const char *zones_digest;      /* over zones and masks; NULL: none */
    const CwPolicyInfo *policy;    /* that was asked; NULL: none */
    const CwClassifier *classifier;
    const CwScores *scores;   /* what may be told of the classes: not all may be among them */
    const CwScores *measured; /* of all classes, for the audit log and nobody else; NULL: scores */
    const CwGuarded *guarded; /* what the policy did; NULL: nothing */
    guint top_k; /* how many classes the event lists, 0 for all; chosen ones are always listed */
} CwDecision;

/* Of the whole decision: CHOSEN where any class is; otherwise REVIEW where a person is to look;
 * otherwise SUPPRESSED where something was chosen that is not told; otherwise the best class's.
 * guarded: NULL for none. */
CW_API CwVerdict cw_decision_judge(const CwScores *scores, const CwGuarded *guarded);

/* Appends the decision as one line of canonical JSON without a line feed: keys in a fixed order,
 * numbers as plain decimals with six places, the same under every locale. Allocates nothing once
 * the string is large enough. Thread-safe for different strings. */
CW_API void cw_event_write(const CwDecision *decision, GString *json);

/* What is told of an episode, and where it comes from. Pointers are borrowed like a decision's. */
typedef struct {
    const CwEpisode *episode;
    guint64 sequence; /* counts what is told of this stream's episodes from 0, without gaps */
    const char *stream_id;
    const char *zone;   /* as of a decision; this is of the zone alone */
    gboolean running;   /* the episode's times are running times: the medium had none of its own */
    CwFrameTimes times; /* of the frame of a decision on the same timeline: capture times are
                         * reckoned from it */
    const char *decision_id; /* of the decision that led to this; NULL where none did */
    CwCrop crop;
    const char *preprocess_digest;
    const char *zones_digest;
    const CwPolicyInfo *policy;
    const CwGuardAction
        *action; /* strictest thing that the policy did since it began; NULL: none */
    const CwClassifier *classifier;
} CwEpisodeEvent;

/* The episode as it may be told after that action (NULL: none): one that was redacted has no
 * figures. */
CW_API CwEpisode cw_episode_redact(const CwEpisode *episode, const CwGuardAction *action);

/* The same for an episode. Capture times of its beginning, peak and end are reckoned from
 * event->times. */
CW_API void cw_episode_write(const CwEpisodeEvent *event, GString *json);

/* What is told of a rate that is not as usual. Pointers are borrowed like a decision's. */
typedef struct {
    char id[37];
    const CwMonitorAlarm *alarm;
    guint64 sequence; /* counts this stream's alarms from 0 */
    const char *stream_id;
    const char *zone;
    CwFrameTimes times; /* of the first decision after the window */
    CwCrop crop;
    const char *preprocess_digest;
    const char *zones_digest;
    const CwPolicyInfo *policy;
    const CwClassifier *classifier;
} CwAlarmEvent;

/* The same for an alarm (docs/alarm.schema.json). */
CW_API void cw_alarm_write(const CwAlarmEvent *event, GString *json);

/* "start", "left", "below-enter" and the like, as in JSON; static. NULL for no end and no miss. */
CW_API const char *cw_episode_phase_to_string(CwEpisodePhase phase);
CW_API const char *cw_episode_end_to_string(CwEpisodeEnd end);
CW_API const char *cw_episode_miss_to_string(CwEpisodeMiss miss);
CW_API const char *cw_threshold_kind_to_string(CwThresholdKind kind);

/* Fills in a fresh id. Thread-safe. */
CW_API void cw_event_new_id(char id[37]);

G_END_DECLS
