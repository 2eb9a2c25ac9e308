/* What the readers of policy files share. */
#pragma once

#include "base/json.h"
#include "policy/policy.h"

/* Says what is wrong with the value of that key, and returns FALSE. */
gboolean cw_policy_fail_at(GError **error, int code, CwJsonValue object, const char *key,
                           const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Appends one rule to those of the policy, whose lists are read. */
gboolean cw_policy_read_rule(CwPolicy *policy, CwJsonValue object, GError **error);
