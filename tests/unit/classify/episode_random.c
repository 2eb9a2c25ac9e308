/* Episodes of random scores, times, rules and resets against a reference that keeps the whole
 * history of each class and looks at all of it anew with each decision. */
#include <clipwatch/episode.h>

#include <math.h>

#define MAX_CLASSES 3
#define N_DECISIONS 400
#define N_RUNS      300

typedef struct {
    gint64 time;
    double score;
} Decision;

typedef struct {
    Decision history[N_DECISIONS];
    gint n;     /* of history */
    gint from;  /* the first decision that still counts */
    gint begin; /* where the class began to hold, or -1 */
    gboolean told;
    gint64 last_told, ended; /* ended: G_MININT64 for never */
} Reference;

static void
count_id(char id[37])
{
    id[0] = '\0';
}

static void
write_line(GString *lines, guint class_index, int phase, gint64 begin, gint64 last, double peak,
           gint64 peak_time, guint64 n_evidence, guint64 n_decisions, int ended)
{
    g_string_append_printf(lines,
                           "%u:%d %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT " %.9f@%" G_GINT64_FORMAT
                           " %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " %d\n",
                           class_index, phase, begin, last, peak, peak_time, n_evidence,
                           n_decisions, ended);
}

static void
note(const CwEpisode *episode, gpointer user_data)
{
    write_line(user_data, episode->class_index, (int)episode->phase, episode->begin_ns,
               episode->last_ns, episode->peak, episode->peak_ns, episode->n_evidence,
               episode->n_decisions, (int)episode->ended);
}

/* How many of the last n decisions that count reach the least score. */
static guint
count_reaching(const Reference *reference, guint n, double least)
{
    guint count = 0;
    for (gint i = reference->n - 1; i >= reference->from && i > reference->n - 1 - (gint)n; i--)
        count += reference->history[i].score >= least;
    return count;
}

/* When the class last was kept since it began to hold. */
static gint64
find_last(const Reference *reference, const CwEpisodeRule *rule)
{
    for (gint i = reference->n - 1;; i--)
        if (reference->history[i].score >= rule->leave)
            return reference->history[i].time;
}

static void
tell(const Reference *reference, const CwEpisodeRule *rule, guint class_index, int phase,
     CwEpisodeEnd ended, GString *lines)
{
    gint peak = reference->begin;
    guint64 n_evidence = 0;
    for (gint i = reference->begin; i < reference->n; i++) {
        if (reference->history[i].score > reference->history[peak].score)
            peak = i;
        n_evidence += reference->history[i].score >= rule->enter;
    }
    write_line(lines, class_index, phase, reference->history[reference->begin].time,
               find_last(reference, rule), reference->history[peak].score,
               reference->history[peak].time, n_evidence,
               (guint64)(reference->n - reference->begin), (int)ended);
}

static void
finish(Reference *reference, const CwEpisodeRule *rule, guint class_index, CwEpisodeEnd reason,
       GString *lines)
{
    if (reference->told) {
        tell(reference, rule, class_index, CW_EPISODE_END, reason, lines);
        reference->ended = find_last(reference, rule);
    }
    reference->told = FALSE;
    reference->begin = -1;
    reference->from = reference->n;
}

static void
find_begin(Reference *reference, const CwEpisodeRule *rule)
{
    if (count_reaching(reference, rule->window, rule->enter) < rule->evidence)
        return;
    reference->begin = MAX(reference->from, reference->n - (gint)rule->window);
    while (!(reference->history[reference->begin].score >= rule->enter))
        reference->begin++;
}

static void
add_to_reference(Reference *reference, const CwEpisodeRule *rule, guint class_index, double score,
                 gint64 time, gint64 update, GString *lines)
{
    if (reference->n > 0 && reference->from < reference->n &&
        time - reference->history[reference->n - 1].time > rule->gap_ns)
        finish(reference, rule, class_index, CW_EPISODE_GAP, lines);
    reference->history[reference->n++] = (Decision){time, score};
    if (reference->begin < 0)
        find_begin(reference, rule);
    else if (count_reaching(reference, rule->window, rule->leave) < rule->evidence)
        finish(reference, rule, class_index, CW_EPISODE_LEFT, lines);
    if (reference->begin < 0)
        return;
    const gint64 held = find_last(reference, rule) - reference->history[reference->begin].time;
    if (!reference->told && held >= rule->dwell_ns &&
        (reference->ended == G_MININT64 || time - reference->ended >= rule->cooldown_ns)) {
        reference->told = TRUE;
        reference->last_told = time;
        tell(reference, rule, class_index, CW_EPISODE_START, CW_EPISODE_ONGOING, lines);
    } else if (reference->told && update > 0 && time - reference->last_told >= update) {
        reference->last_told = time;
        tell(reference, rule, class_index, CW_EPISODE_UPDATE, CW_EPISODE_ONGOING, lines);
    }
}

static void
reset_reference(Reference *references, const CwEpisodeRule *rules, guint n_classes,
                CwEpisodeEnd reason, GString *lines)
{
    for (guint c = 0; c < n_classes; c++) {
        finish(&references[c], &rules[c], c, reason, lines);
        references[c].ended = G_MININT64;
    }
}

static CwEpisodeRule
draw_rule(GRand *random)
{
    CwEpisodeRule rule = {.kind = g_rand_int_range(random, 0, 2) ? CW_THRESHOLD_PROBABILITY
                                                                 : CW_THRESHOLD_COSINE};
    static const gint windows[] = {1, 2, 3, 5, 8, 63, 64};
    rule.window = (guint)windows[g_rand_int_range(random, 0, G_N_ELEMENTS(windows))];
    rule.evidence = (guint)g_rand_int_range(random, 1, (gint)MIN(rule.window, 6) + 1);
    rule.enter = g_rand_double_range(random, 0.3, 0.9);
    rule.leave = g_rand_double_range(random, 0.1, rule.enter);
    rule.dwell_ns = g_rand_int_range(random, 0, 2) * g_rand_int_range(random, 0, 12);
    rule.cooldown_ns = g_rand_int_range(random, 0, 2) * g_rand_int_range(random, 0, 40);
    rule.gap_ns = g_rand_int_range(random, 3, 30);
    return rule;
}

/* A score that wanders, so that classes hold for a while; sometimes none. */
static float
draw_score(GRand *random, float *at)
{
    *at = CLAMP(*at + (float)g_rand_double_range(random, -0.25, 0.25), 0, 1);
    return g_rand_int_range(random, 0, 25) == 0 ? NAN : *at;
}

typedef struct {
    CwEpisodeRule rules[MAX_CLASSES];
    Reference references[MAX_CLASSES];
    float at[MAX_CLASSES];
    guint n_classes;
    gint64 time, update;
    gboolean has_time;
} Run;

static void
draw_decision(Run *run, GRand *random, CwEpisodes *episodes, GString *found, GString *expected)
{
    CwScore list[MAX_CLASSES];
    const CwScores scores = {.scores = list, .n_scores = run->n_classes};
    const gboolean back = run->has_time && g_rand_int_range(random, 0, 60) == 0;
    run->time += back                                   ? -1 - g_rand_int_range(random, 0, 50)
                 : g_rand_int_range(random, 0, 40) == 0 ? g_rand_int_range(random, 10, 60)
                                                        : g_rand_int_range(random, 0, 4);
    run->has_time = TRUE;
    if (back)
        reset_reference(run->references, run->rules, run->n_classes, CW_EPISODE_DISCONTINUITY,
                        expected);
    for (guint c = 0; c < run->n_classes; c++) {
        const float score = draw_score(random, &run->at[c]);
        list[c] = (CwScore){.class_index = c, .cosine = score, .probability = score};
        add_to_reference(&run->references[c], &run->rules[c], c, score, run->time, run->update,
                         expected);
    }
    cw_episodes_add(episodes, &scores, run->time, note, found);
}

static guint64
compare_run(GRand *random)
{
    Run *run = g_new0(Run, 1);
    g_autoptr(GString) found = g_string_new(NULL), expected = g_string_new(NULL);
    run->n_classes = (guint)g_rand_int_range(random, 1, MAX_CLASSES + 1);
    run->update = g_rand_int_range(random, 0, 2) * g_rand_int_range(random, 1, 20);
    run->time = g_rand_int_range(random, -1000, 1000);
    for (guint c = 0; c < run->n_classes; c++) {
        run->rules[c] = draw_rule(random);
        run->references[c].begin = -1;
        run->references[c].ended = G_MININT64;
    }
    const CwEpisodeConfig config = {.update_ns = run->update, .new_id = count_id};
    g_autoptr(CwEpisodes) episodes = cw_episodes_new(run->rules, run->n_classes, &config);
    for (guint i = 0; i < N_DECISIONS; i++) {
        if (g_rand_int_range(random, 0, 80) == 0) {
            reset_reference(run->references, run->rules, run->n_classes, CW_EPISODE_FLUSHED,
                            expected);
            cw_episodes_end(episodes, CW_EPISODE_FLUSHED, note, found);
            run->has_time = FALSE;
        }
        draw_decision(run, random, episodes, found, expected);
        g_assert_cmpstr(found->str, ==, expected->str);
    }
    g_free(run);
    return expected->len;
}

static void
test_random_scores_make_the_episodes_of_the_reference(void)
{
    guint64 told = 0;
    for (guint seed = 1; seed <= N_RUNS; seed++) {
        g_autoptr(GRand) random = g_rand_new_with_seed(seed);
        g_test_message("seed %u", seed);
        told += compare_run(random);
    }
    g_assert_cmpuint(told, >, 100000); /* bytes: the runs do tell of something */
}

typedef struct {
    gint64 last_end[MAX_CLASSES];
    gint64 last_miss[MAX_CLASSES];
    gboolean open[MAX_CLASSES];
    gint64 near_miss_ns;
} Laws;

static void
hold_against_laws(const CwEpisode *episode, gpointer user_data)
{
    Laws *laws = user_data;
    const guint c = episode->class_index;
    g_assert_cmpint(episode->begin_ns, <=, episode->peak_ns);
    g_assert_cmpint(episode->peak_ns, <=, episode->time_ns);
    g_assert_cmpint(episode->last_ns, <=, episode->time_ns);
    g_assert_cmpuint(episode->n_evidence, <=, episode->n_decisions);
    g_assert_cmpint(episode->ended != CW_EPISODE_ONGOING, ==, episode->phase == CW_EPISODE_END);
    g_assert_cmpint(episode->missed != CW_EPISODE_NOT_MISSED, ==,
                    episode->phase == CW_EPISODE_NEAR_MISS);
    g_assert_cmpint(laws->open[c], ==,
                    episode->phase == CW_EPISODE_UPDATE || episode->phase == CW_EPISODE_END);
    laws->open[c] = episode->phase <= CW_EPISODE_UPDATE;
    if (episode->phase == CW_EPISODE_START) {
        g_assert_cmpint(episode->begin_ns, >, laws->last_end[c]);
        g_assert_cmpuint(episode->n_evidence, >=, episode->rule.evidence);
        g_assert_cmpint(episode->last_ns - episode->begin_ns, >=, episode->rule.dwell_ns);
    }
    if (episode->phase == CW_EPISODE_END)
        laws->last_end[c] = episode->last_ns;
    if (episode->phase == CW_EPISODE_NEAR_MISS) {
        g_assert_cmpint(episode->time_ns - laws->last_miss[c], >=, laws->near_miss_ns);
        laws->last_miss[c] = episode->time_ns;
        if (episode->missed == CW_EPISODE_BELOW_ENTER)
            g_assert_cmpfloat(episode->peak, <, episode->rule.enter);
        else
            g_assert_cmpfloat(episode->peak, >=, episode->rule.enter);
    }
}

static void
test_whatever_the_scores_starts_and_ends_alternate_and_near_misses_keep_their_rate(void)
{
    for (guint seed = 1; seed <= N_RUNS; seed++) {
        g_autoptr(GRand) random = g_rand_new_with_seed(seed);
        Laws laws = {.near_miss_ns = g_rand_int_range(random, 1, 30)};
        CwEpisodeRule rules[MAX_CLASSES];
        float at[MAX_CLASSES] = {0};
        CwScore list[MAX_CLASSES];
        const CwScores scores = {.scores = list, .n_scores = MAX_CLASSES};
        for (guint c = 0; c < MAX_CLASSES; c++) {
            rules[c] = draw_rule(random);
            laws.last_end[c] = laws.last_miss[c] = -1000;
        }
        const CwEpisodeConfig config = {5, laws.near_miss_ns, count_id};
        g_autoptr(CwEpisodes) episodes = cw_episodes_new(rules, MAX_CLASSES, &config);
        gint64 time = 0;
        for (guint i = 0; i < N_DECISIONS; i++) {
            time += g_rand_int_range(random, 1, i % 50 == 0 ? 60 : 3);
            for (guint c = 0; c < MAX_CLASSES; c++) {
                const float score = draw_score(random, &at[c]);
                list[c] = (CwScore){.class_index = c, .cosine = score, .probability = score};
            }
            cw_episodes_add(episodes, &scores, time, hold_against_laws, &laws);
        }
        guint n_open = 0;
        for (guint c = 0; c < MAX_CLASSES; c++)
            n_open += laws.open[c];
        g_assert_cmpuint(cw_episodes_get_n_open(episodes), ==, n_open);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/classify/episode/random/" #name, test_##name)
    CASE(random_scores_make_the_episodes_of_the_reference);
    CASE(whatever_the_scores_starts_and_ends_alternate_and_near_misses_keep_their_rate);
    return g_test_run();
}
