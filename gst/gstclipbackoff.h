/* How long to wait before trying again: twice as long after each failure, with a little luck in it,
 * so that many who lost the same server do not all come back at once. Not thread-safe. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct {
    GstClockTime min, max;
    gdouble jitter; /* 0 to 1: share of a delay by which it may be shorter or longer */
} GstClipBackoffBounds;

typedef struct {
    guint n_failures;        /* in a row */
    GstClockTime last_delay; /* 0: none yet */
} GstClipBackoff;

/* Counts a failure of something that had held for so long (0: it never came up) and returns the
 * time to wait, at most bounds->max. What held longer than the last wait begins the row anew.
 * random: 0 to 1, evenly spread. */
GstClockTime gst_clip_backoff_fail(GstClipBackoff *backoff, const GstClipBackoffBounds *bounds,
                                   GstClockTime held, gdouble random);

G_END_DECLS
