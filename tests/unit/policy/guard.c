/* What a policy leaves of decisions. */
#include "scores.h"

#include <math.h>

#define RULE(id, check, action, rest) \
    "{\"id\":\"" id "\",\"check\":\"" check "\",\"action\":\"" action "\",\"why\":\"w\"" rest "}"
#define OF(list) ",\"of\":[\"" list "\"]"

#define SET "person\nworker\nman\nchild\nroad [background]\n"
enum { PERSON, WORKER, MAN, CHILD, ROAD, N };

/* What is left of one picture under the rules. */
static void
expect(const char *mode, const char *rules, const char *prompts_text, const double *logits,
       const char *expected)
{
    g_autoptr(CwPolicy) policy = scores_parse_policy(mode, rules);
    g_autoptr(CwPrompts) prompts = scores_parse_prompts(prompts_text);
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_autoptr(CwGuard) guard = cw_guard_new(policy, set);
    Decision decision;
    scores_decide(&decision, set, logits);
    g_autofree char *found =
        scores_describe(set, cw_guard_apply(guard, &decision.scores, G_MAXINT64));
    g_assert_cmpstr(found, ==, expected);
}

static const double worker_best[N] = {[WORKER] = 30, [PERSON] = 27, [CHILD] = 26, [MAN] = 20};

static void
test_nothing(void)
{
    static const char all[] = "worker:chosen person:below child:below man:below road:below";
    expect("enforce", "", SET, worker_best, all);
    expect("enforce", RULE("R", "suppress", "suppress", OF("man")), "a\nb\n", (double[]){1, 0},
           "a:chosen b:below");
}

static void
test_suppress(void)
{
    static const char rule[] = RULE("R", "suppress", "suppress", OF("person"));
    expect("enforce", rule, SET, worker_best, "road:below | R suppress worker");
    expect("enforce", RULE("R", "suppress", "suppress", OF("man")), SET, worker_best,
           "worker:chosen person:below child:below road:below");
    expect("enforce", rule, "car\na room without a man\n", (double[]){1, 2},
           "car:below | R suppress a-room-without-a-man");
}

static void
test_veto(void)
{
    static const char rule[] = RULE("V", "veto", "suppress",
                                    OF("person") ",\"lists\":[\"child\"],\"background\":true,"
                                                 "\"logit_ppm\":1000000");
    expect("enforce", rule, SET, worker_best,
           "worker:chosen person:below child:below man:below road:below");
    expect("enforce", rule, SET, (double[]){20, 30, 20, 29.5, 10},
           "child:below person:below man:below road:below | V suppress worker");
    expect("enforce", rule, SET, (double[]){20, 30, 20, 10, 29.5},
           "road:below person:below man:below child:below | V suppress worker");
    expect("enforce", rule, SET, (double[]){20, 29.5, 20, 30, 10},
           "child:chosen worker:below person:below man:below road:below");
}

static void
test_floor(void)
{
    static const char rule[] = RULE("F", "floor", "suppress", ",\"least_ppm\":600000");
    expect("enforce", rule, "a\nb\nc\n", (double[]){1, 0, 0}, "b:below c:below | F suppress a");
    expect("enforce", rule, "a\nb\nc\n", (double[]){5, 0, 0}, "a:chosen b:below c:below");
    expect("enforce", rule, "@set s independent\na [cosine=0.1]\n", (double[]){20}, "a:chosen");
}

static void
test_margin(void)
{
    static const char rule[] = RULE("M", "margin", "review", ",\"logit_ppm\":1500000");
    expect("enforce", rule, "a\nb\n", (double[]){2, 1}, "a:review b:below | M review a");
    expect("enforce", rule, "a\nb\n", (double[]){3, 1}, "a:chosen b:below");
    expect("enforce", rule, "@set s independent\na [cosine=0.1]\nb [cosine=0.1]\n",
           (double[]){20, 20}, "a:chosen b:chosen");
}

static void
test_background(void)
{
    static const char rule[] = RULE("B", "background", "suppress", ",\"most_ppm\":300000");
    expect("enforce", rule, "a\nb [background]\n", (double[]){1, 0.5}, "b:below | B suppress a");
    expect("enforce", rule, "a\nb [background]\n", (double[]){1, 0}, "a:chosen b:below");
}

static void
test_actions(void)
{
    static const char generalise[] =
        RULE("G", "class", "generalise", OF("man") ",\"to\":[\"neutral\"]");
    expect("enforce", RULE("R", "class", "review", OF("person")), SET, worker_best,
           "worker:review person:below child:below man:below road:below | R review worker");
    expect("enforce", RULE("R", "class", "redact", OF("person")), SET, worker_best,
           "worker:chosen? | R redact worker");
    expect("enforce", RULE("R", "class", "redact", OF("man")), SET, worker_best,
           "worker:chosen person:below child:below road:below");
    expect("enforce", generalise, SET, (double[]){10, 20, 30, 5, 1},
           "person:chosen worker:below child:below road:below | G generalise man>person");
    expect("enforce", generalise, SET, worker_best,
           "worker:chosen person:below child:below road:below");
    expect("enforce", generalise, "man\ncar\n", (double[]){2, 1}, "car:below | G generalise man");
    expect("enforce", RULE("A", "class", "audit_only", OF("person")), SET, worker_best,
           "worker:chosen person:below child:below man:below road:below | A audit_only worker");
    expect("enforce", RULE("E", "class", "emit", OF("person")), SET, worker_best,
           "worker:chosen person:below child:below man:below road:below | E emit worker");
    expect("audit", RULE("S", "suppress", "suppress", OF("person")), SET, worker_best,
           "worker:chosen person:below child:below man:below road:below | S audit_only worker");
}

/* In order, and the strictest counts. */
static void
test_order(void)
{
    static const char rules[] = RULE("LAST", "class", "redact", OF("person")) "," RULE(
        "THIRD", "margin", "review",
        ",\"logit_ppm\":5000000") "," RULE("SECOND", "floor", "suppress",
                                           ",\"least_ppm\":500000") "," RULE("FIRST", "veto",
                                                                             "suppress",
                                                                             ",\"lists\":["
                                                                             "\"child\"],\"logit_"
                                                                             "ppm\":100000");
    expect("enforce", rules, SET, (double[]){0, 30, 0, 29.95, 0},
           "road:below | FIRST suppress worker");
    expect("enforce", rules, SET, (double[]){29.9, 30, 0, 29, 0},
           "road:below | SECOND suppress worker");
    expect("enforce", rules, SET, (double[]){27, 30, 0, 20, 0},
           "worker:chosen? | LAST redact worker");
}

static void
test_generalised_figures(void)
{
    g_autoptr(CwPolicy) policy = scores_parse_policy(
        "enforce", RULE("G", "class", "generalise", OF("man") ",\"to\":[\"neutral\"]") "," RULE(
                       "M", "margin", "review", ",\"logit_ppm\":1500000"));
    g_autoptr(CwPrompts) prompts = scores_parse_prompts("person\nman\ncar\n");
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_autoptr(CwGuard) guard = cw_guard_new(policy, set);
    Decision decision;
    scores_decide(&decision, set, (double[]){2, 2.5, 0});
    const float both = decision.list[0].probability + decision.list[1].probability;
    const CwGuarded *guarded = cw_guard_apply(guard, &decision.scores, G_MAXINT64);
    g_autofree char *found = scores_describe(set, guarded);
    g_assert_cmpstr(found, ==, "person:chosen car:below | G generalise man>person");
    g_assert_cmpfloat(guarded->told->scores[0].probability, ==, both);
    g_assert_cmpfloat_with_epsilon(guarded->told->scores[0].cosine, 0.025, 1e-6);
    g_assert_cmpuint(guarded->held->n_scores, ==, 3);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(isnan(guarded->held->scores[i].cosine), ==,
                        guarded->held->scores[i].class_index == 1);
}

/* Worker, worker, road …: "w" and "r", one a second but where a digit says otherwise; what is told
 * of each: "w", "-" or "!" where the worker is held back. */
static char *
run_sequence(CwGuard *guard, const CwPromptSet *set, const char *sequence)
{
    GString *told = g_string_new(NULL);
    gint64 time_ns = 0;
    for (; *sequence; sequence++) {
        if (g_ascii_isdigit(*sequence)) {
            time_ns += (*sequence - '1') * 1000000000LL;
            continue;
        }
        const gboolean is_worker = *sequence == 'w';
        Decision decision;
        scores_decide(&decision, set, (double[]){0, is_worker ? 30 : 0, 0, 0, is_worker ? 0 : 30});
        time_ns += 1000000000;
        const CwGuarded *guarded = cw_guard_apply(guard, &decision.scores, time_ns);
        g_string_append_c(told, guarded->n_actions ? '!' : guarded->told->n_chosen ? 'w' : '-');
    }
    return g_string_free(told, FALSE);
}

static void
test_evidence(void)
{
    g_autoptr(CwPolicy) policy = scores_parse_policy(
        "enforce", RULE("K", "evidence", "suppress", ",\"least\":3,\"window\":5,\"gap_ms\":3000"));
    g_autoptr(CwPrompts) prompts = scores_parse_prompts(SET);
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_autoptr(CwGuard) guard = cw_guard_new(policy, set);
    g_autoptr(CwGuard) without_memory = cw_guard_new_like(guard, FALSE);
    g_autofree char *steady = run_sequence(guard, set, "rwwwwrrww");
    g_assert_cmpstr(steady, ==, "-!!ww--ww");
    g_autofree char *back = run_sequence(guard, set, "www");
    g_assert_cmpstr(back, ==, "!!w");
    g_autofree char *gap = run_sequence(guard, set, "www9ww");
    g_assert_cmpstr(gap, ==, "!!w!!");
    g_autofree char *regions = run_sequence(without_memory, set, "wwww");
    g_assert_cmpstr(regions, ==, "!!!!");
    Decision decision;
    scores_decide(&decision, set, worker_best);
    g_assert_cmpuint(cw_guard_apply(guard, &decision.scores, G_MAXINT64)->n_actions, ==, 0);
}

static void
test_recall(void)
{
    g_autoptr(CwPolicy) policy =
        scores_parse_policy("enforce", RULE("M", "margin", "review", ",\"logit_ppm\":1500000"));
    g_autoptr(CwPrompts) prompts = scores_parse_prompts("a\nb\n");
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_autoptr(CwGuard) guard = cw_guard_new(policy, set);
    Decision close, clear;
    scores_decide(&close, set, (double[]){2, 1});
    scores_decide(&clear, set, (double[]){9, 1});
    g_assert_null(cw_guard_recall(guard, 0, 10));
    cw_guard_apply(guard, &close.scores, 0);
    for (guint i = 1; i < 6; i++)
        cw_guard_apply(guard, &clear.scores, i);
    g_assert_cmpstr(cw_guard_recall(guard, 0, 6)->rule, ==, "M");
    g_assert_cmpint(cw_guard_recall(guard, 0, 6)->action, ==, CW_ACTION_REVIEW);
    g_assert_null(cw_guard_recall(guard, 0, 4));
    g_assert_null(cw_guard_recall(guard, 1, 6));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/guard/without-rules-everything-is-told", test_nothing);
    g_test_add_func("/policy/guard/what-is-suppressed-has-no-label", test_suppress);
    g_test_add_func("/policy/guard/a-counter-class-that-is-near-vetoes", test_veto);
    g_test_add_func("/policy/guard/a-floor-holds-back-what-is-improbable", test_floor);
    g_test_add_func("/policy/guard/a-close-second-asks-for-review", test_margin);
    g_test_add_func("/policy/guard/what-may-be-the-background-is-held-back", test_background);
    g_test_add_func("/policy/guard/each-action-tells-as-much-as-it-says", test_actions);
    g_test_add_func("/policy/guard/rules-are-held-in-order-and-the-strictest-counts", test_order);
    g_test_add_func("/policy/guard/what-is-generalised-adds-up", test_generalised_figures);
    g_test_add_func("/policy/guard/evidence-adds-up-over-time", test_evidence);
    g_test_add_func("/policy/guard/an-episode-remembers-what-was-reviewed", test_recall);
    return g_test_run();
}
