#include "text/entities.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    gunichar c;
    gboolean legacy; /* HTML also knows it without the semicolon */
} Entity;

/* In strcmp() order. Source: the named character references of the HTML standard. */
static const Entity entities[] = {
    {"AElig", 0x00c6, TRUE},   {"Aacute", 0x00c1, TRUE},   {"Acirc", 0x00c2, TRUE},
    {"Agrave", 0x00c0, TRUE},  {"Aring", 0x00c5, TRUE},    {"Atilde", 0x00c3, TRUE},
    {"Auml", 0x00c4, TRUE},    {"Ccedil", 0x00c7, TRUE},   {"Dagger", 0x2021, FALSE},
    {"Delta", 0x0394, FALSE},  {"ETH", 0x00d0, TRUE},      {"Eacute", 0x00c9, TRUE},
    {"Ecirc", 0x00ca, TRUE},   {"Egrave", 0x00c8, TRUE},   {"Euml", 0x00cb, TRUE},
    {"Iacute", 0x00cd, TRUE},  {"Icirc", 0x00ce, TRUE},    {"Igrave", 0x00cc, TRUE},
    {"Itilde", 0x0128, FALSE}, {"Iuml", 0x00cf, TRUE},     {"Ntilde", 0x00d1, TRUE},
    {"OElig", 0x0152, FALSE},  {"Oacute", 0x00d3, TRUE},   {"Ocirc", 0x00d4, TRUE},
    {"Ograve", 0x00d2, TRUE},  {"Omega", 0x03a9, FALSE},   {"Oslash", 0x00d8, TRUE},
    {"Otilde", 0x00d5, TRUE},  {"Ouml", 0x00d6, TRUE},     {"Prime", 0x2033, FALSE},
    {"Scaron", 0x0160, FALSE}, {"Sigma", 0x03a3, FALSE},   {"THORN", 0x00de, TRUE},
    {"Uacute", 0x00da, TRUE},  {"Ucirc", 0x00db, TRUE},    {"Ugrave", 0x00d9, TRUE},
    {"Uring", 0x016e, FALSE},  {"Utilde", 0x0168, FALSE},  {"Uuml", 0x00dc, TRUE},
    {"Yacute", 0x00dd, TRUE},  {"Ycirc", 0x0176, FALSE},   {"Yuml", 0x0178, FALSE},
    {"aacute", 0x00e1, TRUE},  {"acirc", 0x00e2, TRUE},    {"acute", 0x00b4, TRUE},
    {"aelig", 0x00e6, TRUE},   {"agrave", 0x00e0, TRUE},   {"alpha", 0x03b1, FALSE},
    {"amp", 0x0026, TRUE},     {"apos", 0x0027, FALSE},    {"aring", 0x00e5, TRUE},
    {"asymp", 0x2248, FALSE},  {"atilde", 0x00e3, TRUE},   {"auml", 0x00e4, TRUE},
    {"bdquo", 0x201e, FALSE},  {"beta", 0x03b2, FALSE},    {"brvbar", 0x00a6, TRUE},
    {"bull", 0x2022, FALSE},   {"ccedil", 0x00e7, TRUE},   {"cedil", 0x00b8, TRUE},
    {"cent", 0x00a2, TRUE},    {"circ", 0x02c6, FALSE},    {"clubs", 0x2663, FALSE},
    {"copy", 0x00a9, TRUE},    {"curren", 0x00a4, TRUE},   {"dagger", 0x2020, FALSE},
    {"darr", 0x2193, FALSE},   {"deg", 0x00b0, TRUE},      {"delta", 0x03b4, FALSE},
    {"diams", 0x2666, FALSE},  {"divide", 0x00f7, TRUE},   {"eacute", 0x00e9, TRUE},
    {"ecirc", 0x00ea, TRUE},   {"egrave", 0x00e8, TRUE},   {"emsp", 0x2003, FALSE},
    {"ensp", 0x2002, FALSE},   {"epsilon", 0x03b5, FALSE}, {"equiv", 0x2261, FALSE},
    {"eth", 0x00f0, TRUE},     {"euml", 0x00eb, TRUE},     {"euro", 0x20ac, FALSE},
    {"fnof", 0x0192, FALSE},   {"frac12", 0x00bd, TRUE},   {"frac14", 0x00bc, TRUE},
    {"frac34", 0x00be, TRUE},  {"frasl", 0x2044, FALSE},   {"gamma", 0x03b3, FALSE},
    {"ge", 0x2265, FALSE},     {"gt", 0x003e, TRUE},       {"harr", 0x2194, FALSE},
    {"hearts", 0x2665, FALSE}, {"hellip", 0x2026, FALSE},  {"iacute", 0x00ed, TRUE},
    {"icirc", 0x00ee, TRUE},   {"iexcl", 0x00a1, TRUE},    {"igrave", 0x00ec, TRUE},
    {"infin", 0x221e, FALSE},  {"int", 0x222b, FALSE},     {"iquest", 0x00bf, TRUE},
    {"itilde", 0x0129, FALSE}, {"iuml", 0x00ef, TRUE},     {"lambda", 0x03bb, FALSE},
    {"laquo", 0x00ab, TRUE},   {"larr", 0x2190, FALSE},    {"ldquo", 0x201c, FALSE},
    {"le", 0x2264, FALSE},     {"lrm", 0x200e, FALSE},     {"lsaquo", 0x2039, FALSE},
    {"lsquo", 0x2018, FALSE},  {"lt", 0x003c, TRUE},       {"macr", 0x00af, TRUE},
    {"mdash", 0x2014, FALSE},  {"micro", 0x00b5, TRUE},    {"middot", 0x00b7, TRUE},
    {"minus", 0x2212, FALSE},  {"mu", 0x03bc, FALSE},      {"nbsp", 0x00a0, TRUE},
    {"ndash", 0x2013, FALSE},  {"ne", 0x2260, FALSE},      {"not", 0x00ac, TRUE},
    {"ntilde", 0x00f1, TRUE},  {"oacute", 0x00f3, TRUE},   {"ocirc", 0x00f4, TRUE},
    {"oelig", 0x0153, FALSE},  {"ograve", 0x00f2, TRUE},   {"oline", 0x203e, FALSE},
    {"omega", 0x03c9, FALSE},  {"ordf", 0x00aa, TRUE},     {"ordm", 0x00ba, TRUE},
    {"oslash", 0x00f8, TRUE},  {"otilde", 0x00f5, TRUE},   {"ouml", 0x00f6, TRUE},
    {"para", 0x00b6, TRUE},    {"part", 0x2202, FALSE},    {"permil", 0x2030, FALSE},
    {"phi", 0x03c6, FALSE},    {"pi", 0x03c0, FALSE},      {"plusmn", 0x00b1, TRUE},
    {"pound", 0x00a3, TRUE},   {"prime", 0x2032, FALSE},   {"prod", 0x220f, FALSE},
    {"quot", 0x0022, TRUE},    {"radic", 0x221a, FALSE},   {"raquo", 0x00bb, TRUE},
    {"rarr", 0x2192, FALSE},   {"rdquo", 0x201d, FALSE},   {"reg", 0x00ae, TRUE},
    {"rlm", 0x200f, FALSE},    {"rsaquo", 0x203a, FALSE},  {"rsquo", 0x2019, FALSE},
    {"sbquo", 0x201a, FALSE},  {"scaron", 0x0161, FALSE},  {"sect", 0x00a7, TRUE},
    {"shy", 0x00ad, TRUE},     {"sigma", 0x03c3, FALSE},   {"spades", 0x2660, FALSE},
    {"sum", 0x2211, FALSE},    {"sup1", 0x00b9, TRUE},     {"sup2", 0x00b2, TRUE},
    {"sup3", 0x00b3, TRUE},    {"szlig", 0x00df, TRUE},    {"tau", 0x03c4, FALSE},
    {"theta", 0x03b8, FALSE},  {"thinsp", 0x2009, FALSE},  {"thorn", 0x00fe, TRUE},
    {"tilde", 0x02dc, FALSE},  {"times", 0x00d7, TRUE},    {"trade", 0x2122, FALSE},
    {"uacute", 0x00fa, TRUE},  {"uarr", 0x2191, FALSE},    {"ucirc", 0x00fb, TRUE},
    {"ugrave", 0x00f9, TRUE},  {"uml", 0x00a8, TRUE},      {"uring", 0x016f, FALSE},
    {"utilde", 0x0169, FALSE}, {"uuml", 0x00fc, TRUE},     {"yacute", 0x00fd, TRUE},
    {"ycirc", 0x0177, FALSE},  {"yen", 0x00a5, TRUE},      {"yuml", 0x00ff, TRUE},
    {"zwj", 0x200d, FALSE},    {"zwnj", 0x200c, FALSE},
};

typedef struct {
    const char *name;
    gsize length;
} Key;

static int
compare(const void *key_pointer, const void *entity_pointer)
{
    const Key *key = key_pointer;
    const Entity *entity = entity_pointer;
    int order = strncmp(key->name, entity->name, key->length);
    return order != 0 ? order : -(entity->name[key->length] != '\0');
}

gunichar
cw_entity_find(const char *name, gsize length, gboolean *legacy)
{
    const Key key = {name, length};
    const Entity *entity =
        bsearch(&key, entities, G_N_ELEMENTS(entities), sizeof *entities, compare);
    if (!entity)
        return 0;
    *legacy = entity->legacy;
    return entity->c;
}
