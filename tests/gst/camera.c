#include "camera.h"

#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

struct Camera {
    GstRTSPServer *server;
    GstRTSPMediaFactory *factory;
    GSource *listener; /* NULL: switched off */
    char *uri;
    GMainContext *context;
    GMainLoop *loop;
    GThread *thread;

    GMutex lock; /* guards media */
    GstRTSPMedia *media;

    gint n_plays, stalled, per_mille; /* atomic */
    guint32 random;                   /* of the streaming thread */
};

/* The server's own threads may hang up on us later than we on them. */
static void
clear_camera(gpointer data)
{
    Camera *camera = data;
    g_mutex_clear(&camera->lock);
    g_free(camera->uri);
}

static void
unref_camera(gpointer camera)
{
    g_atomic_rc_box_release_full(camera, clear_camera);
}

static void
unref_closure(gpointer camera, GClosure *closure)
{
    unref_camera(camera);
}

/* Calls back with the camera, which lives as long. */
static void
connect_to(Camera *camera, gpointer object, const char *name, GCallback callback)
{
    g_signal_connect_data(object, name, callback, g_atomic_rc_box_acquire(camera), unref_closure,
                          0);
}

static const struct {
    const char *name, *encoder, *payloader;
    const char *needs;
} codecs[] = {
    {"h264", "openh264enc complexity=low gop-size=%u ! h264parse", "rtph264pay config-interval=-1",
     "openh264enc"},
    {"h265", "x265enc speed-preset=ultrafast tune=zerolatency key-int-max=%u ! h265parse",
     "rtph265pay config-interval=-1", "x265enc"},
    {"vp8", "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=%u", "rtpvp8pay", "vp8enc"},
    {"jpeg", "jpegenc", "rtpjpegpay", "jpegenc"},
};

/* The server's pipeline, (transfer full); NULL where the encoder is not installed. */
static char *
describe(const CameraPicture *picture)
{
    const char *codec = picture->codec ? picture->codec : "h264";
    const guint rate = picture->rate ? picture->rate : 10;
    const guint gop = picture->gop ? picture->gop : rate;
    if (picture->clip)
        return g_strdup_printf("( multifilesrc location=\"%s\" loop=true ! h264parse "
                               "! identity sync=true ! rtph264pay config-interval=-1 name=pay0 )",
                               picture->clip);
    for (guint i = 0; i < G_N_ELEMENTS(codecs); i++) {
        if (!g_str_equal(codecs[i].name, codec))
            continue;
        g_autoptr(GstElementFactory) factory = gst_element_factory_find(codecs[i].needs);
        g_autoptr(GString) encoder = g_string_new(codecs[i].encoder);
        g_autofree char *gop_text = g_strdup_printf("%u", gop);
        g_string_replace(encoder, "%u", gop_text, 1);
        if (!factory)
            return NULL;
        return g_strdup_printf(
            "( videotestsrc is-live=true num-buffers=%d ! capsfilter name=size "
            "caps=video/x-raw,format=I420,width=%u,height=%u,framerate=%u/1 ! %s ! %s name=pay0 )",
            picture->n_pictures ? (int)picture->n_pictures : -1,
            picture->width ? picture->width : 320, picture->height ? picture->height : 240, rate,
            encoder->str, codecs[i].payloader);
    }
    g_assert_not_reached();
}

static guint
roll(Camera *camera)
{
    camera->random = camera->random * 1664525 + 1013904223;
    return (camera->random >> 8) % 1000;
}

/* A copy with some bytes of the payload changed. */
static GstBuffer *
spoil(Camera *camera, GstBuffer *buffer)
{
    GstBuffer *copy = gst_buffer_copy_deep(buffer);
    GstMapInfo map;
    g_assert_true(gst_buffer_map(copy, &map, GST_MAP_WRITE));
    for (gsize i = 12; i < map.size; i += 1 + roll(camera) / 4)
        map.data[i] ^= (guint8)roll(camera);
    gst_buffer_unmap(copy, &map);
    return copy;
}

/* What becomes of a packet on its way; NULL: it is lost. (transfer full) */
static GstBuffer *
send_through(Camera *camera, GstBuffer *packet)
{
    const guint per_mille = (guint)g_atomic_int_get(&camera->per_mille);
    const guint luck = per_mille > 0 ? roll(camera) : 1000;
    if (g_atomic_int_get(&camera->stalled) || luck < per_mille)
        return NULL;
    return luck < 2 * per_mille ? spoil(camera, packet) : gst_buffer_ref(packet);
}

static GstPadProbeReturn
handle_packet(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    GstBuffer *sent = send_through(data, info->data);
    if (!sent)
        return GST_PAD_PROBE_DROP;
    gst_buffer_unref(info->data);
    info->data = sent;
    return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
handle_packets(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    GstBufferList *list = gst_buffer_list_new();
    for (guint i = 0; i < gst_buffer_list_length(info->data); i++) {
        GstBuffer *sent = send_through(data, gst_buffer_list_get(info->data, i));
        if (sent)
            gst_buffer_list_add(list, sent);
    }
    if (gst_buffer_list_length(list) == 0) {
        gst_buffer_list_unref(list);
        return GST_PAD_PROBE_DROP;
    }
    gst_buffer_list_unref(info->data);
    info->data = list;
    return GST_PAD_PROBE_OK;
}

static void
take_media(Camera *camera, GstRTSPMedia *media)
{
    g_mutex_lock(&camera->lock);
    g_set_object(&camera->media, media);
    g_mutex_unlock(&camera->lock);
}

static void
let_media_go(GstRTSPMedia *media, Camera *camera)
{
    g_mutex_lock(&camera->lock);
    if (camera->media == media)
        g_clear_object(&camera->media);
    g_mutex_unlock(&camera->lock);
}

static void
configure_media(GstRTSPMediaFactory *factory, GstRTSPMedia *media, Camera *camera)
{
    g_autoptr(GstElement) bin = gst_rtsp_media_get_element(media);
    g_autoptr(GstElement) payloader = gst_bin_get_by_name(GST_BIN(bin), "pay0");
    g_autoptr(GstPad) pad = gst_element_get_static_pad(payloader, "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, handle_packet,
                      g_atomic_rc_box_acquire(camera), unref_camera);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER_LIST, handle_packets,
                      g_atomic_rc_box_acquire(camera), unref_camera);
    connect_to(camera, media, "unprepared", G_CALLBACK(let_media_go));
    take_media(camera, media);
}

static void
count_play(GstRTSPClient *client, GstRTSPContext *context, Camera *camera)
{
    g_atomic_int_inc(&camera->n_plays);
}

static void
meet_client(GstRTSPServer *server, GstRTSPClient *client, Camera *camera)
{
    connect_to(camera, client, "play-request", G_CALLBACK(count_play));
}

typedef struct {
    Camera *camera;
    void (*run)(Camera *camera);
    GMutex lock;
    GCond done_cond;
    gboolean done;
} Order;

static gboolean
run_order(gpointer data)
{
    Order *order = data;
    order->run(order->camera);
    g_mutex_lock(&order->lock);
    order->done = TRUE;
    g_cond_signal(&order->done_cond);
    g_mutex_unlock(&order->lock);
    return G_SOURCE_REMOVE;
}

/* Runs it in the server's thread and waits for it. */
static void
run_there(Camera *camera, void (*run)(Camera *))
{
    Order order = {.camera = camera, .run = run};
    g_mutex_init(&order.lock);
    g_cond_init(&order.done_cond);
    g_main_context_invoke(camera->context, run_order, &order);
    g_mutex_lock(&order.lock);
    while (!order.done)
        g_cond_wait(&order.done_cond, &order.lock);
    g_mutex_unlock(&order.lock);
    g_mutex_clear(&order.lock);
    g_cond_clear(&order.done_cond);
}

static void
listen_to_all(Camera *camera)
{
    g_autoptr(GError) error = NULL;
    if (camera->listener)
        return;
    camera->listener = gst_rtsp_server_create_source(camera->server, NULL, &error);
    g_assert_no_error(error);
    g_source_attach(camera->listener, camera->context);
}

static void
listen_to_none(Camera *camera)
{
    if (camera->listener)
        g_source_destroy(camera->listener);
    g_clear_pointer(&camera->listener, g_source_unref);
}

static GstRTSPFilterResult
refuse_session(GstRTSPSessionPool *pool, GstRTSPSession *session, gpointer data)
{
    return GST_RTSP_FILTER_REMOVE;
}

static GstRTSPFilterResult
refuse_client(GstRTSPServer *server, GstRTSPClient *client, gpointer data)
{
    return GST_RTSP_FILTER_REMOVE;
}

static void
hang_up(Camera *camera)
{
    g_autoptr(GstRTSPSessionPool) pool = gst_rtsp_server_get_session_pool(camera->server);
    gst_rtsp_server_client_filter(camera->server, refuse_client, NULL);
    gst_rtsp_session_pool_filter(pool, refuse_session, NULL);
}

static gpointer
serve(gpointer data)
{
    Camera *camera = data;
    g_main_context_push_thread_default(camera->context);
    g_main_loop_run(camera->loop);
    g_main_context_pop_thread_default(camera->context);
    return NULL;
}

Camera *
camera_new(const CameraPicture *picture)
{
    static const CameraPicture bars = {0};
    g_autofree char *launch = describe(picture ? picture : &bars);
    if (!launch)
        return NULL;
    Camera *camera = g_atomic_rc_box_new0(Camera);
    g_mutex_init(&camera->lock);
    camera->random = 1;
    camera->context = g_main_context_new();
    camera->loop = g_main_loop_new(camera->context, FALSE);
    camera->server = gst_rtsp_server_new();
    camera->factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(camera->factory, launch);
    gst_rtsp_media_factory_set_shared(camera->factory, TRUE);
    connect_to(camera, camera->factory, "media-configure", G_CALLBACK(configure_media));
    connect_to(camera, camera->server, "client-connected", G_CALLBACK(meet_client));
    g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(camera->server);
    gst_rtsp_mount_points_add_factory(mounts, "/stream", g_object_ref(camera->factory));
    /* Clients are served by our thread, which may then hang up on them without a race. */
    g_autoptr(GstRTSPThreadPool) pool = gst_rtsp_server_get_thread_pool(camera->server);
    gst_rtsp_thread_pool_set_max_threads(pool, 0);
    gst_rtsp_server_set_address(camera->server, "127.0.0.1");
    gst_rtsp_server_set_service(camera->server, "0");
    listen_to_all(camera);
    /* The same port when it is switched on again. */
    const int port = gst_rtsp_server_get_bound_port(camera->server);
    g_autofree char *service = g_strdup_printf("%d", port);
    gst_rtsp_server_set_service(camera->server, service);
    camera->uri = g_strdup_printf("rtsp://127.0.0.1:%d/stream", port);
    camera->thread = g_thread_new("camera", serve, camera);
    return camera;
}

static void
turn_off(Camera *camera)
{
    listen_to_none(camera);
    hang_up(camera);
}

void
camera_free(Camera *camera)
{
    run_there(camera, turn_off);
    g_main_loop_quit(camera->loop);
    g_thread_join(camera->thread);
    while (g_main_context_iteration(camera->context, FALSE))
        continue; /* what clients still had to say */
    g_signal_handlers_disconnect_by_data(camera->factory, camera);
    g_signal_handlers_disconnect_by_data(camera->server, camera);
    g_mutex_lock(&camera->lock);
    g_clear_object(&camera->media);
    g_mutex_unlock(&camera->lock);
    g_object_unref(camera->factory);
    g_object_unref(camera->server);
    g_main_loop_unref(camera->loop);
    g_main_context_unref(camera->context);
    unref_camera(camera);
}

const char *
camera_get_uri(const Camera *camera)
{
    return camera->uri;
}

guint
camera_get_n_plays(Camera *camera)
{
    return (guint)g_atomic_int_get(&camera->n_plays);
}

void
camera_protect(Camera *camera, const char *user, const char *password)
{
    g_autoptr(GstRTSPAuth) auth = gst_rtsp_auth_new();
    g_autoptr(GstRTSPToken) viewer =
        gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "viewer", NULL);
    g_autofree char *basic = gst_rtsp_auth_make_basic(user, password);
    gst_rtsp_auth_add_basic(auth, basic, viewer);
    gst_rtsp_media_factory_add_role(camera->factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                    G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
                                    G_TYPE_BOOLEAN, TRUE, NULL);
    gst_rtsp_server_set_auth(camera->server, auth);
}

void
camera_restart(Camera *camera, const CameraPicture *picture)
{
    if (picture) {
        g_autofree char *launch = describe(picture);
        g_assert_nonnull(launch);
        gst_rtsp_media_factory_set_launch(camera->factory, launch);
    }
    run_there(camera, hang_up);
}

void
camera_switch(Camera *camera, gboolean on)
{
    run_there(camera, on ? listen_to_all : turn_off);
}

void
camera_stall(Camera *camera, gboolean stall)
{
    g_atomic_int_set(&camera->stalled, stall);
}

/* An element of what is being served, by name; NULL where nobody watches. (transfer full) */
static GstElement *
get_element(Camera *camera, const char *name)
{
    g_mutex_lock(&camera->lock);
    g_autoptr(GstRTSPMedia) media = camera->media ? g_object_ref(camera->media) : NULL;
    g_mutex_unlock(&camera->lock);
    g_autoptr(GstElement) bin = media ? gst_rtsp_media_get_element(media) : NULL;
    return bin ? gst_bin_get_by_name(GST_BIN(bin), name) : NULL;
}

void
camera_end(Camera *camera)
{
    g_autoptr(GstElement) payloader = get_element(camera, "pay0");
    if (payloader)
        gst_element_send_event(payloader, gst_event_new_eos());
}

void
camera_resize(Camera *camera, guint width, guint height)
{
    g_autoptr(GstElement) size = get_element(camera, "size");
    GstCaps *caps = NULL;
    if (!size)
        return;
    g_object_get(size, "caps", &caps, NULL);
    caps = gst_caps_make_writable(caps);
    gst_caps_set_simple(caps, "width", G_TYPE_INT, (int)width, "height", G_TYPE_INT, (int)height,
                        NULL);
    g_object_set(size, "caps", caps, NULL);
    gst_caps_unref(caps);
}

void
camera_corrupt(Camera *camera, guint per_mille)
{
    g_atomic_int_set(&camera->per_mille, (gint)per_mille);
}
