/* The decision as upstream's own analytics meta (GStreamer 1.24 and newer), for elements that know
 * nothing of ours. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Adds the classes of a decision to a writable buffer as one GstAnalyticsClsMtd: label ids with
 * their probabilities, best first. fields: as gst_clip_message_new() makes them. Adds nothing where
 * there are no probabilities: a cosine is no confidence. */
void gst_clip_analytics_add(GstBuffer *buffer, const GstStructure *fields);

G_END_DECLS
