/* Cases for a policy: prompts, and what should become of them. */
#pragma once

#include <clipwatch/policy.h>

/* Runs the cases of a file. A line is "refuse: TEXT", "warn: TEXT", "accept: TEXT", or "use: TEXT"
 * for either of the last two; TEXT is a phrasing, with \uXXXX for what does not show. Each stands
 * in a set with the classes of all lines "@with CLASS" before it, in the syntax of prompt files; a
 * text that prompt files refuse counts as refused. What came out otherwise is appended to failures.
 * Errors: CW_ERROR_IO, CW_ERROR_FORMAT with the line; a file without cases is one. */
gboolean cw_policy_cases_run(CwPolicy *policy, const char *file, guint *n_cases,
                             guint *n_as_expected, GString *failures, GError **error);
