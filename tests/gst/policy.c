/* The policy of clipclassify: what is refused, what "off" costs, and what may change while the
 * video goes on. */
#include "fixture.h"
#include "pipeline.h"

#include <string.h>

#define CAPS "video/x-raw,format=I420,width=160,height=120,framerate=10/1"
#define LIVE "videotestsrc is-live=true ! " CAPS " ! clipclassify name=c interval=0 "

typedef struct {
    char *dir, *innocent, *hostile, *people;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    f->dir = cw_test_make_dir();
    f->innocent = cw_test_write(f->dir, "good.txt", "a black picture\ncolour bars\n", -1);
    f->hostile = cw_test_write(f->dir, "bad.txt", "a car\na thief\n", -1);
    f->people = cw_test_write(f->dir, "people.txt",
                              "a person\na child\ncolour bars\nnothing [background]\n", -1);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_test_remove_dir(f->dir);
    g_free(f->dir);
    g_free(f->innocent);
    g_free(f->hostile);
    g_free(f->people);
}

static void
test_refused(Fixture *f, gconstpointer data)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(
        "videotestsrc num-buffers=1 ! " CAPS " ! clipclassify prompts=%s ! fakesink", f->hostile);
    g_assert_false(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    pipeline_wait(pipeline, 1);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    const char *message = pipeline->errors->pdata[0];
    static const char *const parts[] = {"bad.txt:2", "rule CRIME of strict/1 refuses 'a thief'",
                                        "name what happens or lies there instead",
                                        "mend the prompts", NULL};
    for (const char *const *part = parts; *part; part++)
        g_assert_nonnull(strstr(message, *part));
}

static void
test_off(Fixture *f, gconstpointer data)
{
    g_autoptr(Pipeline) pipeline =
        pipeline_new("videotestsrc num-buffers=1 ! " CAPS
                     " ! clipclassify prompts=%s policy=off sync=true ! fakesink",
                     f->hostile);
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    g_assert_cmpuint(pipeline->decisions->len, ==, 1);
    g_assert_cmpuint(pipeline->warnings->len, ==, 1);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "policy=off"));
    g_assert_nonnull(
        strstr(gst_structure_get_string(pipeline->decisions->pdata[0], "json"), "\"policy\":null"));
}

static void
expect_policy(GstElement *element, const char *name)
{
    g_autofree char *kept = NULL;
    g_object_get(element, "policy", &kept, NULL);
    g_assert_cmpstr(kept, ==, name);
}

static void
test_change(Fixture *f, gconstpointer data)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(LIVE "prompts=%s ! fakesink", f->innocent);
    GstElement *element = pipeline_get(pipeline, "c");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PLAYING));
    static const char *const looser[] = {"off", "audit-only", "wildlife", "nowhere"};
    for (guint i = 0; i < G_N_ELEMENTS(looser); i++) {
        g_object_set(element, "policy", looser[i], NULL);
        pipeline_wait_warning(pipeline);
        g_assert_nonnull(
            strstr(pipeline->warnings->pdata[pipeline->warnings->len - 1], "the old one stays"));
        expect_policy(element, "strict");
    }
    g_object_set(element, "policy", "scene-only", NULL);
    expect_policy(element, "scene-only");
    pipeline_wait(pipeline, pipeline->decisions->len + 5);
    const GstStructure *last = pipeline->decisions->pdata[pipeline->decisions->len - 1];
    g_assert_nonnull(strstr(gst_structure_get_string(last, "json"), "\"id\":\"scene-only/1\""));
    g_object_set(element, "prompts", f->people, NULL);
    pipeline_wait_warning(pipeline);
    g_assert_nonnull(
        strstr(pipeline->warnings->pdata[pipeline->warnings->len - 1], "rule NO-PEOPLE"));
}

static void
test_prompts_in_use(Fixture *f, gconstpointer data)
{
    g_autoptr(Pipeline) pipeline = pipeline_new(LIVE "prompts=%s ! fakesink", f->people);
    GstElement *element = pipeline_get(pipeline, "c");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PLAYING));
    g_object_set(element, "policy", "scene-only", NULL);
    pipeline_wait_warning(pipeline);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "rule NO-PEOPLE"));
    expect_policy(element, "strict");
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/gst/policy/" name, Fixture, NULL, set_up, test, tear_down)
    ADD("what-it-refuses-is-refused-with-place-and-reason", test_refused);
    ADD("off-is-loud", test_off);
    ADD("while-playing-it-can-only-be-tightened", test_change);
    ADD("it-is-not-tightened-over-prompts-in-use", test_prompts_in_use);
    return g_test_run();
}
