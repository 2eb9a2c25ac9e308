#include "prompt/set.h"

#include "prompt/episode_rule.h"
#include "prompt/number.h"
#include "prompt/spelling.h"

#include <string.h>

#define MAX_ID_BYTES 64

static const char *const names[] = {"threshold",  "probability", "cosine",   "z",     "calibrated",
                                    "background", "id",          "enter",    "leave", "dwell",
                                    "cooldown",   "gap",         "evidence", NULL};
/* From here on they are of the class's episodes. */
static const char *const *const episode_names = names + 7;

static CwThresholdKind
find_kind(const char *key, CwScoring scoring)
{
    if (g_str_equal(key, "z"))
        return CW_THRESHOLD_Z;
    if (g_str_equal(key, "calibrated"))
        return CW_THRESHOLD_CALIBRATED;
    if (g_str_equal(key, "cosine") ||
        (g_str_equal(key, "threshold") && scoring == CW_SCORING_INDEPENDENT))
        return CW_THRESHOLD_COSINE;
    return CW_THRESHOLD_PROBABILITY;
}

static gboolean
read_threshold(const char *key, const char *value, CwScoring scoring, CwClassDraft *draft,
               const char *file, GError **error)
{
    const CwThresholdKind kind = find_kind(key, scoring);
    const double low = cw_prompt_least_score(kind), high = cw_prompt_greatest_score(kind);
    double number;
    if (!cw_prompt_parse_number(value, NULL, &number))
        return cw_prompt_fail(error, file, draft->line,
                              "%s '%s' is not a number: write it like %s=%s", key, value, key,
                              kind == CW_THRESHOLD_Z ? "3" : "0.6");
    if (number < low || number > high)
        return cw_prompt_fail(error, file, draft->line, "%s %s is not between %g and %g", key,
                              value, low, high);
    if (draft->threshold.kind != CW_THRESHOLD_NONE)
        return cw_prompt_fail(error, file, draft->line, "class '%s' has two thresholds: keep one",
                              draft->label);
    if (kind == CW_THRESHOLD_PROBABILITY && scoring == CW_SCORING_INDEPENDENT)
        return cw_prompt_fail(error, file, draft->line,
                              "a probability has no meaning in an independent set: use cosine=");
    draft->threshold.kind = kind;
    draft->threshold.value = number;
    return TRUE;
}

static gboolean
read_id(const char *value, CwClassDraft *draft, const char *file, GError **error)
{
    const gsize length = strlen(value);
    if (draft->id)
        return cw_prompt_fail(error, file, draft->line, "class '%s' has two ids: keep one",
                              draft->label);
    if (length == 0 || length > MAX_ID_BYTES ||
        strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
        return cw_prompt_fail(error, file, draft->line,
                              "id '%s' is not 1 to %d of a-z, 0-9 and '-'", value, MAX_ID_BYTES);
    draft->id = g_strdup(value);
    return TRUE;
}

static gboolean
read_attribute(char *attribute, CwScoring scoring, CwClassDraft *draft, const char *file,
               GError **error)
{
    char *equals = strchr(attribute, '=');
    const char *value = equals ? equals + 1 : NULL;
    if (equals)
        *equals = '\0';
    if (g_str_equal(attribute, "background") && !value) {
        draft->background = TRUE;
        return TRUE;
    }
    if (g_str_equal(attribute, "background"))
        return cw_prompt_fail(error, file, draft->line, "background takes no value");
    if (!g_strv_contains(names, attribute)) {
        const char *nearest = cw_spelling_nearest(attribute, names);
        return cw_prompt_fail(
            error, file, draft->line, "no attribute '%s'%s%s%s", attribute,
            nearest ? ": did you mean '"
                    : "; there are threshold, probability, cosine, z, "
                      "calibrated, background, id, enter, leave, dwell, cooldown, gap and evidence",
            nearest ? nearest : "", nearest ? "'?" : "");
    }
    if (!value)
        return cw_prompt_fail(error, file, draft->line,
                              "%s needs a value: write %s=… without spaces around '='", attribute,
                              attribute);
    if (g_str_equal(attribute, "id"))
        return read_id(value, draft, file, error);
    if (g_strv_contains(episode_names, attribute))
        return cw_prompt_read_episode_attribute(attribute, value, draft, file, error);
    return read_threshold(attribute, value, scoring, draft, file, error);
}

gboolean
cw_prompt_read_attributes(const char *text, CwScoring scoring, CwClassDraft *draft,
                          const char *file, GError **error)
{
    g_auto(GStrv) attributes = g_strsplit_set(text, ", \t", -1);
    for (char **attribute = attributes; *attribute; attribute++)
        if (**attribute != '\0' && !read_attribute(*attribute, scoring, draft, file, error))
            return FALSE;
    if (draft->background && draft->threshold.kind != CW_THRESHOLD_NONE)
        return cw_prompt_fail(error, file, draft->line,
                              "a background class is never reported: it takes no threshold");
    return cw_prompt_check_episode_rule(scoring, draft, file, error);
}
