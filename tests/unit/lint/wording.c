/* What prompts are warned of, by their words and their length. */
#include "fixture.h"

#include <clipwatch/lint.h>

#include <string.h>

static CwLint *
lint(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts = cw_prompts_parse(text, -1, "gate.txt", &error);
    g_assert_no_error(error);
    CwLint *result = cw_lint_new(prompts, NULL, &error);
    g_assert_no_error(error);
    return result;
}

static const CwFinding *
find(const CwLint *lint, const char *rule)
{
    for (guint i = 0; i < cw_lint_get_n_findings(lint); i++) {
        const CwFinding *finding = cw_lint_get_finding(lint, i);
        g_assert_nonnull(finding->suggestion);
        g_assert_cmpstr(finding->file, ==, "gate.txt");
        if (strcmp(finding->rule, rule) == 0)
            return finding;
    }
    return NULL;
}

/* What is found in a set of these two phrasings and a background. */
static gboolean
has(const char *rule, const char *first, const char *second)
{
    g_autofree char *text = g_strdup_printf("@template a photo of the small {}, two of them.\n"
                                            "one = %s\nother = %s\nelse [background] = a wall\n",
                                            first, second);
    g_autoptr(CwLint) found = lint(text);
    return find(found, rule) != NULL;
}

static void
test_fine_grained(void)
{
    g_assert_true(has("fine-grained", "parking lot with white car", "red car"));
    g_assert_true(
        has("fine-grained", "a parking lot with a white car", "a parking lot with a red car"));
    g_assert_true(has("fine-grained", "a road with a car", "a road without cars"));
    g_assert_false(has("fine-grained", "empty parking lot", "school campus"));
    g_assert_false(has("fine-grained", "a white picture", "a black picture"));
    g_assert_false(has("fine-grained", "a red car", "a red car in the snow"));
}

static void
test_pair(void)
{
    g_autoptr(CwLint) found = lint("a = a white car\nb = a red car\nelse [background]\n");
    const CwFinding *finding = find(found, "fine-grained");
    g_assert_nonnull(finding);
    g_assert_cmpint(finding->severity, ==, CW_SEVERITY_WARNING);
    g_assert_cmpstr(finding->label, ==, "b");
    g_assert_cmpuint(finding->line, ==, 2);
    g_assert_cmpstr(finding->other_label, ==, "a");
    g_assert_cmpuint(finding->other_line, ==, 1);
    g_assert_cmpfloat_with_epsilon(finding->figure, 0.511, 1e-9);
    g_assert_true(cw_lint_allows(found));
}

static void
test_duplicates(void)
{
    g_assert_true(has("near-duplicate", "a fire with smoke", "Smoke and fires"));
    g_assert_true(has("near-duplicate", "the road | roads", "a wood"));
    g_assert_false(has("near-duplicate", "a road without cars", "a road with cars"));
}

static void
test_requests(void)
{
    g_assert_true(has("count", "two dogs", "a cat"));
    g_assert_true(has("count", "3 cars", "a cat"));
    g_assert_true(has("count", "a road with at least a car", "a cat"));
    g_assert_false(has("count", "a few cars", "many cars"));
    g_assert_true(has("small-detail", "a person standing in the corner", "a cat"));
    g_assert_true(has("small-detail", "a man wearing a hat", "a cat"));
    g_assert_false(has("small-detail", "a smaller road", "a cornered cat"));
}

static void
test_sets(void)
{
    g_autoptr(CwLint) bare = lint("day\nnight = a | b | c | d\n");
    g_assert_nonnull(find(bare, "no-background"));
    g_assert_null(find(bare, "no-background")->label);
    g_assert_cmpfloat(find(bare, "unbalanced")->figure, ==, 4);
    g_autoptr(CwLint) good = lint("day = a day\nnight = a night\nelse [background] = a room\n");
    g_assert_cmpuint(cw_lint_get_n_findings(good), ==, 0);
    g_autoptr(CwLint) independent = lint("@set gate independent\nday\nnight\n");
    g_assert_null(find(independent, "no-background"));
}

static void
test_length(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    g_autoptr(GString) text = g_string_new("short\nlong = ");
    for (guint i = 0; i < 100; i++)
        g_string_append(text, "word ");
    g_string_append_c(text, '\n');
    g_autoptr(CwPrompts) prompts = cw_prompts_parse(text->str, -1, "gate.txt", &error);
    g_assert_no_error(error);
    g_autoptr(CwLint) found = cw_lint_new(prompts, model, &error);
    g_assert_no_error(error);
    const CwFinding *finding = find(found, "cut-text");
    g_assert_nonnull(finding);
    g_assert_cmpint(finding->severity, ==, CW_SEVERITY_REFUSAL);
    g_assert_cmpuint(finding->line, ==, 2);
    g_assert_cmpfloat(finding->figure, >, 100);
    g_assert_false(cw_lint_allows(found));
}

/* What the ready files are warned of all the same, and why they stay as they are. */
static const struct {
    const char *file, *rule, *label, *why;
} justified[] = {
    {"scene", "no-background", NULL, "its classes are meant to cover every place"},
    {"traffic", "fine-grained", "light traffic", "cars on a road are large in the view"},
};

static gboolean
is_justified(const char *file, const CwFinding *finding)
{
    for (guint i = 0; i < G_N_ELEMENTS(justified); i++)
        if (strcmp(justified[i].file, file) == 0 && strcmp(justified[i].rule, finding->rule) == 0 &&
            g_strcmp0(justified[i].label, finding->label) == 0)
            return TRUE;
    return FALSE;
}

static void
test_ready(void)
{
    static const char *const files[] = {"camera-health", "daynight", "fire",   "parking",
                                        "scene",         "traffic",  "weather"};
    g_autoptr(GError) error = NULL;
    g_autoptr(CwModel) model = cw_model_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    guint n_justified = 0;
    for (guint f = 0; f < G_N_ELEMENTS(files); f++) {
        g_autoptr(CwPrompts) prompts = cw_prompts_load(files[f], &error);
        g_assert_no_error(error);
        g_autoptr(CwLint) found = cw_lint_new(prompts, model, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < cw_lint_get_n_findings(found); i++) {
            const CwFinding *finding = cw_lint_get_finding(found, i);
            g_test_message("%s:%u: %s: %s", files[f], finding->line, finding->rule,
                           finding->reason);
            g_assert_true(is_justified(files[f], finding));
            n_justified++;
        }
    }
    g_assert_cmpuint(n_justified, ==, G_N_ELEMENTS(justified));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lint/the paper's close pair is told, its coarse pair is not",
                    test_fine_grained);
    g_test_add_func("/lint/a pair is told with both lines", test_pair);
    g_test_add_func("/lint/the same words twice are told", test_duplicates);
    g_test_add_func("/lint/counts and small details are told, those of templates not",
                    test_requests);
    g_test_add_func("/lint/a set without background and uneven phrasings are told", test_sets);
    g_test_add_func("/lint/a text that the model would cut is refused", test_length);
    g_test_add_func("/lint/the ready files are clean, but for what is justified", test_ready);
    return g_test_run();
}
