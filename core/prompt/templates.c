#include "prompt/set.h"

#include "base/dirs.h"
#include "prompt/files.h"
#include "prompt/line.h"

#include <string.h>

gboolean
cw_prompt_add_template(const char *text, GPtrArray *templates, const char *file, guint line,
                       GError **error)
{
    g_autofree char *template = cw_prompt_fold_spaces(g_strdup(text));
    const char *slot = strstr(template, CW_TEMPLATE_SLOT);
    if (!slot || strstr(slot + 1, CW_TEMPLATE_SLOT))
        return cw_prompt_fail(error, file, line,
                              "template '%s' needs %s exactly once, where the phrasing goes",
                              template, CW_TEMPLATE_SLOT);
    for (guint i = 0; i < templates->len; i++)
        if (g_str_equal(template, g_ptr_array_index(templates, i)))
            return cw_prompt_fail(error, file, line, "template '%s' is there twice: keep one",
                                  template);
    if (templates->len >= CW_PROMPT_MAX_TEXTS)
        return cw_prompt_fail_limit(error, file, line, "more than %d templates",
                                    CW_PROMPT_MAX_TEXTS);
    g_ptr_array_add(templates, g_steal_pointer(&template));
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

static gboolean
read_template_lines(char *text, gsize length, const char *name, GPtrArray *templates,
                    GError **error)
{
    const char *end = text + length;
    text += cw_prompt_byte_order_mark(text, length);
    const guint n_before = templates->len;
    for (guint line = 1; text < end; line++) {
        char *newline = memchr(text, '\n', (gsize)(end - text));
        gsize n = newline ? (gsize)(newline - text) : (gsize)(end - text);
        char *next = text + n + 1;
        if (n > 0 && text[n - 1] == '\r')
            n--;
        if (!cw_prompt_check_line(text, n, name, line, error))
            return FALSE;
        text[n] = '\0';
        g_strstrip(text);
        if (text[0] != '\0' && text[0] != '#' &&
            !cw_prompt_add_template(text, templates, name, line, error))
            return FALSE;
        text = next;
    }
    return templates->len > n_before ||
           cw_prompt_fail(error, name, 1, "no template: write one on each line");
}

gboolean
cw_prompt_load_templates(const char *name, GPtrArray *templates, const char *file, guint line,
                         GError **error)
{
    g_autofree char *relative = g_strconcat("prompts/templates/", name, ".txt", NULL);
    if (!is_plain_name(name))
        return cw_prompt_fail(error, file, line,
                              "'%s' is not the name of a template set: write one name, as in "
                              "'@templates imagenet-7'",
                              name);
    g_autofree char *path = cw_dirs_find(relative, "template set", error);
    g_autofree char *text = NULL;
    gsize length;
    if (!path || !cw_prompt_read_file(path, &text, &length, error) ||
        !read_template_lines(text, length, name, templates, error)) {
        g_prefix_error(error, "%s:%u: ", file, line);
        return FALSE;
    }
    return TRUE;
}
