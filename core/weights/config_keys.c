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

static gboolean
check_rule(CwJsonValue object, const CwKeyRule *rule, CwJsonValue value, GError **error)
{
    if (rule->kind == CW_KEY_OFF && !is_off(object, rule->key, value)) {
        g_autofree char *what = g_strdup_printf("asks for %s, which is not supported", rule->text);
        return cw_config_refuse(object, rule->key, what, error);
    }
    if (rule->kind == CW_KEY_ONLY && cw_json_is_present(value)) {
        const char *string;
        if (!cw_json_value_string(value, &string, error))
            return FALSE;
        if (!g_str_equal(string, rule->text)) {
            g_autofree char *what =
                g_strdup_printf("'%s' is not supported, '%s' is", string, rule->text);
            return cw_config_refuse(object, rule->key, what, error);
        }
    }
    return TRUE;
}

gboolean
cw_config_check_keys(CwJsonValue object, const CwKeyRule *rules, GError **error)
{
    if (!cw_json_check_object(object, error))
        return FALSE;
    const void *cursor = NULL;
    CwJsonValue value;
    const char *key;
    while (cw_json_next(object, &cursor, &value, &key)) {
        const CwKeyRule *rule = rules;
        while (rule->key && !g_str_equal(rule->key, key))
            rule++;
        if (!rule->key)
            return cw_config_refuse(object, key, "is not a known key and may change the network",
                                    error);
        if (!check_rule(object, rule, value, error))
            return FALSE;
    }
    return TRUE;
}
