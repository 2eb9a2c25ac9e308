/* Decisions over fixed logits, and what a guard makes of them, for the tests of core/policy. */
#pragma once

#include <clipwatch/guard.h>

/* A policy in mode "enforce" or "audit" over the lists "person" (person, worker, man, woman,
 * child), "child", "neutral" (person) and "man", with these rules: JSON without the brackets. */
CwPolicy *scores_parse_policy(const char *mode, const char *rules);

/* (transfer full); the first set is the one. */
CwPrompts *scores_parse_prompts(const char *text);

/* A decision of the set over one logit for each class, as a model of scale 100 gives them. */
typedef struct {
    CwScore list[32];
    CwScores scores;
} Decision;

void scores_decide(Decision *decision, const CwPromptSet *set, const double *logits);

/* "person:chosen child:below | RULE suppress worker, RULE generalise man>person", (transfer full).
 */
char *scores_describe(const CwPromptSet *set, const CwGuarded *guarded);
