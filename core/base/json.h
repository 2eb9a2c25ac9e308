/* Typed reading of JSON over cJSON: every error names the file and the path of the value. */
#pragma once

#include <clipwatch/error.h>

/* A parsed document. Immutable; thread-safe to read. */
typedef struct _CwJson CwJson;

/* A value inside a document, and how to call it in a message. Copied by value; valid as long as
 * the document. An absent value has item NULL: readers with a default accept it. */
typedef struct {
    const CwJson *document;
    const void *item; /* const cJSON * */
    const void *parent;
} CwJsonValue;

/* Largest file or text that is read, and deepest nesting. */
#define CW_JSON_MAX_BYTES (64 * 1024 * 1024)
#define CW_JSON_MAX_DEPTH 64

/* name stands for the document in messages. Refuses trailing bytes, invalid UTF-8, duplicate keys
 * in an object, and depth over the limit. Errors: CW_ERROR_IO, CW_ERROR_FORMAT (with line),
 * CW_ERROR_LIMIT. */
CwJson *cw_json_parse(const char *text, gsize length, const char *name, GError **error);
CwJson *cw_json_read_file(const char *path, gsize max_bytes, GError **error);
void cw_json_free(CwJson *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwJson, cw_json_free)

CwJsonValue cw_json_root(const CwJson *json);
const char *cw_json_get_name(const CwJson *json);

/* The member of an object; absent when there is none or it is null. That value is no object is
 * reported by the typed getters below. Looks through the members one by one: walk a large object
 * with cw_json_next(). */
CwJsonValue cw_json_member(CwJsonValue object, const char *key);
gboolean cw_json_is_present(CwJsonValue value);
gboolean cw_json_is_object(CwJsonValue value);
gboolean cw_json_is_array(CwJsonValue value);
gboolean cw_json_is_string(CwJsonValue value);
gboolean cw_json_is_number(CwJsonValue value);

/* Typed members of an object. Each returns FALSE with CW_ERROR_FORMAT and the path in the message
 * when the member has another type or lies outside [min, max]. Whole numbers are exact up to 2^53
 * and refused beyond. The _or forms write the fallback when it is absent, the
 * others fail then. Strings are borrowed from the document. */
gboolean cw_json_get_int(CwJsonValue object, const char *key, gint64 min, gint64 max, gint64 *out,
                         GError **error);
gboolean cw_json_get_int_or(CwJsonValue object, const char *key, gint64 min, gint64 max,
                            gint64 fallback, gint64 *out, GError **error);
gboolean cw_json_get_double_or(CwJsonValue object, const char *key, double min, double max,
                               double fallback, double *out, GError **error);
gboolean cw_json_get_bool_or(CwJsonValue object, const char *key, gboolean fallback, gboolean *out,
                             GError **error);
gboolean cw_json_get_string(CwJsonValue object, const char *key, const char **out, GError **error);
gboolean cw_json_get_string_or(CwJsonValue object, const char *key, const char *fallback,
                               const char **out, GError **error);
gboolean cw_json_get_object(CwJsonValue object, const char *key, CwJsonValue *out, GError **error);
gboolean cw_json_get_array(CwJsonValue object, const char *key, CwJsonValue *out, GError **error);

/* Elements of an array, members of an object, in file order: start with *cursor = NULL. For a
 * member, key receives its name (may be NULL). */
gboolean cw_json_next(CwJsonValue container, const void **cursor, CwJsonValue *out,
                      const char **key);
guint cw_json_length(CwJsonValue container);

/* The bare value where it is an element of an array rather than a member. */
gboolean cw_json_value_int(CwJsonValue value, gint64 min, gint64 max, gint64 *out, GError **error);
gboolean cw_json_value_double(CwJsonValue value, double min, double max, double *out,
                              GError **error);
gboolean cw_json_value_string(CwJsonValue value, const char **out, GError **error);

/* FALSE when value is present and no object. */
gboolean cw_json_check_object(CwJsonValue value, GError **error);

/* Fails with CW_ERROR_UNSUPPORTED and the path of the first member whose key is not in the
 * NULL-terminated list. */
gboolean cw_json_only_keys(CwJsonValue object, const char *const *keys, GError **error);

/* "file: model_cfg.vision_cfg.width", (transfer full): for messages of callers. */
char *cw_json_describe(CwJsonValue value, const char *key);
