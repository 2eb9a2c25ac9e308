/* Prompt files that change while they are watched. */
#include "fixture.h"

#include <clipwatch/prompt.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <string.h>

typedef struct {
    pthread_mutex_t lock; /* guards all of it */
    pthread_cond_t changed;
    guint n_good, n_bad;
    char *label; /* of the first class last read */
    char *error; /* last */
} Heard;

static void
hear(CwPrompts *prompts, const GError *error, gpointer user_data)
{
    Heard *heard = user_data;
    pthread_mutex_lock(&heard->lock);
    g_assert_true((prompts != NULL) == (error == NULL));
    if (prompts) {
        const CwPromptSet *set = cw_prompts_get_set(prompts, 0);
        /* Every version of the files of these tests names its class twice. */
        g_assert_cmpuint(set->n_classes, ==, 2);
        g_assert_true(g_str_has_prefix(set->classes[1].label, set->classes[0].label));
        heard->n_good++;
        g_free(heard->label);
        heard->label = g_strdup(set->classes[0].label);
    } else {
        heard->n_bad++;
        g_free(heard->error);
        heard->error = g_strdup(error->message);
    }
    pthread_cond_broadcast(&heard->changed);
    pthread_mutex_unlock(&heard->lock);
}

static void
init_heard(Heard *heard)
{
    *heard = (Heard){.n_good = 0};
    pthread_mutex_init(&heard->lock, NULL);
    pthread_cond_init(&heard->changed, NULL);
}

static void
clear_heard(Heard *heard)
{
    pthread_mutex_destroy(&heard->lock);
    pthread_cond_destroy(&heard->changed);
    g_free(heard->label);
    g_free(heard->error);
}

static void
wait_for_label(Heard *heard, const char *label)
{
    pthread_mutex_lock(&heard->lock);
    while (g_strcmp0(heard->label, label) != 0)
        pthread_cond_wait(&heard->changed, &heard->lock);
    pthread_mutex_unlock(&heard->lock);
}

static void
wait_for_error(Heard *heard)
{
    pthread_mutex_lock(&heard->lock);
    while (!heard->error)
        pthread_cond_wait(&heard->changed, &heard->lock);
    pthread_mutex_unlock(&heard->lock);
}

static CwPromptsWatch *
watch(const char *path, Heard *heard)
{
    g_autoptr(GError) error = NULL;
    CwPromptsWatch *made = cw_prompts_watch_new(path, hear, heard, &error);
    g_assert_no_error(error);
    return made;
}

static void
test_what_is_saved_in_place_or_put_there_is_told(void)
{
    Heard heard;
    char *dir = cw_test_make_dir();
    g_autofree char *path = cw_test_write(dir, "scene.txt", "one\none more\n", -1);
    init_heard(&heard);
    CwPromptsWatch *watched = watch(path, &heard);
    g_free(cw_test_write(dir, "scene.txt", "two\ntwo more\n", -1));
    wait_for_label(&heard, "two");
    g_autofree char *beside = cw_test_write(dir, ".scene.txt.swp", "tre\ntre more\n", -1);
    g_assert_cmpint(g_rename(beside, path), ==, 0);
    wait_for_label(&heard, "tre");
    cw_prompts_watch_free(watched);
    g_assert_cmpuint(heard.n_bad, ==, 0);
    clear_heard(&heard);
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_a_bad_file_is_told_with_its_line_and_a_mended_one_again(void)
{
    Heard heard;
    char *dir = cw_test_make_dir();
    g_autofree char *path = cw_test_write(dir, "scene.txt", "one\none more\n", -1);
    init_heard(&heard);
    CwPromptsWatch *watched = watch(path, &heard);
    g_free(cw_test_write(dir, "scene.txt", "two\ntwo more [treshold=1]\n", -1));
    wait_for_error(&heard);
    g_assert_nonnull(strstr(heard.error, "scene.txt:2"));
    g_assert_cmpint(g_remove(path), ==, 0);
    g_free(cw_test_write(dir, "scene.txt", "two\ntwo more\n", -1));
    wait_for_label(&heard, "two");
    cw_prompts_watch_free(watched);
    clear_heard(&heard);
    cw_test_remove_dir(dir);
    g_free(dir);
}

/* An editor that writes line by line, a hundred times: hear() sees to it that none is half there.
 */
static void
test_what_is_still_being_written_is_not_read(void)
{
    Heard heard;
    char *dir = cw_test_make_dir();
    g_autofree char *path = cw_test_write(dir, "scene.txt", "one\none more\n", -1);
    init_heard(&heard);
    CwPromptsWatch *watched = watch(path, &heard);
    for (guint i = 0; i <= 100; i++) {
        FILE *file = g_fopen(path, "w");
        g_assert_nonnull(file);
        fprintf(file, "version %u\n", i);
        fflush(file);
        g_usleep(3000); /* the editor's disk */
        fprintf(file, "version %u again\n", i);
        fclose(file);
    }
    wait_for_label(&heard, "version 100");
    cw_prompts_watch_free(watched);
    g_assert_cmpuint(heard.n_bad, ==, 0);
    clear_heard(&heard);
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_nothing_is_told_of_what_stays_or_is_no_longer_watched(void)
{
    Heard heard, other;
    char *dir = cw_test_make_dir();
    g_autofree char *path = cw_test_write(dir, "scene.txt", "one\none more\n", -1);
    g_autofree char *still = cw_test_write(dir, "still.txt", "one\none more\n", -1);
    init_heard(&heard);
    init_heard(&other);
    cw_prompts_watch_free(watch(path, &heard));
    CwPromptsWatch *quiet = watch(still, &heard);
    CwPromptsWatch *watched = watch(path, &other);
    g_free(cw_test_write(dir, "scene.txt", "two\ntwo more\n", -1));
    wait_for_label(&other, "two");
    cw_prompts_watch_free(watched);
    cw_prompts_watch_free(quiet);
    g_assert_cmpuint(heard.n_good + heard.n_bad, ==, 0);
    clear_heard(&heard);
    clear_heard(&other);
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_a_name_that_is_nowhere_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cw_prompts_watch_new("no-such-set", hear, NULL, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "no-such-set", NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/prompt/watch/" #name, test_##name)
    CASE(what_is_saved_in_place_or_put_there_is_told);
    CASE(a_bad_file_is_told_with_its_line_and_a_mended_one_again);
    CASE(what_is_still_being_written_is_not_read);
    CASE(nothing_is_told_of_what_stays_or_is_no_longer_watched);
    CASE(a_name_that_is_nowhere_is_refused);
    return g_test_run();
}
