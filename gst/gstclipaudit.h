/* What clipclassify has to tell, held back until the audit log has it. */
#pragma once

#include "gstclipproperties.h"

#include <stdatomic.h>

G_BEGIN_DECLS

/* One line to tell: of a decision, or of a change of an episode. */
typedef struct {
    gchar *json;
    GstClockTime time, duration; /* running time */
    GstStructure *structure;     /* as gst_clip_message_new() makes it */
    gboolean is_decision;
} GstClipLine;

void gst_clip_line_free(GstClipLine *line);

/* Told of each line that may go out, in order, by the log's thread. */
typedef void (*GstClipPublishFunc)(GstElement *element, const GstClipLine *line);

typedef struct {
    GstElement *element;
    GstClipPublishFunc publish;
    CwJournal *journal; /* NULL: no log, and nothing below is used; set under the object lock */
    GstClipAuditFailure failure;
    atomic_bool failing;         /* the last record could not be written, and that was said */
    _Atomic guint64 n_waiting;   /* lines */
    _Atomic guint64 n_unwritten; /* lines that the log does not have */
} GstClipAudit;

/* Begins a session; nothing where properties name no log. Properties: a copy that stays valid for
 * the call. policy: NULL for none. Says once where a new log's private key lies. */
gboolean gst_clip_audit_start(GstClipAudit *audit, GstElement *element, GstClipPublishFunc publish,
                              const GstClipProperties *properties, const gchar *stream_id,
                              const CwPolicyInfo *policy, GError **error);

/* Ends it, when no line will come any more; all that wait are told first. */
void gst_clip_audit_stop(GstClipAudit *audit);

/* Publishes the line when the log has it; at once where there is no log. line: (transfer full). */
void gst_clip_audit_decision(GstClipAudit *audit, const CwDecision *decision, GstClipLine *line);
void gst_clip_audit_episode(GstClipAudit *audit, const CwEpisodeEvent *event, GstClipLine *line);

void gst_clip_audit_alarm(GstClipAudit *audit, const CwAlarmEvent *event, GstClipLine *line);

/* Records a change that was refused, where there is a log. */
void gst_clip_audit_refusal(GstClipAudit *audit, const gchar *reason);

/* Waits for the disk until no line waits. */
void gst_clip_audit_flush(GstClipAudit *audit);

G_END_DECLS
