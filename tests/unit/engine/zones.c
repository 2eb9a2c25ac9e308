/* Zones, masks and regions of a stream: what is decided on, and what changes while it runs. */
#include "encoder.h"
#include "fixture.h"
#include "scene.h"

#include <stdatomic.h>
#include <string.h>

#define HEAD "{\"schema\":\"clipwatch.zones/1\","

enum { WIDTH = 64, HEIGHT = 48 };

static CwZones *
parse(const char *json)
{
    g_autoptr(GError) error = NULL;
    CwZones *zones = cw_zones_parse(json, strlen(json), "zones.json", &error);
    g_assert_no_error(error);
    return zones;
}

/* Black in the left half, white in the right one. */
static CwFrame
make_halves(void)
{
    static _Thread_local guint8 pixels[HEIGHT][WIDTH][3];
    for (guint y = 0; y < HEIGHT; y++) {
        memset(pixels[y], 0, sizeof pixels[y] / 2);
        memset(pixels[y][WIDTH / 2], 255, sizeof pixels[y] / 2);
    }
    return (CwFrame){.planes = {pixels[0][0]}, .strides = {WIDTH * 3}};
}

/* What was heard of the frame: "zone best" of each decision, or "best" of the whole picture. */
static char *
classify(CwStream *stream, Record *record, const CwFrame *frame)
{
    const CwFrameTimes times = scene_time(0);
    const guint before = record->n_heard;
    GString *heard = g_string_new(NULL);
    g_assert_true(cw_stream_classify(stream, frame, &times));
    for (guint i = before; i < record->n_heard; i++) {
        g_assert_cmpuint(record->heard[i].sequence, ==, i);
        g_string_append_printf(heard, "%s%s%s%s", i > before ? ", " : "", record->heard[i].zone,
                               record->heard[i].zone[0] ? " " : "", record->heard[i].best);
    }
    return g_string_free(heard, FALSE);
}

static const char halves_json[] = HEAD
    "\"whole\":false,\"zones\":[{\"id\":\"left\",\"rectangle\":[0,0,0.5,1],\"crop\":\"squash\"},"
    "{\"id\":\"right\",\"rectangle\":[0.5,0,0.5,1],\"crop\":\"squash\"}]}";

static void
test_each_zone_is_decided_on_by_what_is_in_it(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_autoptr(CwZones) zones = parse(halves_json);
    const CwFrame frame = make_halves();
    g_assert_true(cw_stream_set_zones(stream, zones, &error));
    g_autofree char *heard = classify(stream, &record, &frame);
    g_assert_cmpstr(heard, ==, "left black-picture, right white-picture");
    g_assert_nonnull(strstr(record.last_json, "\"zone\":\"right\""));
    g_assert_nonnull(strstr(record.last_json, cw_zones_get_digest(zones)));
    g_assert_nonnull(strstr(record.last_json, "\"crop\":\"squash\""));
    record_clear(&record);
}

static void
test_the_whole_picture_comes_first_and_zones_come_and_go(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_autoptr(CwZones) zones =
        parse(HEAD "\"zones\":[{\"id\":\"right\",\"rectangle\":[0.5,0,0.5,1]}]}");
    const CwFrame black = scene_frame(0);
    g_autofree char *before = classify(stream, &record, &black);
    g_assert_cmpstr(before, ==, "black-picture");
    g_assert_true(cw_stream_set_zones(stream, zones, &error));
    g_autofree char *with = classify(stream, &record, &black);
    g_assert_cmpstr(with, ==, "black-picture, right black-picture");
    g_assert_true(cw_stream_set_zones(stream, NULL, &error));
    g_autofree char *after = classify(stream, &record, &black);
    g_assert_cmpstr(after, ==, "black-picture");
    record_clear(&record);
}

/* A mask over the white half leaves black and the mean: moving what is under it moves no score. */
static void
test_what_is_masked_changes_no_score(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_autoptr(CwZones) masks =
        parse(HEAD "\"masks\":[{\"id\":\"neighbour\",\"rectangle\":[0.5,0,0.5,1]}]}");
    g_assert_true(cw_stream_set_zones(stream, masks, &error));
    const CwFrame black = scene_frame(0);
    g_free(classify(stream, &record, &black));
    const CwFrame halves = make_halves();
    g_free(classify(stream, &record, &halves));
    g_assert_true(record.heard[0].cosine == record.heard[1].cosine);
    g_assert_true(cw_stream_set_zones(stream, NULL, &error));
    g_free(classify(stream, &record, &halves));
    g_assert_true(record.heard[0].cosine != record.heard[2].cosine);
    record_clear(&record);
}

static void
test_regions_are_of_one_frame(void)
{
    static const CwRegion regions[] = {{"roi:person", 0.5, 0, 0.5, 1},
                                       {"roi:nothing", 0.5, 0.5, 0, 0},
                                       {"roi:beyond", 1.5, 0, 0.5, 1},
                                       {"roi:car", -1, 0, 1.5, 9}};
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    const CwFrame black = scene_frame(0);
    cw_stream_set_regions(stream, regions, G_N_ELEMENTS(regions));
    g_autofree char *with = classify(stream, &record, &black);
    g_assert_cmpstr(with, ==, "black-picture, roi:person black-picture, roi:car black-picture");
    g_autofree char *without = classify(stream, &record, &black);
    g_assert_cmpstr(without, ==, "black-picture");
    record_clear(&record);
}

static void
test_zones_and_regions_together_stay_within_the_bound(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    CwRegion regions[100];
    for (guint i = 0; i < G_N_ELEMENTS(regions); i++)
        regions[i] = (CwRegion){"roi:x", 0, 0, 1, 1};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_autoptr(CwZones) zones = parse(halves_json);
    g_assert_true(cw_stream_set_zones(stream, zones, &error));
    cw_stream_set_regions(stream, regions, G_N_ELEMENTS(regions));
    const CwFrame frame = make_halves();
    g_free(classify(stream, &record, &frame));
    g_assert_cmpuint(record.n_heard, ==, CW_ZONES_MAX);
    record_clear(&record);
}

static void
note_episode(const CwEpisodeEvent *event, const char *json, gpointer user_data)
{
    GString *told = user_data;
    const CwPromptSet *set = cw_classifier_get_set(event->classifier);
    g_string_append_printf(told, "%s %s %s; ", cw_episode_phase_to_string(event->episode->phase),
                           event->zone ? event->zone : "whole",
                           set->classes[event->episode->class_index].id);
    g_assert_nonnull(strstr(json, event->zone ? event->zone : "\"zone\":null"));
}

static void
test_episodes_are_of_a_zone(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(CwPrompts) prompts = scene_parse("black picture [enter=0.5 evidence=1/1]\n"
                                               "white picture [enter=0.5 evidence=1/1]\n");
    g_autoptr(CwZones) zones = parse(halves_json);
    g_autoptr(CwEngine) engine = scene_open_engine();
    const CwStreamConfig config = {
        .stream_id = "s", .episode = note_episode, .zones = zones, .user_data = told};
    const CwFrameFormat format = scene_format(WIDTH, HEIGHT);
    g_autoptr(CwStream) stream = cw_stream_new(engine, prompts, &config, &error);
    g_assert_no_error(error);
    g_assert_true(cw_stream_set_format(stream, &format, &error));
    const CwFrame halves = make_halves();
    CwFrameTimes times = {0, 0, CW_TIME_NONE, CW_CAPTURE_NONE};
    g_assert_true(cw_stream_classify(stream, &halves, &times));
    g_assert_cmpstr(told->str, ==, "start left black-picture; start right white-picture; ");
    g_string_truncate(told, 0);
    const CwFrame black = scene_frame(0);
    times.stream_time_ns = 1000000000;
    g_assert_true(cw_stream_classify(stream, &black, &times));
    g_assert_cmpstr(told->str, ==, "start right black-picture; end right white-picture; ");
    g_string_truncate(told, 0);
    g_assert_true(cw_stream_set_zones(stream, NULL, &error));
    times.stream_time_ns = 2000000000;
    g_assert_true(cw_stream_classify(stream, &black, &times));
    g_assert_cmpstr(told->str, ==,
                    "end left black-picture; end right black-picture; start whole black-picture; ");
}

/* A picture with more views than a batch goes in pieces, and the gate is for all of them. */
static void
test_views_are_encoded_in_pieces_and_gated_as_one_picture(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) json = g_string_new(HEAD "\"zones\":[");
    Encoder encoder;
    Record record;
    Listener listener = {&record};
    for (guint i = 0; i < CW_ZONES_MAX; i++)
        g_string_append_printf(json, "%s{\"id\":\"z%u\",\"rectangle\":[%u.5e-1,0,0.05,1]}",
                               i ? "," : "", i, i % 9);
    g_string_append(json, "]}");
    encoder_init(&encoder, 0);
    record_init(&record);
    {
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
        g_autoptr(CwZones) zones = parse(json->str);
        const CwFrame black = scene_frame(0), halves = make_halves();
        cw_stream_set_gate(stream, G_MAXINT64);
        g_assert_true(cw_stream_set_zones(stream, zones, &error));
        g_free(classify(stream, &record, &black));
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 1 + CW_ZONES_MAX);
        g_free(classify(stream, &record, &black));
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 1 + CW_ZONES_MAX);
        g_free(classify(stream, &record, &halves));
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 2 * (1 + CW_ZONES_MAX));
        g_assert_cmpuint(record.n_heard, ==, 3 * (1 + CW_ZONES_MAX));
        g_assert_true(
            cw_stream_set_zones(stream, NULL, &error)); /* other views: nothing is known */
        g_free(classify(stream, &record, &halves));
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 2 * (1 + CW_ZONES_MAX) + 1);
    }
    record_clear(&record);
    encoder_clear(&encoder);
}

typedef struct {
    CwStream *stream;
    CwZones *zones;
    atomic_bool done;
} Changer;

static void *
change_zones(void *data)
{
    Changer *changer = data;
    for (guint i = 0; i < 200; i++)
        g_assert_true(cw_stream_set_zones(changer->stream, i % 2 ? changer->zones : NULL, NULL));
    atomic_store(&changer->done, TRUE);
    return NULL;
}

static void
test_zones_change_while_frames_run(void)
{
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_autoptr(CwZones) zones = parse(halves_json);
    Changer changer = {.stream = stream, .zones = zones};
    pthread_t thread;
    g_assert_cmpint(pthread_create(&thread, NULL, change_zones, &changer), ==, 0);
    const CwFrame halves = make_halves();
    for (guint i = 0; i < 20 || (!atomic_load(&changer.done) && i < 300); i++) {
        g_autofree char *heard = classify(stream, &record, &halves);
        if (record.heard[record.n_heard - 1].zone[0] != '\0')
            g_assert_cmpstr(heard, ==, "left black-picture, right white-picture");
        else
            g_assert_null(strchr(heard, ' '));
    }
    pthread_join(thread, NULL);
    record_clear(&record);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/zones/" #name, test_##name)
    CASE(each_zone_is_decided_on_by_what_is_in_it);
    CASE(the_whole_picture_comes_first_and_zones_come_and_go);
    CASE(what_is_masked_changes_no_score);
    CASE(regions_are_of_one_frame);
    CASE(zones_and_regions_together_stay_within_the_bound);
    CASE(episodes_are_of_a_zone);
    CASE(views_are_encoded_in_pieces_and_gated_as_one_picture);
    CASE(zones_change_while_frames_run);
    return g_test_run();
}
