/* Which buffers of an encoded stream are worth decoding, when one picture in a while is enough.
 * Knows of times and keyframes only. Not thread-safe: one stream, one thread at a time. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_CLIP_KEYFRAMES_REMEMBERED 4

typedef struct {
    GstClockTime interval; /* at most one keyframe in this time; 0: each */
    guint every;           /* of these, every Nth; at least 1 */
    gboolean whole; /* where keyframes are farther apart than interval: all that lies between */
} GstClipKeyframesWish;

typedef struct {
    GstClockTime last; /* running time of the last keyframe; NONE: none since a break */
    GstClockTime due;  /* the next keyframe to pass comes about here; NONE: at once */
    guint n_to_skip;   /* keyframes that would be due, before the next one passes */
    GstClockTime distances[GST_CLIP_KEYFRAMES_REMEMBERED]; /* the latest, a ring */
    guint n_distances;
    GstClockTime pending; /* how long the last keyframe has been waiting for the next one */
    gboolean whole;       /* everything passes up to the next keyframe */
} GstClipKeyframes;

/* A new stream: nothing is known of it. */
void gst_clip_keyframes_init(GstClipKeyframes *keyframes);

/* The stream goes on elsewhere: no distance is measured across the break. */
void gst_clip_keyframes_break(GstClipKeyframes *keyframes);

/* Whether the next buffer shall pass. time: its running time; where that is not valid, nobody can
 * say that a keyframe is too early, and it passes. */
gboolean gst_clip_keyframes_pick(GstClipKeyframes *keyframes, const GstClipKeyframesWish *wish,
                                 gboolean keyframe, GstClockTime time);

/* The longest of the latest distances between keyframes; 0 before the second one. */
GstClockTime gst_clip_keyframes_get_distance(const GstClipKeyframes *keyframes);

/* Whether keyframes are known to come too rarely for the wish. */
gboolean gst_clip_keyframes_are_rare(const GstClipKeyframes *keyframes,
                                     const GstClipKeyframesWish *wish);

G_END_DECLS
