/* What a configuration may say: every key is used, known to be harmless, or refused with a reason.
 * A wrong activation or pooling gives plausible nonsense and no crash, so nothing is passed over.
 */
#pragma once

#include "base/json.h"

typedef enum {
    CW_KEY_USED = 0, /* the reader looks at it */
    CW_KEY_IGNORED,  /* training, tokenizing or bookkeeping: no influence on the networks */
    CW_KEY_OFF,      /* must be absent or false, 0, empty: turns on what is not implemented */
    CW_KEY_ONLY,     /* must be absent or this string */
} CwKeyKind;

typedef struct {
    const char *key;
    CwKeyKind kind;
    const char *text; /* CW_KEY_OFF: what it would turn on; CW_KEY_ONLY: the string */
} CwKeyRule;

/* FALSE with CW_ERROR_UNSUPPORTED and the path of the first member that breaks the rules (which
 * end with a NULL key), or CW_ERROR_FORMAT when object is present and no object. */
gboolean cw_config_check_keys(CwJsonValue object, const CwKeyRule *rules, GError **error);

/* Fails with CW_ERROR_UNSUPPORTED at a member: "file: path WHAT". Always FALSE. */
gboolean cw_config_refuse(CwJsonValue object, const char *key, const char *what, GError **error);
