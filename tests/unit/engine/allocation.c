/* From the third frame on nothing is allocated: by any thread, in any library. */
#include "fixture.h"
#include "scene.h"

#include <stdatomic.h>
#include <stdlib.h>

/* glibc's own names for what is replaced below. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static atomic_bool counting;
static atomic_uint n_allocations;

static void
count(void)
{
    if (atomic_load(&counting))
        atomic_fetch_add(&n_allocations, 1);
}

void *
malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
    count();
    return __libc_realloc(old, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    count();
    return __libc_memalign(alignment, size);
}

int
posix_memalign(void **result, size_t alignment, size_t size)
{
    count();
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : 12; /* ENOMEM */
}

static atomic_uint n_decided;
static atomic_uint n_told;
static atomic_uint n_guarded;

static void
count_decision(const CwDecision *decision, const char *json, gpointer user_data)
{
    atomic_fetch_add(&n_decided, 1);
    atomic_fetch_add(&n_guarded, decision->guarded->n_actions);
}

static void
count_episode(const CwEpisodeEvent *event, const char *json, gpointer user_data)
{
    atomic_fetch_add(&n_told, 1);
}

/* Rules of every kind that fire on every class. */
static CwPolicy *
make_policy(void)
{
    g_autoptr(GError) error = NULL;
    char *dir = cw_test_make_dir();
    g_autofree char *path = cw_test_write(
        dir, "p.json",
        "{\"schema\":\"clipwatch-policy/1\",\"id\":\"all\",\"mode\":\"enforce\",\"lists\":{},"
        "\"rules\":["
        "{\"id\":\"V\",\"check\":\"veto\",\"background\":true,\"action\":\"review\",\"why\":\"w\"},"
        "{\"id\":\"F\",\"check\":\"floor\",\"least_ppm\":1,\"action\":\"suppress\",\"why\":\"w\"},"
        "{\"id\":\"M\",\"check\":\"margin\",\"logit_ppm\":100000000,\"action\":\"review\","
        "\"why\":\"w\"},"
        "{\"id\":\"E\",\"check\":\"evidence\",\"least\":1,\"window\":2,\"action\":\"redact\","
        "\"why\":\"w\"}]}",
        -1);
    CwPolicy *policy = cw_policy_load(path, &error);
    g_assert_no_error(error);
    cw_test_remove_dir(dir);
    g_free(dir);
    return policy;
}

static CwStream *
open_counting_stream(CwEngine *engine, CwCrop crop, CwZones *zones)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPolicy) policy = make_policy();
    g_autoptr(CwPrompts) prompts =
        scene_parse("@set light\nblack picture [evidence=1/1]\nwhite picture\n"
                    "@set alarms independent\nfire [cosine=0.2]\nsmoke [cosine=0.2]\n");
    const CwStreamConfig config = {.stream_id = "s",
                                   .crop = crop,
                                   .zones = zones,
                                   .policy = policy,
                                   .decided = count_decision,
                                   .episode = count_episode,
                                   .update_ns = 1,
                                   .near_miss_ns = 1};
    const CwFrameFormat format = scene_format(SCENE_MAX_WIDTH, SCENE_MAX_HEIGHT);
    CwStream *stream = cw_stream_new(engine, prompts, &config, &error);
    g_assert_no_error(error);
    g_assert_true(cw_stream_set_format(stream, &format, &error));
    return stream;
}

/* One frame waited for, and several that are not. */
static void
run_frames(CwStream *stream, guint n)
{
    for (guint i = 0; i < n; i++) {
        const CwFrame frame = scene_frame((guint8)i);
        const CwFrameTimes times = {i, i, 1700000000000000 + i, CW_CAPTURE_NTP};
        cw_stream_due(stream, i);
        g_assert_true(cw_stream_classify(stream, &frame, &times));
        cw_stream_submit(stream, &frame, &times);
        cw_stream_submit(stream, &frame, &times);
        g_assert_true(cw_stream_drain(stream, SCENE_MINUTE_US));
    }
}

static void
test_the_counter_counts(void)
{
    atomic_store(&n_allocations, 0);
    atomic_store(&counting, TRUE);
    g_free(g_strdup("counted"));
    atomic_store(&counting, FALSE);
    g_assert_cmpuint(atomic_load(&n_allocations), ==, 1);
}

static void
test_frames_after_the_first_ones_allocate_nothing(gconstpointer crop)
{
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = open_counting_stream(engine, (CwCrop)GPOINTER_TO_INT(crop), NULL);
    run_frames(stream, 2);
    atomic_store(&n_allocations, 0);
    const guint before = atomic_load(&n_decided), told_before = atomic_load(&n_told);
    atomic_store(&counting, TRUE);
    run_frames(stream, 20);
    atomic_store(&counting, FALSE);
    g_assert_cmpuint(atomic_load(&n_decided) - before, >=, 80);
    g_assert_cmpuint(atomic_load(&n_told) - told_before, >, 20);
    g_assert_cmpuint(atomic_load(&n_guarded), >=, 20);
    g_assert_cmpuint(atomic_load(&n_allocations), ==, 0);
}

static void
test_zones_and_regions_that_stay_allocate_nothing(void)
{
    static const char json[] = "{\"schema\":\"clipwatch.zones/"
                               "1\",\"zones\":[{\"id\":\"a\",\"polygon\":[[0,0],[1,0],[0,1]]},"
                               "{\"id\":\"b\",\"rectangle\":[0.5,0.5,0.5,0.5]}],"
                               "\"masks\":[{\"id\":\"m\",\"rectangle\":[0,0,0.2,1]}]}";
    static const CwRegion region = {"roi:person", 0.25, 0.25, 0.5, 0.5};
    g_autoptr(GError) error = NULL;
    g_autoptr(CwZones) zones = cw_zones_parse(json, sizeof json - 1, "zones", &error);
    g_assert_no_error(error);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = open_counting_stream(engine, CW_CROP_TILES, zones);
    for (guint i = 0; i < 30; i++) {
        const CwFrame frame = scene_frame((guint8)i);
        const CwFrameTimes times = {i, i, 1700000000000000 + i, CW_CAPTURE_NTP};
        atomic_store(&n_allocations, 0);
        atomic_store(&counting, i >= 10); /* by then each of the stream's pictures had its turn */
        cw_stream_set_regions(stream, &region, 1);
        g_assert_true(cw_stream_classify(stream, &frame, &times));
        atomic_store(&counting, FALSE);
        g_assert_cmpuint(atomic_load(&n_allocations), ==, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/allocation/the_counter_counts", test_the_counter_counts);
    g_test_add_data_func("/engine/allocation/frames_after_the_first_ones_allocate_nothing",
                         GINT_TO_POINTER(CW_CROP_MODEL),
                         test_frames_after_the_first_ones_allocate_nothing);
    g_test_add_data_func("/engine/allocation/tiles_after_the_first_ones_allocate_nothing",
                         GINT_TO_POINTER(CW_CROP_TILES),
                         test_frames_after_the_first_ones_allocate_nothing);
    g_test_add_func("/engine/allocation/zones_and_regions_that_stay_allocate_nothing",
                    test_zones_and_regions_that_stay_allocate_nothing);
    return g_test_run();
}
