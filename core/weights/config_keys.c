#include "weights/config_keys.h"

gboolean
cw_config_refuse(CwJsonValue object, const char *key, const char *what, GError **error)
{
    g_autofree char *place = cw_json_describe(object, key);
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED, "%s %s", place, what);
    return FALSE;
}

static gboolean
is_off(CwJsonValue object, const char *key, CwJsonValue value)
{
    gboolean on;
    double number;
    const char *string;
    if (!cw_json_is_present(value))
        return TRUE;
    if (cw_json_is_object(value) || cw_json_is_array(value))
        return cw_json_length(value) == 0;
    if (cw_json_value_double(value, -G_MAXDOUBLE, G_MAXDOUBLE, &number, NULL))
        return number == 0;
    if (cw_json_value_string(value, &string, NULL))
        return string[0] == '\0';
    return cw_json_get_bool_or(object, key, TRUE, &on, NULL) && !on;
}

static const CwKeyText *
find_text(const CwKeyText *list, const char *key)
{
    for (; list && list->key; list++)
        if (g_str_equal(list->key, key))
            return list;
    return NULL;
}

static gboolean
check_off(CwJsonValue object, const CwKeyText *rule, CwJsonValue value, GError **error)
{
    if (is_off(object, rule->key, value))
        return TRUE;
    g_autofree char *what = g_strdup_printf("asks for %s, which is not supported", rule->text);
    return cw_config_refuse(object, rule->key, what, error);
}

static gboolean
check_only(CwJsonValue object, const CwKeyText *rule, CwJsonValue value, GError **error)
{
    const char *string;
    if (!cw_json_is_present(value))
        return TRUE;
    if (!cw_json_value_string(value, &string, error))
        return FALSE;
    if (g_str_equal(string, rule->text))
        return TRUE;
    g_autofree char *what = g_strdup_printf("'%s' is not supported, '%s' is", string, rule->text);
    return cw_config_refuse(object, rule->key, what, error);
}

static gboolean
check_key(CwJsonValue object, const CwKeyRules *rules, const char *key, CwJsonValue value,
          GError **error)
{
    if ((rules->used && g_strv_contains(rules->used, key)) ||
        (rules->ignored && g_strv_contains(rules->ignored, key)))
        return TRUE;
    const CwKeyText *off = find_text(rules->off, key);
    if (off)
        return check_off(object, off, value, error);
    const CwKeyText *only = find_text(rules->only, key);
    if (only)
        return check_only(object, only, value, error);
    return cw_config_refuse(object, key, "is not a known key and may change the network", error);
}

gboolean
cw_config_check_keys(CwJsonValue object, const CwKeyRules *rules, GError **error)
{
    if (!cw_json_check_object(object, error))
        return FALSE;
    const void *cursor = NULL;
    CwJsonValue value;
    const char *key;
    while (cw_json_next(object, &cursor, &value, &key))
        if (!check_key(object, rules, key, value, error))
            return FALSE;
    return TRUE;
}
