#include "prompt/set.h"

#include "prompt/class_line.h"
#include "prompt/line.h"
#include "prompt/spelling.h"

#include <string.h>

/* A file while it is read. */
typedef struct {
    const char *file;
    GPtrArray *sets;      /* of CwSetDraft, the file's at the end */
    GPtrArray *templates; /* that stood before the first set and hold for all that name none */
    CwSetDraft *set;      /* the current one, or NULL before the first class or @set */
    GHashTable *labels;   /* of the current set, borrowed */
    char *default_name;
    guint line;
} Reader;

static const char *const directives[] = {"@set", "@template", "@templates", NULL};
static const char *const scorings[] = {"exclusive", "independent", NULL}; /* by CwScoring */

static CwSetDraft *
begin_set(Reader *reader, const char *name)
{
    reader->set = cw_set_draft_new(name, reader->line);
    g_ptr_array_add(reader->sets, reader->set);
    g_hash_table_remove_all(reader->labels);
    return reader->set;
}

/* "exclusive" or "independent", also in brackets. */
static gboolean
read_scoring(const Reader *reader, const char *word, CwScoring *scoring, GError **error)
{
    const gsize length = strlen(word);
    const gboolean bracketed = length > 1 && word[0] == '[' && word[length - 1] == ']';
    g_autofree char *bare = bracketed ? g_strndup(word + 1, length - 2) : g_strndup(word, length);
    for (guint i = 0; scorings[i]; i++)
        if (g_str_equal(bare, scorings[i])) {
            *scoring = (CwScoring)i;
            return TRUE;
        }
    return cw_prompt_fail(error, reader->file, reader->line,
                          "'%s' is neither exclusive nor independent: write "
                          "'@set NAME [independent]'",
                          bare);
}

static gboolean
check_set_name(const Reader *reader, const char *name, GError **error)
{
    if (name[0] == '\0' || name[0] == '[' || g_strv_contains(scorings, name))
        return cw_prompt_fail(error, reader->file, reader->line,
                              "@set needs a name: write '@set NAME [independent]'");
    if (strlen(name) > CW_PROMPT_MAX_NAME_BYTES)
        return cw_prompt_fail_limit(error, reader->file, reader->line,
                                    "a set name of %zu bytes: at most %d are taken", strlen(name),
                                    CW_PROMPT_MAX_NAME_BYTES);
    if (reader->sets->len >= CW_PROMPT_MAX_SETS)
        return cw_prompt_fail_limit(error, reader->file, reader->line,
                                    "more than %d sets in one file", CW_PROMPT_MAX_SETS);
    for (guint i = 0; i < reader->sets->len; i++) {
        const CwSetDraft *other = g_ptr_array_index(reader->sets, i);
        if (g_str_equal(other->name, name))
            return cw_prompt_fail(error, reader->file, reader->line,
                                  "a second set '%s': choose another name", name);
    }
    return TRUE;
}

static gboolean
read_set(Reader *reader, char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(cw_prompt_fold_spaces(text), " ", 3);
    const char *name = words[0] ? words[0] : "";
    CwScoring scoring = CW_SCORING_EXCLUSIVE;
    if (!check_set_name(reader, name, error) ||
        (words[0] && words[1] && !read_scoring(reader, words[1], &scoring, error)))
        return FALSE;
    if (words[0] && words[1] && words[2])
        return cw_prompt_fail(error, reader->file, reader->line,
                              "'%s' after '@set %s %s': a name is one word", words[2], name,
                              words[1]);
    begin_set(reader, name)->scoring = scoring;
    return TRUE;
}

static gboolean
read_directive(Reader *reader, char *line, GError **error)
{
    char *text = line + strcspn(line, " \t");
    if (*text != '\0')
        *text++ = '\0';
    g_strstrip(text);
    if (g_str_equal(line, "@set"))
        return read_set(reader, text, error);
    if (!g_strv_contains(directives, line)) {
        const char *nearest = cw_spelling_nearest(line, directives);
        return cw_prompt_fail(error, reader->file, reader->line, "no directive '%s': %s%s%s", line,
                              nearest ? "did you mean '"
                                      : "there are @set, @template and @templates; "
                                        "a label that begins with '@' is written \\@",
                              nearest ? nearest : "", nearest ? "'?" : "");
    }
    if (reader->set && reader->set->classes->len > 0)
        return cw_prompt_fail(
            error, reader->file, reader->line,
            "%s after a class: templates stand before the first class of their set", line);
    GPtrArray *templates = reader->set ? reader->set->templates : reader->templates;
    if (g_str_equal(line, "@templates"))
        return cw_prompt_load_templates(text, templates, reader->file, reader->line, error);
    return cw_prompt_add_template(text, templates, reader->file, reader->line, error);
}

static gboolean
read_class(Reader *reader, const char *line, GError **error)
{
    CwSetDraft *set = reader->set ? reader->set : begin_set(reader, reader->default_name);
    CwClassDraft *draft = cw_class_line_read(line, reader->line, set->scoring, reader->file, error);
    if (!draft)
        return FALSE;
    g_ptr_array_add(set->classes, draft);
    if (!g_hash_table_add(reader->labels, draft->label))
        return cw_prompt_fail(error, reader->file, reader->line,
                              "a second class '%s': put its phrasings into one line, apart by '|'",
                              draft->label);
    if (set->classes->len > CW_PROMPT_MAX_CLASSES)
        return cw_prompt_fail_limit(error, reader->file, reader->line,
                                    "more than %d classes in one set", CW_PROMPT_MAX_CLASSES);
    return TRUE;
}

static gboolean
read_line(Reader *reader, const char *text, gsize length, GError **error)
{
    if (length > 0 && text[length - 1] == '\r')
        length--;
    if (!cw_prompt_check_line(text, length, reader->file, reader->line, error))
        return FALSE;
    g_autofree char *line = g_strndup(text, length);
    g_strstrip(line);
    if (line[0] == '\0' || line[0] == '#')
        return TRUE;
    return line[0] == '@' ? read_directive(reader, line, error) : read_class(reader, line, error);
}

static gboolean
read_lines(Reader *reader, const char *text, gsize length, GError **error)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        const gsize n = (gsize)((newline ? newline : end) - text);
        reader->line++;
        if (!read_line(reader, text, n, error))
            return FALSE;
        text += n + 1;
    }
    return TRUE;
}

/* The file's name without folder and ending, as valid UTF-8: what its set is called. */
static char *
name_after_file(const char *file)
{
    g_autofree char *base = g_path_get_basename(file);
    char *dot = strrchr(base, '.');
    if (dot && dot != base)
        *dot = '\0';
    return g_utf8_make_valid(base, -1);
}

/* A set without templates of its own has the file's, or else the default. */
static void
fill_templates(CwSetDraft *set, const GPtrArray *of_file)
{
    if (set->templates->len > 0)
        return;
    for (guint i = 0; i < of_file->len; i++)
        g_ptr_array_add(set->templates, g_strdup(g_ptr_array_index(of_file, i)));
    if (set->templates->len == 0)
        g_ptr_array_add(set->templates, g_strdup(CW_TEMPLATE_DEFAULT));
}

static gboolean
complete_sets(Reader *reader, guint first, GError **error)
{
    if (reader->sets->len == first)
        return cw_prompt_fail(error, reader->file, MAX(reader->line, 1),
                              "no class: write one on each line");
    for (guint i = first; i < reader->sets->len; i++) {
        CwSetDraft *set = g_ptr_array_index(reader->sets, i);
        if (set->classes->len == 0)
            return cw_prompt_fail(error, reader->file, set->line, "set '%s' has no class",
                                  set->name);
        fill_templates(set, reader->templates);
        if (!cw_prompt_assign_ids(set, reader->file, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
cw_prompt_read(const char *text, gsize length, const char *name, GPtrArray *sets, GError **error)
{
    g_autoptr(GPtrArray) templates = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) labels = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *default_name = name_after_file(name);
    Reader reader = {.file = name,
                     .sets = sets,
                     .templates = templates,
                     .labels = labels,
                     .default_name = default_name};
    const guint first = sets->len;
    if (length > CW_PROMPT_MAX_FILE_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: %zu bytes; at most %d are read", name,
                    length, CW_PROMPT_MAX_FILE_BYTES);
        return FALSE;
    }
    const gsize mark = cw_prompt_byte_order_mark(text, length);
    return read_lines(&reader, text + mark, length - mark, error) &&
           complete_sets(&reader, first, error);
}
