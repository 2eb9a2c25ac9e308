/* The element's inside, and what is set on it: before it starts and while the video goes on. */
#pragma once

#include "gstclipaudit.h"
#include "gstclipclassify.h"
#include "gstclipconvert.h"
#include "gstclipevents.h"
#include "gstclipproperties.h"
#include "gstclipqos.h"
#include "gstclipsession.h"

#include <clipwatch/clipwatch.h>
#include <stdatomic.h>

G_BEGIN_DECLS

struct _GstClipClassify {
    GstBaseTransform parent;

    GstClipProperties properties; /* guarded by the object lock */

    GstClipSession session;
    GstClipAudit audit; /* set up before the stream is and put away after it */

    GstClipEvents *events; /* guarded by the object lock; NULL until the pad is requested */

    /* Of the streaming thread. */
    GstVideoInfo info;
    CwFrameFormat format;
    GstClipConvert *convert; /* NULL where the library reads the format itself */
    CwOrientation orientation;
    gboolean live;
    gboolean format_refused;
    GstClockTime last_gap; /* running time */
    GstClipQos qos;

    _Atomic guint64 n_seen; /* buffers */
    _Atomic guint64 n_unusable;

    GMutex decisions_lock; /* guards decisions */
    GQueue decisions;      /* of GstStructure: told, not yet attached or sent on */
};

/* What the properties say of engine and stream, with the strings that the two point to. */
typedef struct {
    CwEngineConfig engine;
    CwStreamConfig stream;
    gchar *model, *engine_id, *stream_id;
    gchar *prompts, *monitor_state;
    CwCalibration *calibration;
    CwZones *zones;
    CwPolicy *policy; /* NULL: off */
    gboolean watch;
} GstClipWishes;

/* wishes is all zero before. FALSE where calibration, zones or policy cannot be read. */
gboolean gst_clip_wishes_read(GstClipWishes *wishes, GstClipClassify *self, GError **error);
void gst_clip_wishes_clear(GstClipWishes *wishes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GstClipWishes, gst_clip_wishes_clear)

/* Sets a property and tells what runs of it. A value that cannot be used is refused with a warning,
 * and all stays as it was. FALSE where there is no such property. */
gboolean gst_clip_classify_change(GstClipClassify *self, guint id, const GValue *value);

/* Called by the thread that watches prompt files: the old prompts go on where the new ones cannot
 * be used. */
void gst_clip_classify_prompts_changed(CwPrompts *prompts, const GError *error, gpointer self);

/* Called by the stream's own thread: for each decision, and each change of an episode. */
void gst_clip_classify_decided(const CwDecision *decision, const gchar *json, gpointer self);
void gst_clip_classify_episode(const CwEpisodeEvent *event, const gchar *json, gpointer self);
void gst_clip_classify_alarm(const CwAlarmEvent *event, const gchar *json, gpointer self);

G_END_DECLS
