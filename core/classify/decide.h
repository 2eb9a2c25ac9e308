/* From cosines to probabilities, order and verdicts: the part of scoring that needs no model. */
#pragma once

#include <clipwatch/classify.h>

/* scores: class_index, cosine, logit and threshold of every class of the set are filled in, in the
 * set's order. Fills in the rest and sorts. sigmoid: the model's probabilities are pairwise. */
void cw_scores_decide(CwScores *scores, const CwPromptSet *set, gboolean sigmoid);
