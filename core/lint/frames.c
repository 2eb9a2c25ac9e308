#include "lint/frames.h"

/* Of the changes from frame to frame: more than that share between the same two classes is a swap
 * and no story that is told. */
#define SWAP_SHARE 0.25
#define SWAP_LEAST 4 /* changes */

struct _CwLintFrames {
    const CwPromptSet *set;
    guint n_frames;
    guint *n_best;     /* [n_classes] */
    guint *n_chosen;   /* [n_classes] */
    guint last;        /* best class of the last frame */
    GHashTable *swaps; /* lower class * n_classes + higher → how often one followed the other */
};

CwLintFrames *
cw_lint_frames_new(const CwPromptSet *set)
{
    CwLintFrames *frames = g_new0(CwLintFrames, 1);
    frames->set = set;
    frames->n_best = g_new0(guint, set->n_classes);
    frames->n_chosen = g_new0(guint, set->n_classes);
    frames->swaps = g_hash_table_new(NULL, NULL);
    return frames;
}

void
cw_lint_frames_free(CwLintFrames *frames)
{
    if (!frames)
        return;
    g_free(frames->n_best);
    g_free(frames->n_chosen);
    g_hash_table_unref(frames->swaps);
    g_free(frames);
}

void
cw_lint_frames_add(CwLintFrames *frames, const CwScores *scores)
{
    const guint best = scores->scores[0].class_index;
    if (frames->n_frames > 0 && best != frames->last) {
        const guint pair =
            MIN(best, frames->last) * frames->set->n_classes + MAX(best, frames->last);
        const guint n =
            GPOINTER_TO_UINT(g_hash_table_lookup(frames->swaps, GUINT_TO_POINTER(pair)));
        g_hash_table_insert(frames->swaps, GUINT_TO_POINTER(pair), GUINT_TO_POINTER(n + 1));
    }
    frames->last = best;
    frames->n_best[best]++;
    for (guint i = 0; i < scores->n_scores; i++)
        frames->n_chosen[scores->scores[i].class_index] +=
            scores->scores[i].verdict == CW_VERDICT_CHOSEN;
    frames->n_frames++;
}

static void
report_swaps(const CwLintFrames *frames, CwLint *lint)
{
    const guint n_classes = frames->set->n_classes;
    GHashTableIter iterator;
    gpointer key, value;
    g_hash_table_iter_init(&iterator, frames->swaps);
    while (g_hash_table_iter_next(&iterator, &key, &value)) {
        const guint pair = GPOINTER_TO_UINT(key), n = GPOINTER_TO_UINT(value);
        const double share = (double)n / (frames->n_frames - 1);
        if (n < SWAP_LEAST || share < SWAP_SHARE)
            continue;
        const CwPromptClass *class = &frames->set->classes[pair / n_classes];
        const CwPromptClass *other = &frames->set->classes[pair % n_classes];
        cw_lint_add(lint, CW_SEVERITY_WARNING, "swaps", frames->set, class, other, share,
                    "make them one class, or say what only one of them shows",
                    "it and '%s' (line %u) followed each other %u times in %u frames", other->label,
                    other->line, n, frames->n_frames);
    }
}

void
cw_lint_frames_report(const CwLintFrames *frames, CwLint *lint)
{
    if (frames->n_frames < 2)
        return;
    for (guint c = 0; c < frames->set->n_classes; c++) {
        const CwPromptClass *class = &frames->set->classes[c];
        if (class->background)
            continue;
        if (frames->n_best[c] == 0 && frames->n_chosen[c] == 0)
            cw_lint_add(lint, CW_SEVERITY_NOTE, "never", frames->set, class, NULL, 0,
                        "look whether the clip shows it at all; if it does, say it otherwise",
                        "it is the best class of none of %u frames", frames->n_frames);
        else if (frames->n_chosen[c] == frames->n_frames)
            cw_lint_add(lint, CW_SEVERITY_WARNING, "always", frames->set, class, NULL, 1,
                        "raise its threshold, or add the classes that it is mistaken for",
                        "it was chosen in all of %u frames", frames->n_frames);
    }
    report_swaps(frames, lint);
}
