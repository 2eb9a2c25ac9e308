#include "gstclipkeyframes.h"

/* After so many intervals without a keyframe we do not wait for the next one to say that they are
 * rare. */
#define PATIENCE 10

/* Timestamps of real cameras jitter: a keyframe that comes up to a tenth of the interval early is
 * on time. */
static GstClockTime
get_tolerance(const GstClipKeyframesWish *wish)
{
    return wish->interval / 10;
}

void
gst_clip_keyframes_init(GstClipKeyframes *keyframes)
{
    *keyframes = (GstClipKeyframes){0};
    gst_clip_keyframes_break(keyframes);
}

void
gst_clip_keyframes_break(GstClipKeyframes *keyframes)
{
    keyframes->last = GST_CLOCK_TIME_NONE;
    keyframes->due = GST_CLOCK_TIME_NONE;
    keyframes->n_to_skip = 0;
    keyframes->pending = 0;
    keyframes->whole = FALSE;
}

GstClockTime
gst_clip_keyframes_get_distance(const GstClipKeyframes *keyframes)
{
    GstClockTime longest = keyframes->pending;
    if (keyframes->n_distances == 0)
        return 0;
    for (guint i = 0; i < GST_CLIP_KEYFRAMES_REMEMBERED; i++)
        longest = MAX(longest, keyframes->distances[i]);
    return longest;
}

gboolean
gst_clip_keyframes_are_rare(const GstClipKeyframes *keyframes, const GstClipKeyframesWish *wish)
{
    const GstClockTime distance = gst_clip_keyframes_get_distance(keyframes);
    if (wish->interval == 0)
        return FALSE;
    if (distance == 0)
        return keyframes->pending / PATIENCE >= wish->interval;
    return distance > wish->interval + get_tolerance(wish);
}

/* Takes note of where keyframes are. */
static void
measure(GstClipKeyframes *keyframes, gboolean keyframe, GstClockTime time)
{
    const gboolean known = GST_CLOCK_TIME_IS_VALID(time) &&
                           GST_CLOCK_TIME_IS_VALID(keyframes->last) && time > keyframes->last;
    keyframes->pending = known ? time - keyframes->last : 0;
    if (!keyframe)
        return;
    if (known)
        keyframes->distances[keyframes->n_distances++ % GST_CLIP_KEYFRAMES_REMEMBERED] =
            keyframes->pending;
    keyframes->pending = 0;
    keyframes->last = time;
}

/* Whether a keyframe at this time belongs to the schedule; if so, the next one is due an interval
 * after this was, or a little less than an interval after this one where it was late: the rate is
 * held in the long run, and a source whose keyframes come an interval apart loses none. Where they
 * come thick, the one that is nearest to its time is taken. */
static gboolean
take_turn(GstClipKeyframes *keyframes, const GstClipKeyframesWish *wish, GstClockTime time)
{
    const GstClockTime distance = gst_clip_keyframes_get_distance(keyframes);
    const GstClockTime tolerance =
        distance > 0 ? MIN(get_tolerance(wish), distance / 2) : get_tolerance(wish);
    const GstClockTime due = keyframes->due;
    if (wish->interval == 0 || !GST_CLOCK_TIME_IS_VALID(time))
        return TRUE;
    /* Never due more than an interval ahead: where it is, time was set back. */
    if (!GST_CLOCK_TIME_IS_VALID(due) || due > time + wish->interval + tolerance) {
        keyframes->due = time + wish->interval;
        return TRUE;
    }
    if (time + tolerance < due)
        return FALSE;
    keyframes->due = MAX(due, time - MIN(time, tolerance)) + wish->interval;
    return TRUE;
}

gboolean
gst_clip_keyframes_pick(GstClipKeyframes *keyframes, const GstClipKeyframesWish *wish,
                        gboolean keyframe, GstClockTime time)
{
    measure(keyframes, keyframe, time);
    if (!keyframe)
        return keyframes->whole;
    /* Before the second keyframe nobody knows how far apart they are: rather decode one GOP too
     * many than see nothing for as long as it lasts. */
    keyframes->whole =
        wish->whole && wish->interval > 0 &&
        (keyframes->n_distances == 0 || gst_clip_keyframes_are_rare(keyframes, wish));
    if (keyframes->whole)
        return TRUE;
    if (!take_turn(keyframes, wish, time))
        return FALSE;
    if (keyframes->n_to_skip > 0) {
        keyframes->n_to_skip--;
        return FALSE;
    }
    keyframes->n_to_skip = wish->every - 1;
    return TRUE;
}
