#include "audit/canonical.h"

#include <string.h>

#define MAX_EXACT_INT G_GINT64_CONSTANT(9007199254740992)

typedef struct {
    const char *text, *at, *end;
    GError **error;
} Reader;

static gboolean
fail(const Reader *reader, const char *right)
{
    g_set_error(reader->error, CW_ERROR, CW_ERROR_FORMAT,
                "byte %" G_GSIZE_FORMAT " of a record is not canonical JSON: %s",
                (gsize)(reader->at - reader->text), right);
    return FALSE;
}

static gboolean
take(Reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c)
        return FALSE;
    reader->at++;
    return TRUE;
}

static gboolean
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* After the backslash: the short escapes, and \u00xx in lower case for other control characters. */
static gboolean
check_escape(Reader *reader)
{
    if (reader->at < reader->end && strchr("\"\\bfnrt", *reader->at) && *reader->at) {
        reader->at++;
        return TRUE;
    }
    const char *u = reader->at;
    if (reader->end - u < 5 || strncmp(u, "u00", 3) != 0 || (u[3] != '0' && u[3] != '1') ||
        !is_hex(u[4]))
        return fail(reader, "an escape that needs none");
    if (u[3] == '0' && strchr("89acd", u[4]))
        return fail(reader, "an escape that has a shorter form");
    reader->at += 5;
    return TRUE;
}

static gboolean
check_string(Reader *reader)
{
    if (!take(reader, '"'))
        return fail(reader, "a string must begin here");
    const char *start = reader->at;
    while (reader->at < reader->end && *reader->at != '"') {
        if ((guchar)*reader->at < 0x20)
            return fail(reader, "a control character must be escaped");
        if (*reader->at++ == '\\' && !check_escape(reader))
            return FALSE;
    }
    if (!g_utf8_validate_len(start, (gsize)(reader->at - start), NULL))
        return fail(reader, "the string before is not UTF-8");
    return take(reader, '"') || fail(reader, "a string does not end");
}

static gboolean
check_integer(Reader *reader)
{
    const char *start = reader->at;
    const gboolean negative = take(reader, '-');
    const char *digits = reader->at;
    gint64 value = 0;
    while (reader->at < reader->end && g_ascii_isdigit(*reader->at) && value <= MAX_EXACT_INT)
        value = value * 10 + (*reader->at++ - '0');
    const gboolean padded = reader->at - digits > 1 && *digits == '0';
    if (reader->at == digits || padded || value > MAX_EXACT_INT || (negative && value == 0)) {
        reader->at = start;
        return fail(reader, "a number must be a whole one within 2^53");
    }
    return TRUE;
}

static gboolean check_value(Reader *reader, guint depth);

static gboolean
check_array(Reader *reader, guint depth)
{
    if (take(reader, ']'))
        return TRUE;
    do {
        if (!check_value(reader, depth))
            return FALSE;
    } while (take(reader, ','));
    return take(reader, ']') || fail(reader, "an array needs ',' or ']' here");
}

static gboolean
check_key(Reader *reader, const char **key, gsize *length)
{
    const char *start = reader->at + 1;
    if (!check_string(reader))
        return FALSE;
    const gsize now = (gsize)(reader->at - 1 - start);
    for (gsize i = 0; i < now; i++)
        if ((guchar)start[i] >= 0x7f || start[i] == '\\')
            return fail(reader, "a key must be plain ASCII");
    if (*key) {
        const int order = memcmp(*key, start, MIN(*length, now));
        if (order > 0 || (order == 0 && *length >= now))
            return fail(reader, "keys must be sorted and unique");
    }
    *key = start;
    *length = now;
    return TRUE;
}

static gboolean
check_object(Reader *reader, guint depth)
{
    const char *key = NULL;
    gsize length = 0;
    if (take(reader, '}'))
        return TRUE;
    do {
        if (!check_key(reader, &key, &length))
            return FALSE;
        if (!take(reader, ':'))
            return fail(reader, "a key needs ':'");
        if (!check_value(reader, depth))
            return FALSE;
    } while (take(reader, ','));
    return take(reader, '}') || fail(reader, "an object needs ',' or '}' here");
}

static gboolean
take_word(Reader *reader, const char *word)
{
    const gsize length = strlen(word);
    if ((gsize)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
        return FALSE;
    reader->at += length;
    return TRUE;
}

static gboolean
check_value(Reader *reader, guint depth)
{
    if (depth == CW_AUDIT_MAX_DEPTH) {
        g_set_error(reader->error, CW_ERROR, CW_ERROR_LIMIT,
                    "a record is nested deeper than %d levels", CW_AUDIT_MAX_DEPTH);
        return FALSE;
    }
    if (take(reader, '{'))
        return check_object(reader, depth + 1);
    if (take(reader, '['))
        return check_array(reader, depth + 1);
    if (reader->at < reader->end && *reader->at == '"')
        return check_string(reader);
    if (take_word(reader, "true") || take_word(reader, "false") || take_word(reader, "null"))
        return TRUE;
    return check_integer(reader);
}

gboolean
cw_audit_check_canonical(const char *text, gsize length, GError **error)
{
    Reader reader = {text, text, text + length, error};
    if (length == 0 || *text != '{')
        return fail(&reader, "an object must begin here");
    if (!check_value(&reader, 0))
        return FALSE;
    return reader.at == reader.end || fail(&reader, "nothing may follow the object");
}
