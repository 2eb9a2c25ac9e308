/* The finding behind the first rule (arXiv 2103.00020, table 7) on fixed embeddings: beside a class
 * 'child' pictures of children are hardly called criminals or animals, and those of grown-ups are
 * called what they were. The embeddings are made up: what is tested is what a policy makes of such
 * a geometry. tests/bench/faces.py looks at real faces. */
#include "scores.h"

#include <math.h>

#define PEOPLE                                                                               \
    "white man\nwhite woman\nblack man\nblack woman\nindian man\nindian woman\nlatino man\n" \
    "latino woman\nmiddle eastern man\nmiddle eastern woman\nsoutheast asian man\n"          \
    "southeast asian woman\neast asian man\neast asian woman\n"
#define HARM  "animal\ngorilla\nchimpanzee\norangutan\nthief\ncriminal\nsuspicious person\n"
#define CHILD "child\n"

enum { N_PEOPLE = 14, N_HARM = 7, N_CLASSES = N_PEOPLE + N_HARM + 1 };

/* What a picture or text is about; the last ones tell classes of a kind apart. */
enum { FACE, YOUNG, BEAST, CRIME, OTHER, DIM = OTHER + N_CLASSES };

#define PICTURES 400

/* Between -1 and 1, the same in every run. */
static double
next_noise(guint64 *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (double)(*state >> 33) / (double)(G_GUINT64_CONSTANT(1) << 30) - 1;
}

static void
normalise(double *vector)
{
    double length = 0;
    for (guint i = 0; i < DIM; i++)
        length += vector[i] * vector[i];
    for (guint i = 0; i < DIM; i++)
        vector[i] /= sqrt(length);
}

static void
make_class(guint c, double *vector)
{
    for (guint i = 0; i < DIM; i++)
        vector[i] = 0;
    vector[OTHER + c] = 0.5;
    if (c < N_PEOPLE) {
        vector[FACE] = 1;
    } else if (c < N_PEOPLE + N_HARM) {
        vector[FACE] = 0.6;
        vector[c < N_PEOPLE + 4 ? BEAST : CRIME] = 0.8;
    } else {
        vector[FACE] = 0.7;
        vector[YOUNG] = 0.8;
    }
    normalise(vector);
}

static void
make_picture(guint64 *state, gboolean young, double *vector)
{
    for (guint i = 0; i < DIM; i++)
        vector[i] = 0.25 * next_noise(state);
    vector[FACE] += young ? 0.8 : 1.2;
    vector[YOUNG] += young ? 0.9 : 0;
    vector[BEAST] += 0.65 * next_noise(state);
    vector[CRIME] += 0.65 * next_noise(state);
    normalise(vector);
}

static void
get_logits(const double *picture, guint n_classes, double *logits)
{
    for (guint c = 0; c < n_classes; c++) {
        double vector[DIM];
        make_class(c, vector);
        logits[c] = 0;
        for (guint i = 0; i < DIM; i++)
            logits[c] += 100 * picture[i] * vector[i];
    }
}

/* The share of pictures that are called something of harm under the policy (NULL: none). */
static double
measure_harm(CwPolicy *policy, const char *text, gboolean young)
{
    g_autoptr(CwPrompts) prompts = scores_parse_prompts(text);
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_autoptr(CwGuard) guard = cw_guard_new(policy, set);
    guint64 state = 1;
    guint n = 0;
    for (guint i = 0; i < PICTURES; i++) {
        double picture[DIM], logits[N_CLASSES];
        Decision decision;
        make_picture(&state, young, picture);
        get_logits(picture, set->n_classes, logits);
        scores_decide(&decision, set, logits);
        const CwScores *told = cw_guard_apply(guard, &decision.scores, G_MAXINT64)->told;
        const guint best = told->scores[0].class_index;
        n += told->n_chosen > 0 && best >= N_PEOPLE && best < N_PEOPLE + N_HARM;
    }
    return (double)n / PICTURES;
}

static void
test_outcome(void)
{
    g_autoptr(CwPolicy) veto = scores_parse_policy(
        "enforce", "{\"id\":\"V\",\"check\":\"veto\",\"lists\":[\"child\"],\"logit_ppm\":2000000,"
                   "\"action\":\"suppress\",\"why\":\"w\"}");
    const double young_without = measure_harm(NULL, PEOPLE HARM, TRUE);
    const double young_with = measure_harm(NULL, PEOPLE HARM CHILD, TRUE);
    const double young_guarded = measure_harm(veto, PEOPLE HARM CHILD, TRUE);
    const double old_without = measure_harm(NULL, PEOPLE HARM, FALSE);
    const double old_with = measure_harm(NULL, PEOPLE HARM CHILD, FALSE);
    g_test_message("children %g, with the class %g, with its veto %g; grown-ups %g, %g",
                   young_without, young_with, young_guarded, old_without, old_with);
    g_assert_cmpfloat(young_without, >, 0.2);
    g_assert_cmpfloat(young_with, <, young_without / 5);
    g_assert_cmpfloat(young_guarded, <, young_with);
    g_assert_cmpfloat(old_without, >, 0.02);
    g_assert_cmpfloat(fabs(old_without - old_with), <, 0.013);
}

static void
test_refusal(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) policy = scores_parse_policy(
        "enforce", "{\"id\":\"C\",\"check\":\"counter_classes\",\"of\":[\"person\"],"
                   "\"lists\":[\"child\"],\"action\":\"refuse_load\",\"why\":\"w\"}");
    g_autoptr(CwPrompts) without = scores_parse_prompts(PEOPLE HARM);
    g_autoptr(CwPrompts) beside = scores_parse_prompts(PEOPLE HARM CHILD);
    g_assert_false(cw_policy_admit(policy, without, &error));
    g_assert_true(g_error_matches(error, CW_ERROR, CW_ERROR_REFUSED));
    g_assert_true(cw_policy_admit(policy, beside, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/child/the-class-takes-harm-from-children-alone", test_outcome);
    g_test_add_func("/policy/child/its-rule-alone-refuses-the-set-without-it", test_refusal);
    return g_test_run();
}
