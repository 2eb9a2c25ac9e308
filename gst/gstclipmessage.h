/* A decision as a GstStructure: what the element message, the meta and the custom event carry; and
 * a change of an episode. */
#pragma once

#include <clipwatch/event.h>
#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_CLIP_MESSAGE_NAME         "clipclassify"
#define GST_CLIP_EPISODE_MESSAGE_NAME "clipepisode"
#define GST_CLIP_ALARM_MESSAGE_NAME   "clipalarm"

/* (transfer full). json: the decision as one line of JSON. Fields: docs/ELEMENT.md. */
GstStructure *gst_clip_message_new(const CwDecision *decision, const gchar *json);

/* The same for an episode. */
GstStructure *gst_clip_alarm_message_new(const CwAlarmEvent *event, const gchar *json);
GstStructure *gst_clip_episode_message_new(const CwEpisodeEvent *event, const gchar *json);

G_END_DECLS
