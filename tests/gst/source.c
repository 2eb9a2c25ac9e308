/* clipsource and a camera that fails: every fault ends in pictures, none in an error. */
#include "camera.h"
#include "fixture.h"
#include "pipeline.h"

#include <string.h>

#define TIME_LIMIT_US (30 * G_USEC_PER_SEC)

/* Patience of the tests: little. */
#define IMPATIENT \
    "stall-timeout=1000000000 backoff-min=20000000 backoff-max=100000000 backoff-jitter=0.1"

typedef struct {
    Pipeline *pipeline;
    GstElement *source;
    GMutex lock;
    GCond cond; /* guard what follows */
    guint n_pictures;
    gint width;
    GstClockTime last; /* running time of the last picture */
    guint n_backward;  /* pictures that came from the past */
} Viewer;

static GstPadProbeReturn
look_at(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    Viewer *viewer = data;
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    const GstSegment *segment;
    gst_event_parse_segment(event, &segment);
    const GstClockTime time =
        gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(info->data));
    g_mutex_lock(&viewer->lock);
    if (GST_CLOCK_TIME_IS_VALID(time)) { /* the first of a raw stream may have none */
        viewer->n_backward += time < viewer->last;
        viewer->last = time;
    }
    viewer->n_pictures++;
    gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &viewer->width);
    g_cond_broadcast(&viewer->cond);
    g_mutex_unlock(&viewer->lock);
    return GST_PAD_PROBE_OK;
}

static Viewer *
viewer_new(const char *uri, const char *properties, const char *then)
{
    Viewer *viewer = g_new0(Viewer, 1);
    viewer->pipeline =
        pipeline_new("clipsource name=s uri=\"%s\" %s ! identity name=look silent=true %s "
                     "! fakesink sync=false",
                     uri, properties, then);
    viewer->source = pipeline_get(viewer->pipeline, "s");
    g_autoptr(GstPad) pad =
        gst_element_get_static_pad(pipeline_get(viewer->pipeline, "look"), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, look_at, viewer, NULL);
    return viewer;
}

static void
viewer_free(Viewer *viewer)
{
    pipeline_free(viewer->pipeline);
    g_mutex_clear(&viewer->lock);
    g_cond_clear(&viewer->cond);
    g_free(viewer);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Viewer, viewer_free)

static guint
count_pictures(Viewer *viewer)
{
    g_mutex_lock(&viewer->lock);
    const guint n = viewer->n_pictures;
    g_mutex_unlock(&viewer->lock);
    return n;
}

/* Until n more have come, of this width (0: any). */
static void
wait_for_pictures(Viewer *viewer, guint n, int width)
{
    const gint64 end = g_get_monotonic_time() + TIME_LIMIT_US;
    g_mutex_lock(&viewer->lock);
    const guint before = viewer->n_pictures;
    gboolean in_time = TRUE;
    while (in_time && (viewer->n_pictures < before + n || (width > 0 && viewer->width != width)))
        in_time = g_cond_wait_until(&viewer->cond, &viewer->lock, end);
    g_mutex_unlock(&viewer->lock);
    g_assert_true(in_time);
}

/* Until clipsource says so; its message, (transfer full). An error fails the test. */
static GstStructure *
wait_for_state(Viewer *viewer, const char *state)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(viewer->pipeline->pipeline);
    const gint64 end = g_get_monotonic_time() + TIME_LIMIT_US;
    for (;;) {
        const gint64 left = end - g_get_monotonic_time();
        g_assert_cmpint(left, >, 0);
        g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(
            bus, (GstClockTime)left * GST_USECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR);
        g_assert_nonnull(message);
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
            g_autoptr(GError) error = NULL;
            gst_message_parse_error(message, &error, NULL);
            g_assert_no_error(error);
        }
        const GstStructure *structure = gst_message_get_structure(message);
        if (gst_structure_has_name(structure, "clipsource") &&
            g_str_equal(gst_structure_get_string(structure, "state"), state))
            return gst_structure_copy(structure);
    }
}

static void
expect_state(Viewer *viewer, const char *state, const char *reason)
{
    GstStructure *message = wait_for_state(viewer, state);
    g_assert_cmpstr(gst_structure_get_string(message, "reason"), ==, reason);
    gst_structure_free(message);
}

static void
assert_no_error(Viewer *viewer)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(viewer->pipeline->pipeline);
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    g_assert_null(message);
}

/* No error, and every picture later than the one before it. */
static void
assert_went_on(Viewer *viewer)
{
    assert_no_error(viewer);
    g_mutex_lock(&viewer->lock);
    g_assert_cmpuint(viewer->n_backward, ==, 0);
    g_mutex_unlock(&viewer->lock);
}

static char *
over_tcp(Camera *camera)
{
    return g_strconcat("rtspt", camera_get_uri(camera) + strlen("rtsp"), NULL);
}

/* NULL, and the test is skipped, where H.264 cannot be encoded. */
static Camera *
start_camera(const CameraPicture *picture)
{
    Camera *camera = camera_new(picture);
    if (!camera)
        g_test_skip("openh264enc is not installed");
    return camera;
}

static void
assert_faults_end(const char *properties)
{
    static const CameraPicture bigger = {.codec = "jpeg", .rate = 20, .width = 640, .height = 480};
    static const CameraPicture small = {
        .codec = "vp8", .rate = 20, .gop = 4, .width = 160, .height = 120};
    g_autoptr(Camera) camera = start_camera(&(CameraPicture){.rate = 20, .gop = 4});
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    g_autoptr(Viewer) viewer = viewer_new(uri, properties, "");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 3, 320);
    expect_state(viewer, "connecting", "");
    expect_state(viewer, "playing", "");

    camera_restart(camera, NULL);
    gst_structure_free(wait_for_state(viewer, "reconnecting"));
    expect_state(viewer, "playing", "");
    wait_for_pictures(viewer, 3, 320);

    camera_switch(camera, FALSE);
    expect_state(viewer, "reconnecting", "end");
    expect_state(viewer, "reconnecting", "error");
    expect_state(viewer, "reconnecting", "error");
    camera_switch(camera, TRUE);
    expect_state(viewer, "playing", "");
    wait_for_pictures(viewer, 3, 320);

    camera_stall(camera, TRUE);
    expect_state(viewer, "stalled", "stall");
    expect_state(viewer, "reconnecting", "stall");
    camera_stall(camera, FALSE);
    expect_state(viewer, "playing", "");
    wait_for_pictures(viewer, 3, 320);

    camera_end(camera);
    expect_state(viewer, "reconnecting", "end");
    expect_state(viewer, "playing", "");
    wait_for_pictures(viewer, 3, 320);

    camera_restart(camera, &bigger);
    wait_for_pictures(viewer, 3, 640);
    camera_restart(camera, &small);
    wait_for_pictures(viewer, 3, 160);
    assert_went_on(viewer);
}

static void
test_faults(void)
{
    assert_faults_end(IMPATIENT);
}

static void
test_faults_keyframes_only(void)
{
    assert_faults_end(IMPATIENT " keyframes-only=true interval=0");
}

/* Nobody tells an end: over UDP packets just stop. */
static void
test_faults_over_udp(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autoptr(Viewer) viewer = viewer_new(camera_get_uri(camera), IMPATIENT, "");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    expect_state(viewer, "playing", "");
    camera_restart(camera, NULL);
    gst_structure_free(wait_for_state(viewer, "reconnecting"));
    expect_state(viewer, "playing", "");
    wait_for_pictures(viewer, 3, 0);
    assert_went_on(viewer);
}

static void
test_new_size_in_the_stream(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    g_autoptr(Viewer) viewer = viewer_new(uri, IMPATIENT, "");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 3, 320);
    camera_resize(camera, 640, 480);
    wait_for_pictures(viewer, 3, 640);
    g_assert_cmpuint(camera_get_n_plays(camera), ==, 1);
    assert_went_on(viewer);
}

/* Does not wait long for packets that are lost. */
static void
hurry(GstElement *source, GstElement *reader, gpointer data)
{
    g_object_set(reader, "latency", 100, NULL);
}

static void
test_broken_packets(void)
{
    g_autoptr(Camera) camera = start_camera(&(CameraPicture){.rate = 25, .gop = 5});
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    g_autoptr(Viewer) viewer = viewer_new(uri, IMPATIENT, "");
    g_signal_connect(viewer->source, "source-setup", G_CALLBACK(hurry), NULL);
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 3, 0);
    camera_corrupt(camera, 200);
    wait_for_pictures(viewer, 50, 0);
    camera_corrupt(camera, 0);
    wait_for_pictures(viewer, 20, 320);
    assert_no_error(viewer); /* what is made of broken packets may come in any order */
}

static void
test_keyframes_only(void)
{
    g_autoptr(Camera) camera = start_camera(&(CameraPicture){.rate = 20, .gop = 5});
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    g_autofree char *scenes = known_scenes();
    g_autofree char *classify =
        g_strdup_printf("! clipclassify name=c interval=0 sync=true prompts=%s", scenes);
    g_autoptr(Viewer) viewer =
        viewer_new(uri, IMPATIENT " keyframes-only=true interval=500000000", classify);
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    pipeline_wait(viewer->pipeline, 4);
    g_assert_cmpuint(viewer->pipeline->errors->len, ==, 0);
    for (guint i = 1; i < 4; i++)
        g_assert_cmpuint(pipeline_time(viewer->pipeline, i, "running-time"), >=,
                         pipeline_time(viewer->pipeline, i - 1, "running-time") +
                             400 * GST_MSECOND);
    g_assert_cmpstr(pipeline_label(viewer->pipeline, 3), ==, "colour bars");
    g_object_set(viewer->source, "interval", G_GUINT64_CONSTANT(0), NULL);
    pipeline_wait(viewer->pipeline, 8);
    g_assert_cmpuint(pipeline_time(viewer->pipeline, 7, "running-time"), <,
                     pipeline_time(viewer->pipeline, 6, "running-time") + 400 * GST_MSECOND);
}

static void
test_off_from_the_start(void)
{
    GstClockTime last = 0;
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    camera_switch(camera, FALSE);
    g_autoptr(Viewer) viewer = viewer_new(
        camera_get_uri(camera), "backoff-min=20000000 backoff-max=100000000 backoff-jitter=0", "");
    gst_element_set_state(viewer->pipeline->pipeline, GST_STATE_PLAYING);
    for (guint attempt = 1; attempt < 6; attempt++) {
        guint number = 0;
        GstClockTime delay = 0;
        GstStructure *message = wait_for_state(viewer, "reconnecting");
        g_assert_true(gst_structure_get_uint(message, "attempt", &number));
        g_assert_cmpuint(number, ==, attempt + 1);
        g_assert_true(gst_structure_get_clock_time(message, "delay", &delay));
        g_assert_cmpuint(delay, ==, last ? MIN(2 * last, 100 * GST_MSECOND) : 20 * GST_MSECOND);
        g_assert_cmpstr(gst_structure_get_string(message, "text"), !=, "");
        gst_structure_free(message);
        last = delay;
    }
    g_assert_cmpuint(get_stat(viewer->source, "faults"), >=, 5);
    camera_switch(camera, TRUE);
    wait_for_pictures(viewer, 3, 0);
    assert_went_on(viewer);
}

static void
test_silent_from_the_start(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    camera_stall(camera, TRUE);
    g_autoptr(Viewer) viewer =
        viewer_new(uri, "connect-timeout=1000000000 backoff-min=20000000", "");
    gst_element_set_state(viewer->pipeline->pipeline, GST_STATE_PLAYING);
    expect_state(viewer, "reconnecting", "timeout");
    camera_stall(camera, FALSE);
    wait_for_pictures(viewer, 3, 0);
    assert_went_on(viewer);
}

/* A pipeline that is halted by its owner is no fault of the camera. */
static void
test_pause(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autoptr(Viewer) viewer = viewer_new(camera_get_uri(camera), "stall-timeout=1000000000", "");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 3, 0);
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PAUSED));
    g_autoptr(GstBus) bus = gst_element_get_bus(viewer->pipeline->pipeline);
    for (gint64 end = g_get_monotonic_time() + 3 * G_USEC_PER_SEC / 2;
         g_get_monotonic_time() < end;) {
        g_autoptr(GstMessage) message =
            gst_bus_timed_pop_filtered(bus, 100 * GST_MSECOND, GST_MESSAGE_ELEMENT);
        if (message && gst_message_has_name(message, "clipsource"))
            g_assert_cmpstr(gst_structure_get_string(gst_message_get_structure(message), "reason"),
                            ==, "");
    }
    g_assert_cmpuint(get_stat(viewer->source, "faults"), ==, 0);
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 3, 0);
    assert_went_on(viewer);
}

static void
test_latency_while_away(void)
{
    GstClockTime before = 0, after = 1;
    gboolean live = FALSE;
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    g_autoptr(Viewer) viewer = viewer_new(uri, IMPATIENT, "");
    g_autoptr(GstPad) pad = gst_element_get_static_pad(viewer->source, "src");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 1, 0);
    g_autoptr(GstQuery) query = gst_query_new_latency();
    g_assert_true(gst_pad_query(pad, query));
    gst_query_parse_latency(query, &live, &before, NULL);
    g_assert_true(live);
    camera_switch(camera, FALSE);
    gst_structure_free(wait_for_state(viewer, "reconnecting"));
    g_autoptr(GstQuery) again = gst_query_new_latency();
    g_assert_true(gst_pad_query(pad, again));
    gst_query_parse_latency(again, &live, &after, NULL);
    g_assert_true(live);
    g_assert_cmpuint(after, ==, before);
}

/* States up and down, a stop in each phase among them. */
static void
test_states(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    g_autoptr(Viewer) viewer = viewer_new(uri, IMPATIENT, "");
    for (guint round = 0; round < 3; round++) {
        g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
        wait_for_pictures(viewer, 2, 0);
        g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_NULL));
        viewer->n_pictures = 0; /* nobody else is left */
        g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
        g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_NULL));
        viewer->n_pictures = 0;
    }
    camera_switch(camera, FALSE);
    g_object_set(viewer->source, "backoff-min", 3600 * GST_SECOND, "backoff-max", 3600 * GST_SECOND,
                 NULL);
    gst_element_set_state(viewer->pipeline->pipeline, GST_STATE_PLAYING);
    gst_structure_free(wait_for_state(viewer, "reconnecting"));
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_NULL));
}

/* 20 pictures in 2 s, a keyframe each 5. (transfer full) */
static char *
make_recording(const char *dir)
{
    char *path = g_build_filename(dir, "recording.mkv", NULL);
    pipeline_free(pipeline_play_new(
        "videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=160,height=120,framerate=10/1 "
        "! vp8enc deadline=1 keyframe-max-dist=5 ! matroskamux ! filesink location=\"%s\"",
        path));
    return path;
}

static void
test_recording(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = make_recording(dir);
    g_autofree char *uri = gst_filename_to_uri(path, NULL);
    static const struct {
        const char *properties;
        guint n_pictures;
    } cases[] = {
        {"", 20},
        {"keyframes-only=true interval=0", 4},
        {"keyframes-only=true", 2},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Viewer) viewer = viewer_new(uri, cases[i].properties, "");
        pipeline_play(viewer->pipeline);
        g_assert_true(viewer->pipeline->eos);
        g_assert_cmpuint(viewer->pipeline->errors->len, ==, 0);
        g_assert_cmpuint(viewer->n_pictures, ==, cases[i].n_pictures);
        g_assert_cmpuint(get_stat(viewer->source, "connections"), ==, 1);
    }
    cw_test_remove_dir(dir);
    g_free(dir);
}

/* A camera that plays ten pictures again and again is one all the same. */
static void
test_looped_clip(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = g_build_filename(dir, "clip.264", NULL);
    g_autoptr(Camera) needs_encoder = start_camera(NULL);
    if (needs_encoder) {
        pipeline_free(pipeline_play_new(
            "videotestsrc num-buffers=10 ! video/x-raw,format=I420,width=160,height=120,"
            "framerate=10/1 ! openh264enc gop-size=5 ! filesink location=\"%s\"",
            path));
        g_autoptr(Camera) camera = start_camera(&(CameraPicture){.clip = path});
        g_autofree char *uri = over_tcp(camera);
        g_autoptr(Viewer) viewer = viewer_new(uri, IMPATIENT, "");
        g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
        wait_for_pictures(viewer, 25, 160);
        camera_restart(camera, NULL);
        wait_for_pictures(viewer, 5, 160);
        assert_went_on(viewer);
    }
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
test_seek(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = make_recording(dir);
    g_autofree char *uri = gst_filename_to_uri(path, NULL);
    g_autoptr(Viewer) viewer = viewer_new(uri, "", "");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PAUSED));
    g_assert_true(gst_element_seek_simple(viewer->pipeline->pipeline, GST_FORMAT_TIME,
                                          GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT,
                                          GST_SECOND));
    pipeline_play(viewer->pipeline);
    g_assert_true(viewer->pipeline->eos);
    g_assert_cmpuint(count_pictures(viewer), <, 20);
    g_assert_cmpuint(viewer->last, <, 1100 * GST_MSECOND); /* began anew at 0 */
    cw_test_remove_dir(dir);
    g_free(dir);
}

/* Each connection begins its time at zero; what comes out goes on. */
static void
test_time_goes_on(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = make_recording(dir);
    g_autofree char *uri = gst_filename_to_uri(path, NULL);
    g_autoptr(Viewer) viewer = viewer_new(uri, "kind=live backoff-min=0 backoff-max=0", "");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 90, 0);
    assert_went_on(viewer);
    g_mutex_lock(&viewer->lock);
    g_assert_cmpuint(viewer->last, >, 4 * 1900 * GST_MSECOND);
    g_mutex_unlock(&viewer->lock);
    pipeline_set_state(viewer->pipeline, GST_STATE_NULL);
    cw_test_remove_dir(dir);
    g_free(dir);
}

static void
assert_refused(const char *uri, const char *culprit)
{
    g_autoptr(Pipeline) pipeline = pipeline_new("clipsource name=s ! fakesink");
    g_object_set(pipeline_get(pipeline, "s"), "uri", uri, NULL);
    g_assert_false(pipeline_set_state(pipeline, GST_STATE_PLAYING));
    pipeline_wait(pipeline, 1);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    g_test_message("%s", (char *)pipeline->errors->pdata[0]);
    g_assert_nonnull(strstr(pipeline->errors->pdata[0], culprit));
    g_assert_true(pipeline_set_state(pipeline, GST_STATE_NULL));
}

static void
test_refusals(void)
{
    assert_refused(NULL, "uri");
    assert_refused("", "uri");
    assert_refused("camera.local", "camera.local");
    assert_refused("teletext://user:secret@camera/page", "'teletext://camera/page'");
    assert_refused("file:///no/such/recording.mp4", "/no/such/recording.mp4");
}

/* What is no video never will be. */
static void
test_undecodable(void)
{
    char *dir = cw_test_make_dir();
    g_autofree char *path = cw_test_write(dir, "prose.txt", "This is no video at all.\n", -1);
    g_autofree char *uri = gst_filename_to_uri(path, NULL);
    g_autoptr(Pipeline) pipeline = pipeline_new("clipsource uri=\"%s\" ! fakesink", uri);
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, 1);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
    cw_test_remove_dir(dir);
    g_free(dir);
}

/* Who does not like the pictures stops the pipeline; another connection would bring the same. */
static void
test_downstream_refuses(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autofree char *uri = over_tcp(camera);
    g_autoptr(Pipeline) pipeline = pipeline_new(
        "clipsource uri=%s " IMPATIENT " ! video/x-raw,width=1 ! fakesink sync=false", uri);
    gst_element_set_state(pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(pipeline, 1);
    g_assert_cmpuint(pipeline->errors->len, ==, 1);
}

static char *
with_password(Camera *camera, const char *password)
{
    return g_strdup_printf("rtspt://user:%s@%s", password,
                           camera_get_uri(camera) + strlen("rtsp://"));
}

static void
test_secrets(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    camera_protect(camera, "user", "secret");
    g_autofree char *uri = with_password(camera, "secret");
    g_autoptr(Viewer) viewer = viewer_new(uri, IMPATIENT, "");
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    GstStructure *message = wait_for_state(viewer, "playing");
    g_autofree char *text = gst_structure_to_string(message);
    g_autofree char *public_uri = over_tcp(camera);
    g_assert_null(strstr(text, "secret"));
    g_assert_cmpstr(gst_structure_get_string(message, "uri"), ==, public_uri);
    gst_structure_free(message);
}

/* Asking again and again with a wrong password gets one locked out. */
static void
test_wrong_password(void)
{
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    camera_protect(camera, "user", "secret");
    g_autofree char *uri = with_password(camera, "guess");
    g_autoptr(Viewer) viewer = viewer_new(uri, IMPATIENT, "");
    gst_element_set_state(viewer->pipeline->pipeline, GST_STATE_PLAYING);
    pipeline_wait(viewer->pipeline, 1);
    g_assert_cmpuint(viewer->pipeline->errors->len, ==, 1);
    const char *error = viewer->pipeline->errors->pdata[0];
    g_test_message("%s", error);
    g_assert_null(strstr(error, "guess"));
    g_assert_nonnull(strstr(error, "/stream"));
    g_assert_cmpuint(get_stat(viewer->source, "connections"), ==, 1);
}

static void
count_source(GstElement *source, GstElement *reader, guint *n)
{
    g_assert_true(g_object_class_find_property(G_OBJECT_GET_CLASS(reader), "latency"));
    (*n)++;
}

static void
test_source_setup(void)
{
    guint n = 0;
    g_autoptr(Camera) camera = start_camera(NULL);
    if (!camera)
        return;
    g_autoptr(Viewer) viewer = viewer_new(camera_get_uri(camera), "", "");
    g_signal_connect(viewer->source, "source-setup", G_CALLBACK(count_source), &n);
    g_assert_true(pipeline_set_state(viewer->pipeline, GST_STATE_PLAYING));
    wait_for_pictures(viewer, 1, 0);
    g_assert_cmpuint(n, ==, 1);
}

int
main(int argc, char **argv)
{
    gst_init(&argc, &argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gst/source/every fault ends in pictures", test_faults);
    g_test_add_func("/gst/source/with keyframes alone too", test_faults_keyframes_only);
    g_test_add_func("/gst/source/over UDP too", test_faults_over_udp);
    g_test_add_func("/gst/source/a new size is no fault", test_new_size_in_the_stream);
    g_test_add_func("/gst/source/broken packets are lived through", test_broken_packets);
    g_test_add_func("/gst/source/keyframes alone are decoded and decided on", test_keyframes_only);
    g_test_add_func("/gst/source/who is off is waited for, longer and longer",
                    test_off_from_the_start);
    g_test_add_func("/gst/source/who says nothing is called again", test_silent_from_the_start);
    g_test_add_func("/gst/source/a pause is no stall", test_pause);
    g_test_add_func("/gst/source/latency holds while the camera is away", test_latency_while_away);
    g_test_add_func("/gst/source/it stops in every phase", test_states);
    g_test_add_func("/gst/source/a recording is played to its end", test_recording);
    g_test_add_func("/gst/source/a camera may play a clip in a loop", test_looped_clip);
    g_test_add_func("/gst/source/a recording may be sought in", test_seek);
    g_test_add_func("/gst/source/time goes on from connection to connection", test_time_goes_on);
    g_test_add_func("/gst/source/what cannot be mended is refused in words", test_refusals);
    g_test_add_func("/gst/source/what is no video is an error", test_undecodable);
    g_test_add_func("/gst/source/what downstream refuses is an error", test_downstream_refuses);
    g_test_add_func("/gst/source/names and passwords are kept out of messages", test_secrets);
    g_test_add_func("/gst/source/a wrong password is not tried again", test_wrong_password);
    g_test_add_func("/gst/source/the reading element can be set up", test_source_setup);
    return g_test_run();
}
