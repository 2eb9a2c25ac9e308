/* What a prompt file says: classes, phrasings, templates, sets, ids. */
#include "fixture.h"
#include "locales.h"

#include <clipwatch/prompt.h>

#include <math.h>
#include <string.h>

static CwPrompts *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    CwPrompts *prompts = cw_prompts_parse(text, -1, "dir/scene.txt", &error);
    g_assert_no_error(error);
    return prompts;
}

/* The texts of a class, apart by '|'. (transfer full) */
static char *
join_texts(const CwPromptClass *class)
{
    GString *joined = g_string_new(NULL);
    for (guint i = 0; i < class->n_texts; i++)
        g_string_append_printf(joined, "%s%s", i > 0 ? "|" : "", class->texts[i]);
    return g_string_free(joined, FALSE);
}

static void
assert_class(const CwPromptSet *set, guint i, const char *label, const char *id, const char *texts)
{
    g_assert_cmpuint(i, <, set->n_classes);
    const CwPromptClass *class = &set->classes[i];
    g_autofree char *joined = join_texts(class);
    g_assert_cmpstr(class->label, ==, label);
    g_assert_cmpstr(class->id, ==, id);
    g_assert_cmpstr(joined, ==, texts);
}

static void
test_example(void)
{
    g_autoptr(CwPrompts) prompts =
        parse("# scene.txt\n"
              "@template a CCTV still of {}.\n"
              "empty parking lot\n"
              "busy parking lot = a parking lot full of cars | rows of parked cars\n"
              "fire  [threshold=0.6] = flames | a building on fire\n"
              "nothing special [background] = an ordinary scene\n");
    g_assert_cmpuint(cw_prompts_get_n_sets(prompts), ==, 1);
    g_assert_null(cw_prompts_get_set(prompts, 1));
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_assert_cmpstr(set->name, ==, "scene");
    g_assert_cmpstr(set->file, ==, "dir/scene.txt");
    g_assert_cmpint(set->scoring, ==, CW_SCORING_EXCLUSIVE);
    g_assert_cmpuint(set->n_classes, ==, 4);
    assert_class(set, 0, "empty parking lot", "empty-parking-lot",
                 "a CCTV still of empty parking lot.");
    assert_class(set, 1, "busy parking lot", "busy-parking-lot",
                 "a CCTV still of a parking lot full of cars.|"
                 "a CCTV still of rows of parked cars.");
    assert_class(set, 2, "fire", "fire",
                 "a CCTV still of flames.|a CCTV still of a building on fire.");
    g_assert_cmpint(set->classes[2].threshold.kind, ==, CW_THRESHOLD_PROBABILITY);
    g_assert_cmpfloat(set->classes[2].threshold.value, ==, 0.6);
    g_assert_cmpuint(set->classes[2].line, ==, 5);
    g_assert_cmpint(set->classes[0].threshold.kind, ==, CW_THRESHOLD_NONE);
    g_assert_true(set->classes[3].background);
    g_assert_false(set->classes[2].background);
}

static void
test_one_per_line(void)
{
    g_autoptr(CwPrompts) prompts = parse("cat\ndog");
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_assert_cmpuint(set->n_classes, ==, 2);
    assert_class(set, 0, "cat", "cat", "a photo of cat.");
    assert_class(set, 1, "dog", "dog", "a photo of dog.");
}

static void
test_tolerated(void)
{
    g_autoptr(CwPrompts) prompts = parse("\xef\xbb\xbf# BOM\r\n"
                                         "\r\n"
                                         "  @template \t {}  \r\n"
                                         "\t cat \t= a  cat\t|\tkitten\r\n"
                                         "  # indented comment\r\n"
                                         "issue # 7\r\n"
                                         "a ] b\r\n"
                                         "me@home");
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_assert_cmpuint(set->n_classes, ==, 4);
    assert_class(set, 0, "cat", "cat", "a cat|kitten");
    assert_class(set, 1, "issue # 7", "issue-7", "issue # 7");
    assert_class(set, 2, "a ] b", "a-b", "a ] b");
    assert_class(set, 3, "me@home", "me-home", "me@home");
    g_assert_cmpuint(set->classes[1].line, ==, 6);
}

static void
test_escapes(void)
{
    g_autoptr(CwPrompts) prompts = parse("@template {}\n"
                                         "\\# one\n"
                                         "\\@home\n"
                                         "a\\=b = x \\| y | c\\=d | \\\\ | e [f]\n"
                                         "g \\[h\\]\n");
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    assert_class(set, 0, "# one", "one", "# one");
    assert_class(set, 1, "@home", "home", "@home");
    assert_class(set, 2, "a=b", "a-b", "x | y|c=d|\\|e [f]");
    assert_class(set, 3, "g [h]", "g-h", "g [h]");
}

static void
test_attributes(void)
{
    g_autoptr(CwPrompts) prompts = parse("a [threshold=0.25]\n"
                                         "b [cosine=-0.5,id=bee]\n"
                                         "c [ probability=1e-3 , id=sea ]\n"
                                         "d []\n"
                                         "@set i independent\n"
                                         "e [threshold=0.24 id=ee]\n"
                                         "f [cosine=0.3]\n");
    static const struct {
        guint set, class;
        CwThreshold threshold;
        const char *id;
    } expected[] = {
        {0, 0, {CW_THRESHOLD_PROBABILITY, 0.25}, "a"},   {0, 1, {CW_THRESHOLD_COSINE, -0.5}, "bee"},
        {0, 2, {CW_THRESHOLD_PROBABILITY, 1e-3}, "sea"}, {0, 3, {CW_THRESHOLD_NONE, 0}, "d"},
        {1, 0, {CW_THRESHOLD_COSINE, 0.24}, "ee"},       {1, 1, {CW_THRESHOLD_COSINE, 0.3}, "f"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        const CwPromptSet *set = cw_prompts_get_set(prompts, expected[i].set);
        const CwPromptClass *class = &set->classes[expected[i].class];
        g_assert_cmpint(class->threshold.kind, ==, expected[i].threshold.kind);
        g_assert_cmpfloat(class->threshold.value, ==, expected[i].threshold.value);
        g_assert_cmpstr(class->id, ==, expected[i].id);
    }
}

static void
test_sets(void)
{
    g_autoptr(CwPrompts) prompts = parse("@template file {}\n"
                                         "a\n"
                                         "@set second [independent]\n"
                                         "@template own {}\n"
                                         "@template also {}\n"
                                         "a\n"
                                         "@set third exclusive\n"
                                         "a\n");
    g_assert_cmpuint(cw_prompts_get_n_sets(prompts), ==, 3);
    const CwPromptSet *first = cw_prompts_get_set(prompts, 0);
    const CwPromptSet *second = cw_prompts_get_set(prompts, 1);
    const CwPromptSet *third = cw_prompts_get_set(prompts, 2);
    g_assert_cmpstr(second->name, ==, "second");
    g_assert_cmpint(first->scoring, ==, CW_SCORING_EXCLUSIVE);
    g_assert_cmpint(second->scoring, ==, CW_SCORING_INDEPENDENT);
    g_assert_cmpint(third->scoring, ==, CW_SCORING_EXCLUSIVE);
    assert_class(first, 0, "a", "a", "file a");
    assert_class(second, 0, "a", "a", "own a|also a");
    assert_class(third, 0, "a", "a", "file a");
    g_assert_cmpstr(first->template_digest, ==, third->template_digest);
    g_assert_cmpstr(first->template_digest, !=, second->template_digest);
}

/* Ids stand in logs for years: they may not change. */
static void
test_ids(void)
{
    g_autoptr(CwPrompts) prompts = parse("Caf\xc3\xa9 -- Bar!\n"
                                         "fire\n"
                                         "Fire\n"
                                         "fire-2\n"
                                         "FIRE?\n"
                                         "\xe7\x81\xab\n"
                                         "Stra\xc3\x9f"
                                         "e\n"
                                         "!!!\n"
                                         "a\xe2\x80\x94"
                                         "b\n"
                                         "given [id=fire-3]\n"
                                         "I\xc4\xb0\n");
    static const char *const ids[] = {
        "cafe-bar",       "fire",     "fire-2", "fire-2-2", "fire-4", "d4cfe8c8",
        "strae-58a3778c", "e84c538e", "a-b",    "fire-3",   "ii",
    };
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
        g_test_message("%s -> %s", set->classes[i].label, set->classes[i].id);
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
        g_assert_cmpstr(set->classes[i].id, ==, ids[i]);
}

static void
test_ids_alike(void)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < 5000; i++) {
        g_string_append_c(text, 'a');
        for (guint bit = 1; bit < 8192; bit <<= 1)
            g_string_append_c(text, i & bit ? '!' : '?');
        g_string_append_c(text, '\n');
    }
    g_autoptr(CwPrompts) prompts = parse(text->str);
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_assert_cmpstr(set->classes[0].id, ==, "a");
    g_assert_cmpstr(set->classes[4999].id, ==, "a-5000");
    g_string_free(text, TRUE);
}

static void
test_long_id(void)
{
    g_autofree char *label = g_strnfill(200, 'x');
    g_autofree char *text = g_strdup_printf("%s1\n%s2\n", label, label);
    g_autoptr(CwPrompts) prompts = parse(text);
    const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
    g_assert_cmpuint(strlen(set->classes[0].id), ==, 48);
    g_assert_true(g_str_has_suffix(set->classes[1].id, "xx-2"));
}

static void
test_many_files(void)
{
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *a = cw_test_write(dir, "first.txt", "x\n", -1);
    g_autofree char *b = cw_test_write(dir, "second", "@set named\nx\n@set other\ny\n", -1);
    g_autofree char *both = g_strjoin(" , ", a, b, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts = cw_prompts_load(both, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cw_prompts_get_n_sets(prompts), ==, 3);
    g_assert_cmpstr(cw_prompts_get_set(prompts, 0)->name, ==, "first");
    g_assert_cmpstr(cw_prompts_get_set(prompts, 1)->name, ==, "named");
    g_assert_cmpstr(cw_prompts_get_set(prompts, 2)->file, ==, b);
    cw_test_remove_dir(dir);
}

static const char *
digest_of(const char *text, char **keep)
{
    g_autoptr(CwPrompts) prompts = parse(text);
    g_free(*keep);
    return *keep = g_strdup(cw_prompts_get_set(prompts, 0)->digest);
}

static void
test_digest(void)
{
    static const char *const same[] = {
        "# c\n@template  a {}\n\n  a b\t=  x |y\r\nb[threshold=0.50]\n",
        "@template a {}\na  b=x|y\nb [ probability=5e-1, ]\n",
        "@set renamed\n@template a {}\na b = x | y\nb [id=b threshold=0.5] = b\n",
    };
    static const char *const others[] = {
        "@template the {}\na b = x | y\nb [threshold=0.5]\n",
        "@template a {}\na b = x | z\nb [threshold=0.5]\n",
        "@template a {}\na b = y | x\nb [threshold=0.5]\n",
        "@template a {}\na b = x | y\nb [threshold=0.51]\n",
        "@template a {}\na b = x | y\nb [cosine=0.5]\n",
        "@template a {}\na b = x | y\nb [background]\n",
        "@template a {}\na b = x | y\nb [threshold=0.5 leave=0.4]\n",
        "@template a {}\na b = x | y\nb [threshold=0.5 evidence=1/1]\n",
        "@template a {}\na b = x | y\nb [threshold=0.5 id=c]\n",
        "@template a {}\na b = x | y\nc [threshold=0.5 id=b] = b\n",
        "@template a {}\nb [threshold=0.5]\na b = x | y\n",
        "@set s independent\n@template a {}\na b = x | y\nb [cosine=0.5]\n",
    };
    g_autofree char *expected = NULL, *other = NULL;
    digest_of("@template a {}\na b = x | y\nb [threshold=0.5]\n", &expected);
    g_assert_cmpuint(strlen(expected), ==, 64);
    for (guint i = 0; i < G_N_ELEMENTS(same); i++)
        g_assert_cmpstr(digest_of(same[i], &other), ==, expected);
    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_cmpstr(digest_of(others[i], &other), !=, expected);
}

/* The decimal point of de_DE is a comma, and tr_TR lowers I to a dotless letter. */
static void
test_locale(gconstpointer name)
{
    const char *text = "FIRE I [threshold=0.5]\nTITLE\n";
    g_autoptr(CwPrompts) before = parse(text);
    g_autofree char *dir = cw_test_make_dir();
    if (cw_test_enter_locale(dir, name)) {
        g_autoptr(CwPrompts) prompts = parse(text);
        const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
        g_assert_cmpstr(set->classes[0].id, ==, "fire-i");
        g_assert_cmpstr(set->classes[1].id, ==, "title");
        g_assert_cmpfloat(set->classes[0].threshold.value, ==, 0.5);
        g_assert_cmpstr(set->digest, ==, cw_prompts_get_set(before, 0)->digest);
    }
    cw_test_leave_locale();
    cw_test_remove_dir(dir);
}

static void
test_episodes(void)
{
    g_autoptr(CwPrompts) prompts =
        parse("a [enter=0.7 leave=0.5 dwell=2s, cooldown=1.5m gap=500ms evidence=3/5]\n"
              "b [cosine=0.2 dwell=1h]\n"
              "c\n");
    const CwPromptClass *classes = cw_prompts_get_set(prompts, 0)->classes;
    const CwEpisodeRule *a = &classes[0].episode, *b = &classes[1].episode;
    const CwEpisodeRule *c = &classes[2].episode;
    g_assert_cmpfloat(a->enter, ==, 0.7);
    g_assert_cmpfloat(a->leave, ==, 0.5);
    g_assert_cmpint(a->dwell_ns, ==, 2000000000);
    g_assert_cmpint(a->cooldown_ns, ==, 90 * G_GINT64_CONSTANT(1000000000));
    g_assert_cmpint(a->gap_ns, ==, 500000000);
    g_assert_cmpuint(a->evidence, ==, 3);
    g_assert_cmpuint(a->window, ==, 5);
    g_assert_cmpint(a->kind, ==, CW_THRESHOLD_PROBABILITY);
    g_assert_cmpint(b->kind, ==, CW_THRESHOLD_COSINE);
    g_assert_true(isnan(b->enter) && isnan(b->leave));
    g_assert_cmpint(b->dwell_ns, ==, 3600 * G_GINT64_CONSTANT(1000000000));
    g_assert_cmpuint(b->evidence, ==, 2);
    g_assert_cmpuint(b->window, ==, 3);
    g_assert_cmpint(c->dwell_ns, ==, 0);
    g_assert_cmpint(c->gap_ns, ==, 10 * G_GINT64_CONSTANT(1000000000));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/prompt/format/the example of the manual", test_example);
    g_test_add_func("/prompt/format/one class on each line is enough", test_one_per_line);
    g_test_add_func("/prompt/format/line ends, tabs and a byte order mark do not matter",
                    test_tolerated);
    g_test_add_func("/prompt/format/a backslash takes signs as they are", test_escapes);
    g_test_add_func("/prompt/format/attributes mean what their set's scoring says",
                    test_attributes);
    g_test_add_func("/prompt/format/sets have their own templates or the file's", test_sets);
    g_test_add_func("/prompt/format/ids are stable and unique", test_ids);
    g_test_add_func("/prompt/format/thousands of labels may fold to one id", test_ids_alike);
    g_test_add_func("/prompt/format/long labels have short ids", test_long_id);
    g_test_add_func("/prompt/format/several files are one list of sets", test_many_files);
    g_test_add_func("/prompt/format/the rule of a class's episodes", test_episodes);
    g_test_add_func("/prompt/format/the digest covers what decides scores and nothing else",
                    test_digest);
    g_test_add_data_func("/prompt/format/reads the same under every locale/de", "de_DE",
                         test_locale);
    g_test_add_data_func("/prompt/format/reads the same under every locale/tr", "tr_TR",
                         test_locale);
    return g_test_run();
}
