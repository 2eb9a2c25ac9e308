/* Writing canonical JSON: strings as RFC 8785 wants them, decimals rounded exactly. */
#include "base/json_write.h"
#include "fixture.h"

#include <float.h>
#include <locale.h>
#include <math.h>

static void
expect_string(const char *text, const char *expected)
{
    g_autoptr(GString) json = g_string_new(NULL);
    cw_json_write_string(json, text);
    g_assert_cmpstr(json->str, ==, expected);
}

static void
expect_decimal(double value, guint n_places, const char *expected)
{
    g_autoptr(GString) json = g_string_new(NULL);
    cw_json_write_decimal(json, value, n_places);
    g_assert_cmpstr(json->str, ==, expected);
}

static void
test_strings_are_escaped_as_rfc_8785_does(void)
{
    expect_string("", "\"\"");
    expect_string("a/b \"c\" \\d", "\"a/b \\\"c\\\" \\\\d\"");
    expect_string("\b\t\n\f\r\x01\x1f\x7f", "\"\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\"");
    expect_string("Überraschung 🔥", "\"Überraschung 🔥\"");
}

static void
test_invalid_utf8_becomes_the_replacement_character(void)
{
    expect_string("a\xff"
                  "b\xc3",
                  "\"a\xEF\xBF\xBD"
                  "b\xEF\xBF\xBD\"");
    expect_string("\xed\xa0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void
test_keys_bring_their_commas(void)
{
    g_autoptr(GString) json = g_string_new("{");
    cw_json_write_key(json, "a");
    cw_json_write_int(json, G_MININT64);
    cw_json_write_key(json, "b");
    cw_json_write_uint(json, G_MAXUINT64);
    cw_json_write_key(json, "c");
    cw_json_write_int(json, 0);
    g_string_append_c(json, '}');
    g_assert_cmpstr(json->str, ==,
                    "{\"a\":-9223372036854775808,\"b\":18446744073709551615,\"c\":0}");
}

static void
test_decimals_are_rounded_half_away_from_zero(void)
{
    expect_decimal(0.5, 0, "1");
    expect_decimal(-0.5, 0, "-1");
    expect_decimal(2.5, 0, "3");
    expect_decimal(0.125, 2, "0.13");
    expect_decimal(-0.375, 2, "-0.38");
    /* The double below 0.15 and the one above 0.25's neighbour: decided by their exact value. */
    expect_decimal(0.15, 1, "0.1");
    expect_decimal(0.35, 1, "0.3");
    expect_decimal(0.45, 1, "0.5");
    expect_decimal(1.005, 2, "1.00");
    expect_decimal(0.9999999999, 9, "1.000000000");
    expect_decimal(9.995, 2, "9.99");
}

static void
test_decimals_have_a_fixed_number_of_places(void)
{
    expect_decimal(0, 6, "0.000000");
    expect_decimal(1, 1, "1.0");
    expect_decimal(-12.25, 3, "-12.250");
    expect_decimal(1e-9, 9, "0.000000001");
    expect_decimal(9e9, 9, "9000000000.000000000");
    expect_decimal(1 / 3.0, 9, "0.333333333");
}

static void
test_zero_never_has_a_sign(void)
{
    expect_decimal(-0.0, 0, "0");
    expect_decimal(-0.0004, 3, "0.000");
    expect_decimal(-0.0005000001, 3, "-0.001");
    expect_decimal(-DBL_MIN, 9, "0.000000000");
    expect_decimal(0x1p-1074, 9, "0.000000000");
    expect_decimal(0x1.fffffffffffffp-32, 9, "0.000000000");
    expect_decimal(5e-10, 9, "0.000000001");
}

static void
test_what_is_no_number_becomes_null(void)
{
    expect_decimal(NAN, 3, "null");
    expect_decimal(INFINITY, 3, "null");
    expect_decimal(-9.1e9, 0, "null");
}

static void
test_decimals_agree_with_exact_printf(void)
{
    /* printf("%.*f") rounds the exact value too; it differs in ties (half to even) alone, and a
     * random double is never a tie at nine places. */
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (guint i = 0; i < 100000; i++) {
        const double value =
            ldexp(g_rand_double_range(random, -1, 1), g_rand_int_range(random, -40, 33));
        char expected[64];
        g_ascii_formatd(expected, sizeof expected, "%.9f", value);
        if (g_str_equal(expected, "-0.000000000"))
            continue;
        expect_decimal(value, 9, expected);
    }
}

static void
test_the_bytes_are_the_same_under_every_locale(void)
{
    static const char *const locales[] = {"de_DE.UTF-8", "tr_TR.UTF-8", "C"};
    for (guint i = 0; i < G_N_ELEMENTS(locales); i++) {
        if (!setlocale(LC_ALL, locales[i]))
            continue;
        expect_decimal(-1234567.5, 3, "-1234567.500");
        expect_string("Iıİi", "\"Iıİi\"");
    }
    setlocale(LC_ALL, "C");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/base/json_write/" #name, test_##name)
    CASE(strings_are_escaped_as_rfc_8785_does);
    CASE(invalid_utf8_becomes_the_replacement_character);
    CASE(keys_bring_their_commas);
    CASE(decimals_are_rounded_half_away_from_zero);
    CASE(decimals_have_a_fixed_number_of_places);
    CASE(zero_never_has_a_sign);
    CASE(what_is_no_number_becomes_null);
    CASE(decimals_agree_with_exact_printf);
    CASE(the_bytes_are_the_same_under_every_locale);
    return g_test_run();
}
