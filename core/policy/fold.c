#include "policy/fold.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

/* Signs that stand for letters within a word. */
#define SIGNS "@$!+"

static UChar *
to_utf16(const char *text, gint32 *length)
{
    const gsize n_bytes = strlen(text);
    UErrorCode status = U_ZERO_ERROR;
    UChar *wide = g_new(UChar, n_bytes + 1); /* never more units than bytes */
    u_strFromUTF8(wide, (gint32)n_bytes + 1, length, text, (gint32)n_bytes, &status);
    if (U_FAILURE(status))
        *length = 0;
    return wide;
}

static char *
to_utf8(const UChar *wide, gint32 length)
{
    UErrorCode status = U_ZERO_ERROR;
    gint32 n_bytes = 0;
    char *text = g_malloc((gsize)length * 3 + 1);
    u_strToUTF8(text, length * 3 + 1, &n_bytes, wide, length, &status);
    text[U_FAILURE(status) ? 0 : n_bytes] = '\0';
    return text;
}

/* wide[length] through the normalizer; wide is freed. */
static UChar *
normalize(const UNormalizer2 *normalizer, UChar *wide, gint32 *length)
{
    UErrorCode status = U_ZERO_ERROR;
    const gint32 needed = unorm2_normalize(normalizer, wide, *length, NULL, 0, &status);
    UChar *out = g_new(UChar, needed + 1);
    status = U_ZERO_ERROR;
    *length = unorm2_normalize(normalizer, wide, *length, out, needed + 1, &status);
    g_free(wide);
    if (U_FAILURE(status))
        *length = 0;
    return out;
}

/* Takes out the accents of wide[*length], which is decomposed. */
static void
drop_marks(UChar *wide, gint32 *length)
{
    gint32 n_kept = 0;
    for (gint32 i = 0; i < *length;) {
        const gint32 begin = i;
        UChar32 c;
        U16_NEXT(wide, i, *length, c);
        if (u_charType(c) == U_NON_SPACING_MARK || u_charType(c) == U_ENCLOSING_MARK)
            continue;
        for (gint32 k = begin; k < i; k++)
            wide[n_kept++] = wide[k];
    }
    *length = n_kept;
}

char *
cw_fold(const char *text)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *fold = unorm2_getNFKCCasefoldInstance(&status);
    const UNormalizer2 *decompose = unorm2_getNFKDInstance(&status);
    if (U_FAILURE(status)) /* the library's own data is missing */
        return g_utf8_casefold(text, -1);
    gint32 length;
    g_autofree UChar *wide = to_utf16(text, &length);
    wide = normalize(fold, g_steal_pointer(&wide), &length);
    wide = normalize(decompose, g_steal_pointer(&wide), &length);
    drop_marks(wide, &length);
    return to_utf8(wide, length);
}

static gpointer
open_checker(gpointer unused)
{
    UErrorCode status = U_ZERO_ERROR;
    return uspoof_open(&status); /* NULL on failure */
}

char *
cw_fold_skeleton(const char *folded)
{
    static GOnce once = G_ONCE_INIT;
    const USpoofChecker *checker = g_once(&once, open_checker, NULL);
    gint32 length;
    g_autofree UChar *wide = to_utf16(folded, &length);
    UErrorCode status = U_ZERO_ERROR;
    if (!checker)
        return g_strdup(folded);
    const gint32 needed = uspoof_getSkeleton(checker, 0, wide, length, NULL, 0, &status);
    g_autofree UChar *out = g_new(UChar, needed + 1);
    status = U_ZERO_ERROR;
    uspoof_getSkeleton(checker, 0, wide, length, out, needed + 1, &status);
    g_autofree char *skeleton = to_utf8(out, U_FAILURE(status) ? 0 : needed);
    return cw_fold(skeleton); /* '0' looks like 'O' */
}

char *
cw_fold_squeeze(const char *folded)
{
    GString *out = g_string_new(NULL);
    gunichar last = 0;
    for (const char *p = folded; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        if (c != last)
            g_string_append_unichar(out, c);
        last = c;
    }
    return g_string_free(out, FALSE);
}

char *
cw_fold_leet(const char *folded, char one)
{
    static const char from[] = "034578964@$+", to[] = "oeastbggaast";
    gboolean has_letter = FALSE, has_sign = FALSE;
    char *out = g_strdup(folded);
    for (char *p = out; *p; p++) {
        const char *sign = strchr(from, *p);
        has_letter = has_letter || g_ascii_isalpha(*p) || (*p & 0x80);
        if (strchr("1!", *p))
            *p = one;
        else if (sign)
            *p = to[sign - from];
        else
            continue;
        has_sign = TRUE;
    }
    if (has_letter && has_sign)
        return out;
    g_free(out);
    return NULL;
}

static gboolean
is_word_character(const char *p)
{
    const gunichar c = g_utf8_get_char(p);
    if (c < 128 && strchr(SIGNS, (int)c))
        return g_unichar_isalnum(g_utf8_get_char(g_utf8_next_char(p)));
    return g_unichar_isalnum(c);
}

GPtrArray *
cw_fold_words(const char *folded)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    const char *begin = NULL;
    for (const char *p = folded;; p = g_utf8_next_char(p)) {
        const gboolean inside = *p && is_word_character(p);
        if (inside && !begin)
            begin = p;
        if (!inside && begin) {
            g_ptr_array_add(words, g_strndup(begin, (gsize)(p - begin)));
            begin = NULL;
        }
        if (!*p)
            return words;
    }
}

gunichar
cw_fold_find_hidden(const char *text)
{
    gunichar before = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        UErrorCode status = U_ZERO_ERROR;
        const UScriptCode script = uscript_getScript((UChar32)before, &status);
        const gboolean is_joiner = c == 0x200c || c == 0x200d;
        const gboolean is_joined = before != 0 && script != USCRIPT_LATIN &&
                                   script != USCRIPT_GREEK && script != USCRIPT_CYRILLIC;
        const gboolean is_hidden =
            u_hasBinaryProperty((UChar32)c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
            u_hasBinaryProperty((UChar32)c, UCHAR_BIDI_CONTROL);
        if (is_hidden && c != 0xfe0f && !(is_joiner && is_joined))
            return c;
        before = c;
    }
    return 0;
}

guint
cw_fold_distance(const char *a, const char *b, guint most)
{
    enum { LIMIT = 64 };
    const gsize n_a = strlen(a), n_b = strlen(b);
    guint rows[3][LIMIT];
    if (n_a >= LIMIT || n_b >= LIMIT || MAX(n_a, n_b) - MIN(n_a, n_b) > most)
        return most + 1;
    guint *before = rows[0], *last = rows[1], *row = rows[2];
    for (guint k = 0; k <= n_b; k++) {
        before[k] = 0;
        last[k] = k;
    }
    for (guint i = 1; i <= n_a; i++) {
        row[0] = i;
        for (guint k = 1; k <= n_b; k++) {
            row[k] = MIN(MIN(last[k], row[k - 1]) + 1, last[k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = MIN(row[k], before[k - 2] + 1);
        }
        guint *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return MIN(last[n_b], most + 1);
}
