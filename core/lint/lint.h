/* The findings while they are made, and the rules that make them. */
#pragma once

#include <clipwatch/lint.h>

/* Adds a finding on a class of the set, NULL for the set as a whole, with the other class of a pair
 * or NULL. The reason comes last, as for printf; rule and suggestion are static. */
void cw_lint_add(CwLint *lint, CwSeverity severity, const char *rule, const CwPromptSet *set,
                 const CwPromptClass *class, const CwPromptClass *other, double figure,
                 const char *suggestion, const char *format, ...) G_GNUC_PRINTF(9, 10);

/* What the words alone say: with any model. */
void cw_lint_wording(CwLint *lint, const CwPromptSet *set);

/* Texts that the model would have to cut. */
gboolean cw_lint_length(CwLint *lint, const CwPromptSet *set, const CwModel *model, GError **error);
