/* What the gate takes for the same picture, and what a stream does with it. */
#include "engine/gate.h"
#include "encoder.h"
#include "scene.h"

#include <string.h>

enum { SIDE = 64, N_BYTES = 3 * SIDE * SIDE };

#define REFRESH_US (10 * G_USEC_PER_SEC)

/* Grey with noise of that amplitude. */
static void
fill(guint8 *rgb, GRand *random, guint8 grey, gint amplitude)
{
    for (guint i = 0; i < N_BYTES; i++)
        rgb[i] = (guint8)(grey + g_rand_int_range(random, -amplitude, amplitude + 1));
}

static gboolean
look(CwGate *gate, const guint8 *rgb, gint64 time_us)
{
    guint16 blocks[CW_GATE_BLOCKS];
    cw_gate_measure(rgb, 1, SIDE, SIDE, blocks);
    const gboolean same = cw_gate_is_unchanged(gate, blocks, 1, CW_CROP_MODEL, time_us, REFRESH_US);
    if (!same)
        cw_gate_refer(gate, blocks, 1, CW_CROP_MODEL, time_us);
    return same;
}

static void
test_blocks_are_means_of_luma(void)
{
    guint8 rgb[N_BYTES];
    guint16 blocks[CW_GATE_BLOCKS];
    memset(rgb, 100, sizeof rgb);
    rgb[0] = 108; /* red of the first pixel: a quarter of its luma, a quarter of its block */
    cw_gate_measure(rgb, 1, SIDE, SIDE, blocks);
    g_assert_cmpuint(blocks[0], ==, 100 * CW_GATE_LEVEL + CW_GATE_LEVEL / 2);
    for (guint i = 1; i < CW_GATE_BLOCKS; i++)
        g_assert_cmpuint(blocks[i], ==, 100 * CW_GATE_LEVEL);
}

static void
test_a_still_picture_is_encoded_once_until_it_is_refreshed(void)
{
    CwGate gate;
    guint8 rgb[N_BYTES];
    memset(rgb, 50, sizeof rgb);
    cw_gate_init(&gate);
    g_assert_false(look(&gate, rgb, 0));
    g_assert_true(look(&gate, rgb, 1));
    g_assert_true(look(&gate, rgb, REFRESH_US - 1));
    g_assert_false(look(&gate, rgb, REFRESH_US));
    g_assert_true(look(&gate, rgb, REFRESH_US + 1));
    g_assert_false(look(&gate, rgb, 5)); /* time went back */
    cw_gate_forget(&gate);
    g_assert_false(look(&gate, rgb, 6));
    cw_gate_clear(&gate);
}

static void
test_noise_is_learnt_and_what_moves_in_it_is_seen(void)
{
    CwGate gate;
    guint8 rgb[N_BYTES];
    guint n_encoded = 0;
    GRand *random = g_rand_new_with_seed(1);
    cw_gate_init(&gate);
    for (guint i = 0; i < 400; i++) {
        fill(rgb, random, 90, 4);
        n_encoded += !look(&gate, rgb, i) && i >= 200;
    }
    g_assert_cmpuint(n_encoded, <, 20);
    /* Something of the size of one block, 40 levels darker. */
    fill(rgb, random, 90, 4);
    for (guint y = 20; y < 24; y++)
        for (guint x = 20; x < 24; x++)
            for (guint channel = 0; channel < 3; channel++)
                rgb[(channel * SIDE + y) * SIDE + x] = 50;
    g_assert_false(look(&gate, rgb, 400));
    g_rand_free(random);
    cw_gate_clear(&gate);
}

static void
test_a_busy_scene_does_not_raise_the_threshold_without_end(void)
{
    CwGate gate;
    guint8 rgb[N_BYTES];
    cw_gate_init(&gate);
    for (guint i = 0; i < 1000; i++) {
        memset(rgb, i % 2 ? 40 : 200, sizeof rgb);
        g_assert_false(look(&gate, rgb, i));
    }
    memset(rgb, 200 - CW_GATE_MAX_THRESHOLD / CW_GATE_LEVEL - 1, sizeof rgb);
    look(&gate, rgb, 1000);
    memset(rgb, 200, sizeof rgb);
    g_assert_false(look(&gate, rgb, 1001));
    cw_gate_clear(&gate);
}

static void
classify(CwStream *stream, guint8 grey, gint64 running_ns)
{
    const CwFrame frame = scene_frame(grey);
    const CwFrameTimes times = scene_time(running_ns);
    g_assert_true(cw_stream_classify(stream, &frame, &times));
}

static void
test_a_stream_decides_by_the_last_embedding_and_says_so(void)
{
    CwStreamStats stats;
    Encoder encoder;
    Record record;
    Listener listener = {&record};
    encoder_init(&encoder, 0);
    record_init(&record);
    {
        g_autoptr(GError) error = NULL;
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
        cw_stream_set_gate(stream, 10 * (guint64)1000000000);
        classify(stream, 10, 0);
        g_assert_nonnull(strstr(record.last_json, "\"refreshed\":true,\"evidence_age_us\":0,"));
        classify(stream, 10, 1000000000);
        g_assert_nonnull(
            strstr(record.last_json, "\"refreshed\":false,\"evidence_age_us\":1000000,"));
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 1);
        classify(stream, 200, 2000000000); /* another picture */
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 2);
        cw_stream_flush(stream); /* another place */
        classify(stream, 200, 3000000000);
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 3);
        g_assert_true(cw_stream_set_crop(stream, CW_CROP_SQUASH, &error)); /* another view */
        classify(stream, 200, 4000000000);
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 4);
        classify(stream, 200, 14000000000); /* too old */
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 5);
        cw_stream_set_gate(stream, 0);
        classify(stream, 200, 14000000001);
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 6);
        cw_stream_get_stats(stream, &stats);
        g_assert_cmpuint(stats.decided, ==, 7);
        g_assert_cmpuint(stats.unchanged, ==, 1);
        g_assert_cmpuint(record.n_heard, ==, 7);
    }
    record_clear(&record);
    encoder_clear(&encoder);
}

/* A picture that is replaced or flushed was never encoded: later ones are not held against it. */
static void
test_only_what_was_encoded_is_a_reference(void)
{
    Encoder encoder;
    CwStreamStats stats;
    encoder_init(&encoder, 0);
    {
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        g_autoptr(CwStream) stream = scene_open_stream(engine, "s", NULL);
        const CwFrameTimes times = scene_time(0);
        cw_stream_set_gate(stream, G_MAXINT64);
        encoder_hold(&encoder);
        CwFrame frame = scene_frame(10);
        cw_stream_submit(stream, &frame, &times);
        encoder_wait_inside(&encoder);
        frame = scene_frame(200); /* waits, and is replaced by one of its kind */
        cw_stream_submit(stream, &frame, &times);
        cw_stream_submit(stream, &frame, &times);
        frame = scene_frame(10); /* as what is being encoded: waits for that one's embedding */
        cw_stream_submit(stream, &frame, &times);
        encoder_release(&encoder);
        g_assert_true(cw_stream_drain(stream, SCENE_MINUTE_US));
        cw_stream_get_stats(stream, &stats);
        g_assert_cmpuint(stats.decided, ==, 2);
        g_assert_cmpuint(stats.unchanged, ==, 1);
        g_assert_cmpuint(stats.replaced, ==, 2);
        g_assert_cmpuint(encoder_get_n_views(&encoder), ==, 1);
    }
    encoder_clear(&encoder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/gate/" #name, test_##name)
    CASE(blocks_are_means_of_luma);
    CASE(a_still_picture_is_encoded_once_until_it_is_refreshed);
    CASE(noise_is_learnt_and_what_moves_in_it_is_seen);
    CASE(a_busy_scene_does_not_raise_the_threshold_without_end);
    CASE(a_stream_decides_by_the_last_embedding_and_says_so);
    CASE(only_what_was_encoded_is_a_reference);
    return g_test_run();
}
