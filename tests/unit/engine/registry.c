/* One engine for a process, model and precision, for as long as somebody uses it. */
#include "fixture.h"
#include "scene.h"

#include <string.h>

/* Whether threads can be counted; otherwise the running test is skipped. */
static gboolean
can_count_workers(void)
{
    if (g_file_test("/proc/self/task", G_FILE_TEST_IS_DIR))
        return TRUE;
    g_test_skip("/proc is not mounted");
    return FALSE;
}

/* Threads of this process that have an engine's name. */
static guint
count_workers(void)
{
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    const char *id;
    guint n = 0;
    while (tasks && (id = g_dir_read_name(tasks))) {
        g_autofree char *path = g_build_filename("/proc/self/task", id, "comm", NULL);
        g_autofree char *name = NULL;
        n += g_file_get_contents(path, &name, NULL, NULL) && g_str_equal(name, "clipwatch\n");
    }
    return n;
}

static void
test_everybody_shares_one_engine(void)
{
    g_autoptr(GError) error = NULL;
    if (!can_count_workers())
        return;
    g_autoptr(CwEngine) first = scene_open_engine();
    g_autoptr(CwEngine) second = cw_engine_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    g_assert_true(first == second);
    g_assert_true(cw_engine_get_model(first) == cw_engine_get_model(second));
    g_assert_cmpuint(count_workers(), ==, 1);
}

static void
test_no_thread_is_left_when_nobody_uses_it(void)
{
    if (!can_count_workers())
        return;
    for (guint i = 0; i < 3; i++) {
        CwEngine *engine = scene_open_engine();
        CwStream *stream = scene_open_stream(engine, "s", NULL);
        cw_engine_unref(engine);
        g_assert_cmpuint(count_workers(), ==, 1); /* the stream has a reference */
        const CwFrame frame = scene_frame(0);
        const CwFrameTimes times = scene_time(0);
        g_assert_true(cw_stream_classify(stream, &frame, &times));
        cw_stream_submit(stream, &frame, &times);
        cw_stream_free(stream);
        g_assert_cmpuint(count_workers(), ==, 0);
    }
}

static gpointer
open_and_close(gpointer unused)
{
    for (guint i = 0; i < 5; i++) {
        g_autoptr(CwEngine) engine = scene_open_engine();
        g_autoptr(CwStream) stream = scene_open_stream(engine, "s", NULL);
        const CwFrame frame = scene_frame((guint8)i);
        const CwFrameTimes times = scene_time(i);
        g_assert_true(cw_stream_classify(stream, &frame, &times));
    }
    return NULL;
}

static void
test_threads_open_and_close_at_once(void)
{
    GThread *threads[4];
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("open", open_and_close, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    g_assert_cmpuint(count_workers(), ==, 0);
}

static void
test_a_model_that_is_not_there_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cw_engine_open("no-such-model", CW_PRECISION_F32, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_NOT_FOUND, "no-such-model", NULL);
    g_assert_cmpuint(count_workers(), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/registry/" #name, test_##name)
    CASE(everybody_shares_one_engine);
    CASE(no_thread_is_left_when_nobody_uses_it);
    CASE(threads_open_and_close_at_once);
    CASE(a_model_that_is_not_there_is_refused);
    return g_test_run();
}
