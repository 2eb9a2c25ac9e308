#include "prompt/class_line.h"

#include "prompt/line.h"

#include <string.h>

/* What a backslash may stand before. */
#define ESCAPABLE "=|[]#@\\"

/* Length of the text up to the first of the stops that no backslash stands before. */
static gsize
find_stop(const char *text, const char *stops)
{
    gsize i = 0;
    for (; text[i] && !strchr(stops, text[i]); i++)
        if (text[i] == '\\' && text[i + 1])
            i++;
    return i;
}

/* text[length] without its backslashes, white space folded; NULL with an error for a backslash
 * that stands before anything else. (transfer full) */
static char *
unescape(const char *text, gsize length, guint number, const char *file, GError **error)
{
    g_autoptr(GString) out = g_string_sized_new(length);
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '\\' && (i + 1 == length || !strchr(ESCAPABLE, text[i + 1]))) {
            cw_prompt_fail(error, file, number,
                           "a backslash stands only before one of " ESCAPABLE
                           ": write \\\\ for one");
            return NULL;
        }
        i += text[i] == '\\';
        g_string_append_c(out, text[i]);
    }
    return cw_prompt_fold_spaces(g_string_free(g_steal_pointer(&out), FALSE));
}

static gboolean
add_phrasing(CwClassDraft *draft, char *phrasing, const char *file, GError **error)
{
    if (phrasing[0] == '\0') {
        g_free(phrasing);
        return cw_prompt_fail(error, file, draft->line,
                              "class '%s' has an empty phrasing: write one on each side of '|'",
                              draft->label);
    }
    for (guint i = 0; i < draft->phrasings->len; i++)
        if (g_str_equal(phrasing, g_ptr_array_index(draft->phrasings, i))) {
            cw_prompt_fail(error, file, draft->line, "class '%s' says '%s' twice", draft->label,
                           phrasing);
            g_free(phrasing);
            return FALSE;
        }
    g_ptr_array_add(draft->phrasings, phrasing);
    if (draft->phrasings->len > CW_PROMPT_MAX_TEXTS)
        return cw_prompt_fail_limit(error, file, draft->line,
                                    "class '%s' has more than %d phrasings", draft->label,
                                    CW_PROMPT_MAX_TEXTS);
    return TRUE;
}

/* "phrasing | phrasing" */
static gboolean
read_phrasings(CwClassDraft *draft, const char *text, const char *file, GError **error)
{
    for (;;) {
        const gsize length = find_stop(text, "|=");
        if (text[length] == '=')
            return cw_prompt_fail(error, file, draft->line,
                                  "a second '=': write \\= where a phrasing holds one");
        char *phrasing = unescape(text, length, draft->line, file, error);
        if (!phrasing || !add_phrasing(draft, phrasing, file, error))
            return FALSE;
        if (text[length] == '\0')
            return TRUE;
        text += length + 1;
    }
}

/* "[…]" and what follows it; *rest is then at the '=' or at the end. */
static gboolean
read_brackets(CwClassDraft *draft, const char *text, CwScoring scoring, const char *file,
              const char **rest, GError **error)
{
    const char *end = strchr(text, ']');
    if (!end)
        return cw_prompt_fail(error, file, draft->line, "'[' without ']': close it, or write \\[");
    g_autofree char *inside = g_strndup(text + 1, (gsize)(end - text - 1));
    if (!cw_prompt_read_attributes(inside, scoring, draft, file, error))
        return FALSE;
    end += 1 + strspn(end + 1, " \t");
    if (*end != '\0' && *end != '=')
        return cw_prompt_fail(error, file, draft->line,
                              "text after ']': phrasings begin with '=', as in "
                              "'label [attributes] = phrasing'");
    *rest = end;
    return TRUE;
}

CwClassDraft *
cw_class_line_read(const char *line, guint number, CwScoring scoring, const char *file,
                   GError **error)
{
    g_autoptr(CwClassDraft) draft = cw_class_draft_new(number);
    const gsize length = find_stop(line, "[=|");
    const char *rest = line + length;
    if (*rest == '|') {
        cw_prompt_fail(error, file, number, "'|' before '=': write 'label = phrasing | phrasing'");
        return NULL;
    }
    draft->label = unescape(line, length, number, file, error);
    if (!draft->label)
        return NULL;
    if (draft->label[0] == '\0') {
        cw_prompt_fail(error, file, number, "a class without a label: write 'label = phrasing'");
        return NULL;
    }
    if (strlen(draft->label) > CW_PROMPT_MAX_NAME_BYTES) {
        cw_prompt_fail_limit(error, file, number,
                             "a label of %zu bytes: at most %d are taken; long texts stand right "
                             "of '='",
                             strlen(draft->label), CW_PROMPT_MAX_NAME_BYTES);
        return NULL;
    }
    if (*rest == '[' && !read_brackets(draft, rest, scoring, file, &rest, error))
        return NULL;
    if (*rest == '\0')
        g_ptr_array_add(draft->phrasings, g_strdup(draft->label));
    else if (!read_phrasings(draft, rest + 1, file, error))
        return NULL;
    return g_steal_pointer(&draft);
}
