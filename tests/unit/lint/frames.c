/* What a clip's frames say of the classes. */
#include "lint/frames.h"
#include "fixture.h"

#include <string.h>

#define N_CLASSES 4

static const char *const text = "day\ndusk\nnight\nelse [background]\n";

/* Lints frames whose best classes are these digits; '!' after one: it was chosen. */
static CwLint *
look(const char *frames)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts = cw_prompts_parse(text, -1, "gate.txt", &error);
    g_assert_no_error(error);
    CwLint *lint = cw_lint_new(prompts, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(CwLintFrames) seen = cw_lint_frames_new(cw_prompts_get_set(prompts, 0));
    for (; *frames; frames++) {
        CwScore list[N_CLASSES] = {0};
        for (guint i = 0; i < N_CLASSES; i++)
            list[i].class_index = ((guint)(*frames - '0') + i) % N_CLASSES;
        if (frames[1] == '!') {
            list[0].verdict = CW_VERDICT_CHOSEN;
            frames++;
        }
        CwScores scores = {.scores = list, .n_scores = N_CLASSES};
        cw_lint_frames_add(seen, &scores);
    }
    cw_lint_frames_report(seen, lint);
    return lint;
}

static const CwFinding *
find(const CwLint *lint, const char *rule, const char *label)
{
    for (guint i = 0; i < cw_lint_get_n_findings(lint); i++) {
        const CwFinding *finding = cw_lint_get_finding(lint, i);
        if (strcmp(finding->rule, rule) == 0 && g_strcmp0(finding->label, label) == 0)
            return finding;
    }
    return NULL;
}

static void
test_never(void)
{
    g_autoptr(CwLint) lint = look("0!0!2!");
    g_assert_nonnull(find(lint, "never", "dusk"));
    g_assert_null(find(lint, "never", "day"));
    g_assert_null(find(lint, "never", "night"));
    g_assert_null(find(lint, "never", "else"));
}

static void
test_always(void)
{
    g_autoptr(CwLint) always = look("1!1!1!");
    g_assert_nonnull(find(always, "always", "dusk"));
    g_autoptr(CwLint) mostly = look("1!1!1");
    g_assert_null(find(mostly, "always", "dusk"));
}

static void
test_swaps(void)
{
    g_autoptr(CwLint) swaps = look("0101011");
    const CwFinding *finding = find(swaps, "swaps", "day");
    g_assert_nonnull(finding);
    g_assert_cmpstr(finding->other_label, ==, "dusk");
    g_assert_cmpfloat_with_epsilon(finding->figure, 5.0 / 6, 1e-9);
    g_autoptr(CwLint) story = look("0001111222233");
    g_assert_null(find(story, "swaps", "day"));
    g_assert_null(find(story, "swaps", "dusk"));
}

static void
test_too_few(void)
{
    g_autoptr(CwLint) lint = look("0!");
    g_assert_cmpuint(cw_lint_get_n_findings(lint), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lint/frames/a class that no frame reaches is told", test_never);
    g_test_add_func("/lint/frames/a class that is always chosen is told", test_always);
    g_test_add_func("/lint/frames/classes that swap are told, a story is not", test_swaps);
    g_test_add_func("/lint/frames/one frame says nothing", test_too_few);
    return g_test_run();
}
