#include "classify/decide.h"

#include "classify/calibration.h"

#include <math.h>

static void
apply_softmax(CwScores *scores)
{
    float largest = -INFINITY; /* gcc 12 breaks over fmax() of widened numbers on aarch64 */
    for (guint i = 0; i < scores->n_scores; i++)
        largest = fmaxf(largest, scores->scores[i].logit);
    double total = 0;
    for (guint i = 0; i < scores->n_scores; i++)
        total += exp((double)scores->scores[i].logit - largest);
    for (guint i = 0; i < scores->n_scores; i++)
        scores->scores[i].probability =
            (float)(exp((double)scores->scores[i].logit - largest) / total);
}

static void
fill_probabilities(CwScores *scores, CwScoring scoring, gboolean sigmoid)
{
    if (scoring == CW_SCORING_EXCLUSIVE) {
        apply_softmax(scores);
        return;
    }
    for (guint i = 0; i < scores->n_scores; i++)
        scores->scores[i].probability =
            sigmoid ? (float)(1 / (1 + exp(-(double)scores->scores[i].logit))) : NAN;
}

/* Whether a stands before b: best cosine first, what is not a number last, ties to the lower index.
 */
static gboolean
stands_before(const CwScore *a, const CwScore *b)
{
    if (isnan(a->cosine) || isnan(b->cosine)) {
        if (isnan(a->cosine) != isnan(b->cosine))
            return isnan(b->cosine);
    } else if (a->cosine != b->cosine) {
        return a->cosine > b->cosine;
    }
    return a->class_index < b->class_index;
}

/* Shell's sort: in place, where qsort() may allocate. */
static void
sort_scores(CwScore *scores, guint n)
{
    static const guint gaps[] = {8860, 3938, 1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (guint g = 0; g < G_N_ELEMENTS(gaps); g++)
        for (guint i = gaps[g]; i < n; i++) {
            const CwScore moving = scores[i];
            guint to = i;
            for (; to >= gaps[g] && stands_before(&moving, &scores[to - gaps[g]]); to -= gaps[g])
                scores[to] = scores[to - gaps[g]];
            scores[to] = moving;
        }
}

/* A picture that gave no number never passes. */
static gboolean
passes(const CwScore *score)
{
    if (!isfinite(score->cosine))
        return FALSE;
    switch (score->threshold.kind) {
    case CW_THRESHOLD_PROBABILITY:
        return score->probability >= score->threshold.value;
    case CW_THRESHOLD_COSINE:
        return score->cosine >= score->threshold.value;
    case CW_THRESHOLD_Z:
        return score->z >= score->threshold.value;
    case CW_THRESHOLD_CALIBRATED:
        return score->calibrated >= score->threshold.value;
    case CW_THRESHOLD_NONE:
    case CW_THRESHOLD_BY_SCORING: /* resolved when the classifier was made */
        break;
    }
    return TRUE;
}

/* How much the background class that stands out most does; NAN where there is none. */
static float
find_z_background(const CwScores *scores, const CwPromptSet *set)
{
    float most = NAN;
    for (guint i = 0; i < scores->n_scores; i++)
        if (set->classes[scores->scores[i].class_index].background &&
            !(scores->scores[i].z <= most))
            most = scores->scores[i].z;
    return most;
}

static CwVerdict
judge(const CwScores *scores, const CwScore *score, const CwPromptSet *set)
{
    const gboolean best = score == &scores->scores[0];
    const gboolean background = set->classes[score->class_index].background;
    if (set->scoring == CW_SCORING_EXCLUSIVE) {
        if (!best)
            return CW_VERDICT_BELOW;
        if (background)
            return isfinite(score->cosine) ? CW_VERDICT_BACKGROUND : CW_VERDICT_BELOW;
    } else if (background || score->threshold.kind == CW_THRESHOLD_NONE) {
        /* By itself a class without a threshold says nothing: every cosine would pass. */
        return CW_VERDICT_BELOW;
    }
    if (!passes(score))
        return CW_VERDICT_BELOW;
    if (set->scoring == CW_SCORING_EXCLUSIVE &&
        !cw_calibrator_stands_out(scores->calibrator, score->z, find_z_background(scores, set)))
        return CW_VERDICT_UNKNOWN;
    return CW_VERDICT_CHOSEN;
}

void
cw_scores_decide(CwScores *scores, const CwPromptSet *set, gboolean sigmoid)
{
    CwScore *list = scores->scores;
    fill_probabilities(scores, set->scoring, sigmoid);
    sort_scores(list, scores->n_scores);
    scores->margin = scores->n_scores > 1 ? list[0].cosine - list[1].cosine : NAN;
    scores->n_chosen = 0;
    for (guint i = 0; i < scores->n_scores; i++) {
        list[i].verdict = judge(scores, &list[i], set);
        scores->n_chosen += list[i].verdict == CW_VERDICT_CHOSEN;
    }
}
