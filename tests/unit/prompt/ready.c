/* The prompt files and template sets that are installed. */
#include "fixture.h"

#include <clipwatch/prompt.h>
#include <clipwatch/tokenizer.h>

#include "base/dirs.h"

#include <string.h>

#define STARTER_CONTEXT 32

static const char *const files[] = {
    "camera-health", "daynight", "fire", "parking", "scene", "traffic", "weather",
};

static void
test_files(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *with_ending = g_strconcat(files[i], ".txt", NULL);
        g_autoptr(CwPrompts) prompts = cw_prompts_load(files[i], &error);
        g_assert_no_error(error);
        g_autoptr(CwPrompts) same = cw_prompts_load(with_ending, &error);
        g_assert_no_error(error);
        const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
        g_assert_cmpuint(cw_prompts_get_n_sets(prompts), ==, 1);
        g_assert_cmpstr(set->name, ==, files[i]);
        g_assert_cmpuint(set->n_classes, >=, 4);
        g_assert_cmpstr(set->digest, ==, cw_prompts_get_set(same, 0)->digest);
    }
}

static void
test_notes(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *relative = g_strconcat("prompts/", files[i], ".txt", NULL);
        g_autofree char *path = cw_dirs_find(relative, "prompt file", &error);
        g_assert_no_error(error);
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, &error));
        g_assert_true(g_str_has_prefix(text, "# "));
        g_assert_nonnull(strstr(text, "\n# Good for: "));
        g_assert_nonnull(strstr(text, "\n# Not for: "));
    }
}

/* Each text fits the embedded model, and no two classes of a set say the same. */
static void
test_texts(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = cw_dirs_find("models/starter", "model", &error);
    g_autoptr(CwTokenizer) tokenizer = cw_tokenizer_open(directory, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(CwPrompts) prompts = cw_prompts_load(files[i], &error);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
        for (guint c = 0; c < set->n_classes; c++)
            for (guint t = 0; t < set->classes[c].n_texts; t++) {
                gint32 ids[STARTER_CONTEXT];
                guint n_used;
                cw_tokenizer_encode_context(tokenizer, set->classes[c].texts[t], STARTER_CONTEXT, 0,
                                            ids, &n_used, &error);
                g_assert_no_error(error);
                g_assert_true(g_hash_table_add(seen, (gpointer)set->classes[c].texts[t]));
            }
    }
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
test_imagenet_80(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts =
        cw_prompts_parse("@templates imagenet-80\nx = {}\n", -1, "x", &error);
    g_assert_no_error(error);
    const CwPromptClass *class = cw_prompts_get_set(prompts, 0)->classes;
    g_assert_cmpuint(class->n_texts, ==, 80);
    g_autofree const char **sorted = g_memdup2(class->texts, 80 * sizeof *class->texts);
    qsort(sorted, 80, sizeof *sorted, compare);
    g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < 80; i++) {
        g_checksum_update(digest, (const guchar *)sorted[i], -1);
        g_checksum_update(digest, (const guchar *)"\n", 1);
    }
    /* Of openai/CLIP's list. */
    g_assert_cmpstr(g_checksum_get_string(digest), ==,
                    "c89d6b0384c1265efec0aa4f22caf3c28f6ebb320015e6914cbfa60726e55c3c");
}

static void
test_imagenet_7(void)
{
    static const char *const expected[] = {
        "itap of a x.",
        "a bad photo of the x.",
        "a origami x.",
        "a photo of the large x.",
        "a x in a video game.",
        "art of the x.",
        "a photo of the small x.",
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts = cw_prompts_parse("@templates imagenet-7\nx\n", -1, "x", &error);
    g_assert_no_error(error);
    const CwPromptClass *class = cw_prompts_get_set(prompts, 0)->classes;
    g_assert_cmpuint(class->n_texts, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpstr(class->texts[i], ==, expected[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/prompt/ready/every file is found by its name", test_files);
    g_test_add_func("/prompt/ready/every file says what it is good for and what not", test_notes);
    g_test_add_func("/prompt/ready/every text fits the embedded model, once", test_texts);
    g_test_add_func("/prompt/ready/the 80 templates are OpenAI's", test_imagenet_80);
    g_test_add_func("/prompt/ready/the 7 templates are OpenAI's, in order", test_imagenet_7);
    return g_test_run();
}
