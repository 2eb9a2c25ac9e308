/**
 * SECTION:element-clipsource
 * @title: clipsource
 * @short_description: decoded video from an address that is not always there
 *
 * Reads and decodes the first video of #GstClipSource:uri and reconnects by itself when a camera
 * goes away, stands still or ends its stream: after a wait that grows with each failure, for ever.
 * Running time goes on across reconnects. A recording is played once, to its end. What happens is
 * told by element messages `clipsource`, described field by field in docs/STREAMS.md; an error is
 * posted only where trying again cannot help.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m clipsource uri=rtsp://camera/stream keyframes-only=true ! clipclassify
 * interval=0 ! fakesink
 * ]|
 */
#include "gstclipsource.h"

#include "gstclipbackoff.h"
#include "gstclipconnection.h"
#include "gstclipcontinuity.h"
#include "gstclipfault.h"
#include "gstclipsourcemessage.h"
#include "gstclipsourcesettings.h"

GST_DEBUG_CATEGORY_STATIC(clip_source_debug);
#define GST_CAT_DEFAULT clip_source_debug

enum { SIGNAL_SOURCE_SETUP, N_SIGNALS };

static guint signals[N_SIGNALS]; /* written once, by class_init */

typedef enum { PHASE_IDLE, PHASE_CONNECTING, PHASE_PLAYING, PHASE_WAITING, PHASE_FAILED } Phase;

static const gchar *const phase_names[] = {
    [PHASE_IDLE] = "idle",       [PHASE_CONNECTING] = "connecting",
    [PHASE_PLAYING] = "playing", [PHASE_WAITING] = "reconnecting",
    [PHASE_FAILED] = "failed",
};

struct _GstClipSource {
    GstBin parent;
    GstPad *src;

    GstClipSourceSettings settings; /* guarded by the object lock */

    /* Held while the connection is made, let go or changes its state; never by a streaming thread.
     */
    GMutex connection_lock;
    GThread *supervisor; /* between READY and PAUSED */

    /* Guards what follows; the condition says that fault, stopping or playing have changed. */
    GMutex lock;
    GCond cond;
    GstElement *connection;
    GstClipFault fault; /* of this connection */
    gboolean stopping;
    gboolean playing; /* the state PLAYING is wanted */
    gboolean live;    /* there is no preroll */
    gboolean kept;    /* the connection goes on although we are paused: its pictures are dropped */
    gboolean pushing; /* a picture is on its way: downstream has the word */
    gboolean recording;
    GstFlowReturn last_flow;
    Phase phase;
    gint64 phase_since; /* monotonic time, us: of the phase, or of the last change to PLAYING */
    GstClipBackoff backoff;
    guint64 n_connections, n_faults, n_pictures;
    const gchar *last_reason;
    GstClockTime min_latency, max_latency; /* the last known */
    gboolean latency_live;

    GstClipContinuity continuity; /* of the streaming thread */
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw(ANY)"));

G_DEFINE_FINAL_TYPE(GstClipSource, gst_clip_source, GST_TYPE_BIN)
GST_ELEMENT_REGISTER_DEFINE(clipsource, "clipsource", GST_RANK_NONE, GST_TYPE_CLIP_SOURCE)

/* Posts where we are. fault: what led here, or NULL; delay: until the next attempt. Not to be
 * called under a lock. */
static void
tell(GstClipSource *self, const gchar *state, const GstClipFault *fault, GstClockTime delay)
{
    GST_OBJECT_LOCK(self);
    g_autofree gchar *uri = g_strdup(self->settings.uri);
    GST_OBJECT_UNLOCK(self);
    g_mutex_lock(&self->lock);
    const guint attempt = self->backoff.n_failures + 1;
    g_mutex_unlock(&self->lock);
    GstStructure *structure = gst_clip_source_message_new(
        state, uri, attempt, fault ? fault->reason : NULL, fault ? fault->error : NULL, delay,
        gst_element_get_current_running_time(GST_ELEMENT(self)));
    gst_element_post_message(GST_ELEMENT(self),
                             gst_message_new_element(GST_OBJECT(self), structure));
}

/* Called under the lock. */
static void
enter_phase(GstClipSource *self, Phase phase)
{
    self->phase = phase;
    self->phase_since = g_get_monotonic_time();
}

/* The first fault of a connection counts; others follow from it. Takes error and debug. */
static void
take_fault(GstClipSource *self, const gchar *reason, GError *error, gchar *debug)
{
    g_mutex_lock(&self->lock);
    if (self->connection && !self->fault.reason) {
        self->fault = (GstClipFault){reason, g_steal_pointer(&error), g_steal_pointer(&debug)};
        g_cond_broadcast(&self->cond);
    }
    g_mutex_unlock(&self->lock);
    g_clear_error(&error);
    g_free(debug);
}

/* Whether it ends for good: told by the user, by the scheme or by a known duration. */
static gboolean
find_whether_recording(GstClipSource *self, GstPad *pad)
{
    gint64 duration = -1;
    GST_OBJECT_LOCK(self);
    const GstClipSourceKind kind = self->settings.kind;
    const gboolean file = gst_uri_has_protocol(self->settings.uri, "file");
    GST_OBJECT_UNLOCK(self);
    if (kind != GST_CLIP_SOURCE_KIND_AUTO)
        return kind == GST_CLIP_SOURCE_KIND_RECORDING;
    return file ||
           (pad && gst_pad_peer_query_duration(pad, GST_FORMAT_TIME, &duration) && duration > 0);
}

static gboolean
is_recording(GstClipSource *self)
{
    g_mutex_lock(&self->lock);
    const gboolean recording = self->recording;
    g_mutex_unlock(&self->lock);
    return recording;
}

/* Counts a picture; TRUE for the first of a connection. */
static gboolean
begin_picture(GstClipSource *self)
{
    g_mutex_lock(&self->lock);
    const gboolean first = self->phase == PHASE_CONNECTING;
    if (first)
        enter_phase(self, PHASE_PLAYING);
    self->n_pictures++;
    self->pushing = TRUE;
    g_mutex_unlock(&self->lock);
    return first;
}

/* Whether we are paused and the connection is not. */
static gboolean
is_kept(GstClipSource *self)
{
    g_mutex_lock(&self->lock);
    const gboolean kept = self->kept;
    g_mutex_unlock(&self->lock);
    return kept;
}

static void
end_picture(GstClipSource *self, GstFlowReturn flow)
{
    g_mutex_lock(&self->lock);
    self->pushing = FALSE;
    self->last_flow = flow;
    g_mutex_unlock(&self->lock);
}

static void
release_segment(GstClipSource *self, GstClockTime timestamp, GstClockTime duration)
{
    const GstClockTime now = gst_element_get_current_running_time(GST_ELEMENT(self));
    if (is_recording(self))
        self->continuity.last = 0; /* it has one time of its own, and may be sought in */
    GstEvent *segment = gst_clip_continuity_release(&self->continuity, timestamp, duration, now);
    if (segment)
        gst_pad_push_event(self->src, segment);
}

static GstFlowReturn
inner_chain(GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
    GstClipSource *self = gst_pad_get_element_private(pad);
    if (is_kept(self)) {
        gst_buffer_unref(buffer);
        return GST_FLOW_OK;
    }
    if (begin_picture(self)) {
        const gboolean recording = find_whether_recording(self, pad);
        g_mutex_lock(&self->lock);
        self->recording = recording;
        g_mutex_unlock(&self->lock);
        buffer = gst_buffer_make_writable(buffer);
        GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
        tell(self, "playing", NULL, 0);
    }
    release_segment(self, GST_BUFFER_PTS(buffer), GST_BUFFER_DURATION(buffer));
    const GstFlowReturn flow = gst_proxy_pad_chain_default(pad, parent, buffer);
    end_picture(self, flow);
    return flow;
}

/* The end of a live source is a fault; of a recording, or where downstream wants no more, it
 * passes. */
static gboolean
handle_eos(GstClipSource *self, GstPad *pad, GstObject *parent, GstEvent *event)
{
    g_mutex_lock(&self->lock);
    const gboolean passes = self->recording || self->last_flow == GST_FLOW_EOS;
    g_mutex_unlock(&self->lock);
    if (passes) {
        release_segment(self, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE);
        return gst_pad_event_default(pad, parent, event);
    }
    gst_event_unref(event);
    take_fault(self, "end",
               g_error_new(GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, "The live stream has ended"),
               NULL);
    return TRUE;
}

static gboolean
inner_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
    GstClipSource *self = gst_pad_get_element_private(pad);
    GstClockTime timestamp, duration;
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        gst_clip_continuity_connect(&self->continuity);
        break;
    case GST_EVENT_SEGMENT:
        gst_clip_continuity_hold(&self->continuity, event);
        return TRUE;
    case GST_EVENT_GAP:
        gst_event_parse_gap(event, &timestamp, &duration);
        release_segment(self, timestamp, duration);
        break;
    case GST_EVENT_FLUSH_STOP:
        gst_clip_continuity_init(&self->continuity);
        break;
    case GST_EVENT_EOS:
        return handle_eos(self, pad, parent, event);
    default:
        break;
    }
    return gst_pad_event_default(pad, parent, event);
}

/* Takes note of pictures that downstream refuses. */
static gboolean
inner_query(GstPad *pad, GstObject *parent, GstQuery *query)
{
    GstClipSource *self = gst_pad_get_element_private(pad);
    gboolean accepted = FALSE;
    if (!gst_pad_query_default(pad, parent, query))
        return FALSE;
    if (GST_QUERY_TYPE(query) != GST_QUERY_ACCEPT_CAPS)
        return TRUE;
    gst_query_parse_accept_caps_result(query, &accepted);
    g_mutex_lock(&self->lock);
    self->last_flow = accepted ? GST_FLOW_OK : GST_FLOW_NOT_NEGOTIATED;
    g_mutex_unlock(&self->lock);
    return TRUE;
}

/* While there is no video the last latency still holds, so that the pipeline keeps its own. */
static gboolean
src_query(GstPad *pad, GstObject *parent, GstQuery *query)
{
    GstClipSource *self = GST_CLIP_SOURCE(parent);
    if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY)
        return gst_pad_query_default(pad, parent, query);
    g_autoptr(GstPad) target = gst_ghost_pad_get_target(GST_GHOST_PAD(pad));
    const gboolean answered = target && gst_pad_query_default(pad, parent, query);
    g_mutex_lock(&self->lock);
    if (answered)
        gst_query_parse_latency(query, &self->latency_live, &self->min_latency, &self->max_latency);
    else
        gst_query_set_latency(query, self->latency_live, self->min_latency, self->max_latency);
    g_mutex_unlock(&self->lock);
    return TRUE;
}

static void
handle_source(GstElement *source, gpointer data)
{
    g_signal_emit(data, signals[SIGNAL_SOURCE_SETUP], 0, source);
}

static void
handle_pad(GstElement *connection, GstPad *pad, GstClipSource *self)
{
    gst_ghost_pad_set_target(GST_GHOST_PAD(self->src), pad);
}

/* Begins an attempt. Called under the connection lock; what goes wrong becomes a fault. */
static GstStateChangeReturn
open_connection(GstClipSource *self)
{
    GST_OBJECT_LOCK(self);
    g_autofree gchar *uri = g_strdup(self->settings.uri);
    const gboolean keyframes_only = self->settings.keyframes_only;
    const guint64 interval = self->settings.interval;
    GST_OBJECT_UNLOCK(self);
    GstElement *connection =
        gst_clip_connection_new(uri, keyframes_only, interval, handle_source, self);
    g_mutex_lock(&self->lock);
    gst_clip_fault_clear(&self->fault);
    self->last_flow = GST_FLOW_OK;
    self->n_connections++;
    enter_phase(self, PHASE_CONNECTING);
    const GstState state = self->playing ? GST_STATE_PLAYING : GST_STATE_PAUSED;
    self->connection = gst_object_ref_sink(connection);
    g_mutex_unlock(&self->lock);
    tell(self, "connecting", NULL, 0);
    g_signal_connect(connection, "pad-added", G_CALLBACK(handle_pad), self);
    gst_element_set_locked_state(connection, TRUE); /* its states are our business */
    gst_bin_add(GST_BIN(self), connection);
    return gst_element_set_state(connection, state);
}

/* Ends it, with its streaming threads. Called under the connection lock. */
static void
close_connection(GstClipSource *self)
{
    g_mutex_lock(&self->lock);
    GstElement *connection = g_steal_pointer(&self->connection);
    g_mutex_unlock(&self->lock);
    if (!connection)
        return;
    gst_element_set_state(connection, GST_STATE_NULL);
    gst_ghost_pad_set_target(GST_GHOST_PAD(self->src), NULL);
    g_signal_handlers_disconnect_by_data(connection, self);
    gst_bin_remove(GST_BIN(self), connection);
    gst_object_unref(connection);
}

/* When a live source that plays has been silent for too long (monotonic time, us), or G_MAXINT64.
 * Called under the lock. */
static gint64
get_deadline(GstClipSource *self, const GstClipSourceSettings *settings)
{
    if (!self->playing || self->pushing || self->recording || !self->connection)
        return G_MAXINT64;
    const gboolean connecting = self->phase == PHASE_CONNECTING;
    const GstClockTime timeout = connecting ? settings->connect_timeout : settings->stall_timeout;
    const gint64 last_sign =
        gst_clip_connection_get_last_sign(GST_CLIP_CONNECTION(self->connection));
    const gint64 since = connecting ? self->phase_since : MAX(self->phase_since, last_sign);
    return timeout == 0 ? G_MAXINT64 : since + (gint64)(timeout / GST_USECOND);
}

static GstClipSourceSettings
peek_settings(GstClipSource *self)
{
    GST_OBJECT_LOCK(self);
    GstClipSourceSettings settings = self->settings;
    GST_OBJECT_UNLOCK(self);
    settings.uri = NULL; /* may be freed any time */
    return settings;
}

/* How long the supervisor sleeps at most: a pushing thread or a changed property does not wake it.
 */
#define LOOK_AROUND_US (G_USEC_PER_SEC / 4)

/* Waits until the connection has failed; FALSE: until it shall stop. */
static gboolean
wait_for_fault(GstClipSource *self, GstClipFault *fault)
{
    g_mutex_lock(&self->lock);
    while (!self->stopping && !self->fault.reason) {
        const GstClipSourceSettings settings = peek_settings(self);
        const gint64 now = g_get_monotonic_time();
        const gint64 deadline = get_deadline(self, &settings);
        if (now >= deadline && self->phase == PHASE_CONNECTING)
            self->fault = gst_clip_fault_of_silence("timeout", settings.connect_timeout);
        else if (now >= deadline)
            self->fault = gst_clip_fault_of_silence("stall", settings.stall_timeout);
        else
            g_cond_wait_until(&self->cond, &self->lock, MIN(deadline, now + LOOK_AROUND_US));
    }
    const gboolean stopping = self->stopping;
    *fault = self->fault;
    self->fault = (GstClipFault){NULL};
    if (!stopping)
        self->fault.reason = fault->reason; /* what else the dying connection says is dropped */
    g_mutex_unlock(&self->lock);
    return !stopping;
}

/* Whether another attempt may end better. */
static gboolean
may_mend(GstClipSource *self, const GstClipFault *fault)
{
    g_mutex_lock(&self->lock);
    const gboolean downstream =
        self->last_flow < GST_FLOW_EOS || self->last_flow == GST_FLOW_NOT_LINKED;
    const gboolean recording = self->recording;
    g_mutex_unlock(&self->lock);
    return !recording && !downstream && gst_clip_fault_is_mendable(fault);
}

static void
fail(GstClipSource *self, const GstClipFault *fault)
{
    GST_OBJECT_LOCK(self);
    g_autofree gchar *uri = g_strdup(self->settings.uri);
    GST_OBJECT_UNLOCK(self);
    g_mutex_lock(&self->lock);
    enter_phase(self, PHASE_FAILED);
    g_mutex_unlock(&self->lock);
    gst_element_post_message(GST_ELEMENT(self),
                             gst_clip_fault_to_message(fault, GST_OBJECT(self), uri));
}

/* Counts the fault, says so and waits; FALSE: until it shall stop. */
static gboolean
back_off(GstClipSource *self, const GstClipFault *fault)
{
    const GstClipSourceSettings settings = peek_settings(self);
    g_mutex_lock(&self->lock);
    const gint64 now = g_get_monotonic_time();
    const GstClockTime held =
        self->phase == PHASE_PLAYING ? (GstClockTime)(now - self->phase_since) * GST_USECOND : 0;
    const GstClockTime delay =
        gst_clip_backoff_fail(&self->backoff, &settings.backoff, held, g_random_double());
    self->n_faults++;
    self->last_reason = fault->reason;
    enter_phase(self, PHASE_WAITING);
    g_mutex_unlock(&self->lock);
    tell(self, "reconnecting", fault, delay);
    g_mutex_lock(&self->lock);
    while (!self->stopping)
        if (!g_cond_wait_until(&self->cond, &self->lock, now + (gint64)(delay / GST_USECOND)))
            break;
    const gboolean stopping = self->stopping;
    g_mutex_unlock(&self->lock);
    return !stopping;
}

/* Mends one fault; FALSE where that is of no use, or no longer wanted. */
static gboolean
mend(GstClipSource *self, const GstClipFault *fault)
{
    const gboolean mendable = may_mend(self, fault);
    if (mendable && g_str_equal(fault->reason, "stall"))
        tell(self, "stalled", fault, 0);
    g_mutex_lock(&self->connection_lock);
    close_connection(self);
    g_mutex_unlock(&self->connection_lock);
    if (!mendable) {
        fail(self, fault);
        return FALSE;
    }
    if (!back_off(self, fault))
        return FALSE;
    g_mutex_lock(&self->connection_lock);
    open_connection(self);
    g_mutex_unlock(&self->connection_lock);
    return TRUE;
}

static gpointer
supervise(gpointer data)
{
    GstClipSource *self = data;
    gboolean going = TRUE;
    while (going) {
        GstClipFault fault = {NULL};
        going = wait_for_fault(self, &fault) && mend(self, &fault);
        gst_clip_fault_clear(&fault);
    }
    return NULL;
}

/* Refuses what no attempt can mend, in words. */
static gboolean
check_settings(GstClipSource *self)
{
    g_autoptr(GError) error = NULL;
    GST_OBJECT_LOCK(self);
    const gboolean usable = gst_clip_source_settings_check(&self->settings, &error);
    GST_OBJECT_UNLOCK(self);
    if (usable && !gst_clip_connection_is_possible())
        error =
            g_error_new(GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                        "GStreamer's plugin 'playback' is missing: no uridecodebin, no decodebin");
    if (error)
        gst_element_post_message(GST_ELEMENT(self),
                                 gst_message_new_error(GST_OBJECT(self), error, NULL));
    return !error;
}

static void
reset(GstClipSource *self)
{
    const gboolean recording = find_whether_recording(self, NULL);
    g_mutex_lock(&self->lock);
    gst_clip_fault_clear(&self->fault);
    self->stopping = self->playing = self->pushing = self->kept = FALSE;
    self->recording = recording;
    self->backoff = (GstClipBackoff){0};
    self->n_connections = self->n_faults = self->n_pictures = 0;
    self->last_reason = "";
    self->min_latency = 0;
    self->max_latency = GST_CLOCK_TIME_NONE;
    g_mutex_unlock(&self->lock);
    gst_clip_continuity_init(&self->continuity);
}

/* The first attempt is made at once, so that what cannot be mended fails the change of state. */
static gboolean
start(GstClipSource *self)
{
    GstClipFault fault = {NULL};
    reset(self);
    g_mutex_lock(&self->connection_lock);
    const GstStateChangeReturn result = open_connection(self);
    g_mutex_unlock(&self->connection_lock);
    g_mutex_lock(&self->lock);
    if (result == GST_STATE_CHANGE_FAILURE && self->fault.reason) {
        fault.reason = self->fault.reason;
        fault.error = g_error_copy(self->fault.error);
        fault.debug = g_strdup(self->fault.debug);
    }
    self->live = result == GST_STATE_CHANGE_NO_PREROLL || result == GST_STATE_CHANGE_FAILURE;
    self->latency_live = self->live;
    g_mutex_unlock(&self->lock);
    if (fault.reason && !may_mend(self, &fault)) {
        g_mutex_lock(&self->connection_lock);
        close_connection(self);
        g_mutex_unlock(&self->connection_lock);
        fail(self, &fault);
        gst_clip_fault_clear(&fault);
        return FALSE;
    }
    gst_clip_fault_clear(&fault);
    self->supervisor = g_thread_new("clipsource", supervise, self);
    return TRUE;
}

static void
stop(GstClipSource *self)
{
    g_mutex_lock(&self->lock);
    self->stopping = TRUE;
    g_cond_broadcast(&self->cond);
    g_mutex_unlock(&self->lock);
    g_clear_pointer(&self->supervisor, g_thread_join);
    g_mutex_lock(&self->connection_lock);
    close_connection(self);
    g_mutex_unlock(&self->connection_lock);
    g_mutex_lock(&self->lock);
    gst_clip_fault_clear(&self->fault);
    enter_phase(self, PHASE_IDLE);
    g_mutex_unlock(&self->lock);
}

/* Follows between PAUSED and PLAYING. A camera cannot be paused: its connection goes on and its
 * pictures are dropped, until we play again; then a new one begins, whose times fit. */
static void
set_playing(GstClipSource *self, gboolean playing)
{
    GstElement *element = GST_ELEMENT(self);
    g_mutex_lock(&self->connection_lock);
    g_mutex_lock(&self->lock);
    self->playing = playing;
    self->phase_since = g_get_monotonic_time(); /* silence before was no fault */
    GstElement *connection = self->connection;
    const gboolean renew = playing && self->kept;
    self->kept = !playing && self->live;
    const gboolean keep = self->kept;
    g_cond_broadcast(&self->cond);
    g_mutex_unlock(&self->lock);
    if (connection && renew) {
        close_connection(self);
        open_connection(self);
    } else if (connection && !keep) {
        gst_element_set_base_time(connection, gst_element_get_base_time(element));
        gst_element_set_start_time(connection, gst_element_get_start_time(element));
        gst_element_set_state(connection, playing ? GST_STATE_PLAYING : GST_STATE_PAUSED);
    }
    g_mutex_unlock(&self->connection_lock);
}

/* The states of the one child are our own business, or its failures would be ours: the bin's part
 * is left out. */
static GstStateChangeReturn
change_state(GstElement *element, GstStateChange transition)
{
    GstElementClass *element_class = g_type_class_peek(GST_TYPE_ELEMENT);
    GstClipSource *self = GST_CLIP_SOURCE(element);
    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !check_settings(self))
        return GST_STATE_CHANGE_FAILURE;
    if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
        set_playing(self, FALSE);
    else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
        stop(self);
    const GstStateChangeReturn result = element_class->change_state(element, transition);
    if (result == GST_STATE_CHANGE_FAILURE)
        return result;
    switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
        if (!start(self)) {
            element_class->change_state(element, GST_STATE_CHANGE_PAUSED_TO_READY);
            return GST_STATE_CHANGE_FAILURE;
        }
        return self->live ? GST_STATE_CHANGE_NO_PREROLL : result;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
        set_playing(self, TRUE);
        return result;
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
        return self->live ? GST_STATE_CHANGE_NO_PREROLL : result;
    default:
        return result;
    }
}

/* Errors of a connection are ours to mend. Its clocks would go with it and are not offered. */
static void
handle_message(GstBin *bin, GstMessage *message)
{
    GstClipSource *self = GST_CLIP_SOURCE(bin);
    g_autoptr(GError) error = NULL;
    g_autofree gchar *debug = NULL;
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
        gst_message_parse_error(message, &error, &debug);
        GST_INFO_OBJECT(self, "%s: %s (%s)", GST_MESSAGE_SRC_NAME(message), error->message, debug);
        if (is_recording(self) || !gst_clip_fault_is_blemish(error))
            take_fault(self, "error", g_steal_pointer(&error), g_steal_pointer(&debug));
        break;
    case GST_MESSAGE_CLOCK_PROVIDE:
    case GST_MESSAGE_CLOCK_LOST:
        break;
    default:
        GST_BIN_CLASS(gst_clip_source_parent_class)->handle_message(bin, message);
        return;
    }
    gst_message_unref(message);
}

static GstClock *
provide_clock(GstElement *element)
{
    return NULL;
}

static void
set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    GstClipSource *self = GST_CLIP_SOURCE(object);
    GST_OBJECT_LOCK(self);
    const gboolean known = gst_clip_source_settings_set(&self->settings, id, value);
    GST_OBJECT_UNLOCK(self);
    if (!known)
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    if (id != GST_CLIP_SOURCE_INTERVAL)
        return;
    g_mutex_lock(&self->lock);
    g_autoptr(GstElement) connection = self->connection ? gst_object_ref(self->connection) : NULL;
    g_mutex_unlock(&self->lock);
    if (connection)
        gst_clip_connection_set_interval(GST_CLIP_CONNECTION(connection),
                                         g_value_get_uint64(value));
}

static GstStructure *
get_stats(GstClipSource *self)
{
    g_mutex_lock(&self->lock);
    GstStructure *stats = gst_structure_new(
        "clipsource-stats", "state", G_TYPE_STRING, phase_names[self->phase], "connections",
        G_TYPE_UINT64, self->n_connections, "faults", G_TYPE_UINT64, self->n_faults, "last-reason",
        G_TYPE_STRING, self->last_reason, "pictures", G_TYPE_UINT64, self->n_pictures, NULL);
    g_mutex_unlock(&self->lock);
    return stats;
}

static void
get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    GstClipSource *self = GST_CLIP_SOURCE(object);
    if (id == GST_CLIP_SOURCE_STATS) {
        g_value_take_boxed(value, get_stats(self));
        return;
    }
    GST_OBJECT_LOCK(self);
    const gboolean known = gst_clip_source_settings_get(&self->settings, id, value);
    GST_OBJECT_UNLOCK(self);
    if (!known)
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void
finalize(GObject *object)
{
    GstClipSource *self = GST_CLIP_SOURCE(object);
    gst_clip_fault_clear(&self->fault);
    gst_clip_source_settings_clear(&self->settings);
    g_mutex_clear(&self->connection_lock);
    g_mutex_clear(&self->lock);
    g_cond_clear(&self->cond);
    G_OBJECT_CLASS(gst_clip_source_parent_class)->finalize(object);
}

static void
gst_clip_source_class_init(GstClipSourceClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);
    GstElementClass *element_class = GST_ELEMENT_CLASS(class);
    object_class->set_property = set_property;
    object_class->get_property = get_property;
    object_class->finalize = finalize;
    gst_clip_source_settings_install(object_class);
    /**
     * GstClipSource::source-setup:
     * @source: the element that reads the address, before it does
     *
     * For settings of its own, such as `latency` or `user-id` of rtspsrc; emitted for each attempt.
     */
    signals[SIGNAL_SOURCE_SETUP] =
        g_signal_new("source-setup", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 1, GST_TYPE_ELEMENT);
    element_class->change_state = change_state;
    element_class->provide_clock = provide_clock;
    GST_BIN_CLASS(class)->handle_message = handle_message;
    gst_element_class_add_static_pad_template(element_class, &src_template);
    gst_element_class_set_static_metadata(
        element_class, "Reconnecting video source", "Source/Bin/Video",
        "Decoded video from an address; reconnects when a camera goes away, stands still or ends",
        "The Clipwatch authors");
    GST_DEBUG_CATEGORY_INIT(clip_source_debug, "clipsource", 0, "Reconnecting video source");
}

static void
gst_clip_source_init(GstClipSource *self)
{
    gst_clip_source_settings_init(&self->settings);
    g_mutex_init(&self->connection_lock);
    g_mutex_init(&self->lock);
    g_cond_init(&self->cond);
    self->last_reason = "";
    self->max_latency = GST_CLOCK_TIME_NONE;
    gst_clip_continuity_init(&self->continuity);
    g_autoptr(GstPadTemplate) template = gst_static_pad_template_get(&src_template);
    self->src = gst_ghost_pad_new_no_target_from_template("src", template);
    gst_pad_set_query_function(self->src, src_query);
    g_autoptr(GstProxyPad) inner = gst_proxy_pad_get_internal(GST_PROXY_PAD(self->src));
    gst_pad_set_element_private(GST_PAD(inner), self);
    gst_pad_set_chain_function(GST_PAD(inner), inner_chain);
    gst_pad_set_event_function(GST_PAD(inner), inner_event);
    gst_pad_set_query_function(GST_PAD(inner), inner_query);
    gst_element_add_pad(GST_ELEMENT(self), self->src);
    GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
}
