#include "gstclipevents.h"

#include <string.h>

/* Lines that wait at most; at one decision a second that is a minute. */
#define MAX_QUEUED 64

struct _GstClipEvents {
    GstPad *pad;
    GstPad *element_pad;
    GMutex lock; /* guards all below */
    GCond arrived;
    GQueue items; /* of GstMiniObject: buffers and events, in order */
    guint n_lines;
    guint64 n_dropped;
    gboolean flushing;
    gboolean started; /* stream-start and caps are out */
    GstSegment segment;
};

static gchar *
make_stream_id(GstClipEvents *events)
{
    g_autofree gchar *upstream = gst_pad_get_stream_id(events->element_pad);
    g_autoptr(GstElement) parent = gst_pad_get_parent_element(events->pad);
    return gst_pad_create_stream_id(events->pad, parent, upstream ? "events" : NULL);
}

static void
send_start(GstClipEvents *events)
{
    g_autofree gchar *id = make_stream_id(events);
    g_autoptr(GstCaps) caps = gst_caps_new_empty_simple("application/x-json");
    gst_pad_push_event(events->pad, gst_event_new_stream_start(id));
    gst_pad_push_event(events->pad, gst_event_new_caps(caps));
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

/* Sends one item; what arrives before a segment gets a plain one put before it. */
static void
send_items(gpointer data)
{
    GstClipEvents *events = data;
    GstMiniObject *item = wait_for_item(events);
    GstFlowReturn flow = GST_FLOW_OK;
    if (!item) {
        gst_pad_pause_task(events->pad);
        return;
    }
    if (!events->started) {
        send_start(events);
        events->started = TRUE;
        if (!GST_IS_EVENT(item) || GST_EVENT_TYPE(item) != GST_EVENT_SEGMENT)
            gst_pad_push_event(events->pad, gst_event_new_segment(&events->segment));
    }
    if (GST_IS_BUFFER(item))
        flow = gst_pad_push(events->pad, GST_BUFFER(item));
    else
        gst_pad_push_event(events->pad, GST_EVENT(item));
    /* An unlinked or finished branch is no fault of the video's: lines are thrown away. */
    if (flow == GST_FLOW_FLUSHING)
        gst_pad_pause_task(events->pad);
}

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

static gboolean
activate(GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
    GstClipEvents *events = gst_pad_get_element_private(pad);
    if (mode != GST_PAD_MODE_PUSH)
        return FALSE;
    set_flushing(events, !active);
    if (active) {
        events->started = FALSE;
        return gst_pad_start_task(pad, send_items, events, NULL);
    }
    return gst_pad_stop_task(pad);
}

GstClipEvents *
gst_clip_events_new(GstPadTemplate *template, const gchar *name, GstPad *element_pad)
{
    GstClipEvents *events = g_new0(GstClipEvents, 1);
    g_mutex_init(&events->lock);
    g_cond_init(&events->arrived);
    g_queue_init(&events->items);
    gst_segment_init(&events->segment, GST_FORMAT_TIME);
    events->flushing = TRUE;
    events->element_pad = gst_object_ref(element_pad);
    events->pad = gst_object_ref(gst_pad_new_from_template(template, name));
    gst_pad_set_element_private(events->pad, events);
    gst_pad_set_activatemode_function(events->pad, activate);
    return events;
}

void
gst_clip_events_free(GstClipEvents *events)
{
    empty_queue(events);
    gst_object_unref(events->element_pad);
    gst_object_unref(events->pad);
    g_mutex_clear(&events->lock);
    g_cond_clear(&events->arrived);
    g_free(events);
}

GstPad *
gst_clip_events_get_pad(GstClipEvents *events)
{
    return events->pad;
}

/* Throws the oldest line away; events keep their place. Called under the lock. */
static void
drop_oldest_line(GstClipEvents *events)
{
    for (GList *link = events->items.head; link; link = link->next)
        if (GST_IS_BUFFER(link->data)) {
            gst_mini_object_unref(link->data);
            g_queue_delete_link(&events->items, link);
            events->n_lines--;
            events->n_dropped++;
            return;
        }
}

static void
push(GstClipEvents *events, GstMiniObject *item)
{
    g_mutex_lock(&events->lock);
    if (events->flushing) {
        g_mutex_unlock(&events->lock);
        gst_mini_object_unref(item);
        return;
    }
    if (GST_IS_BUFFER(item) && events->n_lines++ >= MAX_QUEUED)
        drop_oldest_line(events);
    g_queue_push_tail(&events->items, item);
    g_cond_signal(&events->arrived);
    g_mutex_unlock(&events->lock);
}

void
gst_clip_events_push_json(GstClipEvents *events, const gchar *json, GstClockTime pts,
                          GstClockTime duration)
{
    g_autofree gchar *line = g_strconcat(json, "\n", NULL);
    const gsize length = strlen(line);
    GstBuffer *buffer = gst_buffer_new_wrapped(g_steal_pointer(&line), length);
    GST_BUFFER_PTS(buffer) = pts;
    GST_BUFFER_DURATION(buffer) = duration;
    push(events, GST_MINI_OBJECT(buffer));
}

/* Gaps say only how far time has come: one that still waits is replaced rather than followed. */
void
gst_clip_events_push_gap(GstClipEvents *events, GstClockTime pts, GstClockTime duration)
{
    GstMiniObject *last;
    g_mutex_lock(&events->lock);
    last = g_queue_peek_tail(&events->items);
    if (last && GST_IS_EVENT(last) && GST_EVENT_TYPE(last) == GST_EVENT_GAP)
        gst_mini_object_unref(g_queue_pop_tail(&events->items));
    g_mutex_unlock(&events->lock);
    push(events, GST_MINI_OBJECT(gst_event_new_gap(pts, duration)));
}

void
gst_clip_events_push_segment(GstClipEvents *events, const GstSegment *segment)
{
    g_mutex_lock(&events->lock);
    events->segment = *segment;
    g_mutex_unlock(&events->lock);
    push(events, GST_MINI_OBJECT(gst_event_new_segment(segment)));
}

void
gst_clip_events_push_eos(GstClipEvents *events)
{
    push(events, GST_MINI_OBJECT(gst_event_new_eos()));
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
    gst_pad_start_task(events->pad, send_items, events, NULL);
}

guint64
gst_clip_events_get_n_dropped(GstClipEvents *events)
{
    g_mutex_lock(&events->lock);
    const guint64 n = events->n_dropped;
    g_mutex_unlock(&events->lock);
    return n;
}
