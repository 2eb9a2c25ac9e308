/* What cJSON lets pass and JSON forbids: looked for in the text before it is parsed. */
#pragma once

#include <clipwatch/error.h>

/* Most values (numbers, strings, containers …) in a document: cJSON keeps about 80 bytes for each.
 */
#define CW_JSON_MAX_VALUES (4 * 1024 * 1024)

/* text must end with a NUL at text[length]. FALSE with CW_ERROR_FORMAT and the line for invalid
 * UTF-8, control characters, the escape \u0000 (cJSON would cut the string there) and misspelt
 * numbers; with CW_ERROR_LIMIT for too deep a nesting or too many values. TRUE promises no valid
 * JSON yet. */
gboolean cw_json_scan(const char *text, gsize length, const char *name, GError **error);
