/* Reads any bytes as a prompt file; what is accepted must keep every promise of the header. */
#include "fuzz.h"

#include <clipwatch/prompt.h>

#include <string.h>

static void
check_class(const CwPromptClass *class)
{
    g_assert_cmpuint(strlen(class->label), >, 0);
    g_assert_cmpuint(strlen(class->label), <=, 256);
    g_assert_cmpuint(strlen(class->id), >, 0);
    g_assert_cmpuint(strspn(class->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), ==,
                     strlen(class->id));
    g_assert_cmpuint(class->n_texts, >, 0);
    g_assert_cmpuint(class->n_texts, <=, 1000);
    for (guint i = 0; i < class->n_texts; i++)
        g_assert_true(g_utf8_validate(class->texts[i], -1, NULL));
    g_assert_true(class->threshold.value >= -1 && class->threshold.value <= 1);
    g_assert_true(class->threshold.kind == CW_THRESHOLD_NONE || !class->background);
}

static void
check_set(const CwPromptSet *set)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) labels = g_hash_table_new(g_str_hash, g_str_equal);
    g_assert_cmpuint(strlen(set->digest), ==, 64);
    g_assert_cmpuint(strlen(set->template_digest), ==, 64);
    g_assert_cmpuint(set->n_classes, >, 0);
    for (guint i = 0; i < set->n_classes; i++) {
        check_class(&set->classes[i]);
        g_assert_true(g_hash_table_add(ids, (gpointer)set->classes[i].id));
        g_assert_true(g_hash_table_add(labels, (gpointer)set->classes[i].label));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts =
        cw_prompts_parse((const char *)data, (gssize)size, "input", &error);
    if (!prompts) {
        g_assert_true(error && error->domain == CW_ERROR);
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        g_assert_true(g_str_has_prefix(error->message, "input:"));
        return 0;
    }
    g_assert_no_error(error);
    for (guint i = 0; i < cw_prompts_get_n_sets(prompts); i++)
        check_set(cw_prompts_get_set(prompts, i));
    return 0;
}
