/* What a prompt file may not hold: each refusal with its place, what is wrong and the remedy. */
#include "fixture.h"

#include <clipwatch/prompt.h>

#include <string.h>

typedef struct {
    const char *text;
    const char *place;
    const char *what;
    const char *remedy;
} Refusal;

/* Refused as CW_ERROR_FORMAT by cw_prompts_parse() under the name "scene.txt". */
static const Refusal refusals[] = {
    /* files without a class */
    {"", "scene.txt:1: ", "no class", "write one on each line"},
    {"# only a comment\n\n", "scene.txt:2: ", "no class", "write one"},
    {"a\n@set x\n@set y\nb\n", "scene.txt:2: ", "set 'x' has no class", ""},
    /* characters */
    {"a\nb\xff"
     "c\n",
     "scene.txt:2: ", "column 2 is not UTF-8", "save the file as UTF-8"},
    {"caf\xc3\xa9 \x1b[2J\n", "scene.txt:1: ", "column 6 holds the hidden character U+001B",
     "take it out"},
    {"a\rb\n", "scene.txt:1: ", "column 2 holds the hidden character U+000D", "take it out"},
    {"pay\xe2\x80\xaelap\n", "scene.txt:1: ", "column 4 holds the hidden character U+202E", ""},
    {"fi\xe2\x80\x8b"
     "re\n",
     "scene.txt:1: ", "column 3 holds the hidden character U+200B", ""},
    {"fire\xef\xb8\x8f\n", "scene.txt:1: ", "column 5 holds the hidden character U+FE0F", ""},
    {"a\nfi\xc2\xadre\n", "scene.txt:2: ", "column 3 holds the hidden character U+00AD", ""},
    {"a\xe2\x80\xa8"
     "b\n",
     "scene.txt:1: ", "column 2 holds the hidden character U+2028", ""},
    {"\xe3\x85\xa4 = x\n", "scene.txt:1: ", "column 1 holds the hidden character U+3164", ""},
    {"a\n\xef\xbb\xbf"
     "b\n",
     "scene.txt:2: ", "column 1 holds the hidden character U+FEFF", ""},
    {"# comments too \x01\na\n", "scene.txt:1: ", "U+0001", ""},
    /* labels and phrasings */
    {"a\n\n# c\na\n", "scene.txt:4: ", "a second class 'a'", "put its phrasings into one line"},
    {"a b\na \t b\n", "scene.txt:2: ", "a second class 'a b'", "one line"},
    {"= x\n", "scene.txt:1: ", "a class without a label", "write 'label = phrasing'"},
    {"[background] = x\n", "scene.txt:1: ", "a class without a label", ""},
    {"a =\n", "scene.txt:1: ", "class 'a' has an empty phrasing", "write one on each side of '|'"},
    {"a = x | | y\n", "scene.txt:1: ", "class 'a' has an empty phrasing", "'|'"},
    {"a = x |\n", "scene.txt:1: ", "class 'a' has an empty phrasing", "'|'"},
    {"a = x | x\n", "scene.txt:1: ", "class 'a' says 'x' twice", ""},
    {"a | b\n", "scene.txt:1: ", "'|' before '='", "write 'label = phrasing | phrasing'"},
    {"a = b = c\n", "scene.txt:1: ", "a second '='", "write \\="},
    {"a\\b\n", "scene.txt:1: ", "a backslash stands only before", "write \\\\"},
    {"a = b\\\n", "scene.txt:1: ", "a backslash stands only before", "write \\\\"},
    {"a = \\\xc3\xa9\n", "scene.txt:1: ", "a backslash stands only before", "=|[]#@\\"},
    /* attributes */
    {"a [threshold=0.5\n", "scene.txt:1: ", "'[' without ']'", "write \\["},
    {"a [background] x\n", "scene.txt:1: ", "text after ']'", "phrasings begin with '='"},
    {"a [background] [id=b]\n", "scene.txt:1: ", "text after ']'", "phrasings begin with '='"},
    {"a [treshold=0.5]\n", "scene.txt:1: ", "no attribute 'treshold'", "did you mean 'threshold'?"},
    {"a [colour=red]\n", "scene.txt:1: ", "no attribute 'colour'",
     "there are threshold, probability, cosine, z, calibrated, background, id, enter, leave, "
     "dwell, "
     "cooldown, gap and evidence"},
    {"a [z=1e3]\n", "scene.txt:1: ", "z 1e3 is not between -100 and 100", ""},
    {"a [calibrated=2]\n", "scene.txt:1: ", "calibrated 2 is not between 0 and 1", ""},
    {"a [z=3 leave=200]\n", "scene.txt:1: ", "leave of class 'a' is a z-score",
     "not between -100 and 100"},
    {"a [threshold]\n", "scene.txt:1: ", "threshold needs a value", "write threshold="},
    {"a [threshold = 0.5]\n", "scene.txt:1: ", "threshold needs a value", "without spaces"},
    {"a [threshold=high]\n", "scene.txt:1: ", "threshold 'high' is not a number", "threshold=0.6"},
    {"a [threshold=0,5]\n", "scene.txt:1: ", "no attribute '5'", "there are"},
    {"a [threshold=0x1p-1]\n", "scene.txt:1: ", "threshold '0x1p-1' is not a number", "0.6"},
    {"a [threshold=nan]\n", "scene.txt:1: ", "threshold 'nan' is not a number", ""},
    {"a [threshold=inf]\n", "scene.txt:1: ", "threshold 'inf' is not a number", ""},
    {"a [threshold=1e999]\n", "scene.txt:1: ", "threshold '1e999' is not a number", ""},
    {"a [threshold=]\n", "scene.txt:1: ", "threshold '' is not a number", ""},
    {"a\nb [threshold=1.4]\n", "scene.txt:2: ", "threshold 1.4 is not between 0 and 1", ""},
    {"a [probability=-0.1]\n", "scene.txt:1: ", "probability -0.1 is not between 0 and 1", ""},
    {"a [cosine=-1.1]\n", "scene.txt:1: ", "cosine -1.1 is not between -1 and 1", ""},
    {"a [threshold=0.5 cosine=0.2]\n", "scene.txt:1: ", "class 'a' has two thresholds", "keep one"},
    {"@set s independent\na [probability=0.5]\n",
     "scene.txt:2: ", "a probability has no meaning in an independent set", "use cosine="},
    {"a [enter=high]\n", "scene.txt:1: ", "enter 'high' is not a number", "enter=0.6"},
    {"a\nb [enter=1.5]\n", "scene.txt:2: ", "enter of class 'b' is a probability",
     "not between 0 and 1"},
    {"a [cosine=0.2 leave=-2]\n", "scene.txt:1: ", "leave of class 'a' is a cosine",
     "not between -1 and 1"},
    {"a [leave=0.6 enter=0.5]\n", "scene.txt:1: ", "class 'a' leaves above where it enters",
     "leave= is at most enter="},
    {"a [dwell=2]\n", "scene.txt:1: ", "dwell '2' is no length of time", "like dwell=2s"},
    {"a [dwell=two]\n", "scene.txt:1: ", "dwell 'two' is no length of time", "ms, s, m or h"},
    {"a [cooldown=-1s]\n", "scene.txt:1: ", "cooldown -1s is not between 0s and 24h", ""},
    {"a [gap=25h]\n", "scene.txt:1: ", "gap 25h is not between 0s and 24h", ""},
    {"a [evidence=3]\n", "scene.txt:1: ", "evidence '3' is not of the form k/n", "evidence=3/5"},
    {"a [evidence=3/5/7]\n", "scene.txt:1: ", "evidence '3/5/7' is not of the form k/n", ""},
    {"a [evidence=0/5]\n", "scene.txt:1: ", "evidence 0/5 is not k of n", "1 <= k <= n <= 64"},
    {"a [evidence=6/5]\n", "scene.txt:1: ", "evidence 6/5 is not k of n", ""},
    {"a [evidence=1/99999999999999999999]\n", "scene.txt:1: ", "is not k of n", ""},
    {"a [background dwell=2s]\n", "scene.txt:1: ", "a background class has no episodes",
     "take enter, leave, dwell"},
    {"a [background=yes]\n", "scene.txt:1: ", "background takes no value", ""},
    {"a [background threshold=0.5]\n", "scene.txt:1: ", "takes no threshold", ""},
    {"a [id=A]\n", "scene.txt:1: ", "id 'A' is not 1 to 64 of a-z, 0-9 and '-'", ""},
    {"a [id=]\n", "scene.txt:1: ", "id '' is not 1 to 64", ""},
    {"a [id=x id=y]\n", "scene.txt:1: ", "class 'a' has two ids", "keep one"},
    {"a [id=x]\nb [id=x]\n", "scene.txt:2: ", "id 'x' is already another class's",
     "choose another"},
    /* directives */
    {"@tempalte a {}\na\n", "scene.txt:1: ", "no directive '@tempalte'",
     "did you mean '@template'?"},
    {"@include other.txt\na\n", "scene.txt:1: ", "no directive '@include'",
     "there are @set, @template and @templates"},
    {"@template a photo\na\n", "scene.txt:1: ", "template 'a photo' needs {} exactly once", ""},
    {"@template\na\n", "scene.txt:1: ", "template '' needs {} exactly once", ""},
    {"@template {} and {}\na\n", "scene.txt:1: ", "needs {} exactly once", ""},
    {"@template {}\n@template  {}\na\n", "scene.txt:2: ", "template '{}' is there twice",
     "keep one"},
    {"a\n@template {}\n", "scene.txt:2: ", "@template after a class",
     "templates stand before the first class of their set"},
    {"a\n@templates cctv\n", "scene.txt:2: ", "@templates after a class", "before the first class"},
    {"@templates\na\n", "scene.txt:1: ", "'' is not the name of a template set", "imagenet-7"},
    {"@templates ../scene\na\n", "scene.txt:1: ", "is not the name of a template set", ""},
    {"@templates cctv imagenet-7\na\n", "scene.txt:1: ", "is not the name", "write one name"},
    {"@set\na\n", "scene.txt:1: ", "@set needs a name", "write '@set NAME [independent]'"},
    {"@set independent\na\n", "scene.txt:1: ", "@set needs a name", "write '@set NAME"},
    {"@set [independent]\na\n", "scene.txt:1: ", "@set needs a name", ""},
    {"@set x sigmoid\na\n", "scene.txt:1: ", "'sigmoid' is neither exclusive nor independent",
     "write '@set NAME [independent]'"},
    {"@set x independent y\na\n", "scene.txt:1: ", "'y' after '@set x independent'", "one word"},
    {"@set x\na\n@set x\nb\n", "scene.txt:3: ", "a second set 'x'", "choose another name"},
    {"a\n@set scene\nb\n", "scene.txt:2: ", "a second set 'scene'", "choose another name"},
};

static void
test_refusal(gconstpointer data)
{
    const Refusal *refusal = data;
    GError *error = NULL;
    g_assert_null(cw_prompts_parse(refusal->text, -1, "scene.txt", &error));
    g_assert_true(error && g_str_has_prefix(error->message, refusal->place));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, refusal->what, refusal->remedy, NULL);
}

static void
test_nul(void)
{
    GError *error = NULL;
    g_assert_null(cw_prompts_parse("a\nb\0c\n", 6, "scene.txt", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "scene.txt:2: ", "column 2 holds a NUL byte",
                         "save the file as UTF-8 text", NULL);
}

/* "head" and then line(i) for i below n. */
static char *
repeat(const char *head, const char *format, guint n)
{
    GString *text = g_string_new(head);
    for (guint i = 0; i < n; i++) {
        g_autofree char *number = g_strdup_printf("%u", i);
        g_auto(GStrv) pieces = g_strsplit(format, "%", -1);
        g_autofree char *line = g_strjoinv(number, pieces);
        g_string_append(text, line);
    }
    return g_string_free(text, FALSE);
}

static void
expect_limit(char *text, const char *place, const char *what)
{
    GError *error = NULL;
    g_assert_null(cw_prompts_parse(text, -1, "scene.txt", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "scene.txt:", place, what, NULL);
    g_free(text);
}

static void
test_limits(void)
{
    g_autofree char *x9000 = g_strnfill(9000, 'x');
    g_autofree char *x300 = g_strnfill(300, 'x');
    g_autofree char *long_template = g_strnfill(8000, 't');
    g_autofree char *wide = g_strdup_printf("@template %s {}\n", long_template);
    expect_limit(g_strnfill((1 << 20) + 1, 'x'), "scene.txt: ", "1048577 bytes");
    expect_limit(g_strdup(x9000), ":1: ", "a line of 9000 bytes: at most 8192");
    expect_limit(g_strdup(x300), ":1: ", "a label of 300 bytes: at most 256");
    expect_limit(g_strdup_printf("@set %s\na\n", x300), ":1: ", "a set name of 300 bytes");
    expect_limit(repeat("", "class %\n", 10001), ":10001: ", "more than 10000 classes");
    expect_limit(repeat("", "@set s%\na\n", 65), ":129: ", "more than 64 sets");
    expect_limit(repeat("@template {}\na = ", "%|", 1100), ":2: ", "more than 1000 phrasings");
    expect_limit(repeat("", "@template t% {}\n", 1001), ":1001: ", "more than 1000 templates");
    expect_limit(repeat(wide, "class %\n", 9000), ":", "more than 64 MiB of text");
    expect_limit(g_strdup("@templates imagenet-80\n"
                          "a = 0|1|2|3|4|5|6|7|8|9|10|11|12\n"),
                 ":2: ", "1040 texts of 13 phrasings and 80 templates");
}

static void
test_files(void)
{
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *a = cw_test_write(dir, "a.txt", "x\ny\n", -1);
    g_autofree char *b = cw_test_write(dir, "b.txt", "@set a\nx\n", -1);
    g_autofree char *bad = cw_test_write(dir, "bad.txt", "x\nx\n", -1);
    g_autofree char *missing = g_build_filename(dir, "none.txt", NULL);
    g_autofree char *twice = g_strjoin(",", a, b, NULL);
    g_autofree char *second = g_strjoin(", ", a, bad, NULL);
    g_autofree char *bad_place = g_strconcat(bad, ":2: a second class 'x'", NULL);
    GError *error = NULL;
    g_assert_null(cw_prompts_load(missing, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, missing, NULL);
    g_assert_null(cw_prompts_load(dir, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, dir, "not a regular file", NULL);
    g_assert_null(cw_prompts_load("no-such-set", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "no-such-set", "prompt file", NULL);
    g_assert_null(cw_prompts_load(" , ", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "no prompt file", NULL);
    g_assert_null(cw_prompts_load(twice, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, b, ":1: ", "set 'a' is in", a,
                         "name one with @set", NULL);
    g_assert_null(cw_prompts_load(second, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, bad_place, NULL);
    cw_test_remove_dir(dir);
}

static void
test_template_sets(void)
{
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *former = g_strdup(g_getenv("CLIPWATCH_DATA"));
    g_free(cw_test_write(dir, "prompts/templates/bad.txt",
                         "\xef\xbb\xbf"
                         "a {}\n\nb\n",
                         -1));
    g_free(cw_test_write(dir, "prompts/templates/none.txt", "# nothing\n", -1));
    g_free(cw_test_write(dir, "prompts/templates/hidden.txt", "\x01 {}\n", -1));
    GError *error = NULL;
    g_setenv("CLIPWATCH_DATA", dir, TRUE);
    g_assert_null(cw_prompts_parse("@templates bad\na\n", -1, "scene.txt", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "scene.txt:1: bad:3: ", "template 'b' needs {}", NULL);
    g_assert_null(cw_prompts_parse("@templates none\na\n", -1, "scene.txt", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "scene.txt:1: none:1: no template",
                         NULL);
    g_assert_null(cw_prompts_parse("@templates hidden\na\n", -1, "scene.txt", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "scene.txt:1: hidden:1: ", "U+0001",
                         NULL);
    g_assert_null(cw_prompts_parse("@templates missing\na\n", -1, "scene.txt", &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "scene.txt:1: ", "template set",
                         "missing", NULL);
    g_setenv("CLIPWATCH_DATA", former ? former : "", TRUE);
    cw_test_remove_dir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/prompt/refusals/%02u %s", i, refusals[i].what);
        g_autofree char *name =
            g_strdelimit(g_strdup(path + strlen("/prompt/refusals/")), "/", ' ');
        g_autofree char *full = g_strconcat("/prompt/refusals/", name, NULL);
        g_test_add_data_func(full, &refusals[i], test_refusal);
    }
    g_test_add_func("/prompt/refusals/a NUL byte", test_nul);
    g_test_add_func("/prompt/refusals/more than the bounds", test_limits);
    g_test_add_func("/prompt/refusals/files that are missing, no files, or alike", test_files);
    g_test_add_func("/prompt/refusals/template sets that hold faults", test_template_sets);
    return g_test_run();
}
