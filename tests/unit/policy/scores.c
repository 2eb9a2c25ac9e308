#include "scores.h"

#include "classify/decide.h"
#include "fixture.h"

#include <math.h>

static const struct {
    const char *name, *words;
} lists[] = {
    {"person", "person\nworker\nman\nwoman\nchild\n"},
    {"child", "child\n"},
    {"neutral", "person\n"},
    {"man", "man\n"},
};

CwPolicy *
scores_parse_policy(const char *mode, const char *rules)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    char *dir = cw_test_make_dir();
    g_string_printf(text,
                    "{\"schema\":\"clipwatch-policy/1\",\"id\":\"t/1\",\"mode\":\"%s\",\"lists\":{",
                    mode);
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *file = g_strconcat(lists[i].name, ".txt", NULL);
        g_autofree char *digest =
            g_compute_checksum_for_string(G_CHECKSUM_SHA256, lists[i].words, -1);
        g_free(cw_test_write(dir, file, lists[i].words, -1));
        g_string_append_printf(text,
                               "%s\"%s\":{\"match\":\"exact\",\"files\":[{\"file\":\"%s\","
                               "\"sha256\":\"%s\",\"language\":\"en\"}]}",
                               i > 0 ? "," : "", lists[i].name, file, digest);
    }
    g_string_append_printf(text, "},\"rules\":[%s]}", rules);
    g_autofree char *path = cw_test_write(dir, "policy.json", text->str, -1);
    CwPolicy *policy = cw_policy_load(path, &error);
    g_assert_no_error(error);
    cw_test_remove_dir(dir);
    g_free(dir);
    return policy;
}

CwPrompts *
scores_parse_prompts(const char *text)
{
    g_autoptr(GError) error = NULL;
    CwPrompts *prompts = cw_prompts_parse(text, -1, "p.txt", &error);
    g_assert_no_error(error);
    return prompts;
}

void
scores_decide(Decision *decision, const CwPromptSet *set, const double *logits)
{
    decision->scores = (CwScores){.scores = decision->list, .n_scores = set->n_classes};
    for (guint c = 0; c < set->n_classes; c++)
        decision->list[c] = (CwScore){.class_index = c,
                                      .cosine = (float)(logits[c] / 100),
                                      .logit = (float)logits[c],
                                      .z = NAN,
                                      .calibrated = NAN,
                                      .threshold = set->classes[c].threshold};
    cw_scores_decide(&decision->scores, set, FALSE);
}

static const char *
name_verdict(CwVerdict verdict)
{
    static const char *const names[] = {"below", "background", "chosen", "unknown", "review"};
    return names[verdict];
}

char *
scores_describe(const CwPromptSet *set, const CwGuarded *guarded)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < guarded->told->n_scores; i++) {
        const CwScore *score = &guarded->told->scores[i];
        g_string_append_printf(text, "%s%s:%s%s", i > 0 ? " " : "",
                               set->classes[score->class_index].id, name_verdict(score->verdict),
                               isnan(score->cosine) ? "?" : "");
    }
    for (guint i = 0; i < guarded->n_actions; i++) {
        const CwGuardAction *action = &guarded->actions[i];
        g_assert_cmpstr(action->why, ==, "w");
        g_string_append_printf(text, "%s%s %s %s", i > 0 ? ", " : " | ", action->rule,
                               cw_action_name(action->action),
                               set->classes[action->class_index].id);
        if (action->told_as != action->class_index)
            g_string_append_printf(text, ">%s", set->classes[action->told_as].id);
    }
    return g_string_free(text, FALSE);
}
