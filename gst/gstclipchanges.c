#include "gstclipchanges.h"

void
gst_clip_wishes_clear(GstClipWishes *wishes)
{
    g_free(wishes->model);
    g_free(wishes->engine_id);
    g_free(wishes->stream_id);
    g_free(wishes->prompts);
    g_free(wishes->monitor_state);
    g_clear_pointer(&wishes->calibration, cw_calibration_unref);
    g_clear_pointer(&wishes->zones, cw_zones_unref);
    g_clear_pointer(&wishes->policy, cw_policy_unref);
}

/* The policy of that name; TRUE and NULL for "off". */
static gboolean
load_policy(const gchar *name, CwPolicy **policy, GError **error)
{
    *policy = NULL;
    if (g_str_equal(name, CW_POLICY_OFF) || (*policy = cw_policy_load(name, error)))
        return TRUE;
    g_prefix_error(error, "Policy: ");
    return FALSE;
}

gboolean
gst_clip_wishes_read(GstClipWishes *wishes, GstClipClassify *self, GError **error)
{
    const GstClipProperties *properties = &self->properties;
    GST_OBJECT_LOCK(self);
    g_autofree gchar *calibration = g_strdup(properties->calibration);
    g_autofree gchar *zones = g_strdup(properties->zones);
    g_autofree gchar *policy = g_strdup(properties->policy);
    wishes->model = g_strdup(properties->model);
    wishes->engine_id = g_strdup(properties->engine_id);
    wishes->stream_id = gst_clip_properties_get_stream_id(properties, GST_OBJECT(self));
    wishes->prompts = g_strdup(properties->prompts);
    wishes->watch = properties->watch;
    wishes->monitor_state = g_strdup(properties->monitor_state);
    wishes->engine = (CwEngineConfig){
        .model = wishes->model,
        .precision = properties->precision,
        .id = wishes->engine_id,
        .n_threads = properties->threads,
        .cpu_percent = properties->cpu_budget,
    };
    wishes->stream = (CwStreamConfig){
        .stream_id = wishes->stream_id,
        .crop = properties->crop,
        .top_k = properties->top_k,
        .threshold = gst_clip_threshold_from_value(properties->threshold),
        .interval_ns = properties->interval,
        .decided = gst_clip_classify_decided,
        .episode = properties->episodes ? gst_clip_classify_episode : NULL,
        .alarm = gst_clip_classify_alarm,
        .monitor_state = wishes->monitor_state,
        .update_ns = properties->episode_update,
        .near_miss_ns = properties->near_miss_interval,
        .gate_refresh_ns = gst_clip_properties_get_gate_ns(properties),
        .user_data = self,
    };
    GST_OBJECT_UNLOCK(self);
    if (!load_policy(policy, &wishes->policy, error))
        return FALSE;
    wishes->stream.policy = wishes->policy;
    if (zones && !(wishes->stream.zones = wishes->zones = cw_zones_load(zones, error))) {
        g_prefix_error(error, "Zones: ");
        return FALSE;
    }
    if (!calibration)
        return TRUE;
    wishes->stream.calibration = wishes->calibration = cw_calibration_load(calibration, error);
    if (!wishes->calibration)
        g_prefix_error(error, "Calibration: ");
    return wishes->calibration != NULL;
}

/* A change that is not made is warned of, and stands in the log. */
static void
refuse(GstClipClassify *self, const gchar *what, const GError *error, const gchar *rest)
{
    g_autofree gchar *reason = g_strdup_printf("%s: %s; %s", what, error->message, rest);
    GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS, ("%s", reason), (NULL));
    gst_clip_audit_refusal(&self->audit, reason);
}

void
gst_clip_classify_prompts_changed(CwPrompts *prompts, const GError *error, gpointer data)
{
    GstClipClassify *self = data;
    g_autoptr(GError) refusal = error ? g_error_copy(error) : NULL;
    GST_OBJECT_LOCK(self);
    const gdouble threshold = self->properties.threshold;
    GST_OBJECT_UNLOCK(self);
    if (prompts)
        gst_clip_session_use_prompts(&self->session, prompts, threshold, &refusal);
    if (refusal)
        refuse(self, "Prompts", refusal, "the old ones stay");
}

/* Follows the files from now on, or none where NULL. */
static void
watch_prompts(GstClipClassify *self, const gchar *files)
{
    g_autoptr(GError) error = NULL;
    if (!gst_clip_session_watch(&self->session, files, gst_clip_classify_prompts_changed, self,
                                &error))
        GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                            ("Prompts: %s; changes will not be seen", error->message), (NULL));
}

/* Reads the files anew; they are refused with a warning when the stream cannot use them. */
static void
change_prompts(GstClipClassify *self, const GValue *value)
{
    g_autoptr(GError) error = NULL;
    const gchar *files = g_value_get_string(value);
    GST_OBJECT_LOCK(self);
    const gdouble threshold = self->properties.threshold;
    const gboolean watch = self->properties.watch;
    GST_OBJECT_UNLOCK(self);
    if (!files)
        files = GST_CLIP_DEFAULT_PROMPTS;
    if (!gst_clip_session_change_prompts(&self->session, files, threshold, &error)) {
        refuse(self, "Prompts", error, "the old ones stay");
        return;
    }
    GST_OBJECT_LOCK(self);
    gst_clip_properties_set(&self->properties, GST_CLIP_PROPERTY_PROMPTS, value);
    GST_OBJECT_UNLOCK(self);
    if (watch)
        watch_prompts(self, files);
}

/* Reads the file anew; it is refused with a warning when the stream cannot use it. */
static void
change_zones(GstClipClassify *self, const GValue *value)
{
    g_autoptr(GError) error = NULL;
    const gchar *file = g_value_get_string(value);
    g_autoptr(CwZones) zones = NULL;
    if (gst_clip_session_is_started(&self->session) &&
        ((file && !(zones = cw_zones_load(file, &error))) ||
         !gst_clip_session_use_zones(&self->session, zones, &error))) {
        GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                            ("Zones: %s; the old ones stay", error->message), (NULL));
        return;
    }
    GST_OBJECT_LOCK(self);
    gst_clip_properties_set(&self->properties, GST_CLIP_PROPERTY_ZONES, value);
    GST_OBJECT_UNLOCK(self);
}

/* While playing a policy is refused that would let more through, or not what is asked for now. */
static void
change_policy(GstClipClassify *self, const GValue *value)
{
    g_autoptr(GError) error = NULL;
    const gchar *name = g_value_get_string(value);
    g_autoptr(CwPolicy) policy = NULL;
    if (gst_clip_session_is_started(&self->session) &&
        (!load_policy(name ? name : GST_CLIP_DEFAULT_POLICY, &policy, &error) ||
         !gst_clip_session_use_policy(&self->session, policy, &error))) {
        refuse(self, "Policy", error, "the old one stays");
        return;
    }
    GST_OBJECT_LOCK(self);
    gst_clip_properties_set(&self->properties, GST_CLIP_PROPERTY_POLICY, value);
    GST_OBJECT_UNLOCK(self);
}

static void
change_threshold(GstClipClassify *self, const GValue *value)
{
    g_autoptr(GError) error = NULL;
    if (!gst_clip_session_change_threshold(&self->session, g_value_get_double(value), &error)) {
        GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                            ("Threshold: %s; the old one stays", error->message), (NULL));
        return;
    }
    GST_OBJECT_LOCK(self);
    gst_clip_properties_set(&self->properties, GST_CLIP_PROPERTY_THRESHOLD, value);
    GST_OBJECT_UNLOCK(self);
}

/* Makes another engine or stream for a property that the present one does not have; where that
 * cannot be done the property keeps its value, and the stream its engine. */
static void
change_engine(GstClipClassify *self, guint id, const GValue *value)
{
    g_autoptr(GError) error = NULL;
    g_auto(GstClipWishes) wishes = {0};
    g_auto(GValue) before = G_VALUE_INIT;
    g_value_init(&before, G_VALUE_TYPE(value));
    GST_OBJECT_LOCK(self);
    gst_clip_properties_get(&self->properties, id, &before);
    gst_clip_properties_set(&self->properties, id, value);
    GST_OBJECT_UNLOCK(self);
    const gboolean readable = gst_clip_wishes_read(&wishes, self, &error);
    if (!readable && !gst_clip_session_is_started(&self->session))
        return; /* the start will tell */
    if (readable &&
        gst_clip_session_change_engine(&self->session, &wishes.engine, &wishes.stream, &error))
        return;
    GST_OBJECT_LOCK(self);
    gst_clip_properties_set(&self->properties, id, &before);
    GST_OBJECT_UNLOCK(self);
    GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS, ("%s; the old one stays", error->message),
                        (NULL));
}

/* Tells a running stream of a property that it follows. */
static void
apply_to_stream(GstClipClassify *self, guint id)
{
    GST_OBJECT_LOCK(self);
    const GstClipProperties properties = self->properties; /* its numbers */
    g_autofree gchar *files = g_strdup(properties.prompts);
    GST_OBJECT_UNLOCK(self);
    switch (id) {
    case GST_CLIP_PROPERTY_INTERVAL:
        gst_clip_session_set_interval(&self->session, properties.interval);
        break;
    case GST_CLIP_PROPERTY_TOP_K:
        gst_clip_session_set_top_k(&self->session, properties.top_k);
        break;
    case GST_CLIP_PROPERTY_CROP:
        gst_clip_session_set_crop(&self->session, properties.crop);
        break;
    case GST_CLIP_PROPERTY_GATE:
    case GST_CLIP_PROPERTY_GATE_REFRESH:
        gst_clip_session_set_gate(&self->session, gst_clip_properties_get_gate_ns(&properties));
        break;
    case GST_CLIP_PROPERTY_CPU_BUDGET:
        gst_clip_session_set_cpu_budget(&self->session, properties.cpu_budget);
        break;
    case GST_CLIP_PROPERTY_WATCH:
        watch_prompts(self, properties.watch ? files : NULL);
        break;
    case GST_CLIP_PROPERTY_ATTACH_META:
        gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), !properties.attach_meta);
        break;
    default:
        break;
    }
}

static gboolean
is_calibrated(GstClipClassify *self)
{
    GST_OBJECT_LOCK(self);
    const gboolean calibrated = self->properties.calibration != NULL;
    GST_OBJECT_UNLOCK(self);
    return calibrated;
}

gboolean
gst_clip_classify_change(GstClipClassify *self, guint id, const GValue *value)
{
    switch (id) {
    case GST_CLIP_PROPERTY_PROMPTS:
        change_prompts(self, value);
        return TRUE;
    case GST_CLIP_PROPERTY_ZONES:
        change_zones(self, value);
        return TRUE;
    case GST_CLIP_PROPERTY_POLICY:
        change_policy(self, value);
        return TRUE;
    case GST_CLIP_PROPERTY_THRESHOLD:
        change_threshold(self, value);
        return TRUE;
    case GST_CLIP_PROPERTY_MODEL:
    case GST_CLIP_PROPERTY_PRECISION:
    case GST_CLIP_PROPERTY_ENGINE_ID:
    case GST_CLIP_PROPERTY_CALIBRATION:
        change_engine(self, id, value);
        return TRUE;
    case GST_CLIP_PROPERTY_CROP:
        if (!is_calibrated(self))
            break;
        change_engine(self, id, value); /* refuses: the calibration is for the old one */
        return TRUE;
    default:
        break;
    }
    GST_OBJECT_LOCK(self);
    const gboolean known = gst_clip_properties_set(&self->properties, id, value);
    GST_OBJECT_UNLOCK(self);
    if (known)
        apply_to_stream(self, id);
    return known;
}
