/**
 * SECTION:element-clipsampler
 * @title: clipsampler
 * @short_description: passes only the encoded pictures that are worth decoding
 *
 * Stands before the decoder and passes one keyframe every #GstClipSampler:interval, so that a
 * camera that is looked at once a second costs one decoded picture a second and not twenty-five.
 * Where the full video is needed too, it stands in a branch of its own behind a `tee`. The message
 * `clipsampler`, and what to do with cameras that send keyframes rarely, are described in
 * docs/STREAMS.md.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m rtspsrc location=rtsp://camera/stream ! rtph264depay ! h264parse
 * config-interval=-1 ! clipsampler ! decodebin ! clipclassify interval=0 ! fakesink
 * ]|
 */
#include "gstclipsampler.h"

#include "gstclipkeyframes.h"

GST_DEBUG_CATEGORY_STATIC(clip_sampler_debug);
#define GST_CAT_DEFAULT clip_sampler_debug

#define DEFAULT_INTERVAL GST_SECOND
#define DEFAULT_EVERY    1
#define DEFAULT_MODE     GST_CLIP_SAMPLER_MODE_KEYFRAMES

/* Tells the decoder that it sees keyframes only: it then hands each picture out at once and does
 * not wait for those that would follow in the order of display. */
#define KEYFRAMES_ONLY (GST_SEGMENT_FLAG_TRICKMODE | GST_SEGMENT_FLAG_TRICKMODE_KEY_UNITS)

typedef enum {
    GST_CLIP_SAMPLER_MODE_KEYFRAMES,
    GST_CLIP_SAMPLER_MODE_AUTO,
} GstClipSamplerMode;

enum {
    PROP_0,
    PROP_INTERVAL,
    PROP_EVERY,
    PROP_MODE,
    PROP_KEYFRAME_DISTANCE,
    PROP_STATS,
};

struct _GstClipSampler {
    GstElement parent;
    GstPad *sink, *src;

    /* Guarded by the object lock. */
    GstClipKeyframesWish wish;
    GstClipKeyframes keyframes;
    guint64 n_seen, n_keyframes, n_passed;

    /* Of the streaming thread. */
    GstSegment segment; /* as it came */
    guint32 segment_seqnum;
    gboolean segment_thinned; /* the last one that was sent on says KEYFRAMES_ONLY */
    gboolean dropped;         /* something was, since the last buffer that passed */
    gboolean told;            /* that keyframes are rare */
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_CLIP_SAMPLER_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_CLIP_SAMPLER_CAPS));

G_DEFINE_FINAL_TYPE(GstClipSampler, gst_clip_sampler, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE(clipsampler, "clipsampler", GST_RANK_NONE, GST_TYPE_CLIP_SAMPLER)

#define GST_TYPE_CLIP_SAMPLER_MODE (gst_clip_sampler_mode_get_type())

static GType
gst_clip_sampler_mode_get_type(void)
{
    static const GEnumValue values[] = {
        {GST_CLIP_SAMPLER_MODE_KEYFRAMES, "Keyframes alone, however rare", "keyframes"},
        {GST_CLIP_SAMPLER_MODE_AUTO, "Everything while keyframes are rarer than interval", "auto"},
        {0, NULL, NULL},
    };
    static gsize type = 0;
    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("GstClipSamplerMode", values));
    return type;
}

static const gchar *
get_mode_nick(const GstClipKeyframesWish *wish)
{
    return wish->whole ? "auto" : "keyframes";
}

static GstClockTime
get_running_time(GstClipSampler *self, GstBuffer *buffer)
{
    const GstClockTime time =
        GST_BUFFER_PTS_IS_VALID(buffer) ? GST_BUFFER_PTS(buffer) : GST_BUFFER_DTS(buffer);
    if (self->segment.format != GST_FORMAT_TIME)
        return GST_CLOCK_TIME_NONE;
    return gst_segment_to_running_time(&self->segment, GST_FORMAT_TIME, time);
}

/* Sends the segment on, marked for what the decoder is going to see. */
static gboolean
push_segment(GstClipSampler *self, gboolean thinned)
{
    GstSegment segment = self->segment;
    self->segment_thinned = thinned;
    if (thinned && segment.format == GST_FORMAT_TIME)
        segment.flags |= KEYFRAMES_ONLY;
    GstEvent *event = gst_event_new_segment(&segment);
    gst_event_set_seqnum(event, self->segment_seqnum);
    return gst_pad_push_event(self->src, event);
}

/* Once per stream. */
static void
tell_that_keyframes_are_rare(GstClipSampler *self, const GstClipKeyframesWish *wish,
                             GstClockTime distance)
{
    self->told = TRUE;
    gst_element_post_message(
        GST_ELEMENT(self),
        gst_message_new_element(GST_OBJECT(self),
                                gst_structure_new("clipsampler", "keyframe-distance",
                                                  GST_TYPE_CLOCK_TIME, distance, "interval",
                                                  GST_TYPE_CLOCK_TIME, wish->interval, "mode",
                                                  G_TYPE_STRING, get_mode_nick(wish), NULL)));
}

static GstFlowReturn
pass(GstClipSampler *self, GstBuffer *buffer, gboolean whole)
{
    if (self->segment_thinned == whole)
        push_segment(self, !whole);
    if (self->dropped && !GST_BUFFER_IS_DISCONT(buffer)) {
        buffer = gst_buffer_make_writable(buffer); /* the data is shared, not copied */
        GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
    }
    self->dropped = FALSE;
    return gst_pad_push(self->src, buffer);
}

static GstFlowReturn
chain(GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
    GstClipSampler *self = GST_CLIP_SAMPLER(parent);
    const gboolean keyframe = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    const GstClockTime time = get_running_time(self, buffer);

    GST_OBJECT_LOCK(self);
    const GstClipKeyframesWish wish = self->wish;
    if (GST_BUFFER_IS_DISCONT(buffer))
        gst_clip_keyframes_break(&self->keyframes);
    const gboolean picked = gst_clip_keyframes_pick(&self->keyframes, &self->wish, keyframe, time);
    const gboolean whole = self->keyframes.whole;
    const gboolean rare = gst_clip_keyframes_are_rare(&self->keyframes, &wish);
    const GstClockTime distance = gst_clip_keyframes_get_distance(&self->keyframes);
    self->n_seen++;
    self->n_keyframes += keyframe;
    self->n_passed += picked;
    GST_OBJECT_UNLOCK(self);

    if (rare && !self->told)
        tell_that_keyframes_are_rare(self, &wish, distance);
    if (picked)
        return pass(self, buffer, whole);
    self->dropped = TRUE;
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

static void
forget(GstClipSampler *self, gboolean everything)
{
    GST_OBJECT_LOCK(self);
    if (everything)
        gst_clip_keyframes_init(&self->keyframes);
    else
        gst_clip_keyframes_break(&self->keyframes);
    GST_OBJECT_UNLOCK(self);
}

static gboolean
handle_segment(GstClipSampler *self, GstEvent *event)
{
    GST_OBJECT_LOCK(self);
    const gboolean whole = self->keyframes.whole;
    GST_OBJECT_UNLOCK(self);
    gst_event_copy_segment(event, &self->segment);
    self->segment_seqnum = gst_event_get_seqnum(event);
    gst_event_unref(event);
    return push_segment(self, !whole);
}

static gboolean
sink_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
    GstClipSampler *self = GST_CLIP_SAMPLER(parent);
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        forget(self, TRUE);
        self->told = FALSE;
        break;
    case GST_EVENT_SEGMENT:
        return handle_segment(self, event);
    case GST_EVENT_FLUSH_STOP:
        forget(self, FALSE);
        gst_segment_init(&self->segment, GST_FORMAT_UNDEFINED);
        self->dropped = FALSE; /* what follows says itself that it goes on elsewhere */
        break;
    default:
        break;
    }
    return gst_pad_event_default(pad, parent, event);
}

/* A late sink behind the decoder speaks of this branch: whoever feeds us has others. */
static gboolean
src_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
    if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) {
        gst_event_unref(event);
        return TRUE;
    }
    return gst_pad_event_default(pad, parent, event);
}

static void
restart(GstClipSampler *self)
{
    GST_OBJECT_LOCK(self);
    gst_clip_keyframes_init(&self->keyframes);
    self->n_seen = self->n_keyframes = self->n_passed = 0;
    GST_OBJECT_UNLOCK(self);
    gst_segment_init(&self->segment, GST_FORMAT_UNDEFINED);
    self->segment_thinned = TRUE;
    self->dropped = FALSE;
    self->told = FALSE;
}

static GstStateChangeReturn
change_state(GstElement *element, GstStateChange transition)
{
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
        restart(GST_CLIP_SAMPLER(element));
    return GST_ELEMENT_CLASS(gst_clip_sampler_parent_class)->change_state(element, transition);
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstClipSampler *self = GST_CLIP_SAMPLER(object);
    GST_OBJECT_LOCK(self);
    switch (id) {
    case PROP_INTERVAL:
        self->wish.interval = g_value_get_uint64(value);
        break;
    case PROP_EVERY:
        self->wish.every = g_value_get_uint(value);
        break;
    case PROP_MODE:
        self->wish.whole = g_value_get_enum(value) == GST_CLIP_SAMPLER_MODE_AUTO;
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        break;
    }
    GST_OBJECT_UNLOCK(self);
}

static void
get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstClipSampler *self = GST_CLIP_SAMPLER(object);
    GST_OBJECT_LOCK(self);
    switch (id) {
    case PROP_INTERVAL:
        g_value_set_uint64(value, self->wish.interval);
        break;
    case PROP_EVERY:
        g_value_set_uint(value, self->wish.every);
        break;
    case PROP_MODE:
        g_value_set_enum(value, self->wish.whole ? GST_CLIP_SAMPLER_MODE_AUTO
                                                 : GST_CLIP_SAMPLER_MODE_KEYFRAMES);
        break;
    case PROP_KEYFRAME_DISTANCE:
        g_value_set_uint64(value, gst_clip_keyframes_get_distance(&self->keyframes));
        break;
    case PROP_STATS:
        g_value_take_boxed(value, gst_structure_new("clipsampler-stats", "seen", G_TYPE_UINT64,
                                                    self->n_seen, "keyframes", G_TYPE_UINT64,
                                                    self->n_keyframes, "passed", G_TYPE_UINT64,
                                                    self->n_passed, NULL));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        break;
    }
    GST_OBJECT_UNLOCK(self);
}

static void
install_properties(GObjectClass *class)
{
    const GParamFlags playing =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;
    const GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
    g_object_class_install_property(
        class, PROP_INTERVAL,
        g_param_spec_uint64(
            "interval", "Interval",
            "Running time in which at most one keyframe passes, in nanoseconds (0 = "
            "every keyframe); one that comes up to a tenth of it early is on time",
            0, G_MAXINT64, DEFAULT_INTERVAL, playing));
    g_object_class_install_property(
        class, PROP_EVERY,
        g_param_spec_uint("every", "Every",
                          "Of the keyframes that interval allows pass every Nth alone", 1,
                          G_MAXINT32, DEFAULT_EVERY, playing));
    g_object_class_install_property(
        class, PROP_MODE,
        g_param_spec_enum(
            "mode", "Mode",
            "What passes where keyframes are farther apart than interval: they alone, "
            "or whole groups of pictures, which the decoder then decodes in full",
            GST_TYPE_CLIP_SAMPLER_MODE, DEFAULT_MODE, playing));
    g_object_class_install_property(
        class, PROP_KEYFRAME_DISTANCE,
        g_param_spec_uint64("keyframe-distance", "Keyframe distance",
                            "The longest of the latest distances between keyframes, in nanoseconds "
                            "(0 = not yet known)",
                            0, G_MAXUINT64, 0, readable));
    g_object_class_install_property(
        class, PROP_STATS,
        g_param_spec_boxed("stats", "Statistics",
                           "Counts of buffers since the start: seen, keyframes among them, passed",
                           GST_TYPE_STRUCTURE, readable));
    gst_type_mark_as_plugin_api(GST_TYPE_CLIP_SAMPLER_MODE, 0);
}

static void
gst_clip_sampler_class_init(GstClipSamplerClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    GstElementClass *element_class = GST_ELEMENT_CLASS(class);
    object_class->set_property = set_property;
    object_class->get_property = get_property;
    install_properties(object_class);
    element_class->change_state = change_state;
    gst_element_class_add_static_pad_template(element_class, &sink_template);
    gst_element_class_add_static_pad_template(element_class, &src_template);
    gst_element_class_set_static_metadata(element_class, "Keyframe sampler", "Filter/Video",
                                          "Passes one keyframe every interval to the decoder, so "
                                          "that a camera that is looked at once "
                                          "a second costs one decoded picture a second",
                                          "The Clipwatch authors");
    GST_DEBUG_CATEGORY_INIT(clip_sampler_debug, "clipsampler", 0, "Keyframe sampler");
}

static void
gst_clip_sampler_init(GstClipSampler *self)
{
    self->wish.interval = DEFAULT_INTERVAL;
    self->wish.every = DEFAULT_EVERY;
    self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
    gst_pad_set_chain_function(self->sink, chain);
    gst_pad_set_event_function(self->sink, sink_event);
    self->src = gst_pad_new_from_static_template(&src_template, "src");
    gst_pad_set_event_function(self->src, src_event);
    for (guint i = 0; i < 2; i++) {
        GstPad *pad = i == 0 ? self->sink : self->src;
        GST_PAD_SET_PROXY_CAPS(pad);
        GST_PAD_SET_PROXY_ALLOCATION(pad);
        gst_element_add_pad(GST_ELEMENT(self), pad);
    }
    restart(self);
}
