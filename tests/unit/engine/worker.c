/* Frames that come while the worker or a listener is busy: who waits, who is replaced, whose turn
 * it is. */
#include "encoder.h"
#include "scene.h"

#include <string.h>

/* A blocked listener takes no more than this to be noticed as blocked. */
#define A_MOMENT_US (20 * 1000)

static void
submit(CwStream *stream, gint64 running_ns)
{
    const CwFrame frame = scene_frame(0);
    const CwFrameTimes times = scene_time(running_ns);
    cw_stream_submit(stream, &frame, &times);
}

/* The listener is inside the callback for a first frame at running time 0. */
static void
block_listener(CwStream *stream, Listener *listener)
{
    listener_hold(listener);
    submit(stream, 0);
    listener_wait_inside(listener);
}

static void
test_the_newest_frame_wins_and_nobody_waits(void)
{
    CwStreamStats stats;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    block_listener(stream, &listener);
    for (gint64 i = 1; i <= 4; i++)
        submit(stream, i);
    cw_stream_get_stats(stream, &stats);
    g_assert_cmpuint(stats.sampled, ==, 5);
    g_assert_cmpuint(stats.replaced, ==, 3);
    g_assert_cmpuint(stats.decided, ==, 0);
    listener_release(&listener);
    g_assert_true(cw_stream_drain(stream, SCENE_MINUTE_US));
    g_assert_cmpuint(record.n_heard, ==, 2);
    g_assert_cmpint(record.heard[0].running_ns, ==, 0);
    g_assert_cmpuint(record.heard[0].skipped, ==, 0);
    g_assert_cmpint(record.heard[1].running_ns, ==, 4);
    g_assert_cmpuint(record.heard[1].skipped, ==, 3);
    g_assert_cmpuint(record.heard[1].sequence, ==, 1);
    g_assert_cmpint(record.heard[1].age_us, >, 0);
    cw_stream_get_stats(stream, &stats);
    g_assert_cmpuint(stats.decided, ==, 2);
    g_assert_cmpint(stats.last_age_us, >, 0);
    record_clear(&record);
}

static void
test_drain_says_when_it_took_too_long(void)
{
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_assert_true(cw_stream_drain(stream, 0));
    block_listener(stream, &listener);
    g_assert_false(cw_stream_drain(stream, 0));
    g_assert_false(cw_stream_drain(stream, A_MOMENT_US));
    listener_release(&listener);
    g_assert_true(cw_stream_drain(stream, G_MAXINT64));
    record_clear(&record);
}

static void
test_a_flush_drops_what_waits(void)
{
    CwStreamStats stats;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    block_listener(stream, &listener);
    submit(stream, 1);
    cw_stream_flush(stream);
    cw_stream_flush(stream);
    listener_release(&listener);
    g_assert_true(cw_stream_drain(stream, SCENE_MINUTE_US));
    g_assert_cmpuint(record.n_heard, ==, 1);
    cw_stream_get_stats(stream, &stats);
    g_assert_cmpuint(stats.flushed, ==, 1);
    submit(stream, 2);
    g_assert_true(cw_stream_drain(stream, SCENE_MINUTE_US));
    g_assert_cmpuint(record.n_heard, ==, 2);
    g_assert_cmpint(record.heard[1].running_ns, ==, 2);
    record_clear(&record);
}

static gpointer
classify_one(gpointer stream)
{
    const CwFrame frame = scene_frame(0);
    const CwFrameTimes times = scene_time(1);
    return GINT_TO_POINTER(cw_stream_classify(stream, &frame, &times));
}

static void
wait_for_sample(CwStream *stream)
{
    CwStreamStats stats = {0};
    while (stats.sampled == 0) {
        cw_stream_get_stats(stream, &stats);
        g_thread_yield();
    }
}

static void
test_a_flush_unblocks_classify(void)
{
    Encoder encoder;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    encoder_init(&encoder, 0);
    {
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        g_autoptr(CwStream) other = scene_open_stream(engine, "other", NULL);
        g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
        encoder_hold(&encoder);
        submit(other, 0);
        encoder_wait_inside(&encoder);
        GThread *thread = g_thread_new("classify", classify_one, stream);
        wait_for_sample(stream);
        cw_stream_flush(stream);
        g_assert_false(GPOINTER_TO_INT(g_thread_join(thread)));
        encoder_release(&encoder);
        g_assert_true(GPOINTER_TO_INT(classify_one(stream)));
        g_assert_cmpuint(record.n_heard, ==, 1);
    }
    encoder_clear(&encoder);
    record_clear(&record);
}

static void
test_a_flush_forgets_what_is_being_encoded(void)
{
    Encoder encoder;
    CwStreamStats stats;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    encoder_init(&encoder, 0);
    {
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
        encoder_hold(&encoder);
        submit(stream, 0);
        encoder_wait_inside(&encoder);
        cw_stream_flush(stream);
        encoder_release(&encoder);
        g_assert_true(cw_stream_drain(stream, SCENE_MINUTE_US));
        cw_stream_get_stats(stream, &stats);
        g_assert_cmpuint(stats.flushed, ==, 1);
        g_assert_cmpuint(record.n_heard, ==, 0);
    }
    encoder_clear(&encoder);
    record_clear(&record);
}

static void
test_a_slow_listener_holds_up_nobody_else(void)
{
    Record record;
    Listener slow = {&record}, quick = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) held = scene_open_stream(engine, "held", &slow);
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &quick);
    block_listener(held, &slow);
    for (guint i = 1; i <= 3; i++) {
        submit(held, i);
        g_assert_true(GPOINTER_TO_INT(classify_one(stream)));
    }
    g_assert_cmpuint(record.n_heard, ==, 4);
    listener_release(&slow);
    g_assert_true(cw_stream_drain(held, SCENE_MINUTE_US));
    g_assert_cmpuint(record.n_heard, ==, 5);
    g_assert_cmpint(record.heard[4].running_ns, ==, 3);
    g_assert_cmpuint(record.heard[4].skipped, ==, 2);
    record_clear(&record);
}

static gpointer
free_stream(gpointer stream)
{
    cw_stream_free(stream);
    return NULL;
}

static void
test_free_waits_for_the_callback_under_way(void)
{
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    CwStream *stream = scene_open_stream(engine, "s", &listener);
    block_listener(stream, &listener);
    submit(stream, 1);
    GThread *thread = g_thread_new("free", free_stream, stream);
    listener_release(&listener);
    g_thread_join(thread);
    g_assert_false(listener.inside); /* read without the lock: nobody else is left to write it */
    g_assert_cmpuint(record.n_heard, <=, 2);
    record_clear(&record);
}

static void
test_streams_take_turns(void)
{
    enum { N_STREAMS = 20 }; /* more than fit into one batch */
    Encoder encoder;
    CwStream *streams[N_STREAMS];
    encoder_init(&encoder, 0);
    {
        g_autoptr(CwEngine) engine = encoder_open_engine(&encoder, 0);
        for (guint i = 0; i < N_STREAMS; i++) {
            g_autofree char *id = g_strdup_printf("stream %u", i);
            streams[i] = scene_open_stream(engine, id, NULL);
        }
        encoder_hold(&encoder);
        submit(streams[0], 0);
        encoder_wait_inside(&encoder);
        /* The first stream is as eager as can be, and yet the others have their turn. */
        for (guint i = N_STREAMS; i-- > 0;)
            submit(streams[i], 1);
        encoder_release(&encoder);
        for (guint i = 1; i < N_STREAMS; i++) {
            CwStreamStats stats;
            while (cw_stream_get_stats(streams[i], &stats), stats.decided == 0)
                submit(streams[0], 2);
            g_assert_cmpuint(stats.replaced, ==, 0);
        }
        g_assert_cmpuint(encoder_get_n_views(&encoder), >=, N_STREAMS);
        for (guint i = 0; i < N_STREAMS; i++)
            cw_stream_free(streams[i]);
    }
    encoder_clear(&encoder);
}

static gpointer
submit_many(gpointer stream)
{
    for (gint64 i = 0; i < 200; i++)
        submit(stream, i);
    return NULL;
}

static void
test_a_decision_never_mixes_old_and_new_prompts(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    const CwThreshold none = {CW_THRESHOLD_NONE, 0};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwPrompts) before =
        scene_parse("@set old-one\nblack picture\nfire\n@set old-two\nwhite picture\nsmoke\n");
    g_autoptr(CwPrompts) after =
        scene_parse("@set new-one\nblack picture\nfire\n@set new-two\nwhite picture\nsmoke\n");
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_assert_true(cw_stream_set_prompts(stream, before, none, &error));
    GThread *thread = g_thread_new("submit", submit_many, stream);
    for (guint i = 0; i < 20; i++) {
        g_assert_true(cw_stream_set_prompts(stream, i % 2 ? before : after, none, &error));
        cw_stream_set_top_k(stream, i % 3);
    }
    g_thread_join(thread);
    g_assert_true(cw_stream_drain(stream, SCENE_MINUTE_US));
    g_assert_cmpuint(record.n_heard, >=, 2);
    g_assert_cmpuint(record.n_heard % 2, ==, 0);
    for (guint i = 0; i < record.n_heard; i += 2) {
        g_assert_cmpmem(record.heard[i].set, 3, record.heard[i + 1].set, 3);
        g_assert_cmpstr(record.heard[i].set + 4, ==, "one");
        g_assert_cmpstr(record.heard[i + 1].set + 4, ==, "two");
        g_assert_cmpint(record.heard[i].running_ns, ==, record.heard[i + 1].running_ns);
    }
    record_clear(&record);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/worker/" #name, test_##name)
    CASE(the_newest_frame_wins_and_nobody_waits);
    CASE(drain_says_when_it_took_too_long);
    CASE(a_flush_drops_what_waits);
    CASE(a_flush_unblocks_classify);
    CASE(a_flush_forgets_what_is_being_encoded);
    CASE(a_slow_listener_holds_up_nobody_else);
    CASE(free_waits_for_the_callback_under_way);
    CASE(streams_take_turns);
    CASE(a_decision_never_mixes_old_and_new_prompts);
    return g_test_run();
}
