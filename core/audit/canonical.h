/* JSON as the log hashes it: RFC 8785 with whole numbers only. */
#pragma once

#include <clipwatch/error.h>

/* Deepest nesting of a value. */
#define CW_AUDIT_MAX_DEPTH 32

/* TRUE when these bytes are one JSON object in the only spelling that RFC 8785 allows: no blanks,
 * keys sorted and unique, shortest escapes, valid UTF-8, integers within ±2^53 without "-0".
 * Keys are plain ASCII without escapes, so that byte order is RFC 8785's order. Otherwise
 * CW_ERROR_FORMAT with the offset, or CW_ERROR_LIMIT. */
gboolean cw_audit_check_canonical(const char *text, gsize length, GError **error);
