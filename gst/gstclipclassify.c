/**
 * SECTION:element-clipclassify
 * @title: clipclassify
 * @short_description: says which of your sentences fits the video best
 *
 * Takes a frame of the video every #GstClipClassify:interval, encodes it with CLIP on the CPU,
 * scores it against the classes of a prompt file and posts the decision as an element message named
 * `clipclassify`. The video passes untouched and is never delayed, unless #GstClipClassify:sync
 * asks for it. The messages, the buffer meta, the custom event and the `events` pad are described
 * field by field in docs/ELEMENT.md.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m rtspsrc location=rtsp://camera/stream ! decodebin ! clipclassify
 * prompts=parking ! fakesink
 * ]|
 */
#include "gstclipclassify.h"

#include "gstclipcaps.h"
#include "gstclipconvert.h"
#include "gstclipevents.h"
#include "gstclipmessage.h"
#include "gstclipmeta.h"
#include "gstclipproperties.h"

#include <clipwatch/clipwatch.h>

GST_DEBUG_CATEGORY_STATIC(clip_classify_debug);
#define GST_CAT_DEFAULT clip_classify_debug

/* How long EOS waits for the last decision. */
#define DRAIN_TIMEOUT_US (2 * G_USEC_PER_SEC)

/* Seconds between the epochs of NTP (1900) and Unix (1970). */
#define NTP_TO_UNIX_SECONDS G_GUINT64_CONSTANT(2208988800)

struct _GstClipClassify {
    GstBaseTransform parent;

    GstClipProperties properties; /* guarded by the object lock */

    GMutex stream_lock; /* guards stream's existence against other than the streaming thread */
    CwEngine *engine;
    CwStream *stream;

    GstClipEvents *events; /* guarded by the object lock; NULL until the pad is requested */

    /* Of the streaming thread. */
    GstVideoInfo info;
    CwFrameFormat format;
    GstClipConvert *convert; /* NULL where the library reads the format itself */
    CwOrientation orientation;
    gboolean live;
    gboolean format_refused;
    GstClockTime last_gap;

    GMutex decisions_lock; /* guards decisions */
    GQueue decisions;      /* of GstStructure: made by the worker, not yet attached or sent on */
};

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS(GST_VIDEO_CAPS_MAKE(GST_VIDEO_FORMATS_ALL)));
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS(GST_VIDEO_CAPS_MAKE(GST_VIDEO_FORMATS_ALL)));
static GstStaticPadTemplate events_template = GST_STATIC_PAD_TEMPLATE(
    "events", GST_PAD_SRC, GST_PAD_REQUEST, GST_STATIC_CAPS("application/x-json"));

G_DEFINE_FINAL_TYPE(GstClipClassify, gst_clip_classify, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE(clipclassify, "clipclassify", GST_RANK_NONE, GST_TYPE_CLIP_CLASSIFY)

/* The request pad, or NULL. It lives until the element is told to release it, which must not be
 * done while data flows into the element. */
static GstClipEvents *
get_events(GstClipClassify *self)
{
    GST_OBJECT_LOCK(self);
    GstClipEvents *events = self->events;
    GST_OBJECT_UNLOCK(self);
    return events;
}

/* Called by the engine's worker for each decision. */
static void
handle_decision(const CwDecision *decision, const gchar *json, gpointer data)
{
    GstClipClassify *self = data;
    GstStructure *structure = gst_clip_message_new(decision, json);
    GstClipEvents *events = get_events(self);
    gboolean message, keep;
    GST_OBJECT_LOCK(self);
    message = self->properties.message;
    keep = self->properties.attach_meta || self->properties.custom_event;
    GST_OBJECT_UNLOCK(self);
    if (events) {
        gint64 pts = decision->times.stream_time_ns;
        gst_clip_events_push_json(events, json,
                                  pts == CW_TIME_NONE ? GST_CLOCK_TIME_NONE : (GstClockTime)pts,
                                  GST_CLOCK_TIME_NONE);
    }
    if (keep) {
        g_mutex_lock(&self->decisions_lock);
        g_queue_push_tail(&self->decisions, gst_structure_copy(structure));
        g_mutex_unlock(&self->decisions_lock);
    }
    if (message)
        gst_element_post_message(GST_ELEMENT(self),
                                 gst_message_new_element(GST_OBJECT(self), structure));
    else
        gst_structure_free(structure);
}

static void
clear_decisions(GstClipClassify *self)
{
    GstStructure *structure;
    g_mutex_lock(&self->decisions_lock);
    while ((structure = g_queue_pop_head(&self->decisions)))
        gst_structure_free(structure);
    g_mutex_unlock(&self->decisions_lock);
}

/* Sends decisions on with the video: as meta of this buffer (NULL: there is none) and as events
 * before it. Called by the streaming thread. */
static void
hand_on_decisions(GstClipClassify *self, GstBuffer *buffer)
{
    GstStructure *structure;
    gboolean meta, event;
    GST_OBJECT_LOCK(self);
    meta = self->properties.attach_meta;
    event = self->properties.custom_event;
    GST_OBJECT_UNLOCK(self);
    for (;;) {
        g_mutex_lock(&self->decisions_lock);
        structure = g_queue_pop_head(&self->decisions);
        g_mutex_unlock(&self->decisions_lock);
        if (!structure)
            return;
        if (meta && buffer && gst_buffer_is_writable(buffer))
            gst_clip_meta_add(buffer, structure);
        if (event)
            gst_pad_push_event(
                GST_BASE_TRANSFORM_SRC_PAD(self),
                gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_copy(structure)));
        gst_structure_free(structure);
    }
}

/* The camera's own time, where RTP sender reports gave it. */
static gboolean
find_reference_time(GstBuffer *buffer, gint64 *time_us)
{
    gpointer state = NULL;
    GstMeta *meta;
    while ((meta = gst_buffer_iterate_meta_filtered(buffer, &state,
                                                    GST_REFERENCE_TIMESTAMP_META_API_TYPE))) {
        const GstReferenceTimestampMeta *reference = (GstReferenceTimestampMeta *)meta;
        const GstStructure *kind = gst_caps_get_structure(reference->reference, 0);
        GstClockTime time = reference->timestamp;
        if (gst_structure_has_name(kind, "timestamp/x-ntp")) {
            if (time < NTP_TO_UNIX_SECONDS * GST_SECOND)
                continue;
            time -= NTP_TO_UNIX_SECONDS * GST_SECOND;
        } else if (!gst_structure_has_name(kind, "timestamp/x-unix")) {
            continue;
        }
        *time_us = (gint64)(time / GST_USECOND);
        return TRUE;
    }
    return FALSE;
}

static gint64
to_time_ns(guint64 time)
{
    return time == GST_CLOCK_TIME_NONE || time > G_MAXINT64 ? CW_TIME_NONE : (gint64)time;
}

static CwFrameTimes
describe_times(GstClipClassify *self, GstBuffer *buffer)
{
    const GstSegment *segment = &GST_BASE_TRANSFORM(self)->segment;
    const GstClockTime pts = GST_BUFFER_PTS(buffer);
    CwFrameTimes times = {CW_TIME_NONE, CW_TIME_NONE, CW_TIME_NONE, CW_CAPTURE_NONE};
    if (GST_CLOCK_TIME_IS_VALID(pts) && segment->format == GST_FORMAT_TIME) {
        times.stream_time_ns =
            to_time_ns(gst_segment_to_stream_time(segment, GST_FORMAT_TIME, pts));
        times.running_time_ns =
            to_time_ns(gst_segment_to_running_time(segment, GST_FORMAT_TIME, pts));
    }
    if (find_reference_time(buffer, &times.capture_time_us)) {
        times.capture_source = CW_CAPTURE_NTP;
    } else if (self->live) {
        times.capture_time_us = g_get_real_time();
        times.capture_source = CW_CAPTURE_PIPELINE_CLOCK;
    }
    return times;
}

/* Plans for the format as it is now; says once per caps why one cannot be used. */
static gboolean
set_format(GstClipClassify *self, const CwFrameFormat *format)
{
    g_autoptr(GError) error = NULL;
    self->format = *format;
    self->format_refused = !cw_stream_set_format(self->stream, format, &error);
    if (self->format_refused)
        GST_ELEMENT_WARNING(self, STREAM, FORMAT, ("Frames of this size cannot be classified"),
                            ("%s", error->message));
    return !self->format_refused;
}

static void
classify_mapped(GstClipClassify *self, const GstVideoFrame *video, const CwFrameTimes *times,
                gboolean sync)
{
    CwFrame frame = {0};
    const gboolean interlaced = GST_VIDEO_FRAME_IS_INTERLACED(video);
    if (self->convert)
        video = gst_clip_convert_run(self->convert, video);
    if (interlaced != self->format.interlaced) { /* mixed content says so frame by frame */
        CwFrameFormat format = self->format;
        format.interlaced = interlaced;
        if (!set_format(self, &format))
            return;
    }
    gst_clip_frame_from_video(video, &frame);
    if (sync)
        cw_stream_classify(self->stream, &frame, times);
    else
        cw_stream_submit(self->stream, &frame, times);
}

static void
classify_buffer(GstClipClassify *self, GstBuffer *buffer, gboolean sync)
{
    GstVideoFrame video;
    const CwFrameTimes times = describe_times(self, buffer);
    if (!gst_video_frame_map(&video, &self->info, buffer,
                             GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
        GST_WARNING_OBJECT(self, "cannot map a frame: not classified");
        return;
    }
    classify_mapped(self, &video, &times, sync);
    gst_video_frame_unmap(&video);
}

/* Tells the events branch how far time has come, at most once a second. */
static void
push_gap(GstClipClassify *self, GstBuffer *buffer)
{
    GstClipEvents *events = get_events(self);
    const GstSegment *segment = &GST_BASE_TRANSFORM(self)->segment;
    const GstClockTime time =
        gst_segment_to_stream_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    if (!events || !GST_CLOCK_TIME_IS_VALID(time))
        return;
    if (GST_CLOCK_TIME_IS_VALID(self->last_gap) && time >= self->last_gap &&
        time < self->last_gap + GST_SECOND)
        return;
    gst_clip_events_push_gap(events, time, GST_CLOCK_TIME_NONE);
    self->last_gap = time;
}

static GstFlowReturn
transform_ip(GstBaseTransform *transform, GstBuffer *buffer)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    const CwFrameTimes times = describe_times(self, buffer);
    const gboolean usable = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP) &&
                            !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED) &&
                            !self->format_refused;
    if (usable && cw_stream_due(self->stream, times.running_time_ns)) {
        GST_OBJECT_LOCK(self);
        const gboolean sync = self->properties.sync;
        GST_OBJECT_UNLOCK(self);
        classify_buffer(self, buffer, sync);
    } else {
        push_gap(self, buffer);
    }
    hand_on_decisions(self, buffer);
    return GST_FLOW_OK;
}

static gboolean
set_caps(GstBaseTransform *transform, GstCaps *in, GstCaps *out)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    CwFrameFormat format;
    if (!gst_video_info_from_caps(&self->info, in))
        return FALSE;
    g_clear_pointer(&self->convert, gst_clip_convert_free);
    if (!gst_clip_format_from_info(&self->info, self->orientation, &format)) {
        self->convert = gst_clip_convert_new(&self->info);
        if (!self->convert || !gst_clip_format_from_info(gst_clip_convert_get_info(self->convert),
                                                         self->orientation, &format)) {
            GST_ELEMENT_WARNING(
                self, STREAM, FORMAT,
                ("Video of format %s cannot be classified", GST_VIDEO_INFO_NAME(&self->info)),
                (NULL));
            self->format_refused = TRUE;
            return TRUE; /* the video passes all the same */
        }
    }
    set_format(self, &format);
    return TRUE;
}

/* Whether frames come as they happen. */
static gboolean
is_live(GstClipClassify *self)
{
    g_autoptr(GstQuery) query = gst_query_new_latency();
    gboolean live = FALSE;
    if (gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(self), query))
        gst_query_parse_latency(query, &live, NULL, NULL);
    return live;
}

static void
handle_tags(GstClipClassify *self, GstEvent *event)
{
    GstTagList *tags;
    g_autofree gchar *text = NULL;
    gst_event_parse_tag(event, &tags);
    if (!gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &text))
        return;
    self->orientation = gst_clip_orientation_from_tag(text);
    if (self->format.width > 0 && self->format.orientation != self->orientation) {
        CwFrameFormat format = self->format;
        format.orientation = self->orientation;
        set_format(self, &format);
    }
}

static void
finish(GstClipClassify *self, GstClipEvents *events)
{
    if (!cw_stream_drain(self->stream, DRAIN_TIMEOUT_US))
        GST_WARNING_OBJECT(self, "the last frame was not decided within %d s",
                           (int)(DRAIN_TIMEOUT_US / G_USEC_PER_SEC));
    hand_on_decisions(self, NULL);
    if (events)
        gst_clip_events_push_eos(events);
}

static gboolean
sink_event(GstBaseTransform *transform, GstEvent *event)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    GstClipEvents *events = get_events(self);
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        self->orientation = CW_ORIENTATION_UPRIGHT;
        break;
    case GST_EVENT_SEGMENT: {
        const GstSegment *segment;
        gst_event_parse_segment(event, &segment);
        self->live = is_live(self);
        self->last_gap = GST_CLOCK_TIME_NONE;
        if (events && segment->format == GST_FORMAT_TIME) {
            /* Lines are stamped with stream time: the same whatever seeks were made. */
            GstSegment plain;
            gst_segment_init(&plain, GST_FORMAT_TIME);
            gst_clip_events_push_segment(events, &plain);
        }
        break;
    }
    case GST_EVENT_TAG:
        handle_tags(self, event);
        break;
    case GST_EVENT_FLUSH_START:
        cw_stream_flush(self->stream);
        if (events)
            gst_clip_events_flush(events, gst_event_ref(event));
        break;
    case GST_EVENT_FLUSH_STOP:
        cw_stream_flush(self->stream);
        clear_decisions(self);
        if (events)
            gst_clip_events_flush(events, gst_event_ref(event));
        break;
    case GST_EVENT_EOS:
        finish(self, events);
        break;
    default:
        break;
    }
    return GST_BASE_TRANSFORM_CLASS(gst_clip_classify_parent_class)->sink_event(transform, event);
}

/* A model or prompt file that cannot be used, as one error on the bus. */
static gboolean
fail_to_start(GstClipClassify *self, const gchar *what, const GError *error)
{
    if (error->code == CW_ERROR_NOT_FOUND)
        GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("%s: %s", what, error->message), (NULL));
    else
        GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s: %s", what, error->message), (NULL));
    return FALSE;
}

static gboolean
start(GstBaseTransform *transform)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    g_autoptr(GError) error = NULL;
    GST_OBJECT_LOCK(self);
    const CwPrecision precision = self->properties.precision;
    g_autofree gchar *model = g_strdup(self->properties.model);
    g_autofree gchar *files = g_strdup(self->properties.prompts);
    g_autofree gchar *id = gst_clip_properties_get_stream_id(&self->properties, GST_OBJECT(self));
    const CwStreamConfig config = {
        .stream_id = id,
        .crop = self->properties.crop,
        .top_k = self->properties.top_k,
        .threshold = gst_clip_properties_get_threshold(&self->properties),
        .interval_ns = self->properties.interval,
        .decided = handle_decision,
        .user_data = self,
    };
    GST_OBJECT_UNLOCK(self);
    g_autoptr(CwPrompts) prompts = cw_prompts_load(files, &error);
    if (!prompts)
        return fail_to_start(self, "Prompts", error);
    g_autoptr(CwEngine) engine = cw_engine_open(model, precision, &error);
    if (!engine)
        return fail_to_start(self, "Model", error);
    CwStream *stream = cw_stream_new(engine, prompts, &config, &error);
    if (!stream)
        return fail_to_start(self, "Prompts", error);
    g_mutex_lock(&self->stream_lock);
    self->engine = g_steal_pointer(&engine);
    self->stream = stream;
    g_mutex_unlock(&self->stream_lock);
    self->format = (CwFrameFormat){0};
    self->format_refused = TRUE; /* until caps come */
    self->last_gap = GST_CLOCK_TIME_NONE;
    return TRUE;
}

static gboolean
stop(GstBaseTransform *transform)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    g_mutex_lock(&self->stream_lock);
    CwStream *stream = g_steal_pointer(&self->stream);
    CwEngine *engine = g_steal_pointer(&self->engine);
    g_mutex_unlock(&self->stream_lock);
    g_clear_pointer(&stream, cw_stream_free);
    g_clear_pointer(&engine, cw_engine_unref);
    g_clear_pointer(&self->convert, gst_clip_convert_free);
    clear_decisions(self);
    return TRUE;
}

/* Reads the files anew and swaps the set between two frames; a bad file keeps the old one. */
static void
change_prompts(GstClipClassify *self, const GValue *value)
{
    g_autoptr(GError) error = NULL;
    g_autofree gchar *files = g_value_dup_string(value);
    g_autoptr(CwPrompts) prompts = NULL;
    gboolean changed = FALSE;
    g_mutex_lock(&self->stream_lock);
    if (self->stream) {
        GST_OBJECT_LOCK(self);
        const CwThreshold threshold = gst_clip_properties_get_threshold(&self->properties);
        GST_OBJECT_UNLOCK(self);
        prompts = cw_prompts_load(files ? files : "", &error);
        changed = prompts && cw_stream_set_prompts(self->stream, prompts, threshold, &error);
    }
    g_mutex_unlock(&self->stream_lock);
    if (changed || !error) {
        GST_OBJECT_LOCK(self);
        gst_clip_properties_set(&self->properties, GST_CLIP_PROPERTY_PROMPTS, value);
        GST_OBJECT_UNLOCK(self);
    } else {
        GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                            ("Prompts: %s; the old ones stay", error->message), (NULL));
    }
}

/* Tells a running stream of a property that it follows. */
static void
apply_to_stream(GstClipClassify *self, guint id)
{
    GST_OBJECT_LOCK(self);
    const guint64 interval = self->properties.interval;
    const guint top_k = self->properties.top_k;
    const CwCrop crop = self->properties.crop;
    GST_OBJECT_UNLOCK(self);
    g_mutex_lock(&self->stream_lock);
    if (self->stream && id == GST_CLIP_PROPERTY_INTERVAL)
        cw_stream_set_interval(self->stream, interval);
    else if (self->stream && id == GST_CLIP_PROPERTY_TOP_K)
        cw_stream_set_top_k(self->stream, top_k);
    else if (self->stream && id == GST_CLIP_PROPERTY_CROP)
        cw_stream_set_crop(self->stream, crop, NULL); /* the enum holds only known ones */
    g_mutex_unlock(&self->stream_lock);
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(object);
    if (id == GST_CLIP_PROPERTY_PROMPTS) {
        change_prompts(self, value);
        return;
    }
    GST_OBJECT_LOCK(self);
    const gboolean known = gst_clip_properties_set(&self->properties, id, value);
    const gboolean attach_meta = self->properties.attach_meta;
    GST_OBJECT_UNLOCK(self);
    if (!known) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        return;
    }
    apply_to_stream(self, id);
    if (id == GST_CLIP_PROPERTY_ATTACH_META)
        gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), !attach_meta);
    if (id == GST_CLIP_PROPERTY_THRESHOLD) { /* takes the same prompts anew */
        g_auto(GValue) prompts = G_VALUE_INIT;
        g_value_init(&prompts, G_TYPE_STRING);
        g_object_get_property(object, "prompts", &prompts);
        change_prompts(self, &prompts);
    }
}

static GstStructure *
get_stats(GstClipClassify *self)
{
    CwStreamStats stats = {0};
    GstClipEvents *events = get_events(self);
    g_mutex_lock(&self->stream_lock);
    if (self->stream)
        cw_stream_get_stats(self->stream, &stats);
    g_mutex_unlock(&self->stream_lock);
    return gst_clip_stats_to_structure(&stats, events ? gst_clip_events_get_n_dropped(events) : 0);
}

static void
get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(object);
    if (id == GST_CLIP_PROPERTY_STATS) {
        g_value_take_boxed(value, get_stats(self));
        return;
    }
    GST_OBJECT_LOCK(self);
    const gboolean known = gst_clip_properties_get(&self->properties, id, value);
    GST_OBJECT_UNLOCK(self);
    if (!known)
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static GstPad *
request_new_pad(GstElement *element, GstPadTemplate *template, const gchar *name,
                const GstCaps *caps)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(element);
    GstClipEvents *events =
        gst_clip_events_new(template, "events", GST_BASE_TRANSFORM_SINK_PAD(self));
    GST_OBJECT_LOCK(self);
    const gboolean first = !self->events;
    if (first)
        self->events = events;
    GST_OBJECT_UNLOCK(self);
    if (!first) {
        gst_clip_events_free(events);
        return NULL;
    }
    GstPad *pad = gst_clip_events_get_pad(events);
    gst_element_add_pad(element, pad);
    return pad;
}

static void
release_pad(GstElement *element, GstPad *pad)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(element);
    GST_OBJECT_LOCK(self);
    GstClipEvents *events = g_steal_pointer(&self->events);
    GST_OBJECT_UNLOCK(self);
    gst_pad_set_active(pad, FALSE);
    gst_element_remove_pad(element, pad);
    g_clear_pointer(&events, gst_clip_events_free);
}

static void
finalize(GObject *object)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(object);
    g_clear_pointer(&self->events, gst_clip_events_free);
    gst_clip_properties_clear(&self->properties);
    g_mutex_clear(&self->stream_lock);
    g_mutex_clear(&self->decisions_lock);
    G_OBJECT_CLASS(gst_clip_classify_parent_class)->finalize(object);
}

static void
gst_clip_classify_class_init(GstClipClassifyClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    GstElementClass *element_class = GST_ELEMENT_CLASS(class);
    GstBaseTransformClass *transform_class = GST_BASE_TRANSFORM_CLASS(class);
    object_class->set_property = set_property;
    object_class->get_property = get_property;
    object_class->finalize = finalize;
    gst_clip_properties_install(object_class);
    element_class->request_new_pad = request_new_pad;
    element_class->release_pad = release_pad;
    gst_element_class_add_static_pad_template(element_class, &sink_template);
    gst_element_class_add_static_pad_template(element_class, &src_template);
    gst_element_class_add_static_pad_template(element_class, &events_template);
    gst_element_class_set_static_metadata(
        element_class, "CLIP zero-shot classifier", "Filter/Analyzer/Video",
        "Says which sentences of a prompt file fit the video best, with CLIP on the CPU; the video "
        "passes untouched",
        "The Clipwatch authors");
    transform_class->transform_ip = transform_ip;
    transform_class->set_caps = set_caps;
    transform_class->sink_event = sink_event;
    transform_class->start = start;
    transform_class->stop = stop;
    GST_DEBUG_CATEGORY_INIT(clip_classify_debug, "clipclassify", 0, "CLIP zero-shot classifier");
}

static void
gst_clip_classify_init(GstClipClassify *self)
{
    gst_clip_properties_init(&self->properties);
    g_mutex_init(&self->stream_lock);
    g_mutex_init(&self->decisions_lock);
    g_queue_init(&self->decisions);
    gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), TRUE);
}
