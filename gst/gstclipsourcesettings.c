#include "gstclipsourcesettings.h"

#include "gstclipsourcemessage.h"

#define DEFAULT_INTERVAL        GST_SECOND
#define DEFAULT_KIND            GST_CLIP_SOURCE_KIND_AUTO
#define DEFAULT_CONNECT_TIMEOUT (20 * GST_SECOND)
#define DEFAULT_STALL_TIMEOUT   (10 * GST_SECOND)
#define DEFAULT_BACKOFF_MIN     (500 * GST_MSECOND)
#define DEFAULT_BACKOFF_MAX     (30 * GST_SECOND)
#define DEFAULT_BACKOFF_JITTER  0.2

#define GST_TYPE_CLIP_SOURCE_KIND (gst_clip_source_kind_get_type())

static GType
gst_clip_source_kind_get_type(void)
{
    static const GEnumValue values[] = {
        {GST_CLIP_SOURCE_KIND_AUTO, "A recording is a file, or what says how long it is", "auto"},
        {GST_CLIP_SOURCE_KIND_LIVE, "Reconnect when it ends or fails", "live"},
        {GST_CLIP_SOURCE_KIND_RECORDING, "Play it once", "recording"},
        {0, NULL, NULL},
    };
    static gsize type = 0;
    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("GstClipSourceKind", values));
    return type;
}

static void
install_time(GObjectClass *class, guint id, const gchar *name, const gchar *nick,
             const gchar *blurb, GstClockTime preset)
{
    g_object_class_install_property(class, id,
                                    g_param_spec_uint64(name, nick, blurb, 0, G_MAXINT64, preset,
                                                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                            GST_PARAM_MUTABLE_PLAYING));
}

void
gst_clip_source_settings_install(GObjectClass *class)
{
    const GParamFlags playing =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
    const GParamFlags ready = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;
    g_object_class_install_property(
        class, GST_CLIP_SOURCE_URI,
        g_param_spec_string("uri", "URI",
                            "Address of the video: rtsp:// (rtspt:// for TCP), http://, https://, "
                            "v4l2://, file://, whatever an installed element reads",
                            NULL, ready));
    g_object_class_install_property(
        class, GST_CLIP_SOURCE_KEYFRAMES_ONLY,
        g_param_spec_boolean("keyframes-only", "Keyframes only",
                             "Decode one keyframe every interval and nothing else, where the codec "
                             "has any (see clipsampler)",
                             FALSE, ready));
    install_time(class, GST_CLIP_SOURCE_INTERVAL, "interval", "Interval",
                 "With keyframes-only: running time in which at most one keyframe is decoded, in "
                 "nanoseconds (0 = every keyframe)",
                 DEFAULT_INTERVAL);
    g_object_class_install_property(
        class, GST_CLIP_SOURCE_KIND,
        g_param_spec_enum("kind", "Kind",
                          "Whether the end of the stream is a fault (live) or the end (recording)",
                          GST_TYPE_CLIP_SOURCE_KIND, DEFAULT_KIND, playing));
    install_time(class, GST_CLIP_SOURCE_CONNECT_TIMEOUT, "connect-timeout", "Connect timeout",
                 "An attempt that has shown no picture for so long has failed, in nanoseconds (0 = "
                 "never)",
                 DEFAULT_CONNECT_TIMEOUT);
    install_time(class, GST_CLIP_SOURCE_STALL_TIMEOUT, "stall-timeout", "Stall timeout",
                 "A live source that plays and has shown no picture for so long is reconnected, in "
                 "nanoseconds (0 = never)",
                 DEFAULT_STALL_TIMEOUT);
    install_time(class, GST_CLIP_SOURCE_BACKOFF_MIN, "backoff-min", "Shortest wait",
                 "Wait before the first new attempt, in nanoseconds; it doubles with each failure",
                 DEFAULT_BACKOFF_MIN);
    install_time(class, GST_CLIP_SOURCE_BACKOFF_MAX, "backoff-max", "Longest wait",
                 "No wait is longer than this, in nanoseconds", DEFAULT_BACKOFF_MAX);
    g_object_class_install_property(
        class, GST_CLIP_SOURCE_BACKOFF_JITTER,
        g_param_spec_double("backoff-jitter", "Jitter of the wait",
                            "Share of a wait by which it is made shorter or longer at random", 0, 1,
                            DEFAULT_BACKOFF_JITTER, playing));
    g_object_class_install_property(
        class, GST_CLIP_SOURCE_STATS,
        g_param_spec_boxed("stats", "Statistics",
                           "State, and counts since the start: connections, faults, pictures",
                           GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    gst_type_mark_as_plugin_api(GST_TYPE_CLIP_SOURCE_KIND, 0);
}

void
gst_clip_source_settings_init(GstClipSourceSettings *settings)
{
    *settings = (GstClipSourceSettings){
        .interval = DEFAULT_INTERVAL,
        .kind = DEFAULT_KIND,
        .connect_timeout = DEFAULT_CONNECT_TIMEOUT,
        .stall_timeout = DEFAULT_STALL_TIMEOUT,
        .backoff = {DEFAULT_BACKOFF_MIN, DEFAULT_BACKOFF_MAX, DEFAULT_BACKOFF_JITTER},
    };
}

void
gst_clip_source_settings_clear(GstClipSourceSettings *settings)
{
    g_clear_pointer(&settings->uri, g_free);
}

gboolean
gst_clip_source_settings_set(GstClipSourceSettings *settings, guint id, const GValue *value)
{
    switch (id) {
    case GST_CLIP_SOURCE_URI:
        g_free(settings->uri);
        settings->uri = g_value_dup_string(value);
        return TRUE;
    case GST_CLIP_SOURCE_KEYFRAMES_ONLY:
        settings->keyframes_only = g_value_get_boolean(value);
        return TRUE;
    case GST_CLIP_SOURCE_INTERVAL:
        settings->interval = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_SOURCE_KIND:
        settings->kind = (GstClipSourceKind)g_value_get_enum(value);
        return TRUE;
    case GST_CLIP_SOURCE_CONNECT_TIMEOUT:
        settings->connect_timeout = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_SOURCE_STALL_TIMEOUT:
        settings->stall_timeout = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_SOURCE_BACKOFF_MIN:
        settings->backoff.min = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_SOURCE_BACKOFF_MAX:
        settings->backoff.max = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_SOURCE_BACKOFF_JITTER:
        settings->backoff.jitter = g_value_get_double(value);
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
gst_clip_source_settings_get(const GstClipSourceSettings *settings, guint id, GValue *value)
{
    switch (id) {
    case GST_CLIP_SOURCE_URI:
        g_value_set_string(value, settings->uri);
        return TRUE;
    case GST_CLIP_SOURCE_KEYFRAMES_ONLY:
        g_value_set_boolean(value, settings->keyframes_only);
        return TRUE;
    case GST_CLIP_SOURCE_INTERVAL:
        g_value_set_uint64(value, settings->interval);
        return TRUE;
    case GST_CLIP_SOURCE_KIND:
        g_value_set_enum(value, (gint)settings->kind);
        return TRUE;
    case GST_CLIP_SOURCE_CONNECT_TIMEOUT:
        g_value_set_uint64(value, settings->connect_timeout);
        return TRUE;
    case GST_CLIP_SOURCE_STALL_TIMEOUT:
        g_value_set_uint64(value, settings->stall_timeout);
        return TRUE;
    case GST_CLIP_SOURCE_BACKOFF_MIN:
        g_value_set_uint64(value, settings->backoff.min);
        return TRUE;
    case GST_CLIP_SOURCE_BACKOFF_MAX:
        g_value_set_uint64(value, settings->backoff.max);
        return TRUE;
    case GST_CLIP_SOURCE_BACKOFF_JITTER:
        g_value_set_double(value, settings->backoff.jitter);
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
gst_clip_source_settings_check(const GstClipSourceSettings *settings, GError **error)
{
    const gchar *uri = settings->uri;
    if (!uri || !uri[0]) {
        g_set_error(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                    "No address: set the property 'uri', as in rtsp://camera/stream");
        return FALSE;
    }
    if (!gst_uri_is_valid(uri)) {
        g_set_error(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                    "Address '%s' is none: it lacks a scheme such as rtsp:// or file://", uri);
        return FALSE;
    }
    g_autofree gchar *scheme = gst_uri_get_protocol(uri);
    if (!gst_uri_protocol_is_supported(GST_URI_SRC, scheme)) {
        g_autofree gchar *public_uri = gst_clip_source_get_public_uri(uri);
        g_set_error(error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                    "Address '%s': no installed element reads '%s'", public_uri, scheme);
        return FALSE;
    }
    return TRUE;
}
