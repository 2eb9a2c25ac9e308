#include "text/clean.h"

#include "text/entities.h"

#include <string.h>

/* Longest name that is looked up, as in the HTML standard's tables. */
#define MAX_REFERENCE 32

/* What browsers make of references to the C1 controls: Windows-1252. */
static const guint16 windows_1252[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

/* Code points that a reference may not produce: they vanish. */
static gboolean
is_forbidden(guint32 c)
{
    return (c >= 0x1 && c <= 0x8) || c == 0xb || (c >= 0xe && c <= 0x1f) ||
           (c >= 0x7f && c <= 0x9f) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

static void
append_code_point(GString *out, guint32 c)
{
    if (c >= 0x80 && c <= 0x9f)
        g_string_append_unichar(out, windows_1252[c - 0x80]);
    else if (c == 0 || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
        g_string_append_unichar(out, 0xfffd);
    else if (c == '\r' || !is_forbidden(c))
        g_string_append_unichar(out, c);
}

/* "&#123;", "&#x7b;": returns what follows it, or NULL when it is none. */
static const char *
resolve_numeric(const char *reference, GString *out)
{
    const gboolean hex = reference[2] == 'x' || reference[2] == 'X';
    const char *digits = reference + (hex ? 3 : 2), *p = digits;
    guint32 c = 0;
    for (; hex ? g_ascii_isxdigit(*p) : g_ascii_isdigit(*p); p++)
        c = MIN(c * (hex ? 16 : 10) + (guint32)g_ascii_xdigit_value(*p), 0x110000);
    if (p == digits)
        return NULL;
    append_code_point(out, c);
    return *p == ';' ? p + 1 : p;
}

/* "&eacute;", and "&eacute" for the names that HTML always knew, even with letters behind. */
static const char *
resolve_named(const char *reference, GString *out)
{
    const char *name = reference + 1;
    gsize length = strcspn(name, "\t\n\f <&#;");
    gboolean legacy;
    gunichar c;
    length = MIN(length, MAX_REFERENCE);
    if (name[length] == ';' && (c = cw_entity_find(name, length, &legacy))) {
        g_string_append_unichar(out, c);
        return name + length + 1;
    }
    for (; length > 1; length--)
        if ((c = cw_entity_find(name, length, &legacy)) && legacy) {
            g_string_append_unichar(out, c);
            return name + length;
        }
    return NULL;
}

static char *
resolve_references(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));
    while (*text) {
        const char *next = NULL;
        if (*text == '&')
            next = text[1] == '#' ? resolve_numeric(text, out) : resolve_named(text, out);
        if (!next) {
            g_string_append_c(out, *text);
            next = text + 1;
        }
        text = next;
    }
    return g_string_free(out, FALSE);
}

/* Python's idea of white space. */
static gboolean
is_space(gunichar c)
{
    return (c >= 0x1c && c <= 0x1f) || c == 0x0b || c == 0x85 || g_unichar_isspace(c);
}

/* Runs of white space become one space; none at the ends. */
static char *
fold_spaces(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));
    gboolean pending = FALSE;
    for (; *text; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        if (is_space(c)) {
            pending = out->len > 0;
            continue;
        }
        if (pending)
            g_string_append_c(out, ' ');
        pending = FALSE;
        g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

static gboolean
is_cased(gunichar c)
{
    return g_unichar_isupper(c) || g_unichar_islower(c) || g_unichar_istitle(c);
}

/* Marks that stand between letters without parting them. */
static gboolean
is_case_ignorable(gunichar c)
{
    if (strchr("'.:^`", (int)c) && c != 0 && c < 128)
        return TRUE;
    switch (g_unichar_type(c)) {
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK:
    case G_UNICODE_FORMAT:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_MODIFIER_SYMBOL:
        return TRUE;
    default:
        return c == 0xad || c == 0xb7 || c == 0x2019 || c == 0x2027;
    }
}

/* Whether the capital sigma at here ends a word: a letter before it and none after. */
static gboolean
is_final_sigma(const char *start, const char *here)
{
    const char *p = here;
    gboolean before = FALSE;
    while (p > start) {
        p = g_utf8_prev_char(p);
        if (is_case_ignorable(g_utf8_get_char(p)))
            continue;
        before = is_cased(g_utf8_get_char(p));
        break;
    }
    for (p = g_utf8_next_char(here); before && *p; p = g_utf8_next_char(p))
        if (!is_case_ignorable(g_utf8_get_char(p)))
            return !is_cased(g_utf8_get_char(p));
    return before;
}

/* GLib lowers letters; Unicode also has small Roman numerals and small letters in circles. */
static gunichar
lower_char(gunichar c)
{
    if (c >= 0x2160 && c <= 0x216f)
        return c + 0x10;
    if (c >= 0x24b6 && c <= 0x24cf)
        return c + 0x1a;
    return g_unichar_tolower(c);
}

/* As Python's str.lower(): g_utf8_strdown() would ask the locale. */
static char *
lower(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == 0x0130) /* I with a dot above */
            g_string_append(out, "i\xcc\x87");
        else if (c == 0x03a3) /* capital sigma */
            g_string_append_unichar(out, is_final_sigma(text, p) ? 0x03c2 : 0x03c3);
        else
            g_string_append_unichar(out, lower_char(c));
    }
    return g_string_free(out, FALSE);
}

char *
cw_text_clean(const char *text)
{
    g_autofree char *once = resolve_references(text);
    g_autofree char *twice = resolve_references(once);
    g_autofree char *folded = fold_spaces(twice);
    return lower(folded);
}
