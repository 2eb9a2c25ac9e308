/* Embeddings to scores: a prompt set bound to a model. */
#pragma once

#include <clipwatch/model.h>
#include <clipwatch/prompt.h>

G_BEGIN_DECLS

/* One prompt set's text embeddings with the model's own scale. Immutable, shared, thread-safe. */
typedef struct _CwClassifier CwClassifier;

typedef enum {
    CW_VERDICT_BELOW = 0,  /* under its threshold, or not the best of an exclusive set */
    CW_VERDICT_BACKGROUND, /* the best of an exclusive set, and its background class */
    CW_VERDICT_CHOSEN,
    CW_VERDICT_UNKNOWN, /* the best of an exclusive set, but it does not stand out: calibrated only
                         */
    /* These two are a policy's (clipwatch/guard.h): */
    CW_VERDICT_REVIEW,     /* it would be chosen: a person is to look at it first */
    CW_VERDICT_SUPPRESSED, /* of a whole decision: what would be chosen is not told */
} CwVerdict;

typedef struct {
    guint class_index;     /* into the set's classes */
    float cosine;          /* between picture and class, -1..1 */
    float logit;           /* scale * cosine + bias */
    float probability;     /* softmax over the set, or the sigmoid of a pairwise model; NAN where an
                            * independent set meets a softmax model: there is no such number */
    float z;               /* spreads above the class's usual cosine; NAN without a calibration */
    float calibrated;      /* probability fitted to labelled pictures; NAN without a fit */
    CwThreshold threshold; /* what it was held against */
    CwVerdict verdict;
} CwScore;

/* What makes z-scores and calibrated probabilities of cosines: clipwatch/calibration.h. */
typedef struct _CwCalibrator CwCalibrator;

/* The scores of one picture against one set, sorted: best first, ties to the lower index. */
typedef struct {
    CwScore *scores; /* [n_scores], the set's n_classes */
    guint n_scores;
    float margin;   /* cosine of the best minus cosine of the second; NAN with one class */
    guint n_chosen; /* how many verdicts are CHOSEN */
    const CwCalibrator *calibrator; /* set by whoever scores, who keeps it; NULL: none */
} CwScores;

/* Encodes the texts (cached on disk) and averages each class's in embedding space: normalise, mean,
 * normalise. The classifier keeps references to both. default_threshold serves the classes that
 * name none; with kind NONE the best class of an exclusive set is chosen whatever its scores, and
 * such a class of an independent set is scored and never chosen, for every cosine would pass.
 * BY_SCORING is a probability in an exclusive set and a cosine in an independent one.
 * CW_ERROR_ARGUMENT for a default out of range, or one on a probability where there is none. */
CW_API CwClassifier *cw_classifier_new(CwModel *model, CwPrompts *prompts, guint set,
                                       CwThreshold default_threshold, GError **error);
CW_API CwClassifier *cw_classifier_ref(CwClassifier *classifier);
CW_API void cw_classifier_unref(CwClassifier *classifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwClassifier, cw_classifier_unref)

CW_API const CwPromptSet *cw_classifier_get_set(const CwClassifier *classifier);
CW_API const CwModelInfo *cw_classifier_get_model_info(const CwClassifier *classifier);

/* [n_classes][embed_dim], unit length, owned by the classifier. */
CW_API const float *cw_classifier_get_vectors(const CwClassifier *classifier);

/* [n_classes]: when each class's episodes begin and end, as cw_episode_rule_resolve() says. */
CW_API const CwEpisodeRule *cw_classifier_get_episode_rules(const CwClassifier *classifier);

/* Room for the scores of one classifier; scoring into it allocates nothing. */
CW_API CwScores *cw_scores_new(const CwClassifier *classifier);
CW_API void cw_scores_free(CwScores *scores);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwScores, cw_scores_free)

/* embedding: [embed_dim], unit length. */
CW_API void cw_classifier_score(const CwClassifier *classifier, const float *embedding,
                                CwScores *scores);

G_END_DECLS
