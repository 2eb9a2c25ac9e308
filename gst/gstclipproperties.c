#include "gstclipproperties.h"

#define DEFAULT_MODEL          "starter"
#define DEFAULT_INTERVAL       GST_SECOND
#define DEFAULT_EPISODE_UPDATE (10 * GST_SECOND)
#define DEFAULT_GATE_REFRESH   (10 * GST_SECOND)
#define DEFAULT_TOP_K          5

#define COMMON (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

/* May be set at any time, in PLAYING too. */
#define PLAYING (COMMON | GST_PARAM_MUTABLE_PLAYING)

/* Takes effect at the next change from READY to PAUSED. */
#define READY (COMMON | GST_PARAM_MUTABLE_READY)

#define GST_TYPE_CLIP_CROP      (gst_clip_crop_get_type())
#define GST_TYPE_CLIP_PRECISION (gst_clip_precision_get_type())

static GType
gst_clip_crop_get_type(void)
{
    static const GEnumValue values[] = {
        {CW_CROP_MODEL, "As the model's publisher did", "model"},
        {CW_CROP_CENTER, "The square in the middle", "center"},
        {CW_CROP_SQUASH, "The whole picture, squashed into a square", "squash"},
        {CW_CROP_LETTERBOX, "The whole picture between bars", "letterbox"},
        {CW_CROP_TILES, "Squares side by side, their embeddings averaged", "tiles"},
        {0, NULL, NULL},
    };
    static gsize type = 0;
    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("GstClipCrop", values));
    return type;
}

static GType
gst_clip_precision_get_type(void)
{
    static const GEnumValue values[] = {
        {CW_PRECISION_AUTO, "The fastest that is proven on this model", "auto"},
        {CW_PRECISION_F32, "32-bit floating point", "f32"},
        {CW_PRECISION_BF16, "bfloat16 products", "bf16"},
        {CW_PRECISION_INT8, "8-bit integer products", "int8"},
        {0, NULL, NULL},
    };
    static gsize type = 0;
    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("GstClipPrecision", values));
    return type;
}

#define GST_TYPE_CLIP_GATE (gst_clip_gate_get_type())

static GType
gst_clip_gate_get_type(void)
{
    static const GEnumValue values[] = {
        {FALSE, "Every sampled frame is encoded", "off"},
        {TRUE, "A frame that looks like the last encoded one is not encoded again", "auto"},
        {0, NULL, NULL},
    };
    static gsize type = 0;
    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("GstClipGate", values));
    return type;
}

static void
install_what_to_see(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_MODEL,
        g_param_spec_string("model", "Model",
                            "CLIP checkpoint: a directory, a safetensors file, or the name of an "
                            "installed model",
                            DEFAULT_MODEL, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_PROMPTS,
        g_param_spec_string("prompts", "Prompts",
                            "Prompt files that say what to look for, apart by commas: paths, or "
                            "names of installed sets; a file that cannot be used is refused with a "
                            "warning while playing and the old set stays",
                            GST_CLIP_DEFAULT_PROMPTS, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_WATCH,
        g_param_spec_boolean("watch", "Watch",
                             "Follow changes of the prompt files: what is saved is in use within a "
                             "second; a file that cannot be used is refused with a warning",
                             TRUE, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_THRESHOLD,
        g_param_spec_double(
            "threshold", "Threshold",
            "For classes that name none: probability within an exclusive set, cosine in an "
            "independent one (0 = none: the best class of an exclusive set is always chosen, one "
            "of an independent set never)",
            0, 1, 0, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_CROP,
        g_param_spec_enum("crop", "Crop",
                          "What part of the picture the model sees; only 'model' reproduces its "
                          "published accuracy, and on wide pictures it cuts the sides off",
                          GST_TYPE_CLIP_CROP, CW_CROP_MODEL, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_PRECISION,
        g_param_spec_enum("precision", "Precision", "Arithmetic of the encoder",
                          GST_TYPE_CLIP_PRECISION, CW_PRECISION_AUTO, PLAYING));
}

static void
install_when_to_look(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_INTERVAL,
        g_param_spec_uint64(
            "interval", "Interval",
            "Running time between two frames that are looked at, in nanoseconds (0 = "
            "every frame)",
            0, G_MAXINT64, DEFAULT_INTERVAL, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_SYNC,
        g_param_spec_boolean(
            "sync", "Sync",
            "Hold each sampled frame until it is decided, so that none is skipped: "
            "for files, not for cameras",
            FALSE, PLAYING));
}

static void
install_what_to_spend(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_GATE,
        g_param_spec_enum("gate", "Gate",
                          "Whether frames on which nothing moved are encoded: their decisions say "
                          "that they are not",
                          GST_TYPE_CLIP_GATE, FALSE, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_GATE_REFRESH,
        g_param_spec_uint64("gate-refresh", "Gate refresh",
                            "Running time after which a frame is encoded even though nothing "
                            "moved, in nanoseconds",
                            1, G_MAXINT64, DEFAULT_GATE_REFRESH, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_ENGINE_ID,
        g_param_spec_string("engine-id", "Engine id",
                            "Elements of a process that name the same model, precision and engine "
                            "id share one encoder",
                            NULL, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_THREADS,
        g_param_spec_uint("threads", "Threads",
                          "CPUs that the encoder uses (0 = all that the process may); decided by "
                          "the first element of an engine",
                          0, 4096, 0, READY));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_CPU_BUDGET,
        g_param_spec_double("cpu-budget", "CPU budget",
                            "Percentage of the CPUs that the process may use to which the encoder "
                            "is held; all streams are looked at less often for it (0 = no limit); "
                            "the value set last holds for the whole engine",
                            0, 100, 0, PLAYING));
}

static void
install_what_to_tell(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_TOP_K,
        g_param_spec_uint("top-k", "Top k",
                          "Number of classes that a decision lists, best first (0 = all); chosen "
                          "ones are always listed",
                          0, 10000, DEFAULT_TOP_K, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_STREAM_ID,
        g_param_spec_string("stream-id", "Stream id",
                            "What events call this stream (default: the element's name)", NULL,
                            READY));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_MESSAGE,
        g_param_spec_boolean("message", "Message",
                             "Post an element message 'clipclassify' for each decision", TRUE,
                             PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_ATTACH_META,
        g_param_spec_boolean(
            "attach-meta", "Attach meta",
            "Attach decisions to buffers as GstCustomMeta 'ClipClassifyMeta': to the "
            "frame itself with sync, to the next one without",
            FALSE, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_CUSTOM_EVENT,
        g_param_spec_boolean("custom-event", "Custom event",
                             "Send decisions downstream as serialized custom events 'clipclassify'",
                             FALSE, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_STATS,
        g_param_spec_boxed("stats", "Statistics",
                           "Counts of frames since the start by what became of them, rates asked "
                           "and held, ages of "
                           "decisions, time spent encoding",
                           GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
install_calibration(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_CALIBRATION,
        g_param_spec_string(
            "calibration", "Calibration",
            "File that `clipwatch calibrate` made for this model, these prompts and "
            "this crop; adds z-scores and calibrated probabilities; one that does not fit is "
            "refused with a warning while playing (default: none)",
            NULL, PLAYING));
}

static void
install_zones(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_ZONES,
        g_param_spec_string("zones", "Zones",
                            "File of zones that are decided on for themselves and of masks over "
                            "what is never looked at; one that cannot be used is refused with a "
                            "warning while playing and the old one stays (default: none)",
                            NULL, PLAYING));
}

static void
install_episodes(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_EPISODES,
        g_param_spec_boolean("episodes", "Episodes",
                             "Tell when a class begins and ends to hold: element messages "
                             "'clipepisode' and lines of the events pad",
                             TRUE, READY));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_EPISODE_UPDATE,
        g_param_spec_uint64("episode-update", "Episode update",
                            "Least time between two updates of an episode that goes on, in "
                            "nanoseconds (0 = none)",
                            0, G_MAXINT64, DEFAULT_EPISODE_UPDATE, READY));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_NEAR_MISS_INTERVAL,
        g_param_spec_uint64("near-miss-interval", "Near miss interval",
                            "Least time between two near misses of a class that are told, in "
                            "nanoseconds (0 = none are)",
                            0, G_MAXINT64, 0, READY));
}

#define GST_TYPE_CLIP_AUDIT_FAILURE (gst_clip_audit_failure_get_type())

static GType
gst_clip_audit_failure_get_type(void)
{
    static const GEnumValue values[] = {
        {GST_CLIP_AUDIT_SUPPRESS, "It is not told: no label without a record", "suppress"},
        {GST_CLIP_AUDIT_STOP, "It is not told, and the pipeline gets an error", "stop"},
        {GST_CLIP_AUDIT_DROP, "It is told, and the log will say how many were lost", "drop"},
        {0, NULL, NULL},
    };
    static gsize type = 0;
    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("GstClipAuditFailure", values));
    return type;
}

static void
install_audit(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_AUDIT,
        g_param_spec_string(
            "audit", "Audit",
            "Folder of the audit log: every decision is recorded there before it is "
            "told; elements of one process may share it (default: none)",
            NULL, READY));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_AUDIT_FAILURE,
        g_param_spec_enum("audit-failure", "Audit failure",
                          "What becomes of a decision that cannot be recorded",
                          GST_TYPE_CLIP_AUDIT_FAILURE, GST_CLIP_AUDIT_SUPPRESS, READY));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_AUDIT_PURPOSE,
        g_param_spec_string("audit-purpose", "Audit purpose",
                            "What the watching is for, in your words: stands in the log at the "
                            "beginning of each session (default: not said)",
                            NULL, READY));
}

static void
install_policy(GObjectClass *class)
{
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_POLICY,
        g_param_spec_string("policy", "Policy",
                            "What may be asked and told of people: a policy file, or the name of "
                            "an installed one: strict, scene-only, wildlife, audit-only; off: "
                            "everything may. While playing only a tighter one is taken",
                            GST_CLIP_DEFAULT_POLICY, PLAYING));
    g_object_class_install_property(
        class, GST_CLIP_PROPERTY_MONITOR_STATE,
        g_param_spec_string("monitor-state", "Monitor state",
                            "File of this element's own in which what is usual at each hour "
                            "outlives it, so that a rate that is not is told at once (default: "
                            "none)",
                            NULL, READY));
}

void
gst_clip_properties_install(GObjectClass *class)
{
    install_what_to_see(class);
    install_when_to_look(class);
    install_what_to_spend(class);
    install_what_to_tell(class);
    install_calibration(class);
    install_zones(class);
    install_episodes(class);
    install_audit(class);
    install_policy(class);
    gst_type_mark_as_plugin_api(GST_TYPE_CLIP_CROP, 0);
    gst_type_mark_as_plugin_api(GST_TYPE_CLIP_PRECISION, 0);
    gst_type_mark_as_plugin_api(GST_TYPE_CLIP_GATE, 0);
    gst_type_mark_as_plugin_api(GST_TYPE_CLIP_AUDIT_FAILURE, 0);
}

void
gst_clip_properties_init(GstClipProperties *properties)
{
    properties->model = g_strdup(DEFAULT_MODEL);
    properties->prompts = g_strdup(GST_CLIP_DEFAULT_PROMPTS);
    properties->policy = g_strdup(GST_CLIP_DEFAULT_POLICY);
    properties->watch = TRUE;
    properties->gate_refresh = DEFAULT_GATE_REFRESH;
    properties->interval = DEFAULT_INTERVAL;
    properties->top_k = DEFAULT_TOP_K;
    properties->message = TRUE;
    properties->episodes = TRUE;
    properties->episode_update = DEFAULT_EPISODE_UPDATE;
}

void
gst_clip_properties_clear(GstClipProperties *properties)
{
    g_clear_pointer(&properties->model, g_free);
    g_clear_pointer(&properties->prompts, g_free);
    g_clear_pointer(&properties->stream_id, g_free);
    g_clear_pointer(&properties->calibration, g_free);
    g_clear_pointer(&properties->zones, g_free);
    g_clear_pointer(&properties->engine_id, g_free);
    g_clear_pointer(&properties->audit, g_free);
    g_clear_pointer(&properties->audit_purpose, g_free);
    g_clear_pointer(&properties->policy, g_free);
    g_clear_pointer(&properties->monitor_state, g_free);
}

/* NULL brings the default back. */
static void
set_string(gchar **field, const GValue *value, const gchar *preset)
{
    const gchar *text = g_value_get_string(value);
    g_free(*field);
    *field = g_strdup(text ? text : preset);
}

gboolean
gst_clip_properties_set(GstClipProperties *properties, guint id, const GValue *value)
{
    switch (id) {
    case GST_CLIP_PROPERTY_MODEL:
        set_string(&properties->model, value, DEFAULT_MODEL);
        return TRUE;
    case GST_CLIP_PROPERTY_PROMPTS:
        set_string(&properties->prompts, value, GST_CLIP_DEFAULT_PROMPTS);
        return TRUE;
    case GST_CLIP_PROPERTY_INTERVAL:
        properties->interval = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_PROPERTY_TOP_K:
        properties->top_k = g_value_get_uint(value);
        return TRUE;
    case GST_CLIP_PROPERTY_THRESHOLD:
        properties->threshold = g_value_get_double(value);
        return TRUE;
    case GST_CLIP_PROPERTY_CROP:
        properties->crop = (CwCrop)g_value_get_enum(value);
        return TRUE;
    case GST_CLIP_PROPERTY_PRECISION:
        properties->precision = (CwPrecision)g_value_get_enum(value);
        return TRUE;
    case GST_CLIP_PROPERTY_SYNC:
        properties->sync = g_value_get_boolean(value);
        return TRUE;
    case GST_CLIP_PROPERTY_STREAM_ID:
        set_string(&properties->stream_id, value, NULL);
        return TRUE;
    case GST_CLIP_PROPERTY_MESSAGE:
        properties->message = g_value_get_boolean(value);
        return TRUE;
    case GST_CLIP_PROPERTY_ATTACH_META:
        properties->attach_meta = g_value_get_boolean(value);
        return TRUE;
    case GST_CLIP_PROPERTY_CUSTOM_EVENT:
        properties->custom_event = g_value_get_boolean(value);
        return TRUE;
    case GST_CLIP_PROPERTY_CALIBRATION:
        set_string(&properties->calibration, value, NULL);
        return TRUE;
    case GST_CLIP_PROPERTY_AUDIT:
        set_string(&properties->audit, value, NULL);
        return TRUE;
    case GST_CLIP_PROPERTY_AUDIT_FAILURE:
        properties->audit_failure = (GstClipAuditFailure)g_value_get_enum(value);
        return TRUE;
    case GST_CLIP_PROPERTY_AUDIT_PURPOSE:
        set_string(&properties->audit_purpose, value, NULL);
        return TRUE;
    case GST_CLIP_PROPERTY_POLICY:
        set_string(&properties->policy, value, GST_CLIP_DEFAULT_POLICY);
        return TRUE;
    case GST_CLIP_PROPERTY_MONITOR_STATE:
        set_string(&properties->monitor_state, value, NULL);
        return TRUE;
    case GST_CLIP_PROPERTY_ZONES:
        set_string(&properties->zones, value, NULL);
        return TRUE;
    case GST_CLIP_PROPERTY_EPISODES:
        properties->episodes = g_value_get_boolean(value);
        return TRUE;
    case GST_CLIP_PROPERTY_EPISODE_UPDATE:
        properties->episode_update = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_PROPERTY_NEAR_MISS_INTERVAL:
        properties->near_miss_interval = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_PROPERTY_ENGINE_ID:
        set_string(&properties->engine_id, value, NULL);
        return TRUE;
    case GST_CLIP_PROPERTY_THREADS:
        properties->threads = g_value_get_uint(value);
        return TRUE;
    case GST_CLIP_PROPERTY_GATE:
        properties->gate = g_value_get_enum(value);
        return TRUE;
    case GST_CLIP_PROPERTY_GATE_REFRESH:
        properties->gate_refresh = g_value_get_uint64(value);
        return TRUE;
    case GST_CLIP_PROPERTY_WATCH:
        properties->watch = g_value_get_boolean(value);
        return TRUE;
    case GST_CLIP_PROPERTY_CPU_BUDGET:
        properties->cpu_budget = g_value_get_double(value);
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
gst_clip_properties_get(const GstClipProperties *properties, guint id, GValue *value)
{
    switch (id) {
    case GST_CLIP_PROPERTY_MODEL:
        g_value_set_string(value, properties->model);
        return TRUE;
    case GST_CLIP_PROPERTY_PROMPTS:
        g_value_set_string(value, properties->prompts);
        return TRUE;
    case GST_CLIP_PROPERTY_INTERVAL:
        g_value_set_uint64(value, properties->interval);
        return TRUE;
    case GST_CLIP_PROPERTY_TOP_K:
        g_value_set_uint(value, properties->top_k);
        return TRUE;
    case GST_CLIP_PROPERTY_THRESHOLD:
        g_value_set_double(value, properties->threshold);
        return TRUE;
    case GST_CLIP_PROPERTY_CROP:
        g_value_set_enum(value, properties->crop);
        return TRUE;
    case GST_CLIP_PROPERTY_PRECISION:
        g_value_set_enum(value, properties->precision);
        return TRUE;
    case GST_CLIP_PROPERTY_SYNC:
        g_value_set_boolean(value, properties->sync);
        return TRUE;
    case GST_CLIP_PROPERTY_STREAM_ID:
        g_value_set_string(value, properties->stream_id);
        return TRUE;
    case GST_CLIP_PROPERTY_MESSAGE:
        g_value_set_boolean(value, properties->message);
        return TRUE;
    case GST_CLIP_PROPERTY_ATTACH_META:
        g_value_set_boolean(value, properties->attach_meta);
        return TRUE;
    case GST_CLIP_PROPERTY_CUSTOM_EVENT:
        g_value_set_boolean(value, properties->custom_event);
        return TRUE;
    case GST_CLIP_PROPERTY_AUDIT:
        g_value_set_string(value, properties->audit);
        return TRUE;
    case GST_CLIP_PROPERTY_AUDIT_FAILURE:
        g_value_set_enum(value, properties->audit_failure);
        return TRUE;
    case GST_CLIP_PROPERTY_AUDIT_PURPOSE:
        g_value_set_string(value, properties->audit_purpose);
        return TRUE;
    case GST_CLIP_PROPERTY_POLICY:
        g_value_set_string(value, properties->policy);
        return TRUE;
    case GST_CLIP_PROPERTY_MONITOR_STATE:
        g_value_set_string(value, properties->monitor_state);
        return TRUE;
    case GST_CLIP_PROPERTY_CALIBRATION:
        g_value_set_string(value, properties->calibration);
        return TRUE;
    case GST_CLIP_PROPERTY_ZONES:
        g_value_set_string(value, properties->zones);
        return TRUE;
    case GST_CLIP_PROPERTY_EPISODES:
        g_value_set_boolean(value, properties->episodes);
        return TRUE;
    case GST_CLIP_PROPERTY_EPISODE_UPDATE:
        g_value_set_uint64(value, properties->episode_update);
        return TRUE;
    case GST_CLIP_PROPERTY_NEAR_MISS_INTERVAL:
        g_value_set_uint64(value, properties->near_miss_interval);
        return TRUE;
    case GST_CLIP_PROPERTY_ENGINE_ID:
        g_value_set_string(value, properties->engine_id);
        return TRUE;
    case GST_CLIP_PROPERTY_THREADS:
        g_value_set_uint(value, properties->threads);
        return TRUE;
    case GST_CLIP_PROPERTY_GATE:
        g_value_set_enum(value, properties->gate);
        return TRUE;
    case GST_CLIP_PROPERTY_GATE_REFRESH:
        g_value_set_uint64(value, properties->gate_refresh);
        return TRUE;
    case GST_CLIP_PROPERTY_WATCH:
        g_value_set_boolean(value, properties->watch);
        return TRUE;
    case GST_CLIP_PROPERTY_CPU_BUDGET:
        g_value_set_double(value, properties->cpu_budget);
        return TRUE;
    default:
        return FALSE;
    }
}

guint64
gst_clip_properties_get_gate_ns(const GstClipProperties *properties)
{
    return properties->gate ? properties->gate_refresh : 0;
}

CwThreshold
gst_clip_threshold_from_value(gdouble value)
{
    return (CwThreshold){value > 0 ? CW_THRESHOLD_BY_SCORING : CW_THRESHOLD_NONE, value};
}

gchar *
gst_clip_properties_get_stream_id(const GstClipProperties *properties, GstObject *object)
{
    return g_strdup(properties->stream_id && properties->stream_id[0] ? properties->stream_id
                                                                      : GST_OBJECT_NAME(object));
}

GstStructure *
gst_clip_stats_to_structure(const CwStreamStats *stats, guint64 n_unusable, guint64 n_lines_dropped)
{
    return gst_structure_new(
        "clipclassify-stats", "seen", G_TYPE_UINT64, stats->seen, "unusable", G_TYPE_UINT64,
        n_unusable, "early", G_TYPE_UINT64, stats->early, "shed", G_TYPE_UINT64, stats->shed,
        "failed", G_TYPE_UINT64, stats->failed, "sampled", G_TYPE_UINT64, stats->sampled,
        "replaced", G_TYPE_UINT64, stats->replaced, "flushed", G_TYPE_UINT64, stats->flushed,
        "decided", G_TYPE_UINT64, stats->decided, "unchanged", G_TYPE_UINT64, stats->unchanged,
        "rate-asked", G_TYPE_DOUBLE, stats->asked_per_second, "rate-held", G_TYPE_DOUBLE,
        stats->held_per_second, "monitor-unsaved", G_TYPE_UINT64, stats->unsaved, "encode-time",
        G_TYPE_UINT64, stats->encode_ns, "last-age", G_TYPE_INT64, stats->last_age_us * 1000,
        "age-p50", G_TYPE_INT64, stats->age_p50_us * 1000, "age-p95", G_TYPE_INT64,
        stats->age_p95_us * 1000, "lines-dropped", G_TYPE_UINT64, n_lines_dropped, NULL);
}
