/* What a configuration may say: every key is used, known to be harmless, or refused with a reason.
 * A wrong activation or pooling gives plausible nonsense and no crash, so nothing is passed over.
 */
#pragma once

#include "base/json.h"

typedef struct {
    const char *key;
    const char *text;
} CwKeyText;

/* A list for the members below, in a static table. */
/* clang-format off */
#define CW_KEYS(...) (const char *const[]){__VA_ARGS__, NULL}
/* clang-format on */

/* The keys of one object. Lists end with NULL, and may be NULL. */
typedef struct {
    const char *const *used; /* the reader looks at them */
    const char *const
        *ignored;          /* training, tokenizing, bookkeeping: no influence on the networks */
    const CwKeyText *off;  /* must be absent, false, 0 or empty; text: what they turn on */
    const CwKeyText *only; /* must be absent or the string text */
} CwKeyRules;

/* FALSE with CW_ERROR_UNSUPPORTED and the path of the first member that breaks the rules, or
 * CW_ERROR_FORMAT when object is present and no object. */
gboolean cw_config_check_keys(CwJsonValue object, const CwKeyRules *rules, GError **error);

/* Fails with CW_ERROR_UNSUPPORTED at a member: "file: path WHAT". Always FALSE. */
gboolean cw_config_refuse(CwJsonValue object, const char *key, const char *what, GError **error);
