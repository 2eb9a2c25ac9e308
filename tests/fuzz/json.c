/* Parses any bytes as JSON, walks what comes out, and writes strings that must read back. */
#include "base/json.h"
#include "base/json_write.h"
#include "fuzz.h"

#include <string.h>

/* Values whose path is asked for: each costs a search through the document. */
#define MAX_DESCRIBED 64

static void
walk(CwJsonValue value, guint *n_described)
{
    const void *cursor = NULL;
    CwJsonValue child;
    const char *key;
    double number;
    gint64 whole;
    const char *string;
    g_autoptr(GError) error = NULL;
    cw_json_value_int(value, 0, 100, &whole, NULL);
    cw_json_value_string(value, &string, NULL);
    if ((*n_described)++ < MAX_DESCRIBED && !cw_json_value_double(value, 0, 0, &number, &error))
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    while (cw_json_next(value, &cursor, &child, &key))
        walk(child, n_described);
}

static void
check_string(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return;
    g_autoptr(GString) json = g_string_new("[");
    cw_json_write_string(json, text);
    g_string_append_c(json, ']');
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) document = cw_json_parse(json->str, json->len, "written", &error);
    g_assert_no_error(error);
    const void *cursor = NULL;
    CwJsonValue element;
    const char *back;
    g_assert_true(cw_json_next(cw_json_root(document), &cursor, &element, NULL));
    g_assert_true(cw_json_value_string(element, &back, NULL));
    g_assert_cmpstr(back, ==, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwJson) json = cw_json_parse((const char *)data, size, "input", &error);
    g_assert_true((json == NULL) == (error != NULL));
    guint n_described = 0;
    if (json)
        walk(cw_json_root(json), &n_described);

    g_autofree char *text = g_strndup((const char *)data, size);
    check_string(text);
    double number;
    g_autoptr(GString) decimal = g_string_new(NULL);
    if (size >= sizeof number) {
        memcpy(&number, data, sizeof number);
        cw_json_write_decimal(decimal, number, data[0] % 10);
        g_autoptr(CwJson) written = cw_json_parse(decimal->str, decimal->len, "decimal", NULL);
        g_assert_nonnull(written);
    }
    return 0;
}
