#include "text/excerpt.h"

#include "base/json_write.h"

#define MAX_CHARACTERS 64

char *
cw_text_excerpt(const char *text)
{
    const char *end = text;
    for (guint n = 0; *end && n < MAX_CHARACTERS; n++)
        end = g_utf8_next_char(end);
    g_autofree char *head = g_strndup(text, (gsize)(end - text));
    GString *quoted = g_string_new(NULL);
    cw_json_write_string(quoted, head);
    return g_string_free(quoted, FALSE);
}
