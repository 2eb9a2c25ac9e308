/* What of a decision may be told: a policy's rules of decisions, held against one after the other.
 * docs/POLICIES.md describes the rules, their order and the actions. */
#pragma once

#include <clipwatch/classify.h>
#include <clipwatch/policy.h>

G_BEGIN_DECLS

/* What was done to one class that the scores alone would have chosen. */
typedef struct {
    CwAction action;
    const char *rule, *why; /* of the policy */
    guint class_index;      /* of the set */
    guint told_as;          /* GENERALISE: the class that is told in its place; else class_index */
} CwGuardAction;

/* What is left of a decision. Valid until the guard's next call. */
typedef struct {
    const CwScores *told;         /* what may leave: as few classes as may be told; best first */
    const CwScores *held;         /* for episodes alone: of what may be told, with its figures;
                                   * the rest are no numbers; as many as the set's classes */
    const CwGuardAction *actions; /* [n_actions] */
    guint n_actions;
} CwGuarded;

/* A policy bound to a prompt set, with what it remembers of one stream of decisions. Belongs to one
 * thread. Deterministic; allocates nothing once it is made. */
typedef struct _CwGuard CwGuard;

/* policy: NULL, and everything is told as it is. */
CW_API CwGuard *cw_guard_new(CwPolicy *policy, const CwPromptSet *set);

/* The same rules for another stream of decisions. has_memory: FALSE where nobody knows which
 * decision follows on which: there is never evidence enough for a rule that asks for it. */
CW_API CwGuard *cw_guard_new_like(const CwGuard *guard, gboolean has_memory);
CW_API void cw_guard_free(CwGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwGuard, cw_guard_free)

/* Holds the scores of one picture against the rules. time_ns: on the timeline of the stream, or
 * G_MAXINT64 for a picture without any, from which no evidence over time is asked. What lies on the
 * other side of a gap, or of a step back, is forgotten. */
CW_API const CwGuarded *cw_guard_apply(CwGuard *guard, const CwScores *scores, gint64 time_ns);

/* The strictest of what the last n_decisions did to the class without holding it back: REVIEW or
 * REDACT. NULL: nothing. Valid until the guard's next call. */
CW_API const CwGuardAction *cw_guard_recall(CwGuard *guard, guint class_index, guint64 n_decisions);

/* Forgets what is evidence: another file begins. */
CW_API void cw_guard_forget(CwGuard *guard);

G_END_DECLS
