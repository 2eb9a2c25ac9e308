/* Appending canonical JSON to a GString: the same bytes under every locale, no allocation once the
 * string is large enough. The caller places commas by writing keys in order: each function appends
 * exactly one value or one "key": prefix. */
#pragma once

#include <glib.h>

/* Appends text quoted and escaped as RFC 8785 does; invalid UTF-8 becomes U+FFFD. */
void cw_json_write_string(GString *json, const char *text);

/* Appends `"key":`, with a comma before it unless the last byte is '{'. key is plain ASCII. */
void cw_json_write_key(GString *json, const char *key);
void cw_json_write_int(GString *json, gint64 value);
void cw_json_write_uint(GString *json, guint64 value);

/* value with exactly n_places decimals (0..9), rounded half away from zero; null when not finite or
 * beyond 9e9 in size. Never "-0". */
void cw_json_write_decimal(GString *json, double value, guint n_places);
