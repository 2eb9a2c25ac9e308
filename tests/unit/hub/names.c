/* What may be written after `clipwatch pull`. */
#include "fixture.h"
#include "hub/names.h"

static void
test_every_short_name_stands_for_an_id(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = 0;
    for (const CwHubEntry *entry = cw_hub_list(); entry->name; entry++, n++) {
        g_auto(CwHubReference) reference = {0};
        g_autoptr(GError) error = NULL;
        cw_hub_reference_parse(entry->name, NULL, NULL, &reference, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(reference.id, ==, entry->id);
        g_assert_cmpstr(reference.name, ==, entry->name);
        g_assert_cmpstr(reference.revision, ==, "main");
        g_assert_true(g_hash_table_add(names, (gpointer)entry->name));
        g_assert_true(g_hash_table_add(names, (gpointer)entry->id));
    }
    g_assert_cmpuint(n, >, 30);
}

static void
test_ids_revisions_and_addresses(void)
{
    static const struct {
        const char *text, *revision, *as;
        const char *id, *at, *url, *name;
    } cases[] = {
        {"a/b", NULL, NULL, "a/b", "main", NULL, "b"},
        {"a/b@v1.0", NULL, NULL, "a/b", "v1.0", NULL, "b"},
        {"a/b", "refs/pr/3", "mine", "a/b", "refs/pr/3", NULL, "mine"},
        {"CLIP-ViT-B-32", NULL, NULL, "openai/clip-vit-base-patch32", "main", NULL,
         "clip-vit-b-32"},
        {"https://x.org/d/m.safetensors?q=1", NULL, NULL, NULL, NULL,
         "https://x.org/d/m.safetensors?q=1", "m"},
        {"https://x.org/", NULL, "mine", NULL, NULL, "https://x.org/", "mine"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(CwHubReference) reference = {0};
        g_autoptr(GError) error = NULL;
        cw_hub_reference_parse(cases[i].text, cases[i].revision, cases[i].as, &reference, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(reference.id, ==, cases[i].id);
        g_assert_cmpstr(reference.revision, ==, cases[i].at);
        g_assert_cmpstr(reference.url, ==, cases[i].url);
        g_assert_cmpstr(reference.name, ==, cases[i].name);
    }
}

static void
test_refuses_what_cannot_be_one(void)
{
    static const struct {
        const char *text, *revision, *as, *message;
    } cases[] = {
        {"unheard-of", NULL, NULL, "is neither a short name"},
        {"a/b/c", NULL, NULL, "is neither a short name"},
        {"../b", NULL, NULL, "is neither a short name"},
        {"a/..", NULL, NULL, "is neither a short name"},
        {"/etc", NULL, NULL, "is neither a short name"},
        {"a/b c", NULL, NULL, "is neither a short name"},
        {"", NULL, NULL, "is neither a short name"},
        {"a/b@../../x", NULL, NULL, "cannot be a revision"},
        {"a/b@", NULL, NULL, "cannot be a revision"},
        {"a/b@x", "y", NULL, "names a revision, and so does the option"},
        {"a/b", NULL, "../x", "cannot name a model"},
        {"a/b", NULL, ".x", "cannot name a model"},
        {"https://x.org/", NULL, NULL, "does not end in a file name"},
        {"https://x.org/m", "main", NULL, "has no revisions"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(CwHubReference) reference = {0};
        g_autoptr(GError) error = NULL;
        g_assert_false(cw_hub_reference_parse(cases[i].text, cases[i].revision, cases[i].as,
                                              &reference, &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, cases[i].message, NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub/names/every-short-name-stands-for-an-id",
                    test_every_short_name_stands_for_an_id);
    g_test_add_func("/hub/names/ids-revisions-and-addresses", test_ids_revisions_and_addresses);
    g_test_add_func("/hub/names/refuses-what-cannot-be-one", test_refuses_what_cannot_be_one);
    return g_test_run();
}
