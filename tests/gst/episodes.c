/* What clipclassify says of episodes: messages and lines of the events pad. */
#include "fixture.h"
#include "pipeline.h"

#include <string.h>

#define CAPS "video/x-raw,format=I420,width=160,height=120,framerate=10/1"

/* Ten seconds of black, then ten of white, as one medium. */
#define BLACK_AND_WHITE                                                                        \
    "videotestsrc pattern=black num-buffers=100 ! " CAPS " ! c. "                              \
    "videotestsrc pattern=white num-buffers=100 timestamp-offset=10000000000 ! " CAPS " ! c. " \
    "concat name=c adjust-base=false ! "

static const char *
get_text(const GstStructure *structure, const char *field)
{
    return gst_structure_get_string(structure, field);
}

static guint64
get_seconds(const GstStructure *structure, const char *field)
{
    GstClockTime time = 0;
    g_assert_true(gst_structure_get_clock_time(structure, field, &time));
    return time / GST_SECOND;
}

static void
assert_episode(Pipeline *pipeline, guint i, const char *phase, const char *label_id, guint64 begin,
               guint64 last, const char *ended)
{
    g_assert_cmpuint(i, <, pipeline->episodes->len);
    const GstStructure *episode = pipeline->episodes->pdata[i];
    guint64 sequence;
    g_assert_true(gst_structure_get_uint64(episode, "sequence", &sequence));
    g_assert_cmpuint(sequence, ==, i);
    g_assert_cmpstr(get_text(episode, "phase"), ==, phase);
    g_assert_cmpstr(get_text(episode, "label-id"), ==, label_id);
    g_assert_cmpuint(get_seconds(episode, "begin"), ==, begin);
    g_assert_cmpuint(get_seconds(episode, "last"), ==, last);
    g_assert_cmpstr(get_text(episode, "ended"), ==, ended);
    g_assert_nonnull(strstr(get_text(episode, "json"), get_text(episode, "id")));
}

static void
test_one_episode_for_each_scene(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        BLACK_AND_WHITE "clipclassify sync=true episode-update=5000000000 prompts=%s ! fakesink",
        scenes);
    assert_episode(pipeline, 0, "start", "black-picture", 0, 1, NULL);
    assert_episode(pipeline, 1, "update", "black-picture", 0, 6, NULL);
    assert_episode(pipeline, 2, "start", "white-picture", 10, 11, NULL);
    assert_episode(pipeline, 3, "end", "black-picture", 0, 9, "left");
    assert_episode(pipeline, 4, "update", "white-picture", 10, 16, NULL);
    assert_episode(pipeline, 5, "end", "white-picture", 10, 19, "stream-ended");
    g_assert_cmpuint(pipeline->episodes->len, ==, 6);
    const GstStructure *start = pipeline->episodes->pdata[0], *end = pipeline->episodes->pdata[3];
    g_assert_cmpstr(get_text(start, "id"), ==, get_text(end, "id"));
    g_assert_cmpstr(get_text(start, "decision"), ==, get_text(pipeline->decisions->pdata[1], "id"));
    g_assert_cmpstr(get_text(pipeline->episodes->pdata[5], "decision"), ==, NULL);
}

static void
test_lines_of_the_events_pad(void)
{
    g_autofree char *scenes = known_scenes();
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *path = g_build_filename(dir, "events.jsonl", NULL);
    g_autofree char *text = NULL;
    g_autoptr(Pipeline) pipeline =
        pipeline_play_new(BLACK_AND_WHITE "clipclassify name=k sync=true prompts=%s ! fakesink "
                                          "k.events ! filesink location=%s",
                          scenes, path);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n_episodes = 0;
    for (guint i = 0; lines[i]; i++)
        if (g_str_has_prefix(lines[i], "{\"schema\":\"clipwatch.episode/1\"")) {
            g_assert_cmpuint(n_episodes, <, pipeline->episodes->len);
            g_assert_cmpstr(lines[i], ==,
                            get_text(pipeline->episodes->pdata[n_episodes++], "json"));
        }
    g_assert_cmpuint(n_episodes, ==, pipeline->episodes->len);
    g_assert_cmpuint(g_strv_length(lines), ==, 20 + n_episodes + 1);
    cw_test_remove_dir(dir);
}

static void
test_none_when_they_are_not_wanted(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_play_new(
        BLACK_AND_WHITE "clipclassify sync=true episodes=false prompts=%s ! fakesink", scenes);
    g_assert_cmpuint(pipeline->decisions->len, ==, 20);
    g_assert_cmpuint(pipeline->episodes->len, ==, 0);
}

static void
test_an_element_that_stops_ends_its_episodes(void)
{
    g_autofree char *scenes = known_scenes();
    g_autoptr(Pipeline) pipeline = pipeline_new("videotestsrc pattern=black ! " CAPS
                                                " ! clipclassify sync=true prompts=%s ! fakesink",
                                                scenes);
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_PLAYING));
    pipeline_wait(pipeline, 3);
    g_assert_cmpuint(pipeline->episodes->len, >=, 1);
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_READY));
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline->pipeline);
    g_autofree char *ended = NULL;
    GstMessage *message;
    while ((message = gst_bus_pop_filtered(bus, GST_MESSAGE_ELEMENT))) {
        if (gst_message_has_name(message, "clipepisode")) {
            g_free(ended);
            ended = g_strdup(get_text(gst_message_get_structure(message), "ended"));
        }
        gst_message_unref(message);
    }
    g_assert_cmpstr(ended, ==, "stream-ended");
}

/* A calibration of another set, or none at all. */
static void
test_a_calibration_that_does_not_fit_is_one_error(void)
{
    g_autofree char *scenes = known_scenes();
    g_autofree char *dir = cw_test_make_dir();
    g_autofree char *path = g_build_filename(dir, "c.json", NULL);
    static const char other[] =
        "{\"schema\":\"clipwatch.calibration/1\",\"model\":\"m\",\"preprocess\":\"p\","
        "\"sets\":[{\"set\":\"known-scenes\",\"texts\":\"t\",\"templates\":\"t\",\"fit\":null,"
        "\"classes\":[],\"cameras\":[]}]}";
    g_autoptr(Pipeline) pipeline =
        pipeline_new("videotestsrc num-buffers=20 ! " CAPS
                     " ! clipclassify name=k sync=true calibration=%s prompts=%s ! fakesink",
                     path, scenes);
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    g_assert_true(g_str_has_prefix(pipeline->errors->pdata[0], "Calibration: "));
    g_assert_nonnull(strstr(pipeline->errors->pdata[0], path));
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_NULL));
    g_assert_true(g_file_set_contents(path, other, -1, NULL));
    g_ptr_array_set_size(pipeline->errors, 0);
    pipeline_play(pipeline);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    g_assert_nonnull(
        strstr(pipeline->errors->pdata[0], "set 'known-scenes' was calibrated with another model"));
    cw_test_remove_dir(dir);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/episodes/one for each scene, told once at each end",
                    test_one_episode_for_each_scene);
    g_test_add_func("/gst/episodes/they are lines of the events pad", test_lines_of_the_events_pad);
    g_test_add_func("/gst/episodes/none when they are not wanted",
                    test_none_when_they_are_not_wanted);
    g_test_add_func("/gst/episodes/an element that stops ends its episodes",
                    test_an_element_that_stops_ends_its_episodes);
    g_test_add_func("/gst/episodes/a calibration that does not fit is one error",
                    test_a_calibration_that_does_not_fit_is_one_error);
    return g_test_run();
}
