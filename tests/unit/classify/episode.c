/* Episodes, case by case: what is told of scores made by hand, one decision a second. */
#include <clipwatch/episode.h>

#include <math.h>

#define SECOND G_GINT64_CONSTANT(1000000000)

typedef struct {
    CwEpisodes *episodes;
    GString *told; /* one line each */
    CwEpisode last;
} Case;

static guint n_ids; /* the machine's source of ids has no data of its own */

static void
count_id(char id[37])
{
    g_snprintf(id, 37, "%u", ++n_ids);
}

static void
note(const CwEpisode *episode, gpointer user_data)
{
    static const char *const phases[] = {"start", "update", "end", "near"};
    static const char *const ends[] = {"",         " left",     " gap",         " discontinuity",
                                       " flushed", " replaced", " stream-ended"};
    static const char *const misses[] = {"", " below-enter", " too-little", " too-short",
                                         " cooldown"};
    Case *test = user_data;
    test->last = *episode;
    g_string_append_printf(test->told, "%s#%s@%d [%d..%d]%s%s\n", phases[episode->phase],
                           episode->id, (int)(episode->time_ns / SECOND),
                           (int)(episode->begin_ns / SECOND), (int)(episode->last_ns / SECOND),
                           ends[episode->ended], misses[episode->missed]);
}

/* Enters at 0.6 and leaves at 0.4, k of n, with a gap of 10 s. */
static CwEpisodeRule
make_rule(guint k, guint n)
{
    return (CwEpisodeRule){.kind = CW_THRESHOLD_PROBABILITY,
                           .enter = 0.6,
                           .leave = 0.4,
                           .gap_ns = 10 * SECOND,
                           .evidence = k,
                           .window = n};
}

static void
open_case(Case *test, CwEpisodeRule rule, gint64 update_ns, gint64 near_miss_ns)
{
    const CwEpisodeConfig config = {update_ns, near_miss_ns, count_id};
    n_ids = 0;
    test->episodes = cw_episodes_new(&rule, 1, &config);
    test->told = g_string_new(NULL);
}

static void
close_case(Case *test)
{
    cw_episodes_free(test->episodes);
    g_string_free(test->told, TRUE);
}

static void
add_at(Case *test, double seconds, float probability)
{
    CwScore score = {.cosine = 0.2F, .probability = probability};
    const CwScores scores = {.scores = &score, .n_scores = 1};
    cw_episodes_add(test->episodes, &scores, (gint64)(seconds * SECOND), note, test);
}

/* One letter a second from second: H evidence, m keeps it, l neither, x no number. */
static void
add_letters(Case *test, double second, const char *letters)
{
    for (; *letters; letters++, second++)
        add_at(test, second,
               *letters == 'H'   ? 0.9F
               : *letters == 'm' ? 0.5F
               : *letters == 'l' ? 0.1F
                                 : NAN);
}

#define TOLD(test, text) g_assert_cmpstr((test).told->str, ==, text)

static void
test_an_episode_lasts_from_the_first_evidence_to_the_last_score_that_keeps_it(void)
{
    Case test;
    open_case(&test, make_rule(1, 1), 0, 0);
    add_letters(&test, 0, "llHHmmlll");
    TOLD(test, "start#1@2 [2..2]\nend#1@6 [2..5] left\n");
    close_case(&test);
}

static void
test_a_score_between_leave_and_enter_starts_nothing_and_ends_nothing(void)
{
    Case test;
    open_case(&test, make_rule(1, 1), 0, 0);
    add_letters(&test, 0, "mmmm");
    TOLD(test, "");
    add_letters(&test, 4, "Hmmmm");
    TOLD(test, "start#1@4 [4..4]\n");
    close_case(&test);
}

static void
test_single_scores_neither_start_nor_end_an_episode_of_two_of_three(void)
{
    Case test;
    open_case(&test, make_rule(2, 3), 0, 0);
    add_letters(&test, 0, "lHllHll");
    TOLD(test, "");
    add_letters(&test, 7, "HlHHlHHxHH");
    TOLD(test, "start#1@9 [7..9]\n");
    add_letters(&test, 17, "ll");
    TOLD(test, "start#1@9 [7..9]\nend#1@18 [7..16] left\n");
    close_case(&test);
}

static void
test_evidence_before_an_end_does_not_count_for_the_next_episode(void)
{
    Case test;
    open_case(&test, make_rule(2, 3), 0, 0);
    add_letters(&test, 0, "HHllH");
    TOLD(test, "start#1@1 [0..1]\nend#1@3 [0..1] left\n");
    add_letters(&test, 5, "H");
    TOLD(test, "start#1@1 [0..1]\nend#1@3 [0..1] left\nstart#2@5 [4..5]\n");
    close_case(&test);
}

static void
test_an_episode_is_told_when_it_has_held_for_the_dwell_and_begins_before(void)
{
    Case test;
    CwEpisodeRule rule = make_rule(1, 1);
    rule.dwell_ns = 3 * SECOND;
    open_case(&test, rule, 0, 0);
    add_letters(&test, 0, "HHHl");
    TOLD(test, "");
    add_letters(&test, 4, "HmmH");
    TOLD(test, "start#1@7 [4..7]\n");
    g_assert_cmpuint(test.last.n_evidence, ==, 2);
    g_assert_cmpuint(test.last.n_decisions, ==, 4);
    close_case(&test);
}

static void
test_the_cooldown_counts_from_where_the_last_episode_ended(void)
{
    Case test;
    CwEpisodeRule rule = make_rule(1, 1);
    rule.cooldown_ns = 5 * SECOND;
    open_case(&test, rule, 0, 0);
    add_letters(&test, 0, "Hl");
    TOLD(test, "start#1@0 [0..0]\nend#1@1 [0..0] left\n");
    g_string_truncate(test.told, 0);
    add_letters(&test, 2, "HlHHH");
    TOLD(test, "start#2@5 [4..5]\n");
    close_case(&test);
}

static void
test_updates_come_at_most_as_often_as_asked_for(void)
{
    Case test;
    open_case(&test, make_rule(1, 1), 3 * SECOND, 0);
    add_letters(&test, 0, "HHHHHHHHl");
    TOLD(test, "start#1@0 [0..0]\nupdate#1@3 [0..3]\nupdate#1@6 [0..6]\nend#1@8 [0..7] left\n");
    close_case(&test);
}

static void
test_the_peak_is_told_with_its_time(void)
{
    Case test;
    open_case(&test, make_rule(2, 4), 0, 0);
    add_at(&test, 0, 0.75F);
    add_at(&test, 1, 0.5F);
    add_at(&test, 2, 0.625F);
    g_assert_cmpfloat(test.last.peak, ==, 0.75F);
    g_assert_cmpint(test.last.peak_ns, ==, 0);
    g_assert_cmpfloat(test.last.score, ==, 0.625F);
    add_at(&test, 3, 1.0F);
    add_letters(&test, 4, "llll");
    g_assert_cmpint(test.last.phase, ==, CW_EPISODE_END);
    g_assert_cmpfloat(test.last.peak, ==, 1.0F);
    g_assert_cmpint(test.last.peak_ns, ==, 3 * SECOND);
    g_assert_cmpuint(test.last.n_evidence, ==, 3);
    close_case(&test);
}

static void
test_an_episode_outlives_a_gap_and_ends_with_a_longer_one(void)
{
    Case test;
    open_case(&test, make_rule(1, 1), 0, 0);
    add_at(&test, 0, 0.9F);
    add_at(&test, 10, 0.9F);
    TOLD(test, "start#1@0 [0..0]\n");
    add_at(&test, 20.5, 0.9F);
    TOLD(test, "start#1@0 [0..0]\nend#1@10 [0..10] gap\nstart#2@20 [20..20]\n");
    close_case(&test);
}

static void
test_time_that_goes_back_ends_what_is_open_and_its_cooldown(void)
{
    Case test;
    CwEpisodeRule rule = make_rule(1, 1);
    rule.cooldown_ns = 100 * SECOND;
    open_case(&test, rule, 0, 0);
    add_letters(&test, 50, "H");
    add_letters(&test, 3, "H");
    TOLD(test, "start#1@50 [50..50]\nend#1@50 [50..50] discontinuity\nstart#2@3 [3..3]\n");
    close_case(&test);
}

static void
test_a_flush_ends_what_is_open_once_and_forgets_the_evidence(void)
{
    Case test;
    open_case(&test, make_rule(2, 3), 0, 0);
    add_letters(&test, 0, "HH");
    g_assert_cmpuint(cw_episodes_get_n_open(test.episodes), ==, 1);
    cw_episodes_end(test.episodes, CW_EPISODE_FLUSHED, note, &test);
    cw_episodes_end(test.episodes, CW_EPISODE_STREAM_ENDED, note, &test);
    g_assert_cmpuint(cw_episodes_get_n_open(test.episodes), ==, 0);
    add_letters(&test, 2, "H");
    TOLD(test, "start#1@1 [0..1]\nend#1@1 [0..1] flushed\n");
    close_case(&test);
}

static void
test_near_misses_say_what_they_lacked(void)
{
    Case test;
    CwEpisodeRule rule = make_rule(2, 2);
    rule.dwell_ns = 2 * SECOND;
    rule.cooldown_ns = 20 * SECOND;
    open_case(&test, rule, 0, 1);
    add_at(&test, 0, 0.55F);
    add_at(&test, 1, 0.45F);
    TOLD(test, "near#1@0 [0..0] below-enter\n");
    g_string_truncate(test.told, 0);
    add_letters(&test, 2, "Hl");
    TOLD(test, "near#2@2 [2..2] too-little\n");
    g_string_truncate(test.told, 0);
    add_letters(&test, 4, "HHl");
    TOLD(test, "near#3@5 [4..5] too-short\n");
    g_string_truncate(test.told, 0);
    add_letters(&test, 10, "HHHl");
    TOLD(test, "start#4@12 [10..12]\nend#4@13 [10..12] left\n");
    g_string_truncate(test.told, 0);
    add_letters(&test, 14, "HHHl");
    TOLD(test, "near#5@16 [14..16] cooldown\n");
    close_case(&test);
}

static void
test_a_class_that_stays_just_under_its_threshold_is_sampled(void)
{
    Case test;
    open_case(&test, make_rule(1, 1), 0, 30 * SECOND);
    for (guint second = 0; second < 100; second++)
        add_at(&test, second, 0.55F);
    TOLD(test, "near#1@30 [0..30] below-enter\nnear#2@61 [31..61] below-enter\n"
               "near#3@92 [62..92] below-enter\n");
    close_case(&test);
}

static void
test_near_misses_between_two_that_are_told_are_counted(void)
{
    Case test;
    open_case(&test, make_rule(1, 1), 0, 10 * SECOND);
    for (guint second = 0; second < 12; second++)
        add_at(&test, second, second % 2 == 0 ? 0.55F : 0.1F);
    TOLD(test, "near#1@0 [0..0] below-enter\nnear#2@10 [10..10] below-enter\n");
    g_assert_cmpuint(test.last.n_unsampled, ==, 4);
    close_case(&test);
}

static void
test_a_picture_without_a_number_is_no_evidence(void)
{
    Case test;
    open_case(&test, make_rule(1, 1), 0, 0);
    add_letters(&test, 0, "xHx");
    TOLD(test, "start#1@1 [1..1]\nend#1@2 [1..1] left\n");
    g_assert_true(isnan(test.last.score));
    close_case(&test);
}

static void
test_times_at_the_ends_of_their_range_do_no_harm(void)
{
    Case test;
    CwScore score = {.cosine = 0.2F, .probability = 0.9F};
    const CwScores scores = {.scores = &score, .n_scores = 1};
    open_case(&test, make_rule(1, 1), SECOND, SECOND);
    cw_episodes_add(test.episodes, &scores, G_MININT64, note, &test);
    cw_episodes_add(test.episodes, &scores, G_MAXINT64, note, &test);
    g_assert_cmpint(test.last.phase, ==, CW_EPISODE_START);
    cw_episodes_add(test.episodes, &scores, G_MININT64, note, &test);
    g_assert_cmpuint(cw_episodes_get_n_open(test.episodes), ==, 1);
    close_case(&test);
}

/* What the rule of a class becomes. */
static CwEpisodeRule
resolve(CwScoring scoring, CwThreshold threshold, double enter, double leave, GError **error)
{
    CwPromptClass class = {.label = "fire", .line = 3, .episode = make_rule(2, 3)};
    const CwPromptSet set = {
        .file = "scene.txt", .scoring = scoring, .classes = &class, .n_classes = 1};
    CwEpisodeRule rule = {0};
    class.episode.kind = CW_THRESHOLD_NONE;
    class.episode.enter = enter;
    class.episode.leave = leave;
    cw_episode_rule_resolve(&set, 0, threshold, &rule, error);
    return rule;
}

static void
test_a_rule_takes_from_the_threshold_what_the_file_leaves_open(void)
{
    const CwThreshold none = {CW_THRESHOLD_NONE, 0};
    const CwThreshold cosine = {CW_THRESHOLD_COSINE, 0.25};
    CwEpisodeRule rule = resolve(CW_SCORING_EXCLUSIVE, none, NAN, NAN, NULL);
    g_assert_cmpint(rule.kind, ==, CW_THRESHOLD_PROBABILITY);
    g_assert_cmpfloat(rule.enter, ==, 0.5);
    g_assert_cmpfloat_with_epsilon(rule.leave, 0.4, 1e-9);
    rule = resolve(CW_SCORING_INDEPENDENT, cosine, NAN, NAN, NULL);
    g_assert_cmpint(rule.kind, ==, CW_THRESHOLD_COSINE);
    g_assert_cmpfloat(rule.enter, ==, 0.25);
    g_assert_cmpfloat_with_epsilon(rule.leave, 0.23, 1e-9);
    rule = resolve(CW_SCORING_INDEPENDENT, cosine, 0.3, 0.2, NULL);
    g_assert_cmpfloat(rule.enter, ==, 0.3);
    g_assert_cmpfloat(rule.leave, ==, 0.2);
    g_assert_cmpuint(rule.evidence, ==, 2);
    rule = resolve(CW_SCORING_INDEPENDENT, none, NAN, NAN, NULL);
    g_assert_cmpint(rule.kind, ==, CW_THRESHOLD_NONE);
}

static void
test_a_leave_above_the_threshold_is_refused_by_file_and_line(void)
{
    g_autoptr(GError) error = NULL;
    const CwThreshold threshold = {CW_THRESHOLD_PROBABILITY, 0.3};
    resolve(CW_SCORING_EXCLUSIVE, threshold, NAN, 0.45, &error);
    g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
    g_assert_cmpstr(error->message, ==,
                    "scene.txt:3: class 'fire' has leave=0.45 above the 0.3 that it enters at: "
                    "name an enter= as large or larger");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/classify/episode/" #name, test_##name)
    CASE(an_episode_lasts_from_the_first_evidence_to_the_last_score_that_keeps_it);
    CASE(a_score_between_leave_and_enter_starts_nothing_and_ends_nothing);
    CASE(single_scores_neither_start_nor_end_an_episode_of_two_of_three);
    CASE(evidence_before_an_end_does_not_count_for_the_next_episode);
    CASE(an_episode_is_told_when_it_has_held_for_the_dwell_and_begins_before);
    CASE(the_cooldown_counts_from_where_the_last_episode_ended);
    CASE(updates_come_at_most_as_often_as_asked_for);
    CASE(the_peak_is_told_with_its_time);
    CASE(an_episode_outlives_a_gap_and_ends_with_a_longer_one);
    CASE(time_that_goes_back_ends_what_is_open_and_its_cooldown);
    CASE(a_flush_ends_what_is_open_once_and_forgets_the_evidence);
    CASE(near_misses_say_what_they_lacked);
    CASE(a_class_that_stays_just_under_its_threshold_is_sampled);
    CASE(near_misses_between_two_that_are_told_are_counted);
    CASE(a_picture_without_a_number_is_no_evidence);
    CASE(times_at_the_ends_of_their_range_do_no_harm);
    CASE(a_rule_takes_from_the_threshold_what_the_file_leaves_open);
    CASE(a_leave_above_the_threshold_is_refused_by_file_and_line);
    return g_test_run();
}
