#include <clipwatch/guard.h>

#include "policy/guard_rules.h"

#include <math.h>
#include <string.h>

#define PPM 1e6

/* What becomes of a class in the decision at hand. */
typedef struct {
    CwAction action;
    const CwPolicyRule *rule; /* that has it so; NULL: none speaks of it */
} Fate;

/* When something was last done to a class that was told all the same. */
typedef struct {
    guint64 at; /* counts decisions from 1; 0: never */
    const CwPolicyRule *rule;
} Memory;

struct _CwGuard {
    CwGuardRules *rules;
    gboolean has_memory;
    CwGuarded guarded;
    CwScores told, held;
    CwScore *by_class; /* these [n_classes]: figures after some were told as others */
    guint8 *is_placed; /* in told */
    Fate *fates;
    CwGuardAction *actions;
    guint64 *seen; /* a bit for each decision that would have told it, the newest lowest */
    Memory *reviewed, *redacted;
    CwGuardAction recalled;
    guint64 n_decisions;
    gint64 time_ns; /* of the last decision; G_MAXINT64: none */
};

static CwGuard *
new_guard(CwGuardRules *rules, gboolean has_memory)
{
    const guint n = rules->n_classes;
    CwGuard *guard = g_new0(CwGuard, 1);
    guard->rules = rules;
    guard->has_memory = has_memory;
    guard->time_ns = G_MAXINT64;
    guard->told.scores = g_new0(CwScore, n);
    guard->held.scores = g_new0(CwScore, n);
    guard->held.n_scores = n;
    guard->by_class = g_new0(CwScore, n);
    guard->is_placed = g_new0(guint8, n);
    guard->fates = g_new0(Fate, n);
    guard->actions = g_new0(CwGuardAction, n);
    guard->seen = g_new0(guint64, n);
    guard->reviewed = g_new0(Memory, n);
    guard->redacted = g_new0(Memory, n);
    guard->guarded.actions = guard->actions;
    return guard;
}

CwGuard *
cw_guard_new(CwPolicy *policy, const CwPromptSet *set)
{
    return new_guard(cw_guard_rules_new(policy, set), TRUE);
}

CwGuard *
cw_guard_new_like(const CwGuard *guard, gboolean has_memory)
{
    return new_guard(cw_guard_rules_ref(guard->rules), has_memory);
}

void
cw_guard_free(CwGuard *guard)
{
    if (!guard)
        return;
    cw_guard_rules_unref(guard->rules);
    g_free(guard->told.scores);
    g_free(guard->held.scores);
    g_free(guard->by_class);
    g_free(guard->is_placed);
    g_free(guard->fates);
    g_free(guard->actions);
    g_free(guard->seen);
    g_free(guard->reviewed);
    g_free(guard->redacted);
    g_free(guard);
}

void
cw_guard_forget(CwGuard *guard)
{
    guard->time_ns = G_MAXINT64;
    memset(guard->seen, 0, guard->rules->n_classes * sizeof *guard->seen);
}

static void
follow_time(CwGuard *guard, gint64 time_ns)
{
    const gboolean has_both = guard->time_ns != G_MAXINT64 && time_ns != G_MAXINT64;
    if (has_both && (time_ns < guard->time_ns ||
                     (guint64)time_ns - (guint64)guard->time_ns > (guint64)guard->rules->gap_ns))
        cw_guard_forget(guard);
    guard->time_ns = time_ns;
    guard->n_decisions++;
}

/* The largest logit of the classes that veto by rule r; -INFINITY: there is none. */
static double
find_veto(const CwGuard *guard, guint r, const CwScores *scores)
{
    float largest = -INFINITY;
    for (guint i = 0; i < scores->n_scores; i++)
        if (cw_guard_rules_veto(guard->rules, r, scores->scores[i].class_index))
            largest = fmaxf(largest, scores->scores[i].logit);
    return (double)largest;
}

/* The same of the classes that are told as another than the best is. */
static double
find_second(const CwGuard *guard, guint r G_GNUC_UNUSED, const CwScores *scores)
{
    const guint *targets = guard->rules->targets;
    float largest = -INFINITY;
    for (guint i = 1; i < scores->n_scores; i++)
        if (targets[scores->scores[i].class_index] != targets[scores->scores[0].class_index])
            largest = fmaxf(largest, scores->scores[i].logit);
    return (double)largest;
}

static double
sum_background(const CwGuard *guard, guint r G_GNUC_UNUSED, const CwScores *scores)
{
    double sum = 0;
    for (guint i = 0; i < scores->n_scores; i++)
        if (guard->rules->is_background[scores->scores[i].class_index])
            sum += (double)scores->scores[i].probability;
    return sum;
}

static gboolean
is_near(const CwGuard *guard, const CwPolicyRule *rule, const CwScore *score, double veto)
{
    return (double)score->logit - veto <= (double)rule->logit_ppm / PPM;
}

static gboolean
is_low(const CwGuard *guard, const CwPolicyRule *rule, const CwScore *score, double unused)
{
    const float share = isfinite(score->probability) ? score->probability : score->calibrated;
    return (double)share < (double)rule->least_ppm / PPM; /* nor where there is no such number */
}

/* Classes of an independent set do not compete. */
static gboolean
is_close(const CwGuard *guard, const CwPolicyRule *rule, const CwScore *score, double second)
{
    return guard->rules->is_exclusive &&
           (double)score->logit - second < (double)rule->logit_ppm / PPM;
}

static gboolean
is_background(const CwGuard *guard, const CwPolicyRule *rule, const CwScore *score, double sum)
{
    return guard->rules->is_exclusive && sum >= (double)rule->most_ppm / PPM;
}

static gboolean
is_too_little(const CwGuard *guard, const CwPolicyRule *rule, const CwScore *score, double unused)
{
    const guint64 window =
        rule->window == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << rule->window) - 1;
    if (guard->time_ns == G_MAXINT64)
        return FALSE;
    return !guard->has_memory ||
           __builtin_popcountll(guard->seen[guard->rules->targets[score->class_index]] & window) <
               rule->least;
}

static gboolean
always(const CwGuard *guard, const CwPolicyRule *rule, const CwScore *score, double unused)
{
    return TRUE;
}

/* What a check measures once of a decision, and whether it then fires on a class. */
static const struct {
    double (*measure)(const CwGuard *guard, guint r, const CwScores *scores);
    gboolean (*fires)(const CwGuard *guard, const CwPolicyRule *rule, const CwScore *score,
                      double measured);
    gboolean is_of_all; /* classes, not of the chosen ones alone */
} checks[CW_N_CHECKS] = {
    [CW_CHECK_SUPPRESS] = {NULL, always, TRUE},
    [CW_CHECK_VETO] = {find_veto, is_near, FALSE},
    [CW_CHECK_FLOOR] = {NULL, is_low, FALSE},
    [CW_CHECK_MARGIN] = {find_second, is_close, FALSE},
    [CW_CHECK_BACKGROUND] = {sum_background, is_background, FALSE},
    [CW_CHECK_EVIDENCE] = {NULL, is_too_little, FALSE},
    [CW_CHECK_CLASS] = {NULL, always, TRUE},
};

/* The strictest action counts, and of equal ones the first. */
static void
decide_fate(const CwGuard *guard, Fate *fate, const CwPolicyRule *rule)
{
    const gboolean is_lenient = guard->rules->policy->info.mode == CW_POLICY_AUDIT;
    const CwAction action = is_lenient ? MIN(rule->done, CW_ACTION_AUDIT_ONLY) : rule->done;
    if (!fate->rule || action > fate->action)
        *fate = (Fate){action, rule};
}

static void
hold_against(CwGuard *guard, guint r, const CwScores *scores)
{
    const CwPolicyRule *rule = guard->rules->rules[r];
    const double measured =
        checks[rule->check].measure ? checks[rule->check].measure(guard, r, scores) : 0;
    for (guint i = 0; i < scores->n_scores; i++) {
        const CwScore *score = &scores->scores[i];
        Fate *fate = &guard->fates[score->class_index];
        if (fate->action != CW_ACTION_SUPPRESS &&
            (checks[rule->check].is_of_all || score->verdict == CW_VERDICT_CHOSEN) &&
            cw_guard_rules_concern(guard->rules, r, score->class_index) &&
            checks[rule->check].fires(guard, rule, score, measured))
            decide_fate(guard, fate, rule);
    }
}

/* What comes to here counts as seen: as what it is told as. */
static void
note_seen(CwGuard *guard, const CwScores *scores)
{
    for (guint c = 0; c < scores->n_scores; c++)
        guard->seen[c] <<= 1;
    for (guint i = 0; i < scores->n_scores; i++) {
        const guint c = scores->scores[i].class_index;
        guard->seen[guard->rules->targets[c]] |= scores->scores[i].verdict == CW_VERDICT_CHOSEN &&
                                                 guard->fates[c].action != CW_ACTION_SUPPRESS;
    }
}

static void
hold_against_all(CwGuard *guard, const CwScores *scores)
{
    gboolean is_noted = FALSE;
    memset(guard->fates, 0, scores->n_scores * sizeof *guard->fates);
    for (guint r = 0; r < guard->rules->n_rules; r++) {
        if (!is_noted && guard->rules->rules[r]->check >= CW_CHECK_EVIDENCE) {
            note_seen(guard, scores);
            is_noted = TRUE;
        }
        hold_against(guard, r, scores);
    }
}

/* Adds what one class has to the one that it is told as. */
static void
merge(const CwGuard *guard, const CwScore *score, CwScore *into)
{
    into->cosine = fmaxf(into->cosine, score->cosine);
    into->logit = fmaxf(into->logit, score->logit);
    into->z = fmaxf(into->z, score->z);
    into->calibrated = fmaxf(into->calibrated, score->calibrated);
    if (guard->rules->is_exclusive)
        into->probability += score->probability;
    else
        into->probability = fmaxf(into->probability, score->probability);
    if (score->verdict == CW_VERDICT_CHOSEN)
        into->verdict = CW_VERDICT_CHOSEN;
}

/* Figures of all classes, those that are told as others in these. */
static void
merge_all(CwGuard *guard, const CwScores *scores)
{
    for (guint i = 0; i < scores->n_scores; i++)
        guard->by_class[scores->scores[i].class_index] = scores->scores[i];
    for (guint i = 0; i < scores->n_scores; i++) {
        const guint c = scores->scores[i].class_index;
        if (guard->fates[c].action == CW_ACTION_GENERALISE)
            merge(guard, &scores->scores[i], &guard->by_class[guard->rules->targets[c]]);
    }
}

static CwScore
without_figures(CwScore score)
{
    score.cosine = score.logit = score.probability = score.z = score.calibrated = NAN;
    return score;
}

/* Puts a class into what is told, once. */
static void
place(CwGuard *guard, guint class_index)
{
    const CwAction action = guard->fates[class_index].action;
    CwScore score = guard->by_class[class_index];
    const gboolean is_chosen = score.verdict == CW_VERDICT_CHOSEN;
    if (guard->is_placed[class_index] || action >= CW_ACTION_GENERALISE ||
        (action == CW_ACTION_REDACT && !is_chosen))
        return;
    guard->is_placed[class_index] = TRUE;
    if (is_chosen && action == CW_ACTION_REVIEW)
        score.verdict = CW_VERDICT_REVIEW;
    guard->told.scores[guard->told.n_scores++] = score;
}

/* A figure of any class would tell the one that is withheld: they make up one. */
static void
redact(CwScores *told)
{
    guint n = 0;
    for (guint i = 0; i < told->n_scores; i++)
        if (told->scores[i].verdict == CW_VERDICT_CHOSEN ||
            told->scores[i].verdict == CW_VERDICT_REVIEW)
            told->scores[n++] = without_figures(told->scores[i]);
    told->n_scores = n;
}

static void
place_all(CwGuard *guard, const CwScores *scores)
{
    CwScores *told = &guard->told;
    gboolean is_redacted = FALSE;
    told->n_scores = told->n_chosen = 0;
    told->calibrator = scores->calibrator;
    memset(guard->is_placed, 0, scores->n_scores);
    for (guint i = 0; i < scores->n_scores; i++) {
        const guint c = scores->scores[i].class_index;
        place(guard, guard->fates[c].action == CW_ACTION_GENERALISE ? guard->rules->targets[c] : c);
        is_redacted |= guard->fates[c].action == CW_ACTION_REDACT &&
                       guard->by_class[c].verdict == CW_VERDICT_CHOSEN;
    }
    if (is_redacted)
        redact(told);
    for (guint i = 0; i < told->n_scores; i++)
        told->n_chosen += told->scores[i].verdict == CW_VERDICT_CHOSEN;
    told->margin =
        told->n_scores > 1 ? told->scores[0].cosine - told->scores[1].cosine : (float)NAN;
}

static void
hold_for_episodes(CwGuard *guard, const CwScores *scores)
{
    for (guint i = 0; i < scores->n_scores; i++) {
        const guint c = scores->scores[i].class_index;
        guard->held.scores[i] = guard->fates[c].action >= CW_ACTION_GENERALISE
                                    ? without_figures(scores->scores[i])
                                    : guard->by_class[c];
    }
    guard->held.margin = scores->margin;
    guard->held.calibrator = scores->calibrator;
}

static CwGuardAction
describe(const CwGuard *guard, guint c, CwAction action, const CwPolicyRule *rule)
{
    return (CwGuardAction){action, rule->id, rule->why, c,
                           action == CW_ACTION_GENERALISE ? guard->rules->targets[c] : c};
}

/* Lists what was done to what would have been told, and remembers it for episodes. */
static void
list_actions(CwGuard *guard, const CwScores *scores)
{
    guint n = 0;
    for (guint i = 0; i < scores->n_scores; i++) {
        const guint c = scores->scores[i].class_index;
        const Fate *fate = &guard->fates[c];
        if (!fate->rule || guard->by_class[c].verdict != CW_VERDICT_CHOSEN)
            continue;
        guard->actions[n++] = describe(guard, c, fate->action, fate->rule);
        if (fate->action == CW_ACTION_REVIEW)
            guard->reviewed[c] = (Memory){guard->n_decisions, fate->rule};
        else if (fate->action == CW_ACTION_REDACT)
            guard->redacted[c] = (Memory){guard->n_decisions, fate->rule};
    }
    guard->guarded.n_actions = n;
}

const CwGuarded *
cw_guard_apply(CwGuard *guard, const CwScores *scores, gint64 time_ns)
{
    g_return_val_if_fail(scores->n_scores == guard->rules->n_classes, NULL);
    guard->guarded.told = guard->guarded.held = scores;
    guard->guarded.n_actions = 0;
    if (guard->rules->n_rules == 0)
        return &guard->guarded;
    follow_time(guard, time_ns);
    hold_against_all(guard, scores);
    merge_all(guard, scores);
    place_all(guard, scores);
    hold_for_episodes(guard, scores);
    list_actions(guard, scores);
    guard->guarded.told = &guard->told;
    guard->guarded.held = &guard->held;
    return &guard->guarded;
}

/* An episode that a break of time ends is told of after the next decision: one more is looked at.
 */
const CwGuardAction *
cw_guard_recall(CwGuard *guard, guint class_index, guint64 n_decisions)
{
    const Memory *redacted = &guard->redacted[class_index];
    const Memory *reviewed = &guard->reviewed[class_index];
    if (redacted->at > 0 && guard->n_decisions - redacted->at <= n_decisions)
        guard->recalled = describe(guard, class_index, CW_ACTION_REDACT, redacted->rule);
    else if (reviewed->at > 0 && guard->n_decisions - reviewed->at <= n_decisions)
        guard->recalled = describe(guard, class_index, CW_ACTION_REVIEW, reviewed->rule);
    else
        return NULL;
    return &guard->recalled;
}
