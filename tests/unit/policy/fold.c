/* Folding: what a reader takes for the same is the same. */
#include "policy/fold.h"

#include <glib.h>

static void
assert_folds(const char *text, const char *expected)
{
    g_autofree char *folded = cw_fold(text);
    g_assert_cmpstr(folded, ==, expected);
}

static void
test_case_width_and_accents(void)
{
    assert_folds("THIEF", "thief");
    assert_folds("ｔｈｉｅｆ", "thief");
    assert_folds("𝐭𝐡𝐢𝐞𝐟", "thief");
    assert_folds("Räuber, ladrón", "rauber, ladron");
    assert_folds("STRASSE İI", "strasse ii"); /* whatever the locale's I is */
    assert_folds("th\u200bie\u00adf", "thief");
}

static void
test_letters_that_look_alike(void)
{
    g_autofree char *folded = cw_fold("сrіmіnаl");
    g_autofree char *one = cw_fold_skeleton(folded), *other = cw_fold_skeleton("criminal");
    g_assert_cmpstr(one, ==, other);
    g_assert_cmpstr(folded, !=, "criminal");
}

static void
test_digits_for_letters(void)
{
    g_autofree char *thief = cw_fold_leet("7h13f", 'i');
    g_autofree char *killer = cw_fold_leet("ki11er", 'l');
    g_assert_cmpstr(thief, ==, "thief");
    g_assert_cmpstr(killer, ==, "killer");
    g_assert_null(cw_fold_leet("2026", 'i'));
    g_assert_null(cw_fold_leet("thief", 'i'));
}

static void
test_words(void)
{
    g_autoptr(GPtrArray) words = cw_fold_words("a t-h!ef, $omewhere!");
    g_assert_cmpuint(words->len, ==, 4);
    g_assert_cmpstr(words->pdata[2], ==, "h!ef");
    g_assert_cmpstr(words->pdata[3], ==, "$omewhere");
}

static void
test_hidden_characters(void)
{
    g_assert_cmpuint(cw_fold_find_hidden("a plain text, ein Gemäuer, 街"), ==, 0);
    g_assert_cmpuint(cw_fold_find_hidden("th\u200bief"), ==, 0x200b);
    g_assert_cmpuint(cw_fold_find_hidden("\u202efeiht"), ==, 0x202e);
    g_assert_cmpuint(cw_fold_find_hidden("th\u200dief"), ==, 0x200d);
    g_assert_cmpuint(cw_fold_find_hidden("می\u200cخواهم"), ==, 0); /* Persian needs it */
}

static void
test_distance(void)
{
    g_assert_cmpuint(cw_fold_distance("thief", "thief", 2), ==, 0);
    g_assert_cmpuint(cw_fold_distance("theif", "thief", 2), ==, 1);
    g_assert_cmpuint(cw_fold_distance("terorist", "terrorist", 2), ==, 1);
    g_assert_cmpuint(cw_fold_distance("tourist", "terrorist", 2), ==, 3);
    g_assert_cmpuint(cw_fold_distance("", "ab", 2), ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/fold/case-width-and-accents-do-not-count",
                    test_case_width_and_accents);
    g_test_add_func("/policy/fold/letters-that-look-alike-are-one", test_letters_that_look_alike);
    g_test_add_func("/policy/fold/digits-stand-for-letters-beside-letters-only",
                    test_digits_for_letters);
    g_test_add_func("/policy/fold/signs-are-letters-inside-a-word", test_words);
    g_test_add_func("/policy/fold/what-does-not-show-is-found", test_hidden_characters);
    g_test_add_func("/policy/fold/a-swap-is-one-slip", test_distance);
    return g_test_run();
}
