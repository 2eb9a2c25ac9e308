#include <clipwatch/prompt.h>

#include "base/json_write.h"
#include "prompt/episode_rule.h"
#include "prompt/files.h"
#include "prompt/set.h"

#include <string.h>

struct _CwPrompts {
    gatomicrefcount references;
    GStringChunk *strings; /* every string of every set */
    GPtrArray *arrays;     /* class and text arrays */
    CwPromptSet *sets;     /* [n_sets] */
    guint n_sets;
    gsize text_bytes; /* of all texts so far */
};

static const char *
keep(CwPrompts *prompts, const char *text)
{
    return g_string_chunk_insert_const(prompts->strings, text);
}

/* The phrasing where the template has its slot. (transfer full) */
static char *
fill_slot(const char *template, const char *phrasing)
{
    const char *slot = strstr(template, CW_TEMPLATE_SLOT);
    return g_strdup_printf("%.*s%s%s", (int)(slot - template), template, phrasing,
                           slot + strlen(CW_TEMPLATE_SLOT));
}

static gboolean
build_class(CwPrompts *prompts, const CwSetDraft *set, const CwClassDraft *draft, const char *file,
            CwPromptClass *class, GError **error)
{
    const gsize n_texts = (gsize)draft->phrasings->len * set->templates->len;
    if (n_texts > CW_PROMPT_MAX_TEXTS)
        return cw_prompt_fail_limit(
            error, file, draft->line,
            "class '%s' makes %zu texts of %u phrasings and %u templates: at most "
            "%d are taken",
            draft->label, n_texts, draft->phrasings->len, set->templates->len, CW_PROMPT_MAX_TEXTS);
    const char **texts = g_new(const char *, n_texts);
    g_ptr_array_add(prompts->arrays, texts);
    const char **phrasings = g_new(const char *, draft->phrasings->len);
    g_ptr_array_add(prompts->arrays, phrasings);
    for (guint p = 0; p < draft->phrasings->len; p++)
        phrasings[p] = keep(prompts, g_ptr_array_index(draft->phrasings, p));
    *class = (CwPromptClass){
        .label = keep(prompts, draft->label),
        .id = keep(prompts, draft->id),
        .texts = texts,
        .n_texts = (guint)n_texts,
        .threshold = draft->threshold,
        .episode = draft->episode,
        .background = draft->background,
        .line = draft->line,
        .phrasings = phrasings,
        .n_phrasings = draft->phrasings->len,
    };
    for (guint p = 0; p < draft->phrasings->len; p++)
        for (guint t = 0; t < set->templates->len; t++) {
            g_autofree char *text = fill_slot(g_ptr_array_index(set->templates, t),
                                              g_ptr_array_index(draft->phrasings, p));
            prompts->text_bytes += strlen(text);
            if (prompts->text_bytes > CW_PROMPT_MAX_TEXT_BYTES)
                return cw_prompt_fail_limit(error, file, draft->line,
                                            "phrasings times templates make more than %d MiB of "
                                            "text: take fewer templates",
                                            CW_PROMPT_MAX_TEXT_BYTES >> 20);
            *texts++ = keep(prompts, text);
        }
    return TRUE;
}

static void
write_number(GString *json, const char *key, double value)
{
    cw_json_write_key(json, key);
    cw_json_write_decimal(json, value, 9);
}

static void
write_time(GString *json, const char *key, gint64 time_ns)
{
    cw_json_write_key(json, key);
    cw_json_write_int(json, time_ns);
}

static void
write_episode_rule(GString *json, const CwEpisodeRule *rule)
{
    cw_json_write_key(json, "episode");
    g_string_append_c(json, '{');
    write_number(json, "enter", rule->enter);
    write_number(json, "leave", rule->leave);
    write_time(json, "dwell_ns", rule->dwell_ns);
    write_time(json, "cooldown_ns", rule->cooldown_ns);
    write_time(json, "gap_ns", rule->gap_ns);
    write_time(json, "evidence", rule->evidence);
    write_time(json, "window", rule->window);
    g_string_append_c(json, '}');
}

/* Everything that decides scores and, with is_whole, what is told of them, as canonical JSON. */
static void
write_class(GString *json, const CwPromptClass *class, gboolean is_whole)
{
    static const char *const kinds[] = {
        [CW_THRESHOLD_NONE] = "none",
        [CW_THRESHOLD_PROBABILITY] = "probability",
        [CW_THRESHOLD_COSINE] = "cosine",
        [CW_THRESHOLD_Z] = "z",
        [CW_THRESHOLD_CALIBRATED] = "calibrated",
    };
    g_string_append_c(json, '{');
    cw_json_write_key(json, "id");
    cw_json_write_string(json, class->id);
    cw_json_write_key(json, "label");
    cw_json_write_string(json, class->label);
    cw_json_write_key(json, "background");
    cw_json_write_int(json, class->background);
    if (is_whole)
        write_number(json, kinds[class->threshold.kind], class->threshold.value);
    if (is_whole && !cw_episode_rule_is_default(&class->episode))
        write_episode_rule(json, &class->episode);
    cw_json_write_key(json, "texts");
    for (guint i = 0; i < class->n_texts; i++)
        cw_json_write_string(json, class->texts[i]);
    g_string_append_c(json, '}');
}

static const char *
digest_set(CwPrompts *prompts, const CwPromptSet *set, gboolean is_whole)
{
    g_autoptr(GString) json =
        g_string_new(is_whole ? "clipwatch.prompts/1 " : "clipwatch.texts/1 ");
    g_string_append(json, set->scoring == CW_SCORING_EXCLUSIVE ? "exclusive" : "independent");
    for (guint i = 0; i < set->n_classes; i++)
        write_class(json, &set->classes[i], is_whole);
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, json->str, -1);
    return keep(prompts, digest);
}

static const char *
digest_templates(CwPrompts *prompts, const GPtrArray *templates)
{
    g_autoptr(GString) json = g_string_new("clipwatch.templates/1 ");
    for (guint i = 0; i < templates->len; i++)
        cw_json_write_string(json, g_ptr_array_index(templates, i));
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, json->str, -1);
    return keep(prompts, digest);
}

static gboolean
build_set(CwPrompts *prompts, const CwSetDraft *draft, const char *file, GError **error)
{
    CwPromptClass *classes = g_new0(CwPromptClass, draft->classes->len);
    g_ptr_array_add(prompts->arrays, classes);
    for (guint i = 0; i < prompts->n_sets; i++)
        if (g_str_equal(prompts->sets[i].name, draft->name))
            return cw_prompt_fail(error, file, draft->line,
                                  "set '%s' is in %s too: name one with @set", draft->name,
                                  prompts->sets[i].file);
    for (guint i = 0; i < draft->classes->len; i++)
        if (!build_class(prompts, draft, g_ptr_array_index(draft->classes, i), file, &classes[i],
                         error))
            return FALSE;
    prompts->sets = g_renew(CwPromptSet, prompts->sets, prompts->n_sets + 1);
    CwPromptSet *set = &prompts->sets[prompts->n_sets++];
    *set = (CwPromptSet){
        .name = keep(prompts, draft->name),
        .file = keep(prompts, file),
        .scoring = draft->scoring,
        .classes = classes,
        .n_classes = draft->classes->len,
    };
    set->digest = digest_set(prompts, set, TRUE);
    set->text_digest = digest_set(prompts, set, FALSE);
    set->template_digest = digest_templates(prompts, draft->templates);
    return TRUE;
}

static CwPrompts *
new_prompts(void)
{
    CwPrompts *prompts = g_new0(CwPrompts, 1);
    g_atomic_ref_count_init(&prompts->references);
    prompts->strings = g_string_chunk_new(4096);
    prompts->arrays = g_ptr_array_new_with_free_func(g_free);
    return prompts;
}

static gboolean
add_text(CwPrompts *prompts, const char *text, gsize length, const char *name, GError **error)
{
    g_autoptr(GPtrArray) drafts = g_ptr_array_new_with_free_func((GDestroyNotify)cw_set_draft_free);
    if (!cw_prompt_read(text, length, name, drafts, error))
        return FALSE;
    for (guint i = 0; i < drafts->len; i++)
        if (!build_set(prompts, g_ptr_array_index(drafts, i), name, error))
            return FALSE;
    return TRUE;
}

CwPrompts *
cw_prompts_parse(const char *text, gssize length, const char *name, GError **error)
{
    g_autoptr(CwPrompts) prompts = new_prompts();
    if (!add_text(prompts, text, length < 0 ? strlen(text) : (gsize)length, name, error))
        return NULL;
    return g_steal_pointer(&prompts);
}

static gboolean
add_file(CwPrompts *prompts, const char *name, GError **error)
{
    g_autofree char *path = cw_prompt_find_file(name, error);
    g_autofree char *text = NULL;
    gsize length;
    return path && cw_prompt_read_file(path, &text, &length, error) &&
           add_text(prompts, text, length, path, error);
}

CwPrompts *
cw_prompts_load(const char *files, GError **error)
{
    g_autoptr(CwPrompts) prompts = new_prompts();
    g_auto(GStrv) names = g_strsplit(files, ",", -1);
    for (char **name = names; *name; name++)
        if (g_strstrip(*name)[0] != '\0' && !add_file(prompts, *name, error))
            return NULL;
    if (prompts->n_sets == 0) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "no prompt file: name one or more, apart by commas");
        return NULL;
    }
    return g_steal_pointer(&prompts);
}

CwPrompts *
cw_prompts_ref(CwPrompts *prompts)
{
    g_atomic_ref_count_inc(&prompts->references);
    return prompts;
}

void
cw_prompts_unref(CwPrompts *prompts)
{
    if (!g_atomic_ref_count_dec(&prompts->references))
        return;
    g_string_chunk_free(prompts->strings);
    g_ptr_array_unref(prompts->arrays);
    g_free(prompts->sets);
    g_free(prompts);
}

guint
cw_prompts_get_n_sets(const CwPrompts *prompts)
{
    return prompts->n_sets;
}

const CwPromptSet *
cw_prompts_get_set(const CwPrompts *prompts, guint i)
{
    return i < prompts->n_sets ? &prompts->sets[i] : NULL;
}
