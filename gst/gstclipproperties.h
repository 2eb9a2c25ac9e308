/* The properties of clipclassify: their specifications, values and meaning. */
#pragma once

#include <clipwatch/clipwatch.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_CLIP_DEFAULT_PROMPTS "scene"
#define GST_CLIP_DEFAULT_POLICY  "strict"

typedef enum {
    GST_CLIP_PROPERTY_MODEL = 1,
    GST_CLIP_PROPERTY_PROMPTS,
    GST_CLIP_PROPERTY_INTERVAL,
    GST_CLIP_PROPERTY_TOP_K,
    GST_CLIP_PROPERTY_THRESHOLD,
    GST_CLIP_PROPERTY_CROP,
    GST_CLIP_PROPERTY_PRECISION,
    GST_CLIP_PROPERTY_SYNC,
    GST_CLIP_PROPERTY_STREAM_ID,
    GST_CLIP_PROPERTY_MESSAGE,
    GST_CLIP_PROPERTY_ATTACH_META,
    GST_CLIP_PROPERTY_CUSTOM_EVENT,
    GST_CLIP_PROPERTY_EPISODES,
    GST_CLIP_PROPERTY_EPISODE_UPDATE,
    GST_CLIP_PROPERTY_NEAR_MISS_INTERVAL,
    GST_CLIP_PROPERTY_CALIBRATION,
    GST_CLIP_PROPERTY_ZONES,
    GST_CLIP_PROPERTY_STATS,
    GST_CLIP_PROPERTY_ENGINE_ID,
    GST_CLIP_PROPERTY_THREADS,
    GST_CLIP_PROPERTY_CPU_BUDGET,
    GST_CLIP_PROPERTY_WATCH,
    GST_CLIP_PROPERTY_GATE,
    GST_CLIP_PROPERTY_GATE_REFRESH,
    GST_CLIP_PROPERTY_AUDIT,
    GST_CLIP_PROPERTY_AUDIT_FAILURE,
    GST_CLIP_PROPERTY_AUDIT_PURPOSE,
    GST_CLIP_PROPERTY_POLICY,
    GST_CLIP_PROPERTY_MONITOR_STATE,
} GstClipProperty;

/* What becomes of a decision that cannot be recorded. */
typedef enum {
    GST_CLIP_AUDIT_SUPPRESS = 0,
    GST_CLIP_AUDIT_STOP,
    GST_CLIP_AUDIT_DROP,
} GstClipAuditFailure;

/* Guarded by the object lock of the element. */
typedef struct {
    gchar *model;
    gchar *prompts;
    gboolean watch;
    guint64 interval; /* ns */
    guint top_k;
    gdouble threshold;
    CwCrop crop;
    CwPrecision precision;
    gboolean sync;
    gchar *stream_id; /* NULL: the element's name */
    gboolean message;
    gboolean attach_meta;
    gboolean custom_event;
    gchar *calibration; /* NULL: none */
    gchar *zones;       /* NULL: none */
    gboolean episodes;
    guint64 episode_update;     /* ns */
    guint64 near_miss_interval; /* ns */
    gboolean gate;
    guint64 gate_refresh; /* ns */
    gchar *engine_id;     /* NULL: the one that all share */
    guint threads;
    gdouble cpu_budget; /* percent */
    gchar *audit;       /* NULL: no log */
    GstClipAuditFailure audit_failure;
    gchar *audit_purpose; /* NULL: not said */
    gchar *policy;
    gchar *monitor_state; /* NULL: none */
} GstClipProperties;

void gst_clip_properties_install(GObjectClass *class);
void gst_clip_properties_init(GstClipProperties *properties);
void gst_clip_properties_clear(GstClipProperties *properties);

/* Copy a value in or out; FALSE for a property that is not stored here (stats). */
gboolean gst_clip_properties_set(GstClipProperties *properties, guint id, const GValue *value);
gboolean gst_clip_properties_get(const GstClipProperties *properties, guint id, GValue *value);

/* What cw_stream_set_gate() is to be told. */
guint64 gst_clip_properties_get_gate_ns(const GstClipProperties *properties);

/* The threshold for classes that name none, of the property's value. */
CwThreshold gst_clip_threshold_from_value(gdouble value);

/* What events call the stream, (transfer full). Called with the object's lock held. */
gchar *gst_clip_properties_get_stream_id(const GstClipProperties *properties, GstObject *object);

/* The value of the property stats, (transfer full). n_unusable: frames that hold no picture to look
 * at.
 */
GstStructure *gst_clip_stats_to_structure(const CwStreamStats *stats, guint64 n_unusable,
                                          guint64 n_lines_dropped);

G_END_DECLS
