#include <clipwatch/episode.h>

#include "classify/calibration.h"
#include "classify/decide.h"

#include <math.h>
#include <string.h>

/* Texts that are encoded at once. */
#define BATCH 64

struct _CwClassifier {
    gatomicrefcount references;
    CwModel *model;
    CwPrompts *prompts;
    const CwPromptSet *set;
    CwThreshold *thresholds; /* [n_classes], defaults filled in */
    CwEpisodeRule *rules;    /* [n_classes] */
    float *vectors;          /* [n_classes][embed_dim], unit length */
};

/* to = to / |to|; left as it is when it has no length. */
static void
normalise(float *to, gsize n)
{
    double length = 0;
    for (gsize i = 0; i < n; i++)
        length += (double)to[i] * to[i];
    if (length > 0)
        for (gsize i = 0; i < n; i++)
            to[i] = (float)(to[i] / sqrt(length));
}

/* Every text of every class, in order: [sum of n_texts]; borrowed strings. */
static GPtrArray *
collect_texts(const CwPromptSet *set)
{
    GPtrArray *texts = g_ptr_array_new();
    for (guint c = 0; c < set->n_classes; c++)
        for (guint t = 0; t < set->classes[c].n_texts; t++)
            g_ptr_array_add(texts, (gpointer)set->classes[c].texts[t]);
    return texts;
}

/* vectors[class] = unit mean of its texts' unit embeddings. */
static void
average_classes(const CwPromptSet *set, const float *embeddings, gsize dim, float *vectors)
{
    for (guint c = 0; c < set->n_classes; c++, vectors += dim) {
        memset(vectors, 0, dim * sizeof *vectors);
        for (guint t = 0; t < set->classes[c].n_texts; t++, embeddings += dim)
            for (gsize i = 0; i < dim; i++)
                vectors[i] += embeddings[i];
        normalise(vectors, dim);
    }
}

static gboolean
encode_classes(CwClassifier *classifier, GError **error)
{
    const CwPromptSet *set = classifier->set;
    const gsize dim = cw_model_get_info(classifier->model)->embed_dim;
    g_autoptr(GPtrArray) texts = collect_texts(set);
    g_autoptr(CwWorkspace) workspace =
        cw_workspace_new(classifier->model, MIN(texts->len, BATCH), 0, error);
    if (!workspace)
        return FALSE;
    g_autofree float *embeddings = g_try_new(float, texts->len *dim);
    classifier->vectors = g_try_new(float, set->n_classes *dim);
    if (!embeddings || !classifier->vectors) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: no memory for %u texts", set->file,
                    texts->len);
        return FALSE;
    }
    if (!cw_model_encode_texts(classifier->model, workspace, (const char *const *)texts->pdata,
                               texts->len, embeddings, error)) {
        g_prefix_error(error, "%s: ", set->file);
        return FALSE;
    }
    average_classes(set, embeddings, dim, classifier->vectors);
    return TRUE;
}

static gboolean
check_default(CwThreshold threshold, GError **error)
{
    const double least = threshold.kind == CW_THRESHOLD_COSINE ? -1 : 0;
    if (threshold.kind == CW_THRESHOLD_NONE || (threshold.value >= least && threshold.value <= 1))
        return TRUE;
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                "the default threshold %s is not between %d and 1",
                g_ascii_formatd(number, sizeof number, "%g", threshold.value), (int)least);
    return FALSE;
}

/* Fills in what the file leaves open. A threshold on a number that there will never be is refused:
 * the class could not be chosen, and nobody would know why. */
static gboolean
fill_thresholds(CwClassifier *classifier, CwThreshold fallback, GError **error)
{
    const CwPromptSet *set = classifier->set;
    const gboolean has_probability =
        set->scoring == CW_SCORING_EXCLUSIVE || cw_model_get_info(classifier->model)->sigmoid;
    if (fallback.kind == CW_THRESHOLD_BY_SCORING)
        fallback.kind =
            set->scoring == CW_SCORING_EXCLUSIVE ? CW_THRESHOLD_PROBABILITY : CW_THRESHOLD_COSINE;
    classifier->thresholds = g_new(CwThreshold, set->n_classes);
    for (guint c = 0; c < set->n_classes; c++) {
        const CwPromptClass *class = &set->classes[c];
        const gboolean own = class->threshold.kind != CW_THRESHOLD_NONE;
        const CwThreshold threshold = own ? class->threshold : fallback;
        if (threshold.kind == CW_THRESHOLD_PROBABILITY && !has_probability) {
            g_set_error(error, CW_ERROR, own ? CW_ERROR_FORMAT : CW_ERROR_ARGUMENT,
                        "%s:%u: class '%s' %s a threshold on its probability, but in an "
                        "independent set this model gives cosines only: write [cosine=0.25] or so",
                        set->file, class->line, class->label,
                        own ? "has" : "names no threshold of its own and the default is");
            return FALSE;
        }
        classifier->thresholds[c] = threshold;
    }
    return TRUE;
}

static gboolean
fill_rules(CwClassifier *classifier, GError **error)
{
    const CwPromptSet *set = classifier->set;
    classifier->rules = g_new(CwEpisodeRule, set->n_classes);
    for (guint c = 0; c < set->n_classes; c++)
        if (!cw_episode_rule_resolve(set, c, classifier->thresholds[c], &classifier->rules[c],
                                     error))
            return FALSE;
    return TRUE;
}

CwClassifier *
cw_classifier_new(CwModel *model, CwPrompts *prompts, guint set, CwThreshold default_threshold,
                  GError **error)
{
    g_autoptr(CwClassifier) classifier = g_new0(CwClassifier, 1);
    g_atomic_ref_count_init(&classifier->references);
    classifier->model = cw_model_ref(model);
    classifier->prompts = cw_prompts_ref(prompts);
    classifier->set = cw_prompts_get_set(prompts, set);
    if (!check_default(default_threshold, error) ||
        !fill_thresholds(classifier, default_threshold, error) || !fill_rules(classifier, error) ||
        !encode_classes(classifier, error))
        return NULL;
    return g_steal_pointer(&classifier);
}

CwClassifier *
cw_classifier_ref(CwClassifier *classifier)
{
    g_atomic_ref_count_inc(&classifier->references);
    return classifier;
}

void
cw_classifier_unref(CwClassifier *classifier)
{
    if (!g_atomic_ref_count_dec(&classifier->references))
        return;
    cw_model_unref(classifier->model);
    cw_prompts_unref(classifier->prompts);
    g_free(classifier->thresholds);
    g_free(classifier->rules);
    g_free(classifier->vectors);
    g_free(classifier);
}

const CwPromptSet *
cw_classifier_get_set(const CwClassifier *classifier)
{
    return classifier->set;
}

const CwModelInfo *
cw_classifier_get_model_info(const CwClassifier *classifier)
{
    return cw_model_get_info(classifier->model);
}

const float *
cw_classifier_get_vectors(const CwClassifier *classifier)
{
    return classifier->vectors;
}

const CwEpisodeRule *
cw_classifier_get_episode_rules(const CwClassifier *classifier)
{
    return classifier->rules;
}

CwScores *
cw_scores_new(const CwClassifier *classifier)
{
    CwScores *scores = g_new0(CwScores, 1);
    scores->n_scores = classifier->set->n_classes;
    scores->scores = g_new0(CwScore, scores->n_scores);
    return scores;
}

void
cw_scores_free(CwScores *scores)
{
    g_free(scores->scores);
    g_free(scores);
}

void
cw_classifier_score(const CwClassifier *classifier, const float *embedding, CwScores *scores)
{
    const CwModelInfo *info = cw_model_get_info(classifier->model);
    const float *vector = classifier->vectors;
    g_return_if_fail(scores->n_scores == classifier->set->n_classes);
    for (guint c = 0; c < scores->n_scores; c++, vector += info->embed_dim) {
        CwScore *score = &scores->scores[c];
        double cosine = 0;
        for (guint i = 0; i < info->embed_dim; i++)
            cosine += (double)embedding[i] * vector[i];
        score->class_index = c;
        score->cosine = (float)cosine;
        score->logit = (float)(info->logit_scale * cosine + info->logit_bias);
        score->threshold = classifier->thresholds[c];
    }
    cw_calibrator_apply(scores->calibrator, scores->scores, scores->n_scores);
    cw_scores_decide(scores, classifier->set, info->sigmoid);
}
