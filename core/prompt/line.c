#include "prompt/line.h"

#include "prompt/set.h"

#include <string.h>

/* Letters and signs that fonts draw as nothing. */
static const gunichar invisible[] = {0x034f, 0x115f, 0x1160, 0x2800, 0x3164, 0xffa0};

/* They choose how the character before them is drawn: two spellings would look the same. */
static gboolean
is_variation_selector(gunichar c)
{
    return (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef) ||
           (c >= 0x180b && c <= 0x180d) || c == 0x180f;
}

/* Characters that cannot be seen, or that change how a line looks and not what it says. */
static gboolean
is_hidden(gunichar c)
{
    for (guint i = 0; i < G_N_ELEMENTS(invisible); i++)
        if (c == invisible[i])
            return TRUE;
    if (is_variation_selector(c))
        return TRUE;
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
        return c != '\t';
    case G_UNICODE_FORMAT: /* zero-width, bidirectional */
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
cw_prompt_check_line(const char *text, gsize length, const char *file, guint line, GError **error)
{
    const char *invalid;
    long column = 1;
    if (length > CW_PROMPT_MAX_LINE_BYTES)
        return cw_prompt_fail_limit(error, file, line, "a line of %zu bytes: at most %d are read",
                                    length, CW_PROMPT_MAX_LINE_BYTES);
    const gboolean valid = g_utf8_validate(text, (gssize)length, &invalid);
    for (const char *p = text; p < invalid; p = g_utf8_next_char(p), column++)
        if (is_hidden(g_utf8_get_char(p)))
            return cw_prompt_fail(error, file, line,
                                  "column %ld holds the hidden character U+%04X: take it out",
                                  column, g_utf8_get_char(p));
    if (!valid && *invalid == '\0')
        return cw_prompt_fail(error, file, line,
                              "column %ld holds a NUL byte: save the file as UTF-8 text", column);
    if (!valid)
        return cw_prompt_fail(error, file, line,
                              "column %ld is not UTF-8: save the file as UTF-8 text", column);
    return TRUE;
}

gsize
cw_prompt_byte_order_mark(const char *text, gsize length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

char *
cw_prompt_fold_spaces(char *text)
{
    char *out = text;
    gboolean pending = FALSE;
    for (const char *p = text, *next; *p; p = next) {
        next = g_utf8_next_char(p);
        if (g_unichar_isspace(g_utf8_get_char(p))) {
            pending = out > text;
            continue;
        }
        if (pending)
            *out++ = ' ';
        pending = FALSE;
        memmove(out, p, (gsize)(next - p));
        out += next - p;
    }
    *out = '\0';
    return text;
}
