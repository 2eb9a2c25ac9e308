#include "base/json_scan.h"
#include "base/json.h"

#include <string.h>

/* cJSON copies a number into 64 bytes. No double needs more than 25 characters. */
#define MAX_NUMBER_CHARACTERS 60

typedef struct {
    const char *at;
    const char *end;
    const char *name;
    guint line;
    guint depth;
    guint n_values;
} Scan;

static gboolean
fail(const Scan *scan, CwErrorCode code, const char *what, GError **error)
{
    g_set_error(error, CW_ERROR, code, "%s:%u: %s", scan->name, scan->line, what);
    return FALSE;
}

static gboolean
scan_string(Scan *scan, GError **error)
{
    scan->at++;
    while (scan->at < scan->end && *scan->at != '"') {
        if ((guint8)*scan->at < 0x20)
            return fail(scan, CW_ERROR_FORMAT, "a control character inside a string, write \\u00..",
                        error);
        if (*scan->at == '\\') {
            if (scan->end - scan->at >= 6 && memcmp(scan->at, "\\u0000", 6) == 0)
                return fail(scan, CW_ERROR_FORMAT, "\\u0000 inside a string", error);
            scan->at++;
            if (scan->at == scan->end)
                break;
        }
        scan->at++;
    }
    if (scan->at == scan->end)
        return fail(scan, CW_ERROR_FORMAT, "a string without its closing quote", error);
    scan->at++;
    return TRUE;
}

static const char *
skip_digits(const char *at)
{
    while (g_ascii_isdigit(*at))
        at++;
    return at;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? from at; its end, or NULL. */
static const char *
match_number(const char *at)
{
    if (*at == '-')
        at++;
    const char *digits = at;
    at = skip_digits(at);
    if (at == digits || (*digits == '0' && at > digits + 1))
        return NULL;
    if (*at == '.') {
        digits = at + 1;
        at = skip_digits(digits);
        if (at == digits)
            return NULL;
    }
    if (*at == 'e' || *at == 'E') {
        digits = at + 1;
        if (*digits == '+' || *digits == '-')
            digits++;
        at = skip_digits(digits);
        if (at == digits)
            return NULL;
    }
    return at;
}

static gboolean
scan_number(Scan *scan, GError **error)
{
    const char *end = match_number(scan->at);
    if (!end || g_ascii_isalnum(*end) || *end == '.' || *end == '+' || *end == '-')
        return fail(scan, CW_ERROR_FORMAT, "a number that is not spelt as JSON demands", error);
    if (end - scan->at > MAX_NUMBER_CHARACTERS)
        return fail(scan, CW_ERROR_LIMIT, "a number of more than 60 characters", error);
    scan->at = end;
    return TRUE;
}

static gboolean
scan_token(Scan *scan, GError **error)
{
    const char c = *scan->at;
    if (c == '"')
        return scan_string(scan, error);
    if (g_ascii_isdigit(c) || c == '-')
        return scan_number(scan, error);
    if (c == '\n')
        scan->line++;
    else if ((guint8)c < 0x20 && c != '\t' && c != '\r')
        return fail(scan, CW_ERROR_FORMAT, "a control character between values", error);
    else if (c == '[' || c == '{')
        scan->depth++;
    else if ((c == ']' || c == '}') && scan->depth > 0)
        scan->depth--;
    if (scan->depth > CW_JSON_MAX_DEPTH)
        return fail(scan, CW_ERROR_LIMIT, "nested more than 64 levels deep", error);
    /* Every value but the first follows one of these. */
    if (c == '[' || c == '{' || c == ',')
        scan->n_values++;
    if (scan->n_values > CW_JSON_MAX_VALUES)
        return fail(scan, CW_ERROR_LIMIT, "more than 4194304 values", error);
    scan->at++;
    return TRUE;
}

gboolean
cw_json_scan(const char *text, gsize length, const char *name, GError **error)
{
    Scan scan = {text, text + length, name, 1, 0, 0};
    const char *valid;
    if (!g_utf8_validate_len(text, length, &valid)) {
        for (const char *at = text; at < valid; at++)
            scan.line += *at == '\n';
        return fail(&scan, CW_ERROR_FORMAT, "bytes that are not UTF-8", error);
    }
    while (scan.at < scan.end)
        if (!scan_token(&scan, error))
            return FALSE;
    return TRUE;
}
