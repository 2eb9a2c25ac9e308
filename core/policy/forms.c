#include "policy/forms.h"

#include <string.h>

typedef struct {
    const char *language, *ending, *plural; /* the plural takes the ending's place */
} Inflection;

/* More than grammar allows: a form that no one writes does no harm in a list. */
static const Inflection inflections[] = {
    {"en", "", "s"},     {"en", "s", "ses"},   {"en", "x", "xes"},   {"en", "h", "hes"},
    {"en", "y", "ies"},  {"en", "f", "ves"},   {"en", "fe", "ves"},  {"en", "man", "men"},
    {"en", "z", "zes"},  {"en", "o", "oes"},   {"de", "", "e"},      {"de", "", "en"},
    {"de", "", "n"},     {"de", "", "er"},     {"de", "", "s"},      {"de", "", "es"},
    {"de", "", "em"},    {"de", "", "in"},     {"de", "", "innen"},  {"de", "e", "in"},
    {"de", "e", "er"},   {"de", "e", "es"},    {"de", "e", "innen"}, {"es", "", "s"},
    {"es", "", "es"},    {"es", "o", "a"},     {"es", "o", "as"},    {"es", "o", "os"},
    {"es", "or", "ora"}, {"es", "or", "oras"}, {"es", "z", "ces"},   {"es", "n", "na"},
};

void
cw_forms_add(const char *word, const char *language,
             void (*add)(const char *form, gpointer user_data), gpointer user_data)
{
    const gsize length = strlen(word);
    add(word, user_data);
    for (guint i = 0; i < G_N_ELEMENTS(inflections); i++) {
        const Inflection *inflection = &inflections[i];
        if (!g_str_equal(inflection->language, language) ||
            !g_str_has_suffix(word, inflection->ending))
            continue;
        g_autofree char *form = g_strdup_printf(
            "%.*s%s", (int)(length - strlen(inflection->ending)), word, inflection->plural);
        add(form, user_data);
    }
}
