#include "gstclipconnection.h"

#include "gstclipsampler.h"

#include <stdatomic.h>

#define RAW_CAPS "video/x-raw(ANY)"

/* Where uridecodebin shall stop decoding, so that the sampler can stand before the decoder: behind
 * a parser, which makes whole pictures and finds the keyframes. */
#define THIN_CAPS                                                \
    "video/x-h264, alignment=(string)au, parsed=(boolean)true; " \
    "video/x-h265, alignment=(string)au, parsed=(boolean)true; " \
    "video/x-av1, alignment=(string)tu, parsed=(boolean)true; "  \
    "video/x-vp8; video/x-vp9; image/jpeg, parsed=(boolean)true; " RAW_CAPS

struct _GstClipConnection {
    GstBin parent;
    void (*on_source)(GstElement *source, gpointer data);
    gpointer data;
    _Atomic gint64 last_sign;
    atomic_bool has_video, is_shown; /* the first one is taken; others are left alone */

    GMutex lock; /* guards what follows */
    guint64 interval;
    GstElement *sampler; /* NULL where there is none (yet) */
};

G_DEFINE_FINAL_TYPE(GstClipConnection, gst_clip_connection, GST_TYPE_BIN)

static GstPadProbeReturn
note_sign(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
    GstClipConnection *self = data;
    atomic_store(&self->last_sign, g_get_monotonic_time());
    return GST_PAD_PROBE_OK;
}

static void
watch_pad(GstClipConnection *self, GstPad *pad)
{
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, note_sign,
                      self, NULL);
}

static gboolean
is_raw_video(GstPad *pad)
{
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    return caps && gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw");
}

static void
show(GstClipConnection *self, GstPad *pad)
{
    GstPad *ghost = gst_ghost_pad_new("src", pad);
    gst_pad_set_active(ghost, TRUE);
    gst_element_add_pad(GST_ELEMENT(self), ghost);
}

static void
handle_decoded_pad(GstElement *decoder, GstPad *pad, GstClipConnection *self)
{
    if (is_raw_video(pad) && !atomic_exchange(&self->is_shown, TRUE))
        show(self, pad);
}

/* Puts the sampler and a decoder behind a pad with encoded video. */
static gboolean
thin(GstClipConnection *self, GstPad *pad)
{
    GstElement *sampler = g_object_new(GST_TYPE_CLIP_SAMPLER, NULL);
    GstElement *decoder = gst_element_factory_make("decodebin", NULL);
    gst_bin_add_many(GST_BIN(self), sampler, decoder, NULL);
    g_signal_connect(decoder, "pad-added", G_CALLBACK(handle_decoded_pad), self);
    g_mutex_lock(&self->lock);
    g_object_set(sampler, "interval", self->interval, NULL);
    g_set_object(&self->sampler, sampler);
    g_mutex_unlock(&self->lock);
    g_autoptr(GstPad) sink = gst_element_get_static_pad(sampler, "sink");
    watch_pad(self, sink);
    return gst_element_link(sampler, decoder) && gst_element_sync_state_with_parent(decoder) &&
           gst_element_sync_state_with_parent(sampler) &&
           gst_pad_link(pad, sink) == GST_PAD_LINK_OK;
}

static void
handle_pad(GstElement *reader, GstPad *pad, GstClipConnection *self)
{
    if (atomic_exchange(&self->has_video, TRUE))
        return;
    if (is_raw_video(pad)) {
        watch_pad(self, pad);
        show(self, pad);
    } else if (!thin(self, pad)) {
        GST_ELEMENT_ERROR(self, CORE, PAD, ("The video of the stream cannot be decoded"), (NULL));
    }
}

/* Of what a camera offers only the video is asked for. */
static gboolean
select_stream(GstElement *source, guint number, GstCaps *caps, gpointer data)
{
    const gchar *media = gst_structure_get_string(gst_caps_get_structure(caps, 0), "media");
    return !media || g_str_equal(media, "video");
}

static void
handle_source(GstElement *reader, GstElement *source, GstClipConnection *self)
{
    if (g_signal_lookup("select-stream", G_OBJECT_TYPE(source)))
        g_signal_connect(source, "select-stream", G_CALLBACK(select_stream), NULL);
    self->on_source(source, self->data);
}

/* What the decoder needs comes with each keyframe, whatever is dropped between them. */
static void
handle_element(GstBin *reader, GstBin *bin, GstElement *element, gpointer data)
{
    if (g_str_has_suffix(G_OBJECT_TYPE_NAME(element), "Parse") &&
        g_object_class_find_property(G_OBJECT_GET_CLASS(element), "config-interval"))
        g_object_set(element, "config-interval", -1, NULL);
}

gboolean
gst_clip_connection_is_possible(void)
{
    g_autoptr(GstElementFactory) reader = gst_element_factory_find("uridecodebin");
    g_autoptr(GstElementFactory) decoder = gst_element_factory_find("decodebin");
    return reader && decoder;
}

GstElement *
gst_clip_connection_new(const gchar *uri, gboolean keyframes_only, guint64 interval,
                        void (*on_source)(GstElement *source, gpointer data), gpointer data)
{
    GstElement *reader = gst_element_factory_make("uridecodebin", NULL);
    GstClipConnection *self =
        g_object_new(GST_TYPE_CLIP_CONNECTION, "name", "connection", "async-handling", TRUE, NULL);
    g_autoptr(GstCaps) caps = gst_caps_from_string(keyframes_only ? THIN_CAPS : RAW_CAPS);
    self->on_source = on_source;
    self->data = data;
    self->interval = interval;
    g_object_set(reader, "uri", uri, "caps", caps, "expose-all-streams", FALSE, NULL);
    g_signal_connect(reader, "source-setup", G_CALLBACK(handle_source), self);
    g_signal_connect(reader, "pad-added", G_CALLBACK(handle_pad), self);
    if (keyframes_only)
        g_signal_connect(reader, "deep-element-added", G_CALLBACK(handle_element), NULL);
    gst_bin_add(GST_BIN(self), reader);
    return GST_ELEMENT(self);
}

void
gst_clip_connection_set_interval(GstClipConnection *self, guint64 interval)
{
    g_mutex_lock(&self->lock);
    self->interval = interval;
    if (self->sampler)
        g_object_set(self->sampler, "interval", interval, NULL);
    g_mutex_unlock(&self->lock);
}

gint64
gst_clip_connection_get_last_sign(GstClipConnection *self)
{
    return atomic_load(&self->last_sign);
}

static void
finalize(GObject *object)
{
    GstClipConnection *self = GST_CLIP_CONNECTION(object);
    g_clear_object(&self->sampler);
    g_mutex_clear(&self->lock);
    G_OBJECT_CLASS(gst_clip_connection_parent_class)->finalize(object);
}

static void
gst_clip_connection_class_init(GstClipConnectionClass *class)
{
    G_OBJECT_CLASS(class)->finalize = finalize;
    gst_element_class_set_static_metadata(GST_ELEMENT_CLASS(class), "Connection", "Source/Video",
                                          "One attempt of clipsource", "The Clipwatch authors");
}

static void
gst_clip_connection_init(GstClipConnection *self)
{
    g_mutex_init(&self->lock);
}
