/* Names of people in texts, without knowing the names. CLIP knows celebrities by name: 59.2 % of
 * 100 (arXiv 2103.00020, table 8). */
#include "policy/policy.h"

#include "policy/fold.h"

#include <string.h>

static const char *const titles[] = {"mr",     "mrs",       "ms",        "miss",       "dr",
                                     "prof",   "professor", "president", "chancellor", "senator",
                                     "sir",    "lady",      "herr",      "frau",       "senor",
                                     "senora", "don",       "dona",      "minister",   NULL};

/* Two capitals with one of these are a place or a thing. */
static const char *const places[] = {
    "airport",   "avenue", "bay",      "beach",   "bridge",     "building", "canyon",  "castle",
    "cathedral", "center", "centre",   "church",  "circus",     "city",     "day",     "desert",
    "east",      "falls",  "farm",     "forest",  "garden",     "gardens",  "gate",    "golden",
    "hall",      "harbor", "harbour",  "highway", "hill",       "hotel",    "island",  "lake",
    "los",       "market", "motorway", "mount",   "mountain",   "museum",   "new",     "north",
    "ocean",     "palace", "park",     "pier",    "place",      "platz",    "port",    "railway",
    "rio",       "river",  "road",     "saint",   "san",        "school",   "sea",     "shepherd",
    "south",     "square", "st",       "stadium", "station",    "street",   "strasse", "terminal",
    "the",       "tower",  "tree",     "united",  "university", "valley",   "wall",    "west",
    "formula",   "model",  "series",   "class",   "golf",       "north",    "united",  NULL};

static gboolean
is_capitalised(const char *word)
{
    const char *next = g_utf8_next_char(word);
    return g_unichar_isupper(g_utf8_get_char(word)) && *next &&
           g_unichar_islower(g_utf8_get_char(next));
}

static gboolean
is_among(const char *word, const char *const *list)
{
    g_autofree char *folded = cw_fold(word);
    g_autoptr(GPtrArray) words = cw_fold_words(folded);
    return words->len > 0 && g_strv_contains(list, words->pdata[0]);
}

/* Letters of any script with what people put into names; ends at anything else. */
static gsize
bare_length(const char *word)
{
    const char *p = word;
    while (*p && (g_unichar_isalpha(g_utf8_get_char(p)) || strchr("'-", *p)))
        p = g_utf8_next_char(p);
    return (gsize)(p - word);
}

static gboolean
is_address(const char *word)
{
    const char *at = strchr(word, '@');
    const char *dot = at ? strchr(at, '.') : NULL;
    return at && at > word && dot && dot > at + 1 && g_ascii_isalpha(dot[1]);
}

static gboolean
is_plate(const char *word)
{
    guint n_digits = 0, n_capitals = 0;
    for (const char *p = word; *p; p++) {
        n_digits += g_ascii_isdigit(*p) != 0;
        n_capitals += g_ascii_isupper(*p) != 0;
    }
    return (n_digits >= 1 && n_capitals >= 1) || n_digits >= 3;
}

static gboolean
speaks_of_plates(const char *text)
{
    static const char *const words[] = {"plate", "plates", "kennzeichen", "matricula", NULL};
    g_autofree char *folded = cw_fold(text);
    g_autoptr(GPtrArray) found = cw_fold_words(folded);
    for (guint i = 0; i < found->len; i++)
        if (g_strv_contains(words, found->pdata[i]))
            return TRUE;
    return FALSE;
}

/* The capitalised words from words[i] on that stand together. */
static guint
count_capitals(char **words, guint i, gboolean *is_place)
{
    guint n = 0;
    *is_place = FALSE;
    for (; words[i + n] && is_capitalised(words[i + n]); n++) {
        *is_place = *is_place || is_among(words[i + n], places);
        const gsize bare = bare_length(words[i + n]);
        if (words[i + n][bare] != '\0' && words[i + n][bare] != '.')
            return n + 1; /* a comma: the next begins anew */
    }
    return n;
}

char *
cw_policy_find_name(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    const gboolean has_plates = speaks_of_plates(text);
    gboolean is_place;
    for (guint i = 0; words[i]; i++) {
        if (is_address(words[i]))
            return g_strdup_printf("the address '%s'", words[i]);
        if (has_plates && is_plate(words[i]))
            return g_strdup_printf("the number plate '%s'", words[i]);
        if (words[i + 1] && is_among(words[i], titles) && is_capitalised(words[i + 1]))
            return g_strdup_printf("the person '%s %s'", words[i], words[i + 1]);
        const guint n = count_capitals(words, i, &is_place);
        if (n >= 2 && n <= 4 && !is_place)
            return g_strdup_printf("what looks like the name '%s %s'", words[i], words[i + 1]);
        i += n > 0 ? n - 1 : 0;
    }
    return NULL;
}
