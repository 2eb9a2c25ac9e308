/* clipclassify with an audit log: nothing is told that is not recorded. */
#include "audit/key.h"
#include "audit/segments.h"
#include "audit/verify.h"

#include "fixture.h"
#include "pipeline.h"

#include <clipwatch/policy.h>

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define BARS                                       \
    "videotestsrc pattern=smpte num-buffers=31 ! " \
    "video/x-raw,format=I420,width=160,height=120,framerate=10/1 ! "

typedef struct {
    char *root, *log, *scenes;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    f->root = cw_test_make_dir();
    f->log = g_build_filename(f->root, "log", NULL);
    f->scenes = known_scenes();
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_test_remove_dir(f->root);
    g_free(f->root);
    g_free(f->log);
    g_free(f->scenes);
}

/* A record as one line: its type, a blank, its value. */
static void
collect(const CwAuditRecord *record, gpointer data)
{
    g_ptr_array_add(
        data, g_strdup_printf("%s %.*s", record->type, (int)record->value_length, record->value));
}

static GPtrArray *
read_log(const Fixture *f)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const CwAuditVerifyOptions options = {.visit = collect, .data = lines};
    g_autoptr(CwAuditReport) report = cw_audit_verify(f->log, &options);
    g_assert_cmpint(report->verdict, ==, CW_AUDIT_UNSIGNED); /* no key was given, all else holds */
    return lines;
}

/* How many records begin in that way and hold that. */
static guint
count(const GPtrArray *lines, const char *start, const char *part)
{
    guint n = 0;
    for (guint i = 0; i < lines->len; i++)
        n += g_str_has_prefix(lines->pdata[i], start) && strstr(lines->pdata[i], part);
    return n;
}

static Pipeline *
make_pipeline(const Fixture *f, const char *settings)
{
    return pipeline_new(BARS "clipclassify name=door interval=1000000000 audit=%s prompts=%s %s "
                             "! fakesink",
                        f->log, f->scenes, settings);
}

static void
assert_all_recorded(const GPtrArray *lines, const GPtrArray *messages, const char *type)
{
    for (guint i = 0; i < messages->len; i++) {
        const char *id = gst_structure_get_string(messages->pdata[i], "id");
        g_assert_cmpuint(count(lines, type, id), >=, 1);
    }
}

static void
test_record(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline = make_pipeline(f, "sync=true audit-purpose=\"is the gate open\"");
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    g_assert_cmpuint(pipeline->decisions->len, ==, 4);
    const GstStructure *message = pipeline->decisions->pdata[0];
    g_assert_true(gst_element_set_state(pipeline->pipeline, GST_STATE_NULL));
    g_autoptr(GPtrArray) lines = read_log(f);
    g_assert_cmpuint(count(lines, "session.start ", "\"purpose\":\"is the gate open\""), ==, 1);
    g_assert_cmpuint(count(lines, "session.end ", ""), ==, 1);
    g_assert_cmpuint(count(lines, "config.change ", "\"label\":\"colour bars\""), ==, 1);
    g_assert_cmpuint(count(lines, "decision ", ""), ==, 4);
    assert_all_recorded(lines, pipeline->decisions, "decision ");
    g_assert_cmpuint(pipeline->episodes->len, >, 0);
    assert_all_recorded(lines, pipeline->episodes, "episode ");
    double cosine = 0;
    const GValue *best = gst_value_list_get_value(gst_structure_get_value(message, "classes"), 0);
    g_assert_true(gst_structure_get_double(gst_value_get_structure(best), "cosine", &cosine));
    g_autofree char *ppm = g_strdup_printf("%d", (int)(cosine * 1e6 + 0.5));
    g_assert_cmpuint(count(lines, "decision ", ppm), >=, 1);
    pipeline_free(pipeline);
}

static void
test_key(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline = make_pipeline(f, "sync=true");
    pipeline_play(pipeline);
    pipeline_free(pipeline);
    char id[CW_AUDIT_ID_CHARS + 1];
    g_assert_true(cw_audit_read_log_id(f->log, id, NULL));
    g_autofree char *keys = g_build_filename(g_get_user_data_dir(), "clipwatch", "keys", NULL);
    g_autofree char *path = cw_audit_key_path(keys, id);
    GStatBuf status;
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

static void
test_change(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline = make_pipeline(f, "sync=true");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    g_object_set(pipeline_get(pipeline, "door"), "threshold", 0.3, NULL);
    pipeline_play(pipeline);
    pipeline_free(pipeline);
    g_autoptr(GPtrArray) lines = read_log(f);
    g_assert_cmpuint(count(lines, "config.change ", "\"model_digest\":\""), ==, 2);
    g_assert_cmpuint(count(lines, "config.change ", "\"threshold_ppm\":300000"), ==, 1);
}

static void
test_policy(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) strict = cw_policy_load("strict", &error);
    g_assert_no_error(error);
    g_autofree char *digest =
        g_strdup_printf("\"policy\":{\"digest\":\"%s\"", cw_policy_get_info(strict)->digest);
    Pipeline *pipeline = make_pipeline(f, "sync=true");
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    g_object_set(pipeline_get(pipeline, "door"), "policy", "off", NULL);
    pipeline_free(pipeline);
    pipeline = make_pipeline(f, "sync=true policy=off");
    pipeline_play(pipeline);
    pipeline_free(pipeline);
    g_autoptr(GPtrArray) lines = read_log(f);
    g_assert_cmpuint(count(lines, "session.start ", digest), ==, 1);
    g_assert_cmpuint(count(lines, "config.change ", digest), ==, 1);
    g_assert_cmpuint(count(lines, "refusal ", "no policy is looser than strict/1"), ==, 1);
    g_assert_cmpuint(count(lines, "session.start ", "\"policy\":null"), ==, 1);
    g_assert_cmpuint(count(lines, "policy.off ", "\"severity\":\"warning\""), ==, 1);
}

static void
test_share(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline =
        pipeline_new(BARS "clipclassify name=a audit=%s prompts=%s ! fakesink " BARS
                          "clipclassify name=b audit=%s prompts=%s ! fakesink",
                     f->log, f->scenes, f->log, f->scenes);
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    g_assert_cmpuint(pipeline->decisions->len, >=, 2);
    gst_element_set_state(pipeline->pipeline, GST_STATE_NULL);
    g_autoptr(GPtrArray) lines = read_log(f);
    g_assert_cmpuint(count(lines, "session.start ", "\"stream\":\"a\""), ==, 1);
    g_assert_cmpuint(count(lines, "session.start ", "\"stream\":\"b\""), ==, 1);
    assert_all_recorded(lines, pipeline->decisions, "decision ");
    pipeline_free(pipeline);
}

/* From the second frame on no file grows. */
static Pipeline *
play_on_full_disk(const Fixture *f, const char *settings)
{
    struct rlimit before, full;
    Pipeline *pipeline = make_pipeline(f, settings);
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PAUSED));
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    full = before;
    full.rlim_cur = 1;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &full), ==, 0);
    pipeline_play(pipeline);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    gst_element_set_state(pipeline->pipeline, GST_STATE_NULL);
    return pipeline;
}

static void
test_suppress(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline = play_on_full_disk(f, "sync=true episodes=false");
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(pipeline->decisions->len, ==, 1);
    g_assert_cmpuint(pipeline->warnings->len, ==, 1);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "held back"));
    g_autoptr(GPtrArray) lines = read_log(f);
    g_assert_cmpuint(count(lines, "decision ", ""), ==, 1);
    g_assert_cmpuint(count(lines, "gap ", "\"count\":4,"), ==, 1); /* and the session's end */
    pipeline_free(pipeline);
}

static void
test_drop(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline = play_on_full_disk(f, "sync=true episodes=false audit-failure=drop");
    g_assert_true(pipeline->eos);
    g_assert_cmpuint(pipeline->decisions->len, ==, 4);
    g_assert_cmpuint(pipeline->warnings->len, ==, 1);
    g_assert_nonnull(strstr(pipeline->warnings->pdata[0], "told without it"));
    g_autoptr(GPtrArray) lines = read_log(f);
    g_assert_cmpuint(count(lines, "gap ", "\"count\":4,"), ==, 1);
    pipeline_free(pipeline);
}

static void
test_stop(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline = play_on_full_disk(f, "sync=true episodes=false audit-failure=stop");
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    g_assert_nonnull(strstr(pipeline->errors->pdata[0], "The audit log cannot be written"));
    g_assert_cmpuint(pipeline->decisions->len, ==, 1);
    pipeline_free(pipeline);
}

static void
test_tampered(Fixture *f, gconstpointer data)
{
    Pipeline *pipeline = make_pipeline(f, "sync=true");
    pipeline_play(pipeline);
    pipeline_free(pipeline);
    g_autofree char *path = cw_audit_segment_path(f->log, 0);
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    bytes[length / 2] ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    pipeline = make_pipeline(f, "sync=true");
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    g_assert_nonnull(strstr(pipeline->errors->pdata[0], "not continued"));
    g_assert_cmpuint(pipeline->decisions->len, ==, 0);
    pipeline_free(pipeline);
}

#define ADD(name, function) \
    g_test_add("/gst/audit/" name, Fixture, NULL, set_up, function, tear_down)

int
main(int argc, char **argv)
{
    /* GLib asks for it once. */
    g_autofree char *home = cw_test_make_dir();
    g_setenv("XDG_DATA_HOME", home, TRUE);
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    ADD("every-decision-and-episode-is-recorded", test_record);
    ADD("the-first-use-makes-a-private-key-elsewhere", test_key);
    ADD("a-changed-threshold-is-recorded", test_change);
    ADD("what-the-policy-is-and-what-it-refuses-is-recorded", test_policy);
    ADD("two-elements-share-a-log", test_share);
    ADD("what-cannot-be-recorded-is-not-told", test_suppress);
    ADD("drop-tells-all-the-same-and-the-log-says-so", test_drop);
    ADD("stop-ends-the-pipeline-with-an-error", test_stop);
    ADD("a-log-that-was-tampered-with-is-not-continued", test_tampered);
    const int status = g_test_run();
    cw_test_remove_dir(home);
    return status;
}
