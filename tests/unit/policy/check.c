/* Prompt sets against the shipped policies. */
#include <clipwatch/policy.h>

#include <string.h>

/* What strict, or the policy named, says of the prompts; rule: the first of its strictest findings
 * must be that one; NULL: none may be. */
static void
expect(const char *name, const char *text, CwPolicyAction action, const char *rule, guint line)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) policy = cw_policy_load(name, &error);
    g_assert_no_error(error);
    g_autoptr(CwPrompts) prompts = cw_prompts_parse(text, -1, "p.txt", &error);
    g_assert_no_error(error);
    g_autoptr(CwPolicyReport) report = cw_policy_check(policy, prompts);
    for (guint i = 0; i < report->n_findings; i++)
        g_test_message("%s %s", report->findings[i].rule, report->findings[i].reason);
    g_assert_cmpint(report->action, ==, action);
    const CwPolicyFinding *found = NULL;
    for (guint i = 0; i < report->n_findings && !found; i++)
        if (report->findings[i].action == action)
            found = &report->findings[i];
    g_assert_cmpstr(found ? found->rule : NULL, ==, rule);
    g_assert_cmpuint(found ? found->line : 0, ==, line);
    g_assert_true(cw_policy_admit(policy, prompts, &error) == (action != CW_POLICY_REFUSE));
    g_assert_true(!error || strstr(error->message, rule));
}

#define PEOPLE "a person\na child\nan empty road [background]\n"

static void
test_counter_classes(void)
{
    expect("strict", PEOPLE "a car\n", CW_POLICY_ACCEPT, NULL, 0);
    expect("strict", "a person\na car\nan empty road [background]\n", CW_POLICY_REFUSE,
           "COUNTER-CLASSES", 1);
    expect("strict", "a car\na person\na child\n", CW_POLICY_REFUSE, "COUNTER-CLASSES", 2);
    expect("strict", "a car\na room without people\nsmoke\n", CW_POLICY_ACCEPT, NULL, 0);
}

static void
test_place(void)
{
    expect("strict", "a car\n# thief\na car th1ef\n", CW_POLICY_REFUSE, "CRIME", 3);
    expect("strict", "a car\nvehicle = a truck | a drug dealer\n", CW_POLICY_REFUSE, "CRIME", 2);
}

static void
test_animals(void)
{
    expect("strict", "a gorilla\na tree\n", CW_POLICY_ACCEPT, NULL, 0);
    expect("strict", "a gorilla\n" PEOPLE, CW_POLICY_REFUSE, "ANIMAL-OR-PERSON", 1);
    expect("wildlife", "a gorilla\n" PEOPLE, CW_POLICY_WARN, "ANIMAL-OR-PERSON", 1);
}

static void
test_threshold(void)
{
    expect("strict", "a person [threshold=0.001]\na child\na car\nnothing [background]\n",
           CW_POLICY_REFUSE, "THRESHOLD", 1);
    expect("strict", "a person [threshold=0.02]\na child\na car\nnothing [background]\n",
           CW_POLICY_WARN, "THRESHOLD", 1);
}

static void
test_fine_grained(void)
{
    expect("strict", "a parking lot with white car\na parking lot with red car\n", CW_POLICY_WARN,
           "FINE-GRAINED", 2);
    expect("strict", "an empty parking lot\na school campus\n", CW_POLICY_ACCEPT, NULL, 0);
}

static void
test_scene_only(void)
{
    expect("scene-only", PEOPLE, CW_POLICY_REFUSE, "NO-PEOPLE", 1);
    expect("scene-only", "a car\na road\n", CW_POLICY_ACCEPT, NULL, 0);
}

static void
test_audit(void)
{
    expect("audit-only", "a thief\na car\n", CW_POLICY_WARN, "CRIME", 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/check/people-need-counter-classes", test_counter_classes);
    g_test_add_func("/policy/check/a-finding-names-its-line", test_place);
    g_test_add_func("/policy/check/apes-and-people-are-not-told-apart", test_animals);
    g_test_add_func("/policy/check/thresholds-have-a-floor", test_threshold);
    g_test_add_func("/policy/check/the-pair-of-the-paper-is-warned-of", test_fine_grained);
    g_test_add_func("/policy/check/scene-only-knows-no-people", test_scene_only);
    g_test_add_func("/policy/check/audit-only-warns-of-what-strict-refuses", test_audit);
    return g_test_run();
}
