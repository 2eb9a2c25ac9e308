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

#include "gstclipanalytics.h"
#include "gstclipcaps.h"
#include "gstclipchanges.h"
#include "gstclipmessage.h"
#include "gstclipmeta.h"
#include "gstcliptimes.h"

GST_DEBUG_CATEGORY_STATIC(clip_classify_debug);
#define GST_CAT_DEFAULT clip_classify_debug

/* How long EOS waits for the last decision. */
#define DRAIN_TIMEOUT_US (2 * G_USEC_PER_SEC)

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

/* The request pad, or NULL; (transfer full). */
static GstClipEvents *
get_events(GstClipClassify *self)
{
    GST_OBJECT_LOCK(self);
    GstClipEvents *events = self->events ? gst_clip_events_ref(self->events) : NULL;
    GST_OBJECT_UNLOCK(self);
    return events;
}

static void
publish(GstElement *element, const GstClipLine *line)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(element);
    g_autoptr(GstClipEvents) events = get_events(self);
    GST_OBJECT_LOCK(self);
    const gboolean message = self->properties.message;
    const gboolean keep = self->properties.attach_meta || self->properties.custom_event;
    GST_OBJECT_UNLOCK(self);
    if (events)
        gst_clip_events_push_json(events, line->json, line->time, line->duration);
    if (keep && line->is_decision) {
        g_mutex_lock(&self->decisions_lock);
        g_queue_push_tail(&self->decisions, gst_structure_copy(line->structure));
        g_mutex_unlock(&self->decisions_lock);
    }
    if (message)
        gst_element_post_message(
            element,
            gst_message_new_element(GST_OBJECT(self), gst_structure_copy(line->structure)));
}

static GstClipLine *
make_line(const gchar *json, const CwFrameTimes *times, GstStructure *structure,
          gboolean is_decision)
{
    GstClipLine *line = g_new(GstClipLine, 1);
    *line = (GstClipLine){g_strdup(json), gst_clip_time_to_clock_time(times->running_time_ns),
                          times->duration_ns, structure, is_decision};
    return line;
}

void
gst_clip_classify_decided(const CwDecision *decision, const gchar *json, gpointer data)
{
    GstClipClassify *self = data;
    gst_clip_audit_decision(
        &self->audit, decision,
        make_line(json, &decision->times, gst_clip_message_new(decision, json), TRUE));
}

void
gst_clip_classify_episode(const CwEpisodeEvent *event, const gchar *json, gpointer data)
{
    GstClipClassify *self = data;
    gst_clip_audit_episode(
        &self->audit, event,
        make_line(json, &event->times, gst_clip_episode_message_new(event, json), FALSE));
}

void
gst_clip_classify_alarm(const CwAlarmEvent *event, const gchar *json, gpointer data)
{
    GstClipClassify *self = data;
    gst_clip_audit_alarm(
        &self->audit, event,
        make_line(json, &event->times, gst_clip_alarm_message_new(event, json), FALSE));
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

static void
add_meta(GstBuffer *buffer, const GstStructure *decision)
{
    gst_clip_meta_add(buffer, decision);
#ifdef HAVE_GST_ANALYTICS
    gst_clip_analytics_add(buffer, decision);
#endif
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
            add_meta(buffer, structure);
        if (event)
            gst_pad_push_event(
                GST_BASE_TRANSFORM_SRC_PAD(self),
                gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_copy(structure)));
        gst_structure_free(structure);
    }
}

/* Plans for the format as it is now; says once per caps why one cannot be used. */
static gboolean
set_format(GstClipClassify *self, const CwFrameFormat *format)
{
    g_autoptr(GError) error = NULL;
    self->format = *format;
    self->format_refused = !cw_stream_set_format(self->session.stream, format, &error);
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
    if (sync && cw_stream_classify(self->session.stream, &frame, times))
        gst_clip_audit_flush(&self->audit);
    else if (!sync)
        cw_stream_submit(self->session.stream, &frame, times);
}

static void
classify_buffer(GstClipClassify *self, GstBuffer *buffer, const CwFrameTimes *times)
{
    GstVideoFrame video;
    GST_OBJECT_LOCK(self);
    const gboolean sync = self->properties.sync;
    GST_OBJECT_UNLOCK(self);
    if (!gst_video_frame_map(&video, &self->info, buffer,
                             GST_MAP_READ | GST_VIDEO_FRAME_MAP_FLAG_NO_REF)) {
        GST_WARNING_OBJECT(self, "cannot map a frame: not classified");
        atomic_fetch_add(&self->n_unusable, 1);
        return;
    }
    classify_mapped(self, &video, times, sync);
    gst_video_frame_unmap(&video);
    if (!sync)
        gst_clip_qos_report(&self->qos, GST_ELEMENT(self), self->session.stream, times, self->live);
}

/* Whether a sampled frame is still being looked at. */
static gboolean
is_deciding(GstClipClassify *self)
{
    CwStreamStats stats;
    cw_stream_get_stats(self->session.stream, &stats);
    return stats.sampled > stats.replaced + stats.flushed + stats.decided ||
           atomic_load(&self->audit.n_waiting) > 0;
}

/* Tells the events branch how far time has come, at most once a second, and not while a line of an
 * earlier time is still to come. */
static void
push_gap(GstClipClassify *self, gint64 running_time_ns)
{
    const GstClockTime time = gst_clip_time_to_clock_time(running_time_ns);
    g_autoptr(GstClipEvents) events = get_events(self);
    if (!events || !GST_CLOCK_TIME_IS_VALID(time))
        return;
    if (GST_CLOCK_TIME_IS_VALID(self->last_gap) && time >= self->last_gap &&
        time < self->last_gap + GST_SECOND)
        return;
    if (is_deciding(self))
        return;
    gst_clip_events_push_gap(events, time);
    self->last_gap = time;
}

/* Whether there is a whole picture in the buffer that belongs to what is played. */
static gboolean
is_usable(GstClipClassify *self, GstBuffer *buffer, const CwFrameTimes *times)
{
    const gboolean outside = GST_BUFFER_PTS_IS_VALID(buffer) &&
                             GST_BASE_TRANSFORM(self)->segment.format == GST_FORMAT_TIME &&
                             times->running_time_ns == CW_TIME_NONE;
    return !self->format_refused && !outside &&
           !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP) &&
           !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED);
}

static void
free_old_stream(GstElement *element, gpointer unused)
{
    gst_clip_session_free_old(&GST_CLIP_CLASSIFY(element)->session);
}

/* Goes over to the stream of another engine where there is one, between two frames. */
static void
follow_engine(GstClipClassify *self)
{
    if (!gst_clip_session_take_next(&self->session))
        return;
    if (self->format.width > 0) {
        const CwFrameFormat format = self->format;
        set_format(self, &format);
    }
    gst_element_call_async(GST_ELEMENT(self), free_old_stream, NULL, NULL);
}

static GstFlowReturn
transform_ip(GstBaseTransform *transform, GstBuffer *buffer)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    const CwFrameTimes times = gst_clip_times_from_buffer(buffer, &transform->segment, self->live);
    atomic_fetch_add(&self->n_seen, 1);
    follow_engine(self);
    if (!is_usable(self, buffer, &times)) {
        atomic_fetch_add(&self->n_unusable, 1);
        push_gap(self, times.running_time_ns);
    } else if (cw_stream_due(self->session.stream, times.running_time_ns)) {
        classify_buffer(self, buffer, &times);
    } else {
        push_gap(self, times.running_time_ns);
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
    self->format = (CwFrameFormat){0};
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
set_orientation(GstClipClassify *self, CwOrientation orientation)
{
    self->orientation = orientation;
    if (self->format.width > 0 && self->format.orientation != orientation) {
        CwFrameFormat format = self->format;
        format.orientation = orientation;
        set_format(self, &format);
    }
}

static void
handle_tags(GstClipClassify *self, GstEvent *event)
{
    GstTagList *tags;
    g_autofree gchar *text = NULL;
    gst_event_parse_tag(event, &tags);
    if (gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &text))
        set_orientation(self, gst_clip_orientation_from_tag(text));
}

static void
handle_segment(GstClipClassify *self, GstEvent *event, GstClipEvents *events)
{
    const GstSegment *segment;
    gst_event_parse_segment(event, &segment);
    self->live = is_live(self);
    self->last_gap = GST_CLOCK_TIME_NONE;
    if (events)
        gst_clip_events_push_segment(events, segment);
}

static void
finish(GstClipClassify *self, GstClipEvents *events)
{
    if (!cw_stream_drain(self->session.stream, DRAIN_TIMEOUT_US))
        GST_WARNING_OBJECT(self, "the last frame was not decided within %d s",
                           (int)(DRAIN_TIMEOUT_US / G_USEC_PER_SEC));
    cw_stream_end_episodes(self->session.stream);
    cw_stream_drain(self->session.stream, DRAIN_TIMEOUT_US);
    gst_clip_audit_flush(&self->audit);
    hand_on_decisions(self, NULL);
    if (events)
        gst_clip_events_push_eos(events);
}

static gboolean
sink_event(GstBaseTransform *transform, GstEvent *event)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    g_autoptr(GstClipEvents) events = get_events(self);
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        set_orientation(self, CW_ORIENTATION_UPRIGHT);
        if (events)
            gst_clip_events_push_start(events);
        break;
    case GST_EVENT_SEGMENT:
        handle_segment(self, event, events);
        break;
    case GST_EVENT_TAG:
        handle_tags(self, event);
        break;
    case GST_EVENT_FLUSH_START: /* both come from any thread, even while the element stops */
    case GST_EVENT_FLUSH_STOP:
        gst_clip_session_flush(&self->session);
        if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP)
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

/* Says where the engine is one that another element made otherwise. */
static void
check_threads(GstClipClassify *self, guint n_wanted)
{
    const guint n_threads = cw_engine_get_threads(self->session.engine);
    if (n_wanted != 0 && n_wanted != n_threads)
        GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                            ("The engine was made with threads=%u, not %u; set another engine-id",
                             n_threads, n_wanted),
                            (NULL));
}

static void
reset(GstClipClassify *self)
{
    self->format = (CwFrameFormat){0};
    self->format_refused = TRUE; /* until caps come */
    self->last_gap = GST_CLOCK_TIME_NONE;
    self->qos = (GstClipQos){0};
    self->live = FALSE;
    self->orientation = CW_ORIENTATION_UPRIGHT;
    atomic_store(&self->n_seen, 0);
    atomic_store(&self->n_unusable, 0);
}

static gboolean
start_audit(GstClipClassify *self, const GstClipWishes *wishes, GError **error)
{
    GST_OBJECT_LOCK(self);
    g_autofree gchar *dir = g_strdup(self->properties.audit);
    g_autofree gchar *purpose = g_strdup(self->properties.audit_purpose);
    const GstClipProperties properties = {
        .audit = dir, .audit_purpose = purpose, .audit_failure = self->properties.audit_failure};
    GST_OBJECT_UNLOCK(self);
    return gst_clip_audit_start(&self->audit, GST_ELEMENT(self), publish, &properties,
                                wishes->stream.stream_id,
                                wishes->policy ? cw_policy_get_info(wishes->policy) : NULL, error);
}

/* A model, a prompt file or a log that cannot be used is one error on the bus. */
static gboolean
start(GstBaseTransform *transform)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    g_autoptr(GError) error = NULL;
    g_auto(GstClipWishes) wishes = {0};
    if (!gst_clip_wishes_read(&wishes, self, &error) || !start_audit(self, &wishes, &error) ||
        !gst_clip_session_start(&self->session, &wishes.engine, &wishes.stream, wishes.prompts,
                                wishes.watch ? gst_clip_classify_prompts_changed : NULL, &error)) {
        gst_clip_audit_stop(&self->audit);
        if (g_error_matches(error, CW_ERROR, CW_ERROR_NOT_FOUND))
            GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("%s", error->message), (NULL));
        else
            GST_ELEMENT_ERROR(self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
        return FALSE;
    }
    check_threads(self, wishes.engine.n_threads);
    if (!wishes.policy)
        GST_ELEMENT_WARNING(self, RESOURCE, SETTINGS,
                            ("policy=off: nothing is held back of what is asked and told of "
                             "people; what that may do to them is in docs/POLICIES.md"),
                            (NULL));
    reset(self);
    return TRUE;
}

static gboolean
stop(GstBaseTransform *transform)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(transform);
    gst_clip_session_stop(&self->session);
    gst_clip_audit_stop(&self->audit); /* the stream's last episodes are in */
    g_clear_pointer(&self->convert, gst_clip_convert_free);
    clear_decisions(self);
    return TRUE;
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(object);
    if (!gst_clip_classify_change(self, id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static GstStructure *
get_stats(GstClipClassify *self)
{
    CwStreamStats stats;
    g_autoptr(GstClipEvents) events = get_events(self);
    gst_clip_session_get_stats(&self->session, &stats);
    stats.seen = atomic_load(&self->n_seen);
    return gst_clip_stats_to_structure(&stats, atomic_load(&self->n_unusable),
                                       events ? gst_clip_events_get_n_dropped(events) : 0);
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
    if (!first) { /* one branch of events; a tee makes more of it */
        gst_clip_events_unref(events);
        return NULL;
    }
    GstPad *pad = gst_clip_events_get_pad(events);
    if (GST_STATE(element) > GST_STATE_READY || GST_STATE_NEXT(element) == GST_STATE_PAUSED)
        gst_pad_set_active(pad, TRUE);
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
    g_clear_pointer(&events, gst_clip_events_unref);
}

static void
finalize(GObject *object)
{
    GstClipClassify *self = GST_CLIP_CLASSIFY(object);
    g_clear_pointer(&self->events, gst_clip_events_unref);
    gst_clip_properties_clear(&self->properties);
    gst_clip_session_clear(&self->session);
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
    gst_clip_session_init(&self->session);
    g_mutex_init(&self->decisions_lock);
    g_queue_init(&self->decisions);
    gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), TRUE);
    gst_base_transform_set_gap_aware(GST_BASE_TRANSFORM(self), TRUE);
}
