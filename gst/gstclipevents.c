#include "gstclipevents.h"

#include <string.h>

/* Lines that wait at most; at one decision a second that is a minute. */
#define MAX_QUEUED 64

struct _GstClipEvents {
    GstPad *pad;
    GstPad *element_pad;
    gboolean started; /* of the task: stream-start and caps are out */

    GMutex lock; /* guards all below */
    GCond arrived;
    GQueue items; /* of GstMiniObject: buffers and events, in order */
    guint n_lines;
    guint64 n_dropped;
    gboolean flushing;
    GstSegment segment; /* the last that was pushed */
};

static GstEvent *
new_stream_start(GstClipEvents *events)
{
    g_autoptr(GstElement) element = gst_pad_get_parent_element(events->element_pad);
    g_autofree gchar *id =
        element ? gst_pad_create_stream_id(events->pad, element, "events") : g_strdup("events");
    g_autoptr(GstEvent) upstream =
        gst_pad_get_sticky_event(events->element_pad, GST_EVENT_STREAM_START, 0);
    GstEvent *event = gst_event_new_stream_start(id);
    guint group;
    if (upstream && gst_event_parse_group_id(upstream, &group))
        gst_event_set_group_id(event, group);
    gst_event_set_stream_flags(event, GST_STREAM_FLAG_SPARSE);
    return event;
}

/* What goes before the first item, unless it is that item. */
static void
send_start(GstClipEvents *events, GstMiniObject *first)
{
    g_autoptr(GstCaps) caps = gst_caps_new_empty_simple("application/x-json");
    const GstEventType type = GST_IS_EVENT(first) ? GST_EVENT_TYPE(first) : GST_EVENT_UNKNOWN;
    events->started = TRUE;
    if (type == GST_EVENT_STREAM_START)
        return;
    gst_pad_push_event(events->pad, new_stream_start(events));
    gst_pad_push_event(events->pad, gst_event_new_caps(caps));
    if (type == GST_EVENT_SEGMENT)
        return;
    g_mutex_lock(&events->lock);
    GstEvent *segment = gst_event_new_segment(&events->segment);
    g_mutex_unlock(&events->lock);
    gst_pad_push_event(events->pad, segment);
}

/* The next item, or NULL when flushing. */
static GstMiniObject *
wait_for_item(GstClipEvents *events)
{
    g_mutex_lock(&events->lock);
    while (g_queue_is_empty(&events->items) && !events->flushing)
        g_cond_wait(&events->arrived, &events->lock);
    GstMiniObject *item = events->flushing ? NULL : g_queue_pop_head(&events->items);
    if (item && GST_IS_BUFFER(item))
        events->n_lines--;
    g_mutex_unlock(&events->lock);
    return item;
}

/* The pad's task: sends one item. */
static void
send_item(gpointer data)
{
    GstClipEvents *events = data;
    GstMiniObject *item = wait_for_item(events);
    GstFlowReturn flow = GST_FLOW_OK;
    if (!item) {
        gst_pad_pause_task(events->pad);
        return;
    }
    if (!events->started)
        send_start(events, item);
    if (GST_IS_BUFFER(item))
        flow = gst_pad_push(events->pad, GST_BUFFER(item));
    else
        gst_pad_push_event(events->pad, GST_EVENT(item));
    /* An unlinked or finished branch is no fault of the video's: lines are thrown away. */
    if (flow == GST_FLOW_FLUSHING)
        gst_pad_pause_task(events->pad);
}

/* Called under the lock. */
static void
empty_queue(GstClipEvents *events)
{
    GstMiniObject *item;
    while ((item = g_queue_pop_head(&events->items)))
        gst_mini_object_unref(item);
    events->n_lines = 0;
}

static void
set_flushing(GstClipEvents *events, gboolean flushing)
{
    g_mutex_lock(&events->lock);
    events->flushing = flushing;
    if (flushing)
        empty_queue(events);
    g_cond_signal(&events->arrived);
    g_mutex_unlock(&events->lock);
}

/* The video may be on its way already when the pad is requested. */
static void
take_segment(GstClipEvents *events)
{
    g_autoptr(GstEvent) event = gst_pad_get_sticky_event(events->element_pad, GST_EVENT_SEGMENT, 0);
    const GstSegment *segment = NULL;
    if (event)
        gst_event_parse_segment(event, &segment);
    g_mutex_lock(&events->lock);
    if (segment && segment->format == GST_FORMAT_TIME)
        events->segment = *segment;
    else
        gst_segment_init(&events->segment, GST_FORMAT_TIME);
    g_mutex_unlock(&events->lock);
}

static gboolean
activate(GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
    GstClipEvents *events = gst_pad_get_element_private(pad);
    if (mode != GST_PAD_MODE_PUSH || !events)
        return FALSE;
    set_flushing(events, !active);
    if (!active)
        return gst_pad_stop_task(pad);
    events->started = FALSE;
    take_segment(events);
    return gst_pad_start_task(pad, send_item, events, NULL);
}

/* A slow reader of events must not make decoders drop video: its complaints end here. */
static gboolean
handle_upstream_event(GstPad *pad, GstObject *parent, GstEvent *event)
{
    if (GST_EVENT_TYPE(event) != GST_EVENT_QOS)
        return gst_pad_event_default(pad, parent, event);
    gst_event_unref(event);
    return TRUE;
}

GstClipEvents *
gst_clip_events_new(GstPadTemplate *template, const gchar *name, GstPad *element_pad)
{
    GstClipEvents *events = g_atomic_rc_box_new0(GstClipEvents);
    g_mutex_init(&events->lock);
    g_cond_init(&events->arrived);
    g_queue_init(&events->items);
    gst_segment_init(&events->segment, GST_FORMAT_TIME);
    events->flushing = TRUE;
    events->element_pad = gst_object_ref(element_pad);
    events->pad = gst_object_ref_sink(gst_pad_new_from_template(template, name));
    gst_pad_set_element_private(events->pad, events);
    gst_pad_set_activatemode_function(events->pad, activate);
    gst_pad_set_event_function(events->pad, handle_upstream_event);
    return events;
}

GstClipEvents *
gst_clip_events_ref(GstClipEvents *events)
{
    return g_atomic_rc_box_acquire(events);
}

static void
clear(gpointer data)
{
    GstClipEvents *events = data;
    gst_pad_set_element_private(events->pad, NULL);
    empty_queue(events);
    gst_object_unref(events->element_pad);
    gst_object_unref(events->pad);
    g_mutex_clear(&events->lock);
    g_cond_clear(&events->arrived);
}

void
gst_clip_events_unref(GstClipEvents *events)
{
    g_atomic_rc_box_release_full(events, clear);
}

GstPad *
gst_clip_events_get_pad(GstClipEvents *events)
{
    return events->pad;
}

static gboolean
is_gap(gpointer item)
{
    return item && GST_IS_EVENT(item) && GST_EVENT_TYPE(item) == GST_EVENT_GAP;
}

/* Throws the oldest line away, and the gaps before it; other events keep their place. Called under
 * the lock. */
static void
drop_oldest_line(GstClipEvents *events)
{
    GList *link = events->items.head;
    while (link) {
        GList *next = link->next;
        const gboolean line = GST_IS_BUFFER(link->data);
        if (line || is_gap(link->data)) {
            gst_mini_object_unref(link->data);
            g_queue_delete_link(&events->items, link);
        }
        if (line)
            break;
        link = next;
    }
    events->n_lines--;
    events->n_dropped++;
}

/* Called under the lock; consumes item. */
static void
push(GstClipEvents *events, gpointer item)
{
    if (events->flushing) {
        gst_mini_object_unref(item);
        return;
    }
    if (GST_IS_BUFFER(item) && events->n_lines++ >= MAX_QUEUED)
        drop_oldest_line(events);
    g_queue_push_tail(&events->items, item);
    g_cond_signal(&events->arrived);
}

static void
push_locked(GstClipEvents *events, gpointer item)
{
    g_mutex_lock(&events->lock);
    push(events, item);
    g_mutex_unlock(&events->lock);
}

/* Where a running time lies in the segment of the queue's end: a decision may come when the next
 * segment has begun already, and then lies at its beginning. Called under the lock. */
static GstClockTime
to_position(GstClipEvents *events, GstClockTime running_time)
{
    GstSegment *segment = &events->segment;
    if (!GST_CLOCK_TIME_IS_VALID(running_time))
        return GST_CLOCK_TIME_NONE;
    const guint64 position =
        gst_segment_position_from_running_time(segment, GST_FORMAT_TIME, running_time);
    return GST_CLOCK_TIME_IS_VALID(position) ? position : segment->start;
}

void
gst_clip_events_push_json(GstClipEvents *events, const gchar *json, GstClockTime running_time,
                          GstClockTime duration)
{
    g_autofree gchar *line = g_strconcat(json, "\n", NULL);
    const gsize length = strlen(line);
    GstBuffer *buffer = gst_buffer_new_wrapped(g_steal_pointer(&line), length);
    GST_BUFFER_DURATION(buffer) = duration;
    g_mutex_lock(&events->lock);
    GST_BUFFER_PTS(buffer) = to_position(events, running_time);
    push(events, buffer);
    g_mutex_unlock(&events->lock);
}

/* Gaps say only how far time has come: one that still waits is replaced rather than followed. */
void
gst_clip_events_push_gap(GstClipEvents *events, GstClockTime running_time)
{
    g_mutex_lock(&events->lock);
    if (is_gap(g_queue_peek_tail(&events->items)))
        gst_mini_object_unref(g_queue_pop_tail(&events->items));
    push(events, gst_event_new_gap(to_position(events, running_time), GST_CLOCK_TIME_NONE));
    g_mutex_unlock(&events->lock);
}

void
gst_clip_events_push_start(GstClipEvents *events)
{
    g_autoptr(GstCaps) caps = gst_caps_new_empty_simple("application/x-json");
    GstEvent *start = new_stream_start(events);
    g_mutex_lock(&events->lock);
    push(events, start);
    push(events, gst_event_new_caps(caps));
    g_mutex_unlock(&events->lock);
}

void
gst_clip_events_push_segment(GstClipEvents *events, const GstSegment *segment)
{
    g_mutex_lock(&events->lock);
    if (segment->format == GST_FORMAT_TIME)
        events->segment = *segment;
    else
        gst_segment_init(&events->segment, GST_FORMAT_TIME);
    push(events, gst_event_new_segment(&events->segment));
    g_mutex_unlock(&events->lock);
}

void
gst_clip_events_push_eos(GstClipEvents *events)
{
    push_locked(events, gst_event_new_eos());
}

void
gst_clip_events_flush(GstClipEvents *events, GstEvent *event)
{
    const gboolean start = GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START;
    set_flushing(events, TRUE);
    gst_pad_push_event(events->pad, event);
    if (start) {
        gst_pad_pause_task(events->pad);
        return;
    }
    set_flushing(events, FALSE);
    gst_pad_start_task(events->pad, send_item, events, NULL);
}

guint64
gst_clip_events_get_n_dropped(GstClipEvents *events)
{
    g_mutex_lock(&events->lock);
    const guint64 n = events->n_dropped;
    g_mutex_unlock(&events->lock);
    return n;
}
