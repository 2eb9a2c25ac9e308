#include <clipwatch/episode.h>

#include <math.h>
#include <string.h>

typedef enum {
    IDLE,
    HOLDING, /* k of n agree; not told yet */
    TOLD,    /* its episode is open */
} State;

/* One class. */
typedef struct {
    CwEpisodeRule rule;
    State state;
    guint64 evidenced; /* one bit for each decision of the window, the newest lowest */
    guint64 kept;
    float *recent;         /* [rule.window], a ring: the scores of the window */
    CwEpisode episode;     /* of a class that holds */
    gint64 told_ns;        /* when it was last told of */
    gboolean is_cooling;   /* cooled_from_ns is one */
    gint64 cooled_from_ns; /* where its last episode ended */

    gboolean is_near; /* miss is under way */
    gboolean has_held;
    CwEpisode miss;
    gboolean has_missed; /* missed_ns is one */
    gint64 missed_ns;    /* of the last near miss that was told */
    guint64 n_unsampled;
} Track;

struct _CwEpisodes {
    CwEpisodeConfig config;
    Track *tracks; /* [n_classes] */
    guint n_classes;
    guint n_open;
    float *recent;                       /* of all tracks */
    gint64 times[CW_EPISODE_MAX_WINDOW]; /* a ring: when the last decisions were */
    guint64 n_times;                     /* decisions since the last reset */
};

/* What is told, and to whom. */
typedef struct {
    CwEpisodeFunc func;
    gpointer user_data;
} Listener;

/* How far under enter a class stops holding where its file does not say, and how near a near miss
 * is. A cosine moves by hundredths where a probability moves by tenths. */
static double
get_margin(CwThresholdKind kind)
{
    return kind == CW_THRESHOLD_COSINE ? 0.02 : kind == CW_THRESHOLD_Z ? 1 : 0.1;
}

/* What a class enters at that names neither enter nor a threshold: more than all others together.
 */
#define DEFAULT_ENTER 0.5

gboolean
cw_episode_rule_resolve(const CwPromptSet *set, guint class_index, CwThreshold threshold,
                        CwEpisodeRule *rule, GError **error)
{
    const CwPromptClass *class = &set->classes[class_index];
    const gboolean exclusive = set->scoring == CW_SCORING_EXCLUSIVE;
    const CwThresholdKind usual = exclusive ? CW_THRESHOLD_PROBABILITY : CW_THRESHOLD_COSINE;
    *rule = class->episode;
    if (rule->kind == CW_THRESHOLD_NONE)
        rule->kind = threshold.kind != CW_THRESHOLD_NONE ? threshold.kind : usual;
    if (isnan(rule->enter) && threshold.kind == rule->kind)
        rule->enter = threshold.value;
    if (isnan(rule->enter) && rule->kind == CW_THRESHOLD_PROBABILITY)
        rule->enter = DEFAULT_ENTER;
    if (class->background || isnan(rule->enter)) {
        rule->kind = CW_THRESHOLD_NONE;
        return TRUE;
    }
    if (isnan(rule->leave))
        rule->leave = rule->enter - get_margin(rule->kind);
    if (rule->kind == CW_THRESHOLD_PROBABILITY || rule->kind == CW_THRESHOLD_CALIBRATED)
        rule->leave = MAX(0, rule->leave);
    if (rule->leave <= rule->enter)
        return TRUE;
    char leave[G_ASCII_DTOSTR_BUF_SIZE], enter[G_ASCII_DTOSTR_BUF_SIZE];
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                "%s:%u: class '%s' has leave=%s above the %s that it enters at: name an enter= as "
                "large or larger",
                set->file, class->line, class->label,
                g_ascii_formatd(leave, sizeof leave, "%g", rule->leave),
                g_ascii_formatd(enter, sizeof enter, "%g", rule->enter));
    return FALSE;
}

CwEpisodes *
cw_episodes_new(const CwEpisodeRule *rules, guint n_classes, const CwEpisodeConfig *config)
{
    CwEpisodes *episodes = g_new0(CwEpisodes, 1);
    gsize n_recent = 0;
    for (guint c = 0; c < n_classes; c++)
        n_recent += rules[c].window;
    episodes->config = *config;
    episodes->n_classes = n_classes;
    episodes->tracks = g_new0(Track, n_classes);
    episodes->recent = g_new0(float, n_recent);
    float *recent = episodes->recent;
    for (guint c = 0; c < n_classes; c++) {
        g_assert(rules[c].window <= CW_EPISODE_MAX_WINDOW);
        episodes->tracks[c].rule = rules[c];
        episodes->tracks[c].recent = recent;
        recent += rules[c].window;
    }
    return episodes;
}

void
cw_episodes_free(CwEpisodes *episodes)
{
    g_free(episodes->tracks);
    g_free(episodes->recent);
    g_free(episodes);
}

guint
cw_episodes_get_n_open(const CwEpisodes *episodes)
{
    return episodes->n_open;
}

static double
measure(const CwScore *score, CwThresholdKind kind)
{
    if (!isfinite(score->cosine))
        return NAN;
    switch (kind) {
    case CW_THRESHOLD_COSINE:
        return score->cosine;
    case CW_THRESHOLD_Z:
        return score->z;
    case CW_THRESHOLD_CALIBRATED:
        return score->calibrated;
    default:
        return score->probability;
    }
}

/* From one time to a later one, whatever lies between them. */
static guint64
elapsed(gint64 from, gint64 to)
{
    return (guint64)to - (guint64)from;
}

static guint
count_bits(guint64 bits)
{
    return (guint)__builtin_popcountll(bits);
}

/* The time of the decision so many before the newest. */
static gint64
time_before(const CwEpisodes *episodes, guint n)
{
    return episodes->times[(episodes->n_times - 1 - n) % CW_EPISODE_MAX_WINDOW];
}

static void
tell(const Listener *listener, const CwEpisode *episode)
{
    if (listener->func)
        listener->func(episode, listener->user_data);
}

/* An episode or near miss that begins with the decision so many before the newest. */
static void
begin_at(const CwEpisodes *episodes, const Track *track, guint class_index, guint n_before,
         CwEpisode *episode)
{
    *episode = (CwEpisode){
        .class_index = class_index,
        .rule = track->rule,
        .begin_ns = time_before(episodes, n_before),
        .peak = -INFINITY,
        .n_decisions = n_before,
        .n_evidence = count_bits(track->evidenced >> 1),
    };
    for (guint n = n_before; n > 0; n--) {
        const double score = track->recent[(episodes->n_times - 1 - n) % track->rule.window];
        if (score > episode->peak) {
            episode->peak = score;
            episode->peak_ns = time_before(episodes, n);
        }
    }
}

static void
take_in(CwEpisode *episode, double score, gint64 time_ns)
{
    episode->time_ns = time_ns;
    episode->score = score;
    episode->n_decisions++;
    if (score >= episode->rule.enter)
        episode->n_evidence++;
    if (score >= episode->rule.leave)
        episode->last_ns = time_ns;
    if (score > episode->peak) {
        episode->peak = score;
        episode->peak_ns = time_ns;
    }
}

static void
start(CwEpisodes *episodes, Track *track, const Listener *listener)
{
    track->state = TOLD;
    track->told_ns = track->episode.time_ns;
    track->is_near = FALSE;
    episodes->n_open++;
    episodes->config.new_id(track->episode.id);
    track->episode.phase = CW_EPISODE_START;
    tell(listener, &track->episode);
}

static void
forget_window(Track *track)
{
    track->state = IDLE;
    track->evidenced = track->kept = 0;
}

static void
end(CwEpisodes *episodes, Track *track, CwEpisodeEnd reason, const Listener *listener)
{
    episodes->n_open--;
    track->is_cooling = TRUE;
    track->cooled_from_ns = track->episode.last_ns;
    track->episode.phase = CW_EPISODE_END;
    track->episode.ended = reason;
    forget_window(track);
    tell(listener, &track->episode);
}

/* Lets what lies behind a break of time go. */
static void
cut(CwEpisodes *episodes, Track *track, CwEpisodeEnd reason, const Listener *listener)
{
    if (track->state == TOLD)
        end(episodes, track, reason, listener);
    forget_window(track);
    track->is_near = FALSE;
}

/* Closes the near miss under way; told when the last one that was lies far enough back. */
static void
close_miss(CwEpisodes *episodes, Track *track, const Listener *listener)
{
    CwEpisode *miss = &track->miss;
    track->is_near = FALSE;
    if (track->has_missed &&
        elapsed(track->missed_ns, miss->time_ns) < (guint64)episodes->config.near_miss_ns) {
        track->n_unsampled++;
        return;
    }
    track->has_missed = TRUE;
    track->missed_ns = miss->time_ns;
    miss->phase = CW_EPISODE_NEAR_MISS;
    miss->n_unsampled = track->n_unsampled;
    track->n_unsampled = 0;
    if (miss->peak < track->rule.enter)
        miss->missed = CW_EPISODE_BELOW_ENTER;
    else if (!track->has_held)
        miss->missed = CW_EPISODE_TOO_LITTLE;
    else if (elapsed(miss->begin_ns, miss->last_ns) < (guint64)track->rule.dwell_ns)
        miss->missed = CW_EPISODE_TOO_SHORT;
    else
        miss->missed = CW_EPISODE_DURING_COOLDOWN;
    episodes->config.new_id(miss->id);
    tell(listener, miss);
}

/* What comes near and does not become an episode. It is closed when the score has gone down, or
 * when it has gone on for as long as lies between two that are told: a class that always stays just
 * under its threshold is what they are there for. */
static void
follow_miss(CwEpisodes *episodes, Track *track, guint class_index, double score, gint64 time_ns,
            const Listener *listener)
{
    const CwEpisodeRule *rule = &track->rule;
    const gboolean near = score >= rule->enter - get_margin(rule->kind);
    if (episodes->config.near_miss_ns == 0 || track->state == TOLD)
        return;
    if (!track->is_near && !near)
        return;
    if (!track->is_near) {
        begin_at(episodes, track, class_index, 0, &track->miss);
        track->miss.n_evidence = 0;
        track->is_near = TRUE;
        track->has_held = FALSE;
    }
    if (near || track->state == HOLDING)
        take_in(&track->miss, score, time_ns);
    track->has_held |= track->state == HOLDING;
    if (track->state == IDLE &&
        (!near || elapsed(track->miss.begin_ns, time_ns) >= (guint64)episodes->config.near_miss_ns))
        close_miss(episodes, track, listener);
}

/* Puts the decision into the class's window. */
static void
push(const CwEpisodes *episodes, Track *track, double score)
{
    const CwEpisodeRule *rule = &track->rule;
    const guint64 mask =
        rule->window == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << rule->window) - 1;
    track->evidenced = (track->evidenced << 1 | (score >= rule->enter)) & mask;
    track->kept = (track->kept << 1 | (score >= rule->leave)) & mask;
    track->recent[(episodes->n_times - 1) % rule->window] = (float)score;
}

static gboolean
may_start(const Track *track, gint64 time_ns)
{
    const CwEpisodeRule *rule = &track->rule;
    return elapsed(track->episode.begin_ns, track->episode.last_ns) >= (guint64)rule->dwell_ns &&
           (!track->is_cooling ||
            elapsed(track->cooled_from_ns, time_ns) >= (guint64)rule->cooldown_ns);
}

static void
step(CwEpisodes *episodes, guint class_index, double score, gint64 time_ns,
     const Listener *listener)
{
    Track *track = &episodes->tracks[class_index];
    const CwEpisodeRule *rule = &track->rule;
    push(episodes, track, score);
    if (track->state == IDLE && count_bits(track->evidenced) >= rule->evidence) {
        const guint n_before = 63U - (guint)__builtin_clzll(track->evidenced);
        track->state = HOLDING;
        begin_at(episodes, track, class_index, n_before, &track->episode);
        take_in(&track->episode, score, time_ns);
    } else if (track->state != IDLE) {
        take_in(&track->episode, score, time_ns);
        if (count_bits(track->kept) < rule->evidence) {
            if (track->state == TOLD)
                end(episodes, track, CW_EPISODE_LEFT, listener);
            forget_window(track);
        }
    }
    if (track->state == HOLDING && may_start(track, time_ns)) {
        start(episodes, track, listener);
    } else if (track->state == TOLD && episodes->config.update_ns > 0 &&
               elapsed(track->told_ns, time_ns) >= (guint64)episodes->config.update_ns) {
        track->told_ns = time_ns;
        track->episode.phase = CW_EPISODE_UPDATE;
        tell(listener, &track->episode);
    }
    follow_miss(episodes, track, class_index, score, time_ns, listener);
}

void
cw_episodes_add(CwEpisodes *episodes, const CwScores *scores, gint64 time_ns, CwEpisodeFunc func,
                gpointer user_data)
{
    const Listener listener = {func, user_data};
    g_return_if_fail(scores->n_scores == episodes->n_classes);
    if (episodes->n_times > 0 && time_ns < time_before(episodes, 0))
        cw_episodes_end(episodes, CW_EPISODE_DISCONTINUITY, func, user_data);
    const gboolean first = episodes->n_times == 0;
    const guint64 gap = first ? 0 : elapsed(time_before(episodes, 0), time_ns);
    episodes->times[episodes->n_times++ % CW_EPISODE_MAX_WINDOW] = time_ns;
    for (guint i = 0; i < scores->n_scores; i++) {
        const guint class_index = scores->scores[i].class_index;
        Track *track = &episodes->tracks[class_index];
        if (track->rule.kind == CW_THRESHOLD_NONE)
            continue;
        if (gap > (guint64)track->rule.gap_ns)
            cut(episodes, track, CW_EPISODE_GAP, &listener);
        step(episodes, class_index, measure(&scores->scores[i], track->rule.kind), time_ns,
             &listener);
    }
}

void
cw_episodes_end(CwEpisodes *episodes, CwEpisodeEnd reason, CwEpisodeFunc func, gpointer user_data)
{
    const Listener listener = {func, user_data};
    for (guint c = 0; c < episodes->n_classes; c++) {
        Track *track = &episodes->tracks[c];
        cut(episodes, track, reason, &listener);
        track->is_cooling = FALSE;
        track->has_missed = FALSE;
        track->n_unsampled = 0;
    }
    episodes->n_times = 0;
}
