/* Policy files and their lists; read_rule.c reads the rules. */
#include "policy/read.h"

#include "base/dirs.h"
#include "prompt/files.h"

#include <string.h>

gboolean
cw_policy_fail_at(GError **error, int code, CwJsonValue object, const char *key, const char *format,
                  ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *place = cw_json_describe(object, key);
    g_set_error(error, CW_ERROR, code, "%s: %s", place, what);
    return FALSE;
}

/* One entry a line, '#' begins a comment. */
static gboolean
read_entries(CwMatcher *matcher, guint list, char *text, const char *language, const char *file,
             GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *comment = strchr(lines[i], '#');
        if (comment)
            *comment = '\0';
        g_strstrip(lines[i]);
        if (lines[i][0] == '\0' || cw_matcher_add(matcher, list, lines[i], language, error))
            continue;
        g_prefix_error(error, "%s:%u: ", file, i + 1);
        return FALSE;
    }
    return TRUE;
}

/* A list's file beside the policy: no path leads out of there. */
static gboolean
is_plain_path(const char *path)
{
    return path[0] != '\0' && path[0] != '/' && !strstr(path, "..");
}

static gboolean
read_list_file(CwPolicy *policy, guint list, CwJsonValue object, const char *directory,
               GError **error)
{
    static const char *const keys[] = {"file", "sha256", "language", NULL};
    const char *name, *digest, *language;
    g_autofree char *text = NULL;
    gsize length;
    if (!cw_json_check_object(object, error) || !cw_json_only_keys(object, keys, error) ||
        !cw_json_get_string(object, "file", &name, error) ||
        !cw_json_get_string(object, "sha256", &digest, error) ||
        !cw_json_get_string(object, "language", &language, error))
        return FALSE;
    if (!is_plain_path(name))
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "file",
                                 "'%s' leads out of the policy's folder", name);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (!cw_prompt_read_file(path, &text, &length, error))
        return FALSE;
    g_autofree char *actual =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)text, length);
    if (!g_str_equal(actual, digest))
        return cw_policy_fail_at(error, CW_ERROR_MISMATCH, object, "sha256",
                                 "%s has %s: look at what changed, then write that", path, actual);
    if (strlen(text) != length || !g_utf8_validate(text, (gssize)length, NULL)) {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s: not UTF-8 text", path);
        return FALSE;
    }
    g_ptr_array_add(g_array_index(policy->lists, CwPolicyList, list).files,
                    g_strconcat(language, " ", digest, NULL));
    return read_entries(policy->matcher, list, text, language, path, error);
}

static gboolean
read_kind(CwJsonValue object, CwListKind *kind, GError **error)
{
    static const char *const names[] = {"likeness", "exact", "exempt"};
    const char *name;
    if (!cw_json_get_string_or(object, "match", "likeness", &name, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(name, names[i])) {
            *kind = (CwListKind)i;
            return TRUE;
        }
    return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "match",
                             "'%s' is none of likeness, exact, exempt", name);
}

static gboolean
read_list(CwPolicy *policy, const char *name, CwJsonValue object, const char *directory,
          GError **error)
{
    static const char *const keys[] = {"files", "match", NULL};
    CwPolicyList read = {CW_LIST_LIKENESS, NULL};
    CwJsonValue files, file;
    const void *cursor = NULL;
    if (!cw_json_check_object(object, error) || !cw_json_only_keys(object, keys, error) ||
        !read_kind(object, &read.kind, error) || !cw_json_get_array(object, "files", &files, error))
        return FALSE;
    const guint list = cw_matcher_add_list(policy->matcher, name, read.kind);
    read.files = g_ptr_array_new_with_free_func(g_free);
    g_array_append_val(policy->lists, read);
    while (cw_json_next(files, &cursor, &file, NULL))
        if (!read_list_file(policy, list, file, directory, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_lists(CwPolicy *policy, CwJsonValue root, const char *directory, GError **error)
{
    CwJsonValue lists, list;
    const void *cursor = NULL;
    const char *name;
    if (!cw_json_get_object(root, "lists", &lists, error))
        return FALSE;
    if (cw_json_length(lists) > CW_MATCH_MAX_LISTS)
        return cw_policy_fail_at(error, CW_ERROR_LIMIT, root, "lists",
                                 "%u lists: at most %d are taken", cw_json_length(lists),
                                 CW_MATCH_MAX_LISTS);
    while (cw_json_next(lists, &cursor, &list, &name))
        if (!read_list(policy, name, list, directory, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_rules(CwPolicy *policy, CwJsonValue root, GError **error)
{
    CwJsonValue rules, rule;
    const void *cursor = NULL;
    if (!cw_json_get_array(root, "rules", &rules, error))
        return FALSE;
    if (cw_json_length(rules) > CW_POLICY_MAX_RULES)
        return cw_policy_fail_at(error, CW_ERROR_LIMIT, root, "rules",
                                 "%u rules: at most %d are taken", cw_json_length(rules),
                                 CW_POLICY_MAX_RULES);
    while (cw_json_next(rules, &cursor, &rule, NULL))
        if (!cw_policy_read_rule(policy, rule, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_monitor(CwPolicy *policy, CwJsonValue root, GError **error)
{
    static const char *const keys[] = {"window_s",  "least_decisions", "least_windows",
                                       "ratio_ppm", "z_ppm",           NULL};
    CwMonitorConfig *monitor = &policy->monitor;
    CwJsonValue object;
    if (!cw_json_is_present(cw_json_member(root, "monitor")))
        return TRUE;
    if (!cw_json_get_object(root, "monitor", &object, error) ||
        !cw_json_only_keys(object, keys, error) ||
        !cw_json_get_int_or(object, "window_s", 600, 86400, 3600, &monitor->window_s, error) ||
        !cw_json_get_int_or(object, "least_decisions", 1, 1000000, 200, &monitor->least_decisions,
                            error) ||
        !cw_json_get_int_or(object, "least_windows", 1, 365, 3, &monitor->least_windows, error) ||
        !cw_json_get_int_or(object, "ratio_ppm", 1000000, 1000000000, 2000000, &monitor->ratio_ppm,
                            error) ||
        !cw_json_get_int_or(object, "z_ppm", 1000000, 10000000, 3290000, &monitor->z_ppm, error))
        return FALSE;
    if (86400 % monitor->window_s != 0)
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, object, "window_s",
                                 "a day is no multiple of it");
    policy->info.monitor = monitor;
    return TRUE;
}

static gboolean
read_head(CwPolicy *policy, CwJsonValue root, GError **error)
{
    static const char *const keys[] = {"schema", "id",    "title",   "mode",
                                       "lists",  "rules", "monitor", NULL};
    const char *schema, *id, *title, *mode;
    if (!cw_json_check_object(root, error) || !cw_json_get_string(root, "schema", &schema, error))
        return FALSE;
    if (!g_str_equal(schema, CW_POLICY_SCHEMA))
        return cw_policy_fail_at(error, CW_ERROR_UNSUPPORTED, root, "schema",
                                 "'%s' is not " CW_POLICY_SCHEMA ", the only one that is read",
                                 schema);
    if (!cw_json_only_keys(root, keys, error) || !cw_json_get_string(root, "id", &id, error) ||
        !cw_json_get_string_or(root, "title", NULL, &title, error) ||
        !cw_json_get_string(root, "mode", &mode, error))
        return FALSE;
    if (!g_str_equal(mode, "enforce") && !g_str_equal(mode, "audit"))
        return cw_policy_fail_at(error, CW_ERROR_FORMAT, root, "mode",
                                 "'%s' is neither enforce nor audit", mode);
    policy->info.mode = g_str_equal(mode, "audit") ? CW_POLICY_AUDIT : CW_POLICY_ENFORCE;
    policy->info.id = policy->id = g_strdup(id);
    return read_monitor(policy, root, error);
}

static void
clear_list(gpointer data)
{
    g_ptr_array_unref(((CwPolicyList *)data)->files);
}

static void
clear_rule(gpointer data)
{
    CwPolicyRule *rule = data;
    g_free(rule->id);
    g_free(rule->why);
    g_free(rule->source);
}

CwPolicy *
cw_policy_parse(const char *text, gsize length, const char *file, const char *directory,
                GError **error)
{
    g_autoptr(CwJson) json = cw_json_parse(text, length, file, error);
    if (!json)
        return NULL;
    g_autoptr(CwPolicy) policy = g_new0(CwPolicy, 1);
    g_atomic_ref_count_init(&policy->references);
    policy->matcher = cw_matcher_new();
    policy->lists = g_array_new(FALSE, FALSE, sizeof(CwPolicyList));
    g_array_set_clear_func(policy->lists, clear_list);
    policy->rules = g_array_new(FALSE, FALSE, sizeof(CwPolicyRule));
    g_array_set_clear_func(policy->rules, clear_rule);
    policy->info.file = policy->file = g_strdup(file);
    policy->info.digest = policy->digest =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text, length);
    const CwJsonValue root = cw_json_root(json);
    if (!read_head(policy, root, error) || !read_lists(policy, root, directory, error) ||
        !read_rules(policy, root, error))
        return NULL;
    return g_steal_pointer(&policy);
}

static char *
find_file(const char *name, GError **error)
{
    if (strchr(name, '/') || g_file_test(name, G_FILE_TEST_IS_REGULAR))
        return g_strdup(name);
    g_autofree char *relative =
        g_strconcat("policies/", name, g_str_has_suffix(name, ".json") ? NULL : ".json", NULL);
    return cw_dirs_find(relative, "policy", error);
}

CwPolicy *
cw_policy_load(const char *name, GError **error)
{
    g_autofree char *path = find_file(name, error);
    g_autofree char *text = NULL;
    gsize length;
    if (!path || !cw_prompt_read_file(path, &text, &length, error))
        return NULL;
    g_autofree char *directory = g_path_get_dirname(path);
    return cw_policy_parse(text, length, path, directory, error);
}

CwPolicy *
cw_policy_ref(CwPolicy *policy)
{
    g_atomic_ref_count_inc(&policy->references);
    return policy;
}

void
cw_policy_unref(CwPolicy *policy)
{
    if (!policy || !g_atomic_ref_count_dec(&policy->references))
        return;
    cw_matcher_free(policy->matcher);
    g_array_unref(policy->lists);
    g_array_unref(policy->rules);
    g_free(policy->id);
    g_free(policy->file);
    g_free(policy->digest);
    g_free(policy);
}

const CwPolicyInfo *
cw_policy_get_info(const CwPolicy *policy)
{
    return &policy->info;
}
