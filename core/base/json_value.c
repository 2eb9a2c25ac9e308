#include "base/json.h"
#include "base/json_write.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

/* Whole numbers of a JSON text arrive as doubles: exact up to here. */
#define MAX_EXACT_INT (G_GINT64_CONSTANT(1) << 53)

/* Characters of a string that a message repeats. */
#define MAX_QUOTED 40

static const cJSON *
item_of(CwJsonValue value)
{
    return value.item;
}

static void
append_path_key(GString *path, const char *key)
{
    gboolean plain = key[0] != '\0';
    for (const char *c = key; *c; c++)
        plain = plain && (g_ascii_isalnum(*c) || *c == '_' || *c == '-');
    if (plain) {
        g_string_append_printf(path, "%s%s", path->len ? "." : "", key);
        return;
    }
    /* Quoted as JSON, so that a key cannot send control characters to a terminal. */
    g_string_append_c(path, '[');
    cw_json_write_string(path, key);
    g_string_append_c(path, ']');
}

/* Appends the way from item down to target; FALSE, with path as it was, when it is not below. A
 * document keeps no pointers upwards, and paths are only wanted for errors. */
static gboolean
append_path_to(GString *path, const cJSON *item, const cJSON *target)
{
    if (item == target)
        return TRUE;
    const gsize length = path->len;
    guint index = 0;
    for (const cJSON *child = item->child; child; child = child->next, index++) {
        if (child != target && !child->child)
            continue;
        if (cJSON_IsObject(item))
            append_path_key(path, child->string);
        else
            g_string_append_printf(path, "[%u]", index);
        if (append_path_to(path, child, target))
            return TRUE;
        g_string_truncate(path, length);
    }
    return FALSE;
}

char *
cw_json_describe(CwJsonValue value, const char *key)
{
    const CwJsonValue root = cw_json_root(value.document);
    g_autoptr(GString) path = g_string_new(NULL);
    append_path_to(path, item_of(root), value.item ? value.item : value.parent);
    if (key)
        append_path_key(path, key);
    return g_strdup_printf("%s%s%s", cw_json_get_name(value.document), path->len ? ": " : "",
                           path->str);
}

/* What stands there, for a message: a type, with the value itself where it is short. */
static char *
describe_item(const cJSON *item)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    if (cJSON_IsNumber(item))
        return g_strdup(g_ascii_formatd(number, sizeof number, "%.15g", item->valuedouble));
    if (cJSON_IsBool(item))
        return g_strdup(cJSON_IsTrue(item) ? "true" : "false");
    if (cJSON_IsString(item)) {
        const gboolean whole = g_utf8_strlen(item->valuestring, -1) <= MAX_QUOTED;
        g_autofree char *start = whole ? NULL : g_utf8_substring(item->valuestring, 0, MAX_QUOTED);
        GString *text = g_string_new("the string ");
        cw_json_write_string(text, whole ? item->valuestring : start);
        g_string_append(text, whole ? "" : " …");
        return g_string_free(text, FALSE);
    }
    return g_strdup(cJSON_IsArray(item) ? "an array" : cJSON_IsObject(item) ? "an object" : "null");
}

/* value is what was found, right what it must be: "a string". Always FALSE. */
static gboolean
fail_value(CwJsonValue value, const char *right, GError **error)
{
    g_autofree char *path = cw_json_describe(value, NULL);
    g_autofree char *found = describe_item(value.item);
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s is %s, must be %s", path, found, right);
    return FALSE;
}

CwJsonValue
cw_json_member(CwJsonValue object, const char *key)
{
    CwJsonValue member = {object.document, NULL, object.item ? object.item : object.parent};
    if (!cw_json_is_object(object))
        return member;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(item_of(object), key);
    if (item && !cJSON_IsNull(item))
        member.item = item;
    return member;
}

gboolean
cw_json_is_present(CwJsonValue value)
{
    return value.item && !cJSON_IsNull(item_of(value));
}

gboolean
cw_json_is_object(CwJsonValue value)
{
    return cJSON_IsObject(item_of(value));
}

gboolean
cw_json_is_array(CwJsonValue value)
{
    return cJSON_IsArray(item_of(value));
}

gboolean
cw_json_is_string(CwJsonValue value)
{
    return cJSON_IsString(item_of(value));
}

gboolean
cw_json_is_number(CwJsonValue value)
{
    return cJSON_IsNumber(item_of(value));
}

gboolean
cw_json_check_object(CwJsonValue value, GError **error)
{
    return !value.item || cw_json_is_object(value) || fail_value(value, "an object", error);
}

/* Finds a member that may be absent; FALSE when object is something else. */
static gboolean
find_member(CwJsonValue object, const char *key, CwJsonValue *member, GError **error)
{
    if (!cw_json_check_object(object, error))
        return FALSE;
    *member = cw_json_member(object, key);
    return TRUE;
}

/* The same for a member that must be there. */
static gboolean
need_member(CwJsonValue object, const char *key, CwJsonValue *member, GError **error)
{
    if (!find_member(object, key, member, error))
        return FALSE;
    if (member->item)
        return TRUE;
    g_autofree char *path = cw_json_describe(object, key);
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s is missing", path);
    return FALSE;
}

gboolean
cw_json_value_int(CwJsonValue value, gint64 min, gint64 max, gint64 *out, GError **error)
{
    const double number = cw_json_is_number(value) ? item_of(value)->valuedouble : NAN;
    if (fabs(number) <= (double)MAX_EXACT_INT && number == floor(number) && (gint64)number >= min &&
        (gint64)number <= max) {
        *out = (gint64)number;
        return TRUE;
    }
    g_autofree char *right =
        g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                        MAX(min, -MAX_EXACT_INT), MIN(max, MAX_EXACT_INT));
    return fail_value(value, right, error);
}

gboolean
cw_json_value_double(CwJsonValue value, double min, double max, double *out, GError **error)
{
    const double number = cw_json_is_number(value) ? item_of(value)->valuedouble : NAN;
    if (isfinite(number) && number >= min && number <= max) {
        *out = number;
        return TRUE;
    }
    char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *right =
        g_strdup_printf("a number from %s to %s", g_ascii_formatd(low, sizeof low, "%g", min),
                        g_ascii_formatd(high, sizeof high, "%g", max));
    return fail_value(value, right, error);
}

gboolean
cw_json_value_string(CwJsonValue value, const char **out, GError **error)
{
    if (!cw_json_is_string(value))
        return fail_value(value, "a string", error);
    *out = item_of(value)->valuestring;
    return TRUE;
}

gboolean
cw_json_get_int(CwJsonValue object, const char *key, gint64 min, gint64 max, gint64 *out,
                GError **error)
{
    CwJsonValue member;
    return need_member(object, key, &member, error) &&
           cw_json_value_int(member, min, max, out, error);
}

gboolean
cw_json_get_int_or(CwJsonValue object, const char *key, gint64 min, gint64 max, gint64 fallback,
                   gint64 *out, GError **error)
{
    CwJsonValue member;
    if (!find_member(object, key, &member, error))
        return FALSE;
    if (member.item)
        return cw_json_value_int(member, min, max, out, error);
    *out = fallback;
    return TRUE;
}

gboolean
cw_json_get_double_or(CwJsonValue object, const char *key, double min, double max, double fallback,
                      double *out, GError **error)
{
    CwJsonValue member;
    if (!find_member(object, key, &member, error))
        return FALSE;
    if (member.item)
        return cw_json_value_double(member, min, max, out, error);
    *out = fallback;
    return TRUE;
}

gboolean
cw_json_get_bool_or(CwJsonValue object, const char *key, gboolean fallback, gboolean *out,
                    GError **error)
{
    CwJsonValue member;
    if (!find_member(object, key, &member, error))
        return FALSE;
    if (member.item && !cJSON_IsBool(item_of(member)))
        return fail_value(member, "true or false", error);
    *out = member.item ? cJSON_IsTrue(item_of(member)) : fallback;
    return TRUE;
}

gboolean
cw_json_get_string(CwJsonValue object, const char *key, const char **out, GError **error)
{
    CwJsonValue member;
    return need_member(object, key, &member, error) && cw_json_value_string(member, out, error);
}

gboolean
cw_json_get_string_or(CwJsonValue object, const char *key, const char *fallback, const char **out,
                      GError **error)
{
    CwJsonValue member;
    if (!find_member(object, key, &member, error))
        return FALSE;
    if (member.item)
        return cw_json_value_string(member, out, error);
    *out = fallback;
    return TRUE;
}

gboolean
cw_json_get_object(CwJsonValue object, const char *key, CwJsonValue *out, GError **error)
{
    CwJsonValue member;
    if (!need_member(object, key, &member, error))
        return FALSE;
    if (!cw_json_is_object(member))
        return fail_value(member, "an object", error);
    *out = member;
    return TRUE;
}

gboolean
cw_json_get_array(CwJsonValue object, const char *key, CwJsonValue *out, GError **error)
{
    CwJsonValue member;
    if (!need_member(object, key, &member, error))
        return FALSE;
    if (!cw_json_is_array(member))
        return fail_value(member, "an array", error);
    *out = member;
    return TRUE;
}

gboolean
cw_json_next(CwJsonValue container, const void **cursor, CwJsonValue *out, const char **key)
{
    if (!cw_json_is_object(container) && !cw_json_is_array(container))
        return FALSE;
    const cJSON *previous = *cursor;
    const cJSON *next = previous ? previous->next : item_of(container)->child;
    if (!next)
        return FALSE;
    *cursor = next;
    *out = (CwJsonValue){container.document, next, container.item};
    if (key)
        *key = next->string;
    return TRUE;
}

guint
cw_json_length(CwJsonValue container)
{
    guint n = 0;
    if (cw_json_is_object(container) || cw_json_is_array(container))
        for (const cJSON *child = item_of(container)->child; child; child = child->next)
            n++;
    return n;
}

gboolean
cw_json_only_keys(CwJsonValue object, const char *const *keys, GError **error)
{
    const void *cursor = NULL;
    CwJsonValue member;
    const char *key;
    while (cw_json_next(object, &cursor, &member, &key)) {
        if (g_strv_contains(keys, key))
            continue;
        g_autofree char *path = cw_json_describe(object, key);
        g_autofree char *known = g_strjoinv(", ", (char **)keys);
        g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED, "%s is not a known key, known are: %s",
                    path, known);
        return FALSE;
    }
    return TRUE;
}
