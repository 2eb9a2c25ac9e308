#include "text/words.h"

#include <string.h>

typedef enum {
    KIND_SPACE,
    KIND_LETTER,
    KIND_NUMBER,
    KIND_OTHER,
    KIND_END,
} Kind;

static Kind
kind_of(const char *p)
{
    gunichar c = g_utf8_get_char(p);
    if (c == 0)
        return KIND_END;
    if (c == ' ')
        return KIND_SPACE;
    switch (g_unichar_type(c)) {
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
        return KIND_LETTER;
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
        return KIND_NUMBER;
    default:
        return KIND_OTHER;
    }
}

/* Length of the contraction at p, or 0. */
static gsize
contraction_length(const char *p)
{
    /* The long s at the end counts as an s where case is ignored, as it is in CLIP's pattern. */
    static const char *const contractions[] = {"'s", "'t",  "'re", "'ve",
                                               "'m", "'ll", "'d",  "'\u017f"};
    for (gsize i = 0; i < G_N_ELEMENTS(contractions); i++)
        if (g_str_has_prefix(p, contractions[i]))
            return strlen(contractions[i]);
    return 0;
}

const char *
cw_words_next(const char **cursor)
{
    const char *start = *cursor;
    while (kind_of(start) == KIND_SPACE)
        start = g_utf8_next_char(start);
    const Kind kind = kind_of(start);
    const char *end = start;
    switch (kind) {
    case KIND_END:
        return NULL;
    case KIND_NUMBER:
        end = g_utf8_next_char(start);
        break;
    default:
        end = start + contraction_length(start);
        if (end == start)
            while (kind_of(end) == kind)
                end = g_utf8_next_char(end);
        break;
    }
    *cursor = end;
    return start;
}
