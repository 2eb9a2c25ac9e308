/* Decisions to episodes: the spans during which a class holds, without flicker. */
#pragma once

#include <clipwatch/classify.h>

G_BEGIN_DECLS

typedef enum {
    CW_EPISODE_START = 0, /* the class holds */
    CW_EPISODE_UPDATE,    /* it still does */
    CW_EPISODE_END,       /* it does no more, or nobody knows */
    CW_EPISODE_NEAR_MISS, /* it came near, and no episode came of it: for whoever sets thresholds */
} CwEpisodePhase;

typedef enum {
    CW_EPISODE_ONGOING = 0,
    CW_EPISODE_LEFT,          /* the scores left it */
    CW_EPISODE_GAP,           /* no decision for longer than the rule's gap */
    CW_EPISODE_DISCONTINUITY, /* time went back */
    CW_EPISODE_FLUSHED,       /* a seek or flush */
    CW_EPISODE_REPLACED,      /* other prompts or thresholds came */
    CW_EPISODE_STREAM_ENDED,
} CwEpisodeEnd;

/* What a near miss lacked. */
typedef enum {
    CW_EPISODE_NOT_MISSED = 0,
    CW_EPISODE_BELOW_ENTER,     /* no score reached enter */
    CW_EPISODE_TOO_LITTLE,      /* some did, fewer than the evidence asks for */
    CW_EPISODE_TOO_SHORT,       /* enough did, for less than the dwell */
    CW_EPISODE_DURING_COOLDOWN, /* too soon after the last episode */
} CwEpisodeMiss;

/* One thing to tell. Times are those that were given with the decisions. */
typedef struct {
    CwEpisodePhase phase;
    char id[37]; /* the same from start to end; one of its own for a near miss */
    guint class_index;
    CwEpisodeRule rule; /* what it was held against */
    gint64 time_ns;     /* of the decision that led to this, or the last one before the end */
    gint64 begin_ns;    /* of the first evidence; an episode is told later than it begins */
    gint64 last_ns;     /* of the last decision that it held at: where it ends, once it has ended */
    gint64 peak_ns;
    double peak;         /* best score, and when; in what rule.kind says */
    double score;        /* of the decision at time_ns; NAN where there is no such number */
    guint64 n_evidence;  /* decisions from begin_ns on that reached enter */
    guint64 n_decisions; /* decisions from begin_ns on */
    CwEpisodeEnd ended;
    CwEpisodeMiss missed;
    guint64 n_unsampled; /* near misses of this class since the last that was told */
} CwEpisode;

/* Valid until the call returns. */
typedef void (*CwEpisodeFunc)(const CwEpisode *episode, gpointer user_data);

typedef struct {
    gint64 update_ns;            /* least time between two updates of an episode; 0: none */
    gint64 near_miss_ns;         /* least time between two near misses of a class; 0: none */
    void (*new_id)(char id[37]); /* fills in an id; cw_event_new_id() does */
} CwEpisodeConfig;

/* The rule of a class as it is applied: what its file leaves open is filled in from the threshold
 * it is held against. kind NONE for a background class, and for one of an independent set without a
 * threshold. CW_ERROR_FORMAT where leave would be above enter. */
CW_API gboolean cw_episode_rule_resolve(const CwPromptSet *set, guint class_index,
                                        CwThreshold threshold, CwEpisodeRule *rule, GError **error);

/* The event machine of one stream and prompt set: a state for each class. Belongs to one thread.
 *
 * A class is evidenced by a decision whose score reaches enter, and kept by one that reaches leave.
 * When k of the last n decisions are evidence it begins to hold; it goes on holding as long as k of
 * the last n decisions keep it. Once it has held for the dwell, and the cooldown is over, its
 * episode starts; when it stops holding the episode ends. A score that is not a number is neither.
 * Deterministic, and allocates nothing after it was made. */
typedef struct _CwEpisodes CwEpisodes;

/* One rule for each class; both arguments are copied. */
CW_API CwEpisodes *cw_episodes_new(const CwEpisodeRule *rules, guint n_classes,
                                   const CwEpisodeConfig *config);
CW_API void cw_episodes_free(CwEpisodes *episodes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwEpisodes, cw_episodes_free)

/* Takes in one decision of that time and tells what follows from it. scores: those of the classes
 * that the rules are of. func may be called any number of times. */
CW_API void cw_episodes_add(CwEpisodes *episodes, const CwScores *scores, gint64 time_ns,
                            CwEpisodeFunc func, gpointer user_data);

/* Ends every open episode for that reason and forgets the decisions so far. */
CW_API void cw_episodes_end(CwEpisodes *episodes, CwEpisodeEnd reason, CwEpisodeFunc func,
                            gpointer user_data);

/* Episodes that were started and have not ended. */
CW_API guint cw_episodes_get_n_open(const CwEpisodes *episodes);

G_END_DECLS
