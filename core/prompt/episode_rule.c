#include "prompt/episode_rule.h"

#include "prompt/number.h"

#include <math.h>
#include <string.h>

#define SECOND      G_GINT64_CONSTANT(1000000000)
#define MAX_SECONDS (24 * 60 * 60)

static const char *const kinds[] = {
    [CW_THRESHOLD_PROBABILITY] = "probability",
    [CW_THRESHOLD_COSINE] = "cosine",
    [CW_THRESHOLD_Z] = "z-score",
    [CW_THRESHOLD_CALIBRATED] = "calibrated probability",
};

double
cw_prompt_least_score(CwThresholdKind kind)
{
    return kind == CW_THRESHOLD_COSINE ? -1 : kind == CW_THRESHOLD_Z ? -100 : 0;
}

double
cw_prompt_greatest_score(CwThresholdKind kind)
{
    return kind == CW_THRESHOLD_Z ? 100 : 1;
}

CwEpisodeRule
cw_episode_rule_default(void)
{
    return (CwEpisodeRule){
        .enter = NAN, .leave = NAN, .gap_ns = 10 * SECOND, .evidence = 2, .window = 3};
}

gboolean
cw_episode_rule_is_default(const CwEpisodeRule *rule)
{
    const CwEpisodeRule none = cw_episode_rule_default();
    return isnan(rule->enter) && isnan(rule->leave) && rule->dwell_ns == none.dwell_ns &&
           rule->cooldown_ns == none.cooldown_ns && rule->gap_ns == none.gap_ns &&
           rule->evidence == none.evidence && rule->window == none.window;
}

static gboolean
read_score(const char *key, const char *value, CwClassDraft *draft, const char *file, double *score,
           GError **error)
{
    if (!cw_prompt_parse_number(value, NULL, score))
        return cw_prompt_fail(error, file, draft->line,
                              "%s '%s' is not a number: write it like %s=0.6", key, value, key);
    return TRUE;
}

/* "2s", "500ms", "1.5m", "1h" */
static gboolean
read_duration(const char *key, const char *value, CwClassDraft *draft, const char *file,
              gint64 *duration_ns, GError **error)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}};
    const char *unit;
    double number;
    if (cw_prompt_parse_number(value, &unit, &number))
        for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
            if (!g_str_equal(unit, units[i].name))
                continue;
            const double seconds = number * units[i].seconds;
            if (!(seconds >= 0 && seconds <= MAX_SECONDS))
                return cw_prompt_fail(error, file, draft->line, "%s %s is not between 0s and %dh",
                                      key, value, MAX_SECONDS / 3600);
            *duration_ns = (gint64)(seconds * (double)SECOND + 0.5);
            return TRUE;
        }
    return cw_prompt_fail(error, file, draft->line,
                          "%s '%s' is no length of time: write a number and ms, s, m or h, like "
                          "%s=2s",
                          key, value, key);
}

/* "3/5" */
static gboolean
read_evidence(const char *value, CwClassDraft *draft, const char *file, GError **error)
{
    const gsize n_k = strspn(value, "0123456789");
    const char *of = value + n_k;
    const gsize n_n = *of == '/' ? strspn(of + 1, "0123456789") : 0;
    const guint64 k = g_ascii_strtoull(value, NULL, 10);
    const guint64 n = n_n > 0 ? g_ascii_strtoull(of + 1, NULL, 10) : 0;
    if (n_k == 0 || n_n == 0 || of[1 + n_n] != '\0')
        return cw_prompt_fail(error, file, draft->line,
                              "evidence '%s' is not of the form k/n: write evidence=3/5 for three "
                              "of the last five decisions",
                              value);
    if (k < 1 || k > n || n > CW_EPISODE_MAX_WINDOW)
        return cw_prompt_fail(error, file, draft->line,
                              "evidence %s is not k of n with 1 <= k <= n <= %d", value,
                              CW_EPISODE_MAX_WINDOW);
    draft->episode.evidence = (guint)k;
    draft->episode.window = (guint)n;
    return TRUE;
}

gboolean
cw_prompt_read_episode_attribute(const char *key, const char *value, CwClassDraft *draft,
                                 const char *file, GError **error)
{
    CwEpisodeRule *rule = &draft->episode;
    if (g_str_equal(key, "enter"))
        return read_score(key, value, draft, file, &rule->enter, error);
    if (g_str_equal(key, "leave"))
        return read_score(key, value, draft, file, &rule->leave, error);
    if (g_str_equal(key, "dwell"))
        return read_duration(key, value, draft, file, &rule->dwell_ns, error);
    if (g_str_equal(key, "cooldown"))
        return read_duration(key, value, draft, file, &rule->cooldown_ns, error);
    if (g_str_equal(key, "gap"))
        return read_duration(key, value, draft, file, &rule->gap_ns, error);
    return read_evidence(value, draft, file, error);
}

static gboolean
check_score(const char *key, double score, CwThresholdKind kind, const CwClassDraft *draft,
            const char *file, GError **error)
{
    const double low = cw_prompt_least_score(kind), high = cw_prompt_greatest_score(kind);
    if (isnan(score) || (score >= low && score <= high))
        return TRUE;
    return cw_prompt_fail(error, file, draft->line,
                          "%s of class '%s' is a %s: not between %g and %g", key, draft->label,
                          kinds[kind], low, high);
}

gboolean
cw_prompt_check_episode_rule(CwScoring scoring, CwClassDraft *draft, const char *file,
                             GError **error)
{
    CwEpisodeRule *rule = &draft->episode;
    if (cw_episode_rule_is_default(rule))
        return TRUE;
    if (draft->background)
        return cw_prompt_fail(error, file, draft->line,
                              "a background class has no episodes: take enter, leave, dwell, "
                              "cooldown, gap and evidence out");
    rule->kind = draft->threshold.kind != CW_THRESHOLD_NONE ? draft->threshold.kind
                 : scoring == CW_SCORING_EXCLUSIVE          ? CW_THRESHOLD_PROBABILITY
                                                            : CW_THRESHOLD_COSINE;
    if (rule->leave > rule->enter)
        return cw_prompt_fail(
            error, file, draft->line,
            "class '%s' leaves above where it enters: leave= is at most enter=", draft->label);
    return check_score("enter", rule->enter, rule->kind, draft, file, error) &&
           check_score("leave", rule->leave, rule->kind, draft, file, error);
}
