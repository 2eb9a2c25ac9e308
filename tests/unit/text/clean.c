/* Cleaning of texts: what Python's html.unescape(), split() and lower() make of them, in any
 * locale. */
#include "fixture.h"
#include "locales.h"

#include <clipwatch/prompt.h>
#include <clipwatch/tokenizer.h>

#include "base/dirs.h"
#include "text/clean.h"

typedef struct {
    const char *text, *cleaned;
} Case;

/* Right-hand sides by Python 3.11. */
static const Case cases[] = {
    /* references, twice */
    {"&lt;b&gt;", "<b>"},
    {"&amp;lt;b&amp;gt;", "<b>"},
    {"&amp;amp;lt;", "&lt;"},
    {"caf&eacute; caf&eacute", "caf\xc3\xa9 caf\xc3\xa9"},
    {"&notit;", "\xc2\xacit;"},
    {"&nbsp;a&nbsp;", "a"},
    {"&unknown; &x &;", "&unknown; &x &;"},
    {"&#65;&#x42;&#X43;&#68", "abcd"},
    {"&#128;&#x99;", "\xe2\x82\xac\xe2\x84\xa2"},
    {"a&#0;b&#55296;c&#x110000;", "a\xef\xbf\xbd"
                                  "b\xef\xbf\xbd"
                                  "c\xef\xbf\xbd"},
    {"&#99999999999999999999;", "\xef\xbf\xbd"},
    {"a&#1;b&#xfdd0;c", "abc"},
    {"&#; &#x; &#xg", "&#; &#x; &#xg"},
    {"&hellip;&mdash;&rsquo;", "\xe2\x80\xa6\xe2\x80\x94\xe2\x80\x99"},
    /* white space */
    {"  a \t\n b\v\fc  ", "a b c"},
    {"a\xc2\xa0\xe2\x80\x83\xe3\x80\x80"
     "b\xc2\x85"
     "c\x1c"
     "d",
     "a b c d"},
    {"a\xe2\x80\x8b"
     "b",
     "a\xe2\x80\x8b"
     "b"},
    {" \t ", ""},
    /* lower case */
    {"CAFÉ", "café"},
    {"TITLE I", "title i"},
    {"\xc4\xb0STANBUL", "i\xcc\x87stanbul"},
    {"\xce\x9f\xce\x94\xce\x9f\xce\xa3 \xce\xa3\xce\x91\xce\xa3",
     "\xce\xbf\xce\xb4\xce\xbf\xcf\x82 \xcf\x83\xce\xb1\xcf\x82"},
    {"\xce\xa3", "\xcf\x83"},
    {"A\xce\xa3.B A\xce\xa3.", "a\xcf\x83.b a\xcf\x82."},
    {"\xe1\xba\x9e\xe2\x84\xaa\xe2\x84\xab", "\xc3\x9fk\xc3\xa5"},
    {"\xc7\x85", "\xc7\x86"},
    {"\xe2\x85\xa3\xe2\x92\xb6", "\xe2\x85\xb3\xe2\x93\x90"},
};

static void
assert_cases(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *cleaned = cw_text_clean(cases[i].text);
        g_assert_cmpstr(cleaned, ==, cases[i].cleaned);
    }
}

/* Ids and digests as text-cleaning and number-reading code makes them. (transfer full) */
static char *
describe_prompts(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = cw_dirs_find("models/starter", "model", &error);
    g_autoptr(CwTokenizer) tokenizer = cw_tokenizer_open(directory, &error);
    g_autoptr(CwPrompts) prompts =
        cw_prompts_parse("@template A CCTV still of {}.\nTITLE I [threshold=0.75]\n\xc4\xb0"
                         "I\xc4\xb1i\n",
                         -1, "x", &error);
    g_assert_no_error(error);
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_assert_cmpfloat(set->classes[0].threshold.value, ==, 0.75);
    GString *description = g_string_new(set->digest);
    for (guint i = 0; i < set->n_classes; i++) {
        g_autoptr(GArray) ids = cw_tokenizer_encode(tokenizer, set->classes[i].texts[0], &error);
        g_assert_no_error(error);
        g_string_append_printf(description, " %s", set->classes[i].id);
        for (guint t = 0; t < ids->len; t++)
            g_string_append_printf(description, " %d", g_array_index(ids, gint32, t));
    }
    return g_string_free(description, FALSE);
}

static void
test_cases(void)
{
    assert_cases();
}

static void
test_locale(gconstpointer name)
{
    g_autofree char *expected = describe_prompts();
    g_autofree char *dir = cw_test_make_dir();
    if (cw_test_enter_locale(dir, name)) {
        assert_cases();
        g_autofree char *found = describe_prompts();
        g_assert_cmpstr(found, ==, expected);
    }
    cw_test_leave_locale();
    cw_test_remove_dir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/clean/does as Python does", test_cases);
    g_test_add_data_func("/text/clean/does the same in Turkish", "tr_TR", test_locale);
    g_test_add_data_func("/text/clean/does the same in German", "de_DE", test_locale);
    return g_test_run();
}
