#include "pulling.h"
#include "fixture.h"

#include <string.h>

static void
remember(const CwHubProgress *progress, gpointer user_data)
{
    Pulling *pulling = user_data;
    g_assert_nonnull(progress->file);
    g_assert_cmpuint(progress->done, >=, progress->file_done);
    pulling->told = progress->done;
    pulling->told_size = progress->size;
}

void
pulling_set_up(Pulling *pulling, gconstpointer data)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    pulling->hub = loopback_new();
    pulling->manners = loopback_get_manners(pulling->hub);
    pulling->dir = cw_test_make_dir();
    pulling->weights = g_malloc(WEIGHTS_BYTES);
    for (guint i = 0; i < WEIGHTS_BYTES; i++)
        pulling->weights[i] = (guint8)g_rand_int(rand);
    loopback_add(pulling->hub, "config.json", "{}", 2);
    loopback_add(pulling->hub, "model.safetensors", pulling->weights, WEIGHTS_BYTES);
    loopback_add(pulling->hub, "tokenizer.json", "[]", 2);
    pulling->options = (CwHubOptions){
        .hub = loopback_get_url(pulling->hub),
        .models = pulling->dir,
        .retry_ms = 1,
        .told = remember,
        .user_data = pulling,
    };
}

void
pulling_tear_down(Pulling *pulling, gconstpointer data)
{
    loopback_free(pulling->hub);
    cw_test_remove_dir(pulling->dir);
    g_free(pulling->dir);
    g_free(pulling->weights);
}

char *
pulling_path(Pulling *pulling, const char *file)
{
    return g_build_filename(pulling->dir, "tiny-clip", file, NULL);
}

char *
pulling_find(Pulling *pulling, const char *suffix)
{
    const char *name;
    g_autoptr(GDir) dir = g_dir_open(pulling->dir, 0, NULL);
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, suffix))
            return g_strdup(name);
    return NULL;
}

void
pulling_succeed(Pulling *pulling)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    gsize length;
    g_autofree char *path = cw_hub_pull(LOOPBACK_ID, &pulling->options, &error);
    g_assert_no_error(error);
    g_autofree char *expected = pulling_path(pulling, NULL);
    g_assert_cmpstr(path, ==, expected);
    g_autofree char *weights = pulling_path(pulling, "model.safetensors");
    g_assert_true(g_file_get_contents(weights, &data, &length, NULL));
    g_assert_cmpmem(data, length, pulling->weights, WEIGHTS_BYTES);
    g_autofree char *staging = pulling_find(pulling, ".pull");
    g_assert_null(staging);
}

void
pulling_fail(Pulling *pulling, int code, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = cw_hub_pull(LOOPBACK_ID, &pulling->options, &error);
    g_assert_null(path);
    cw_test_expect_error(&error, CW_ERROR, code, message, NULL);
    g_autofree char *model = pulling_path(pulling, NULL);
    g_assert_false(g_file_test(model, G_FILE_TEST_EXISTS));
}
