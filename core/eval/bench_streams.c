/* How many streams this machine holds: synthetic 1080p video through the engine, one decision a
 * second for each, all of them due at the same moment. */
#include "eval/bench.h"

#include "base/json_write.h"
#include "base/pool.h"
#include "eval/peak.h"

#include <clipwatch/engine.h>

#include <math.h>

#define WIDTH  1920
#define HEIGHT 1080

#define INTERVAL_US G_USEC_PER_SEC

typedef struct {
    CwEngine *engine;
    CwPrompts *prompts;
    GPtrArray *streams; /* CwStream; made as needed, kept */
    guint8 *picture;    /* I420, of all streams */
    guint n_feeders;    /* threads that stand for the streams' own */
    guint n_rounds;     /* of one trial */
    GMutex lock;        /* guards ages */
    GArray *ages;       /* double, milliseconds from due to decided */
} Bench;

typedef struct {
    const Bench *bench;
    guint first; /* takes every n_feeders-th stream from here */
    guint n_streams;
    gint64 start_us;
} Feeder;

/* What a trial found, from due to decided. */
typedef struct {
    double median, p95; /* milliseconds; infinite where too few were decided at all */
} Ages;

static void
clear_bench(Bench *bench)
{
    g_clear_pointer(&bench->streams, g_ptr_array_unref);
    g_clear_pointer(&bench->prompts, cw_prompts_unref);
    g_clear_pointer(&bench->engine, cw_engine_unref);
    g_clear_pointer(&bench->ages, g_array_unref);
    g_free(bench->picture);
    g_mutex_clear(&bench->lock);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, clear_bench)

static void
note_decision(const CwDecision *decision, const char *json, gpointer user_data)
{
    Bench *bench = user_data;
    const double ms = cw_bench_ms_since((gint64)decision->times.timestamp_ns / 1000);
    g_mutex_lock(&bench->lock);
    g_array_append_val(bench->ages, ms);
    g_mutex_unlock(&bench->lock);
}

static gboolean
make_streams(Bench *bench, guint n_streams, GError **error)
{
    const CwFrameFormat format = {.format = CW_PIXEL_I420,
                                  .matrix = CW_MATRIX_BT709,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .par_n = 1,
                                  .par_d = 1,
                                  .orientation = CW_ORIENTATION_UPRIGHT};
    while (bench->streams->len < n_streams) {
        g_autofree char *id = g_strdup_printf("bench-%u", bench->streams->len);
        const CwStreamConfig config = {.stream_id = id,
                                       .interval_ns = INTERVAL_US * 1000,
                                       .decided = note_decision,
                                       .user_data = bench};
        CwStream *stream = cw_stream_new(bench->engine, bench->prompts, &config, error);
        if (!stream)
            return FALSE;
        g_ptr_array_add(bench->streams, stream);
        if (!cw_stream_set_format(stream, &format, error))
            return FALSE;
    }
    return TRUE;
}

static gpointer
feed(gpointer data)
{
    const Feeder *feeder = data;
    const Bench *bench = feeder->bench;
    const guint8 *picture = bench->picture;
    const CwFrame frame = {
        .planes = {picture, picture + WIDTH * HEIGHT, picture + WIDTH * HEIGHT * 5 / 4},
        .strides = {WIDTH, WIDTH / 2, WIDTH / 2}};
    for (guint round = 0; round < bench->n_rounds; round++) {
        const gint64 due = feeder->start_us + round * INTERVAL_US;
        const gint64 wait = due - g_get_monotonic_time();
        if (wait > 0)
            g_usleep((gulong)wait);
        const CwFrameTimes times = {.stream_time_ns = CW_TIME_NONE,
                                    .running_time_ns = CW_TIME_NONE,
                                    .capture_time_us = CW_TIME_NONE,
                                    .timestamp_ns = (guint64)due * 1000};
        for (guint i = feeder->first; i < feeder->n_streams; i += bench->n_feeders)
            cw_stream_submit(bench->streams->pdata[i], &frame, &times);
    }
    return NULL;
}

/* Age of the picture that so many of 100 are not older than. One that was never decided on is
 * infinitely old. ages: sorted. */
static double
find_percentile(const GArray *ages, guint n_expected, guint percent)
{
    const guint at = (n_expected * percent + 99) / 100 - 1;
    return at < ages->len ? g_array_index(ages, double, at) : INFINITY;
}

/* Threads that stand for the streaming threads of all streams, from start to the last round. */
static gboolean
run_feeders(const Bench *bench, guint n_streams, gint64 start_us, GError **error)
{
    g_autofree Feeder *feeders = g_new(Feeder, bench->n_feeders);
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    for (guint i = 0; i < bench->n_feeders; i++) {
        feeders[i] = (Feeder){bench, i, n_streams, start_us};
        GThread *thread = g_thread_try_new("feeder", feed, &feeders[i], error);
        if (!thread)
            break;
        g_ptr_array_add(threads, thread);
    }
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(threads->pdata[i]);
    return threads->len == bench->n_feeders;
}

static gboolean
try_streams(Bench *bench, guint n_streams, Ages *result, GError **error)
{
    const guint n_sets = cw_prompts_get_n_sets(bench->prompts);
    if (!make_streams(bench, n_streams, error))
        return FALSE;
    g_array_set_size(bench->ages, 0);
    const gint64 start = g_get_monotonic_time() + 10000; /* until the feeders stand */
    if (!run_feeders(bench, n_streams, start, error))
        return FALSE;
    const gint64 end = start + bench->n_rounds * INTERVAL_US;
    for (guint i = 0; i < n_streams; i++) {
        const gint64 left = end - g_get_monotonic_time();
        cw_stream_drain(bench->streams->pdata[i], MAX(left, 0));
        cw_stream_flush(bench->streams->pdata[i]);
    }
    for (guint i = 0; i < n_streams; i++) /* what the worker had in hand */
        cw_stream_drain(bench->streams->pdata[i], INTERVAL_US);
    const guint n_expected = n_streams * n_sets * bench->n_rounds;
    cw_times_sort(bench->ages);
    result->median = find_percentile(bench->ages, n_expected, 50);
    result->p95 = find_percentile(bench->ages, n_expected, 95);
    return TRUE;
}

typedef struct {
    guint n_held;     /* the most that were held */
    guint n_too_many; /* the fewest that were not; 0 where all were */
    guint n_trials;
    Ages ages; /* of those held */
} Search;

static gboolean
step(Search *search, Bench *bench, guint n_streams, GError **error)
{
    Ages ages;
    if (!try_streams(bench, n_streams, &ages, error))
        return FALSE;
    search->n_trials++;
    if (ages.p95 * 1000 < INTERVAL_US) {
        search->n_held = n_streams;
        search->ages = ages;
    } else {
        search->n_too_many = n_streams;
    }
    return TRUE;
}

/* Doubles until it is too much, then halves the gap until it is a sixteenth. */
static gboolean
search_streams(Search *search, Bench *bench, guint max_streams, GError **error)
{
    for (guint n = MIN(bench->n_feeders, max_streams); search->n_too_many == 0;
         n = MIN(2 * n, max_streams)) {
        if (!step(search, bench, n, error))
            return FALSE;
        if (n == max_streams)
            break;
    }
    while (search->n_too_many > search->n_held + MAX(1, search->n_held / 16))
        if (!step(search, bench, (search->n_held + search->n_too_many) / 2, error))
            return FALSE;
    return TRUE;
}

static gboolean
open_bench(Bench *bench, const CwBenchOptions *options, GError **error)
{
    bench->engine =
        cw_engine_open(options->model ? options->model : "starter", options->precision, error);
    bench->prompts = bench->engine
                         ? cw_prompts_load(options->prompts ? options->prompts : "scene", error)
                         : NULL;
    if (!bench->prompts)
        return FALSE;
    bench->streams = g_ptr_array_new_with_free_func((GDestroyNotify)cw_stream_free);
    bench->ages = g_array_new(FALSE, FALSE, sizeof(double));
    bench->picture = g_malloc(WIDTH * HEIGHT * 3 / 2);
    for (gsize i = 0; i < WIDTH * HEIGHT * 3 / 2; i++)
        bench->picture[i] = (guint8)((i * 2654435761u) >> 24);
    bench->n_feeders = cw_pool_n_cpus();
    bench->n_rounds = MAX(1, (guint)options->seconds);
    Ages warm_up;
    return try_streams(bench, 1, &warm_up, error);
}

static void
write_line(const Bench *bench, const CwCeiling *ceiling, const Search *search, GString *json)
{
    const CwModelInfo *info = cw_model_get_info(cw_engine_get_model(bench->engine));
    cw_bench_write_head(json, "streams", info->name);
    cw_json_write_key(json, "precision");
    cw_json_write_string(json, info->precision);
    cw_ceiling_write_threads(ceiling, json);
    cw_json_write_key(json, "picture");
    cw_json_write_string(json, "1920x1080 I420");
    cw_json_write_key(json, "streams");
    cw_json_write_uint(json, search->n_held);
    cw_json_write_key(json, "streams_per_core");
    cw_json_write_decimal(json, (double)search->n_held / ceiling->n_threads, 2);
    cw_json_write_key(json, "too_many");
    cw_json_write_decimal(json, search->n_too_many ? search->n_too_many : NAN, 0);
    cw_json_write_key(json, "age_ms");
    cw_json_write_decimal(json, search->n_held ? search->ages.median : NAN, 3);
    cw_json_write_key(json, "age_ms_p95");
    cw_json_write_decimal(json, search->n_held ? search->ages.p95 : NAN, 3);
    cw_json_write_key(json, "trials");
    cw_json_write_uint(json, search->n_trials);
    g_string_append_c(json, '}');
}

gboolean
cw_bench_streams(const CwBenchOptions *options, GString *json, GError **error)
{
    g_auto(Bench) bench = {0};
    Search search = {0};
    g_mutex_init(&bench.lock);
    if (!open_bench(&bench, options, error))
        return FALSE;
    CwCeiling ceiling = cw_ceiling_begin(CW_PRECISION_F32, 0);
    if (!search_streams(&search, &bench, options->max_streams, error))
        return FALSE;
    cw_ceiling_end(&ceiling);
    write_line(&bench, &ceiling, &search, json);
    return TRUE;
}
