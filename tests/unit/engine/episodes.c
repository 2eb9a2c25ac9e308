/* Episodes of a stream: what the engine tells of them, and when. */
#include "fixture.h"
#include "scene.h"

#include <string.h>

#define SECOND G_GINT64_CONSTANT(1000000000)

/* What was told, one word each: "start black-picture", "decision" and so on, in order. */
typedef struct {
    GString *told;
    guint64 sequence;
    char ids[2][37];   /* of the episode of each class that started last */
    char decision[37]; /* of the last decision */
} Diary;

static void
note_decision(const CwDecision *decision, const char *json, gpointer user_data)
{
    Diary *diary = user_data;
    g_string_append(diary->told, ".");
    g_strlcpy(diary->decision, decision->id, sizeof diary->decision);
}

static void
note_episode(const CwEpisodeEvent *event, const char *json, gpointer user_data)
{
    Diary *diary = user_data;
    const CwEpisode *episode = event->episode;
    const CwPromptSet *set = cw_classifier_get_set(event->classifier);
    const char *end = cw_episode_end_to_string(episode->ended);
    g_assert_cmpuint(event->sequence, ==, diary->sequence++);
    g_assert_cmpstr(event->stream_id, ==, "s");
    if (episode->phase == CW_EPISODE_START)
        g_strlcpy(diary->ids[episode->class_index], episode->id, sizeof diary->ids[0]);
    g_assert_cmpstr(episode->id, ==, diary->ids[episode->class_index]);
    g_assert_nonnull(strstr(json, episode->id));
    if (event->decision_id)
        g_assert_cmpstr(event->decision_id, ==, diary->decision);
    g_string_append_printf(
        diary->told, " %s %s %d..%d %s%s\n", cw_episode_phase_to_string(episode->phase),
        set->classes[episode->class_index].id, (int)(episode->begin_ns / SECOND),
        (int)(episode->last_ns / SECOND), end ? end : "", event->decision_id ? "" : "!");
}

/* Two classes of which each plain picture is surely one. */
static const char prompts_text[] = "black picture [enter=0.5 evidence=1/1]\n"
                                   "white picture [enter=0.5 evidence=1/1]\n";

static CwStream *
open_stream(CwEngine *engine, Diary *diary)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts = scene_parse(prompts_text);
    const CwStreamConfig config = {
        .stream_id = "s", .decided = note_decision, .episode = note_episode, .user_data = diary};
    const CwFrameFormat format = scene_format(64, 48);
    *diary = (Diary){.told = g_string_new(NULL)};
    CwStream *stream = cw_stream_new(engine, prompts, &config, &error);
    g_assert_no_error(error);
    g_assert_true(cw_stream_set_format(stream, &format, &error));
    return stream;
}

static void
classify_times(CwStream *stream, guint8 value, const CwFrameTimes *times)
{
    const CwFrame frame = scene_frame(value);
    g_assert_true(cw_stream_classify(stream, &frame, times));
}

/* A black (b) or white (w) picture a second. */
static void
classify_letters(CwStream *stream, gint64 second, const char *letters)
{
    for (; *letters; letters++, second++) {
        const CwFrameTimes times = {.stream_time_ns = second * SECOND,
                                    .running_time_ns = CW_TIME_NONE,
                                    .capture_time_us = CW_TIME_NONE};
        classify_times(stream, *letters == 'b' ? 0 : 255, &times);
    }
}

static void
expect(Diary *diary, const char *told)
{
    g_assert_cmpstr(diary->told->str, ==, told);
    g_string_truncate(diary->told, 0);
}

static void
test_an_episode_is_told_behind_the_decision_that_led_to_it(void)
{
    Diary diary;
    g_autoptr(CwEngine) engine = scene_open_engine();
    CwStream *stream = open_stream(engine, &diary);
    classify_letters(stream, 0, "bbw");
    expect(&diary, ". start black-picture 0..0 \n.. start white-picture 2..2 \n"
                   " end black-picture 0..1 left\n");
    cw_stream_free(stream);
    expect(&diary, " end white-picture 2..2 stream-ended!\n");
    g_string_free(diary.told, TRUE);
}

static void
test_the_end_of_the_stream_ends_what_is_open_and_drain_waits_for_it(void)
{
    Diary diary;
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = open_stream(engine, &diary);
    classify_letters(stream, 0, "b");
    cw_stream_end_episodes(stream);
    g_assert_true(cw_stream_drain(stream, 10 * G_USEC_PER_SEC));
    expect(&diary, ". start black-picture 0..0 \n end black-picture 0..0 stream-ended!\n");
    classify_letters(stream, 1, "b");
    expect(&diary, ". start black-picture 1..1 \n");
    cw_stream_flush(stream);
    g_assert_true(cw_stream_drain(stream, 10 * G_USEC_PER_SEC));
    expect(&diary, " end black-picture 1..1 flushed!\n");
    g_string_free(g_steal_pointer(&diary.told), TRUE);
}

static void
test_a_flush_ends_what_is_open_before_the_next_frame_is_told(void)
{
    Diary diary;
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = open_stream(engine, &diary);
    classify_letters(stream, 50, "b");
    cw_stream_flush(stream);
    classify_letters(stream, 3, "b");
    expect(&diary, ". start black-picture 50..50 \n end black-picture 50..50 flushed!\n"
                   ". start black-picture 3..3 \n");
    cw_stream_flush(stream);
    g_assert_true(cw_stream_drain(stream, 10 * G_USEC_PER_SEC));
    g_string_free(g_steal_pointer(&diary.told), TRUE);
}

static void
test_other_prompts_end_what_is_open_and_other_sizes_do_not(void)
{
    Diary diary;
    g_autoptr(GError) error = NULL;
    g_autoptr(CwEngine) engine = scene_open_engine();
    CwStream *stream = open_stream(engine, &diary);
    g_autoptr(CwPrompts) prompts = scene_parse("@set other\nblack picture\nwhite picture\n");
    const CwFrameFormat format = scene_format(32, 32);
    classify_letters(stream, 0, "b");
    g_assert_true(cw_stream_set_format(stream, &format, &error));
    classify_letters(stream, 1, "b");
    expect(&diary, ". start black-picture 0..0 \n.");
    g_assert_true(
        cw_stream_set_prompts(stream, prompts, (CwThreshold){CW_THRESHOLD_NONE, 0}, &error));
    classify_letters(stream, 2, "bb");
    expect(&diary, " end black-picture 0..1 replaced!\n.. start black-picture 2..3 \n");
    cw_stream_free(stream);
    g_string_free(diary.told, TRUE);
}

static void
test_a_medium_without_times_of_its_own_is_followed_by_running_time(void)
{
    Diary diary;
    g_autoptr(CwEngine) engine = scene_open_engine();
    CwStream *stream = open_stream(engine, &diary);
    const CwFrameTimes running = scene_time(7 * SECOND), none = scene_time(CW_TIME_NONE);
    classify_times(stream, 0, &none);
    expect(&diary, ".");
    classify_times(stream, 0, &running);
    expect(&diary, ". start black-picture 7..7 \n");
    classify_letters(stream, 8, "b");
    expect(&diary, ". end black-picture 7..7 discontinuity!\n start black-picture 8..8 \n");
    cw_stream_free(stream);
    g_string_free(diary.told, TRUE);
}

static void
test_a_class_that_leaves_above_its_default_threshold_is_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwPrompts) prompts = scene_parse("a\nb [leave=0.8]\n");
    const CwStreamConfig config = {.stream_id = "s", .threshold = {CW_THRESHOLD_PROBABILITY, 0.6}};
    g_assert_null(cw_stream_new(engine, prompts, &config, &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "test.txt:2: class 'b' has leave=0.8 above the 0.6"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/episodes/" #name, test_##name)
    CASE(an_episode_is_told_behind_the_decision_that_led_to_it);
    CASE(the_end_of_the_stream_ends_what_is_open_and_drain_waits_for_it);
    CASE(a_flush_ends_what_is_open_before_the_next_frame_is_told);
    CASE(other_prompts_end_what_is_open_and_other_sizes_do_not);
    CASE(a_medium_without_times_of_its_own_is_followed_by_running_time);
    CASE(a_class_that_leaves_above_its_default_threshold_is_refused);
    return g_test_run();
}
