/* Reading JSON: what is accepted, what is refused, and how the place is named. */
#include "base/json.h"
#include "fixture.h"

#include <locale.h>
#include <string.h>

static CwJson *
parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    CwJson *json = cw_json_parse(text, strlen(text), "t.json", &error);
    g_assert_no_error(error);
    return json;
}

static void
expect_refusal(const char *text, gsize length, CwErrorCode code, const char *fragment)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cw_json_parse(text, length, "t.json", &error));
    cw_test_expect_error(&error, CW_ERROR, code, "t.json", fragment, NULL);
}

static void
test_members_of_every_type_are_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = parse(
        "{\"i\": -7, \"d\": 2.5e-1, \"b\": true, \"s\": \"\\u00fc\\n\", \"o\": {}, \"a\": [1]}");
    const CwJsonValue root = cw_json_root(json);
    gint64 i = 0;
    double d = 0;
    gboolean b = FALSE;
    const char *s = NULL;
    CwJsonValue o, a;
    g_assert_true(cw_json_get_int(root, "i", -10, 10, &i, &error));
    g_assert_true(cw_json_get_double_or(root, "d", 0, 1, 9, &d, &error));
    g_assert_true(cw_json_get_bool_or(root, "b", FALSE, &b, &error));
    g_assert_true(cw_json_get_string(root, "s", &s, &error));
    g_assert_true(cw_json_get_object(root, "o", &o, &error));
    g_assert_true(cw_json_get_array(root, "a", &a, &error));
    g_assert_no_error(error);
    g_assert_cmpint(i, ==, -7);
    g_assert_cmpfloat(d, ==, 0.25);
    g_assert_true(b);
    g_assert_cmpstr(s, ==, "ü\n");
    g_assert_cmpuint(cw_json_length(root), ==, 6);
    g_assert_cmpuint(cw_json_length(a), ==, 1);
}

static void
test_absent_and_null_members_take_the_fallback(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = parse("{\"null\": null}");
    const CwJsonValue root = cw_json_root(json);
    const CwJsonValue absent = cw_json_member(root, "no_such_object");
    g_assert_false(cw_json_is_present(absent));
    gint64 i = 0;
    double d = 0;
    gboolean b = FALSE;
    const char *s = NULL;
    g_assert_true(cw_json_get_int_or(root, "null", 0, 9, 4, &i, &error));
    g_assert_true(cw_json_get_double_or(absent, "x", 0, 9, 0.5, &d, &error));
    g_assert_true(cw_json_get_bool_or(absent, "x", TRUE, &b, &error));
    g_assert_true(cw_json_get_string_or(root, "x", "none", &s, &error));
    g_assert_cmpint(i, ==, 4);
    g_assert_cmpfloat(d, ==, 0.5);
    g_assert_true(b);
    g_assert_cmpstr(s, ==, "none");
    g_assert_false(cw_json_get_int(root, "null", 0, 9, &i, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "t.json: null is missing", NULL);
}

static void
test_a_wrong_value_is_named_with_its_path(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json =
        parse("{\"a\": {\"b\": [0, {\"odd key\": \"x\"}]}, \"n\": 3.5, \"big\": 1e18}");
    const CwJsonValue root = cw_json_root(json);
    gint64 i = 42;
    const char *s = NULL;
    CwJsonValue a, b, element;
    g_assert_true(cw_json_get_object(root, "a", &a, &error));
    g_assert_true(cw_json_get_array(a, "b", &b, &error));
    const void *cursor = NULL;
    g_assert_true(cw_json_next(b, &cursor, &element, NULL));
    g_assert_false(cw_json_value_string(element, &s, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "t.json: a.b[0] is 0, must be a string",
                         NULL);
    g_assert_true(cw_json_next(b, &cursor, &element, NULL));
    g_assert_false(cw_json_get_int(element, "odd key", 1, 2, &i, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "t.json: a.b[1][\"odd key\"] is the string \"x\", "
                         "must be a whole number from 1 to 2",
                         NULL);
    g_assert_false(cw_json_next(b, &cursor, &element, NULL));
    g_assert_false(cw_json_get_int(root, "n", 0, 9, &i, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "t.json: n is 3.5, must be a whole",
                         NULL);
    g_assert_false(cw_json_get_int(root, "big", 0, G_MAXINT64, &i, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "big is 1e+18", NULL);
    g_assert_false(cw_json_get_int_or(b, "x", 0, 9, 1, &i, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "a.b is an array, must be an object",
                         NULL);
    g_assert_cmpint(i, ==, 42);
}

static void
test_a_message_carries_no_control_characters_and_no_long_strings(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = parse("{\"\\u001b[2J\": \"\\u001b]0;x\\u0007\", \"long\": "
                                   "\"ääääääääääääääääääääääääääääääääääääääääää\"}");
    gint64 i;
    g_assert_false(cw_json_get_int(cw_json_root(json), "\x1b[2J", 0, 1, &i, &error));
    g_assert_null(strchr(error->message, '\x1b'));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "[\"\\u001b[2J\"] is the string \"\\u001b]0;x\\u0007\"", NULL);
    g_assert_false(cw_json_get_int(cw_json_root(json), "long", 0, 1, &i, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT,
                         "\"ääääääääääääääääääääääääääääääääääääääää\" …", NULL);
}

static void
test_a_number_out_of_range_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = parse("{\"eps\": 1.5, \"huge\": 1e999, \"no\": false}");
    const CwJsonValue root = cw_json_root(json);
    double d = 7;
    g_assert_false(cw_json_get_double_or(root, "eps", 0, 0.5, 0, &d, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "eps is 1.5", "from 0 to 0.5", NULL);
    g_assert_false(cw_json_get_double_or(root, "huge", 0, G_MAXDOUBLE, 0, &d, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "huge is inf", NULL);
    g_assert_false(cw_json_get_double_or(root, "no", 0, 1, 0, &d, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "no is false, must be a number", NULL);
    g_assert_cmpfloat(d, ==, 7);
}

static void
test_text_that_is_no_json_is_refused_with_its_line(void)
{
    static const struct {
        const char *text;
        const char *fragment;
    } cases[] = {
        {"", "t.json:1: not valid JSON"},
        {"{\n\"a\": 1,\n}", "t.json:3: not valid JSON"},
        {"[1]\n\n[2]", "t.json:3: text after the end"},
        {"[1,\n01]", "t.json:2: a number that is not spelt"},
        {"[-]", "a number that is not spelt"},
        {"[1.]", "a number that is not spelt"},
        {"[1e]", "a number that is not spelt"},
        {"[1-2]", "a number that is not spelt"},
        {"[+1]", "not valid JSON"},
        {"[nan]", "not valid JSON"},
        {"[\"a\tb\"]", "a control character inside a string"},
        {"[\"a\\u0000b\"]", "\\u0000 inside a string"},
        {"[\"\\ud800\"]", "not valid JSON"},
        {"[1\v]", "a control character between values"},
        {"[\n\"\xff\"]", "t.json:2: bytes that are not UTF-8"},
        {"[\"abc", "without its closing quote"},
        {"[\"abc\\", "without its closing quote"},
        {"{\"a\": {\"k\": 1, \"l\": 2, \"k\": 3}}", "t.json: a.k is there twice"},
        {"{\"a\": 1, \"\\u0061\": 2}", "t.json: a is there twice"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        expect_refusal(cases[i].text, strlen(cases[i].text), CW_ERROR_FORMAT, cases[i].fragment);
    expect_refusal("[1]\0", 4, CW_ERROR_FORMAT, "not UTF-8");
}

static void
test_what_is_too_large_is_refused(void)
{
    g_autoptr(GString) deep = g_string_new(NULL);
    for (guint i = 0; i <= CW_JSON_MAX_DEPTH; i++)
        g_string_append_c(deep, '[');
    expect_refusal(deep->str, deep->len, CW_ERROR_LIMIT, "nested more than 64 levels");

    g_autofree char *many = g_malloc(10 * 1024 * 1024);
    memset(many, ',', 10 * 1024 * 1024);
    expect_refusal(many, 10 * 1024 * 1024, CW_ERROR_LIMIT, "more than 4194304 values");
    expect_refusal(many, CW_JSON_MAX_BYTES + 1, CW_ERROR_LIMIT, "at most 67108864 are read");

    g_autofree char *digits = g_strnfill(100, '9');
    expect_refusal(digits, 100, CW_ERROR_LIMIT, "more than 60 characters");
}

static void
test_a_vocabulary_of_a_million_members_is_walked_in_order(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new("{");
    for (guint i = 0; i < 1000000; i++)
        g_string_append_printf(text, "%s\"w%u\":%u", i ? "," : "", i, i);
    g_string_append_c(text, '}');
    g_autoptr(CwJson) json = cw_json_parse(text->str, text->len, "t.json", &error);
    g_assert_no_error(error);
    const void *cursor = NULL;
    CwJsonValue value;
    const char *key;
    gint64 n = 0;
    while (cw_json_next(cw_json_root(json), &cursor, &value, &key)) {
        gint64 id;
        g_assert_true(cw_json_value_int(value, 0, G_MAXINT32, &id, &error));
        g_assert_cmpint(id, ==, n++);
    }
    g_assert_cmpstr(key, ==, "w999999");
    g_assert_cmpint(n, ==, 1000000);
}

static void
test_an_unknown_key_is_named(void)
{
    static const char *const keys[] = {"width", "layers", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = parse("{\"a\": {\"width\": 1, \"wdith\": 2}}");
    const CwJsonValue a = cw_json_member(cw_json_root(json), "a");
    g_assert_false(cw_json_only_keys(a, keys, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                         "t.json: a.wdith is not a known key", "width, layers", NULL);
    g_autoptr(CwJson) good = parse("{\"layers\": 1}");
    g_assert_true(cw_json_only_keys(cw_json_root(good), keys, &error));
}

static void
test_numbers_are_read_the_same_under_every_locale(void)
{
    static const char *const locales[] = {"de_DE.UTF-8", "tr_TR.UTF-8", "fa_IR.UTF-8", "C"};
    for (guint i = 0; i < G_N_ELEMENTS(locales); i++) {
        if (!setlocale(LC_ALL, locales[i]))
            continue;
        g_autoptr(GError) error = NULL;
        g_autoptr(CwJson) json = parse("{\"d\": 0.48145466}");
        double d = 0;
        g_assert_true(cw_json_get_double_or(cw_json_root(json), "d", 0, 1, 0, &d, &error));
        g_assert_cmpfloat(d, ==, 0.48145466);
        g_assert_false(cw_json_get_double_or(cw_json_root(json), "d", 0.5, 1, 0, &d, &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_FORMAT, "0.48145466", "from 0.5 to 1",
                             NULL);
    }
    setlocale(LC_ALL, "C");
}

static void
test_a_file_is_read_within_its_limit(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *path = cw_test_write(dir, "a.json", "{\"a\": 1}", -1);
    g_autoptr(CwJson) json = cw_json_read_file(path, 8, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(cw_json_get_name(json), ==, path);
    g_assert_null(cw_json_read_file(path, 7, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_LIMIT, "a.json", "8 bytes, at most 7", NULL);
    g_assert_null(cw_json_read_file(dir, 100, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, dir, "not a regular file", NULL);
    g_autofree char *missing = g_build_filename(dir, "b.json", NULL);
    g_assert_null(cw_json_read_file(missing, 100, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_IO, "b.json", NULL);
    cw_test_remove_dir(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/base/json/" #name, test_##name)
    CASE(members_of_every_type_are_read);
    CASE(absent_and_null_members_take_the_fallback);
    CASE(a_wrong_value_is_named_with_its_path);
    CASE(a_message_carries_no_control_characters_and_no_long_strings);
    CASE(a_number_out_of_range_is_refused);
    CASE(text_that_is_no_json_is_refused_with_its_line);
    CASE(what_is_too_large_is_refused);
    CASE(a_vocabulary_of_a_million_members_is_walked_in_order);
    CASE(an_unknown_key_is_named);
    CASE(numbers_are_read_the_same_under_every_locale);
    CASE(a_file_is_read_within_its_limit);
    return g_test_run();
}
