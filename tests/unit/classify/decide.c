/* Probabilities, order and verdicts of scores made by hand. */
#include "classify/decide.h"

#include <math.h>

#define MAX_CLASSES 8

typedef struct {
    CwPromptClass classes[MAX_CLASSES];
    CwPromptSet set;
    CwScore list[MAX_CLASSES];
    CwScores scores;
} Case;

/* A set whose logits are 100 times the cosines; every class has the threshold. */
static void
init_case(Case *test, CwScoring scoring, CwThreshold threshold, guint n, const float *cosines)
{
    *test = (Case){.set = {.scoring = scoring, .classes = test->classes, .n_classes = n},
                   .scores = {.scores = test->list, .n_scores = n}};
    for (guint i = 0; i < n; i++)
        test->list[i] = (CwScore){.class_index = i,
                                  .cosine = cosines[i],
                                  .logit = 100 * cosines[i],
                                  .threshold = threshold};
}

#define INIT(test, scoring, threshold, ...)                                           \
    init_case(test, scoring, threshold, G_N_ELEMENTS(((const float[]){__VA_ARGS__})), \
              (const float[]){__VA_ARGS__})

static const CwThreshold no_threshold = {CW_THRESHOLD_NONE, 0};

static void
test_probabilities_of_an_exclusive_set_are_its_softmax(void)
{
    Case test;
    INIT(&test, CW_SCORING_EXCLUSIVE, no_threshold, 0.20F, 0.23F, 0.21F);
    cw_scores_decide(&test.scores, &test.set, FALSE);
    const double total = exp(-3.0) + exp(-2.0) + 1;
    g_assert_cmpfloat_with_epsilon(test.list[0].probability, 1 / total, 1e-5);
    g_assert_cmpfloat_with_epsilon(test.list[1].probability, exp(-2.0) / total, 1e-5);
    g_assert_cmpfloat_with_epsilon(test.list[2].probability, exp(-3.0) / total, 1e-5);
    g_assert_cmpfloat_with_epsilon(test.scores.margin, 0.02, 1e-6);
}

static void
test_large_logits_do_not_overflow_the_softmax(void)
{
    Case test;
    INIT(&test, CW_SCORING_EXCLUSIVE, no_threshold, 0.9F, -0.9F);
    test.list[0].logit = 3e38F;
    test.list[1].logit = -3e38F;
    cw_scores_decide(&test.scores, &test.set, FALSE);
    g_assert_cmpfloat(test.list[0].probability, ==, 1);
    g_assert_cmpfloat(test.list[1].probability, ==, 0);
}

static void
test_an_independent_set_has_probabilities_only_from_a_pairwise_model(void)
{
    Case test;
    INIT(&test, CW_SCORING_INDEPENDENT, no_threshold, 0.02F, -0.01F);
    cw_scores_decide(&test.scores, &test.set, TRUE);
    g_assert_cmpfloat_with_epsilon(test.list[0].probability, 1 / (1 + exp(-2.0)), 1e-6);
    g_assert_cmpfloat_with_epsilon(test.list[1].probability, 1 / (1 + exp(1.0)), 1e-6);
    INIT(&test, CW_SCORING_INDEPENDENT, no_threshold, 0.02F, -0.01F);
    cw_scores_decide(&test.scores, &test.set, FALSE);
    g_assert_true(isnan(test.list[0].probability) && isnan(test.list[1].probability));
}

static void
test_scores_are_sorted_with_ties_to_the_lower_index(void)
{
    static const guint expected[] = {3, 0, 2, 5, 1, 4};
    Case test;
    INIT(&test, CW_SCORING_EXCLUSIVE, no_threshold, 0.2F, 0.1F, 0.2F, 0.3F, -0.5F, 0.2F);
    cw_scores_decide(&test.scores, &test.set, FALSE);
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpuint(test.list[i].class_index, ==, expected[i]);
}

static void
test_thousands_of_classes_are_sorted(void)
{
    const guint n = 10000;
    g_autofree CwPromptClass *classes = g_new0(CwPromptClass, n);
    g_autofree CwScore *list = g_new0(CwScore, n);
    const CwPromptSet set = {.scoring = CW_SCORING_EXCLUSIVE, .classes = classes, .n_classes = n};
    CwScores scores = {.scores = list, .n_scores = n};
    for (guint i = 0; i < n; i++) {
        list[i].class_index = i;
        list[i].cosine = (float)((i * 7919) % 1009) / 1009;
        list[i].logit = 100 * list[i].cosine;
    }
    cw_scores_decide(&scores, &set, FALSE);
    for (guint i = 1; i < n; i++)
        g_assert_true(list[i - 1].cosine > list[i].cosine ||
                      (list[i - 1].cosine == list[i].cosine &&
                       list[i - 1].class_index < list[i].class_index));
}

static void
expect_verdicts(const Case *test, CwVerdict first, CwVerdict second, guint n_chosen)
{
    g_assert_cmpint(test->list[0].verdict, ==, first);
    g_assert_cmpint(test->list[1].verdict, ==, second);
    g_assert_cmpuint(test->scores.n_chosen, ==, n_chosen);
}

static void
test_the_best_of_an_exclusive_set_is_chosen_when_it_passes(void)
{
    static const struct {
        CwThreshold threshold;
        CwVerdict verdict;
    } table[] = {
        {{CW_THRESHOLD_NONE, 0}, CW_VERDICT_CHOSEN},
        {{CW_THRESHOLD_PROBABILITY, 0.5}, CW_VERDICT_CHOSEN}, /* softmax gives 0.731 */
        {{CW_THRESHOLD_PROBABILITY, 0.8}, CW_VERDICT_BELOW},
        {{CW_THRESHOLD_COSINE, 0.25}, CW_VERDICT_CHOSEN},
        {{CW_THRESHOLD_COSINE, 0.2500001}, CW_VERDICT_BELOW},
    };
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        Case test;
        INIT(&test, CW_SCORING_EXCLUSIVE, table[i].threshold, 0.24F, 0.25F);
        cw_scores_decide(&test.scores, &test.set, FALSE);
        expect_verdicts(&test, table[i].verdict, CW_VERDICT_BELOW,
                        table[i].verdict == CW_VERDICT_CHOSEN);
        g_assert_cmpuint(test.list[0].class_index, ==, 1);
    }
}

static void
test_a_background_that_is_best_chooses_nothing(void)
{
    Case test;
    INIT(&test, CW_SCORING_EXCLUSIVE, no_threshold, 0.24F, 0.25F);
    test.classes[1].background = TRUE;
    cw_scores_decide(&test.scores, &test.set, FALSE);
    expect_verdicts(&test, CW_VERDICT_BACKGROUND, CW_VERDICT_BELOW, 0);
}

static void
test_a_background_that_is_second_does_not_matter(void)
{
    Case test;
    INIT(&test, CW_SCORING_EXCLUSIVE, no_threshold, 0.24F, 0.25F);
    test.classes[0].background = TRUE;
    cw_scores_decide(&test.scores, &test.set, FALSE);
    expect_verdicts(&test, CW_VERDICT_CHOSEN, CW_VERDICT_BELOW, 1);
}

static void
test_every_class_of_an_independent_set_that_passes_is_chosen(void)
{
    Case test;
    INIT(&test, CW_SCORING_INDEPENDENT, ((CwThreshold){CW_THRESHOLD_COSINE, 0.2}), 0.3F, 0.25F,
         0.1F);
    cw_scores_decide(&test.scores, &test.set, FALSE);
    expect_verdicts(&test, CW_VERDICT_CHOSEN, CW_VERDICT_CHOSEN, 2);
    g_assert_cmpint(test.list[2].verdict, ==, CW_VERDICT_BELOW);
}

static void
test_an_independent_class_without_a_threshold_or_of_the_background_is_never_chosen(void)
{
    Case test;
    INIT(&test, CW_SCORING_INDEPENDENT, no_threshold, 0.9F, 0.8F);
    test.list[1].threshold = (CwThreshold){CW_THRESHOLD_COSINE, 0.2};
    test.classes[1].background = TRUE;
    cw_scores_decide(&test.scores, &test.set, FALSE);
    expect_verdicts(&test, CW_VERDICT_BELOW, CW_VERDICT_BELOW, 0);
}

static void
test_a_picture_that_gave_no_number_chooses_nothing(void)
{
    static const float wrongs[] = {NAN, INFINITY, -INFINITY};
    static const CwThreshold thresholds[] = {
        {CW_THRESHOLD_NONE, 0}, {CW_THRESHOLD_COSINE, -1}, {CW_THRESHOLD_PROBABILITY, 0}};
    for (guint i = 0; i < G_N_ELEMENTS(wrongs); i++)
        for (guint t = 0; t < G_N_ELEMENTS(thresholds); t++)
            for (guint scoring = 0; scoring < 2; scoring++) {
                Case test;
                INIT(&test, (CwScoring)scoring, thresholds[t], wrongs[i], wrongs[i], wrongs[i]);
                test.classes[2].background = TRUE;
                cw_scores_decide(&test.scores, &test.set, TRUE);
                expect_verdicts(&test, CW_VERDICT_BELOW, CW_VERDICT_BELOW, 0);
                g_assert_false(isfinite(test.scores.margin));
            }
}

static void
test_what_is_no_number_stands_last(void)
{
    Case test;
    INIT(&test, CW_SCORING_INDEPENDENT, ((CwThreshold){CW_THRESHOLD_COSINE, 0.2}), NAN, 0.3F, NAN,
         0.4F);
    cw_scores_decide(&test.scores, &test.set, FALSE);
    expect_verdicts(&test, CW_VERDICT_CHOSEN, CW_VERDICT_CHOSEN, 2);
    g_assert_cmpuint(test.list[0].class_index, ==, 3);
    g_assert_cmpuint(test.list[2].class_index, ==, 0);
    g_assert_cmpuint(test.list[3].class_index, ==, 2);
}

static void
test_one_class_has_no_margin(void)
{
    Case test;
    INIT(&test, CW_SCORING_EXCLUSIVE, no_threshold, 0.1F);
    cw_scores_decide(&test.scores, &test.set, FALSE);
    g_assert_true(isnan(test.scores.margin));
    g_assert_cmpfloat(test.list[0].probability, ==, 1);
    g_assert_cmpuint(test.scores.n_chosen, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/classify/decide/" #name, test_##name)
    CASE(probabilities_of_an_exclusive_set_are_its_softmax);
    CASE(large_logits_do_not_overflow_the_softmax);
    CASE(an_independent_set_has_probabilities_only_from_a_pairwise_model);
    CASE(scores_are_sorted_with_ties_to_the_lower_index);
    CASE(thousands_of_classes_are_sorted);
    CASE(the_best_of_an_exclusive_set_is_chosen_when_it_passes);
    CASE(a_background_that_is_best_chooses_nothing);
    CASE(a_background_that_is_second_does_not_matter);
    CASE(every_class_of_an_independent_set_that_passes_is_chosen);
    CASE(an_independent_class_without_a_threshold_or_of_the_background_is_never_chosen);
    CASE(a_picture_that_gave_no_number_chooses_nothing);
    CASE(what_is_no_number_stands_last);
    CASE(one_class_has_no_margin);
    return g_test_run();
}
