/* The rules of decisions of a policy, bound to the classes of one set. */
#pragma once

#include "policy/policy.h"

/* Immutable, shared. */
typedef struct {
    CwPolicy *policy;
    guint n_classes;
    gboolean is_exclusive;
    guint n_rules;              /* those that speak of any class of the set */
    const CwPolicyRule **rules; /* [n_rules], in the order in which they are held */
    guint8 *concerns;           /* [n_rules][n_classes] whether it speaks of the class */
    guint8 *vetoes;             /* [n_rules][n_classes] whether the class vetoes others by it */
    guint *targets;             /* [n_classes] the class that it is told as: itself, or another */
    guint8 *is_background;      /* [n_classes] */
    gint64 gap_ns;              /* longest time that evidence outlives */
} CwGuardRules;

CwGuardRules *cw_guard_rules_new(CwPolicy *policy, const CwPromptSet *set);
CwGuardRules *cw_guard_rules_ref(CwGuardRules *rules);
void cw_guard_rules_unref(CwGuardRules *rules);

/* Whether rule r speaks of the class, or vetoes by it. */
static inline gboolean
cw_guard_rules_concern(const CwGuardRules *rules, guint r, guint class_index)
{
    return rules->concerns[(gsize)r * rules->n_classes + class_index];
}

static inline gboolean
cw_guard_rules_veto(const CwGuardRules *rules, guint r, guint class_index)
{
    return rules->vetoes[(gsize)r * rules->n_classes + class_index];
}
