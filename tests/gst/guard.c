/* That a label which the policy holds back leaves clipclassify by no way out. */
#include "fixture.h"
#include "pipeline.h"

#include <string.h>

#define FORBIDDEN "zebra"

/* White pictures, seen as a whole and in a zone, at five a second. */
#define WHITE                                                                               \
    "videotestsrc pattern=white num-buffers=%d ! "                                          \
    "video/x-raw,format=I420,width=160,height=120,framerate=5/1 ! "                         \
    "clipclassify name=c sync=true interval=0 top-k=0 attach-meta=true custom-event=true "  \
    "near-miss-interval=1 prompts=%s policy=%s zones=%s ! fakesink name=video async=false " \
    "c.events ! fakesink name=lines async=false"

/* Three names for what is to be seen: a forbidden one, and one that is told in its place. */
#define PROMPTS                                       \
    FORBIDDEN " = a white picture | a blank screen\n" \
              "other = a black picture\nelse [background] = a forest\n"

typedef struct {
    char *dir, *prompts, *zones;
    GString *seen; /* everything that left */
    GMutex lock;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    f->dir = cw_test_make_dir();
    f->prompts = cw_test_write(f->dir, "p.txt", PROMPTS, -1);
    f->zones = cw_test_write(f->dir, "z.json",
                             "{\"schema\":\"clipwatch.zones/1\",\"zones\":["
                             "{\"id\":\"door\",\"rectangle\":[0.05,0.3,0.2,0.6]}]}",
                             -1);
    f->seen = g_string_new(NULL);
    g_free(cw_test_write(f->dir, "forbidden.txt", FORBIDDEN "\n", -1));
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    cw_test_remove_dir(f->dir);
    g_free(f->dir);
    g_free(f->prompts);
    g_free(f->zones);
    g_string_free(f->seen, TRUE);
    g_mutex_clear(&f->lock);
}

/* (transfer full): the path of a policy with the rule. */
static char *
write_policy(Fixture *f, const char *rule)
{
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, FORBIDDEN "\n", -1);
    g_autofree char *text = g_strdup_printf(
        "{\"schema\":\"clipwatch-policy/1\",\"id\":\"p/1\",\"mode\":\"enforce\",\"lists\":{"
        "\"forbidden\":{\"files\":[{\"file\":\"forbidden.txt\",\"sha256\":\"%s\","
        "\"language\":\"en\"}]}},\"rules\":[{\"id\":\"RULE-1\",\"why\":\"told in the test\",%s}]}",
        digest, rule);
    return cw_test_write(f->dir, "policy.json", text, -1);
}

static void
note(Fixture *f, const char *text)
{
    g_mutex_lock(&f->lock);
    g_string_append_printf(f->seen, "%s\n", text);
    g_mutex_unlock(&f->lock);
}

static void
note_structure(Fixture *f, const GstStructure *structure)
{
    g_autofree char *text = gst_structure_to_string(structure);
    note(f, text);
}

static gboolean
note_meta(GstBuffer *buffer, GstMeta **meta, gpointer data)
{
    if (gst_meta_info_is_custom((*meta)->info))
        note_structure(data, gst_custom_meta_get_structure((GstCustomMeta *)*meta));
    return TRUE;
}

static GstPadProbeReturn
note_item(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    GstMapInfo map;
    if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
        const GstStructure *structure = gst_event_get_structure(GST_PAD_PROBE_INFO_EVENT(info));
        if (structure)
            note_structure(data, structure);
        return GST_PAD_PROBE_OK;
    }
    gst_buffer_foreach_meta(buffer, note_meta, data);
    if (strstr(GST_OBJECT_NAME(GST_OBJECT_PARENT(pad)), "lines") &&
        gst_buffer_map(buffer, &map, GST_MAP_READ)) {
        g_autofree char *line = g_strndup((const char *)map.data, map.size);
        note(data, line);
        gst_buffer_unmap(buffer, &map);
    }
    return GST_PAD_PROBE_OK;
}

static void
probe(Fixture *f, Pipeline *pipeline, const char *sink)
{
    g_autoptr(GstPad) pad = gst_element_get_static_pad(pipeline_get(pipeline, sink), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                      note_item, f, NULL);
}

/* Everything that leaves under the rule is in f->seen. */
static void
play(Fixture *f, const char *rule, int n_frames)
{
    g_autofree char *policy = write_policy(f, rule);
    g_autoptr(Pipeline) pipeline = pipeline_new(WHITE, n_frames, f->prompts, policy, f->zones);
    g_string_truncate(f->seen, 0);
    probe(f, pipeline, "video");
    probe(f, pipeline, "lines");
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 0);
    g_assert_cmpuint(pipeline->decisions->len, ==, 2 * (guint)n_frames);
    for (guint i = 0; i < pipeline->decisions->len; i++)
        note_structure(f, pipeline->decisions->pdata[i]);
    for (guint i = 0; i < pipeline->episodes->len; i++)
        note_structure(f, pipeline->episodes->pdata[i]);
}

static guint
count(const Fixture *f, const char *what)
{
    guint n = 0;
    for (const char *at = f->seen->str; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

#define OF ",\"of\":[\"forbidden\"]"

static void
test_emitted(Fixture *f, gconstpointer data)
{
    play(f, "\"check\":\"class\",\"action\":\"emit\"" OF, 8);
    g_assert_cmpuint(count(f, FORBIDDEN), >, 100);
    g_assert_cmpuint(count(f, "clipepisode"), >, 0);
    g_assert_cmpuint(count(f, "ClipClassifyMeta"), >, 0);
}

static void
test_suppressed(Fixture *f, gconstpointer data)
{
    play(f, "\"check\":\"suppress\",\"action\":\"suppress\"" OF, 8);
    g_assert_cmpuint(count(f, FORBIDDEN), ==, 0);
    g_assert_cmpuint(count(f, "RULE-1"), >, 16);
    g_assert_cmpuint(count(f, "told"), >=, 16);
    g_assert_cmpuint(count(f, "suppressed"), >, 16);
    g_assert_cmpuint(count(f, "door"), >, 0);
}

static void
test_held_back_by_frame(Fixture *f, gconstpointer data)
{
    play(f,
         "\"check\":\"veto\",\"background\":true,\"logit_ppm\":100000000,"
         "\"action\":\"suppress\"" OF,
         8);
    g_assert_cmpuint(count(f, FORBIDDEN), ==, 0);
}

static void
test_reviewed(Fixture *f, gconstpointer data)
{
    play(f, "\"check\":\"class\",\"action\":\"review\"" OF, 8);
    g_assert_cmpuint(count(f, "\"label_ids\":[\"" FORBIDDEN "\"]"), ==, 0);
    g_assert_cmpuint(count(f, "\"verdict\":\"chosen\""), ==, 0);
    g_assert_cmpuint(count(f, "\"verdict\":\"review\""), >, 16);
    g_assert_cmpuint(count(f, "\"action\":{\"action\":\"review\",\"rule\":\"RULE-1\""), >, 0);
    g_assert_cmpuint(count(f, "action=(string)review, rule=(string)RULE-1"), >, 0);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/gst/guard/" name, Fixture, NULL, set_up, test, tear_down)
    ADD("without-a-reason-the-label-leaves-by-every-way", test_emitted);
    ADD("a-suppressed-label-leaves-by-none", test_suppressed);
    ADD("nor-does-one-that-each-frame-holds-back", test_held_back_by_frame);
    ADD("what-needs-review-is-never-called-chosen", test_reviewed);
    return g_test_run();
}
