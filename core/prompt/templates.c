#include "prompt/set.h"

#include "base/dirs.h"

#include <string.h>

gboolean
cw_prompt_add_template(const char *template, GPtrArray *templates, const char *file, guint line,
                       GError **error)
{
    const char *slot = strstr(template, CW_TEMPLATE_SLOT);
    if (!slot || strstr(slot + 1, CW_TEMPLATE_SLOT))
        return cw_prompt_fail(error, file, line,
                              "template '%s' needs %s exactly once, where the phrasing goes",
                              template, CW_TEMPLATE_SLOT);
    for (guint i = 0; i < templates->len; i++)
        if (g_str_equal(template, g_ptr_array_index(templates, i)))
            return cw_prompt_fail(error, file, line, "template '%s' is there twice", template);
    if (templates->len >= CW_PROMPT_MAX_TEXTS)
        return cw_prompt_fail(error, file, line, "more than %d templates", CW_PROMPT_MAX_TEXTS);
    g_ptr_array_add(templates, g_strdup(template));
    return TRUE;
}

/* A name of an installed set, not a path. */
static gboolean
is_plain_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
               strlen(name);
}

static char *
read_template_file(const char *name, const char *file, guint line, GError **error)
{
    g_autofree char *relative = g_strconcat("prompts/templates/", name, ".txt", NULL);
    if (!is_plain_name(name)) {
        cw_prompt_fail(error, file, line, "'%s' is not the name of a template set", name);
        return NULL;
    }
    g_autofree char *path = cw_dirs_find(relative, "template set", error);
    char *text = NULL;
    gsize length;
    if (!path || !g_file_get_contents(path, &text, &length, error)) {
        g_prefix_error(error, "%s:%u: ", file, line);
        return NULL;
    }
    if (length > CW_PROMPT_MAX_FILE_BYTES || strlen(text) != length ||
        !g_utf8_validate(text, (gssize)length, NULL)) {
        cw_prompt_fail(error, path, 1, "not UTF-8 text of at most %d bytes",
                       CW_PROMPT_MAX_FILE_BYTES);
        g_free(text);
        return NULL;
    }
    return text;
}

gboolean
cw_prompt_load_templates(const char *name, GPtrArray *templates, const char *file, guint line,
                         GError **error)
{
    g_autofree char *text = read_template_file(name, file, line, error);
    if (!text)
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        const char *template = g_strstrip(lines[i]);
        if (template[0] != '\0' && template[0] != '#' &&
            !cw_prompt_add_template(template, templates, name, i + 1, error))
            return FALSE;
    }
    return TRUE;
}
