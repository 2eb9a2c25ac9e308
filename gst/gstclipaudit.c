#include "gstclipaudit.h"

/* A line on its way through the log. */
typedef struct {
    GstClipAudit *audit;
    GstClipLine *line;
} Waiting;

void
gst_clip_line_free(GstClipLine *line)
{
    g_free(line->json);
    gst_structure_free(line->structure);
    g_free(line);
}

static void
say_new_key(GstClipAudit *audit)
{
    g_autofree gchar *path = cw_journal_take_new_key(audit->journal);
    if (path)
        GST_ELEMENT_INFO(audit->element, RESOURCE, SETTINGS,
                         ("A key pair was made for a new audit log; its private half is %s: keep "
                          "it, the log cannot be continued without it",
                          path),
                         (NULL));
}

gboolean
gst_clip_audit_start(GstClipAudit *audit, GstElement *element, GstClipPublishFunc publish,
                     const GstClipProperties *properties, const gchar *stream_id,
                     const CwPolicyInfo *policy, GError **error)
{
    *audit = (GstClipAudit){
        .element = element, .publish = publish, .failure = properties->audit_failure};
    if (!properties->audit)
        return TRUE;
    const CwJournalConfig config = {.dir = properties->audit,
                                    .stream_id = stream_id,
                                    .purpose = properties->audit_purpose,
                                    .policy = policy};
    CwJournal *journal = cw_journal_open(&config, error);
    if (!journal) {
        g_prefix_error(error, "Audit log: ");
        return FALSE;
    }
    GST_OBJECT_LOCK(element);
    audit->journal = journal;
    GST_OBJECT_UNLOCK(element);
    say_new_key(audit);
    return TRUE;
}

void
gst_clip_audit_stop(GstClipAudit *audit)
{
    if (!audit->element)
        return;
    GST_OBJECT_LOCK(audit->element);
    CwJournal *journal = g_steal_pointer(&audit->journal);
    GST_OBJECT_UNLOCK(audit->element);
    g_clear_pointer(&journal, cw_journal_close);
}

void
gst_clip_audit_refusal(GstClipAudit *audit, const gchar *reason)
{
    if (!audit->element)
        return;
    GST_OBJECT_LOCK(audit->element);
    if (audit->journal)
        cw_journal_add_refusal(audit->journal, reason);
    GST_OBJECT_UNLOCK(audit->element);
}

void
gst_clip_audit_flush(GstClipAudit *audit)
{
    if (audit->journal)
        cw_journal_flush(audit->journal);
}

/* Once, until a record could be written again. */
static void
say_failure(GstClipAudit *audit, const GError *error)
{
    if (atomic_exchange(&audit->failing, TRUE))
        return;
    if (audit->failure == GST_CLIP_AUDIT_STOP)
        GST_ELEMENT_ERROR(audit->element, RESOURCE, WRITE,
                          ("The audit log cannot be written: %s", error->message), (NULL));
    else
        GST_ELEMENT_WARNING(
            audit->element, RESOURCE, WRITE,
            ("The audit log cannot be written, and decisions are %s: %s",
             audit->failure == GST_CLIP_AUDIT_DROP ? "told without it" : "held back",
             error->message),
            (NULL));
}

static void
written(const GError *error, gpointer data)
{
    Waiting *waiting = data;
    GstClipAudit *audit = waiting->audit;
    if (error) {
        atomic_fetch_add(&audit->n_unwritten, 1);
        say_failure(audit, error);
    } else {
        atomic_store(&audit->failing, FALSE);
    }
    if (!error || audit->failure == GST_CLIP_AUDIT_DROP)
        audit->publish(audit->element, waiting->line);
    atomic_fetch_sub(&audit->n_waiting, 1);
    gst_clip_line_free(waiting->line);
    g_free(waiting);
}

static void
publish_now(GstClipAudit *audit, GstClipLine *line)
{
    audit->publish(audit->element, line);
    gst_clip_line_free(line);
}

static Waiting *
wait_for_log(GstClipAudit *audit, GstClipLine *line)
{
    Waiting *waiting = g_new(Waiting, 1);
    *waiting = (Waiting){audit, line};
    atomic_fetch_add(&audit->n_waiting, 1);
    return waiting;
}

void
gst_clip_audit_decision(GstClipAudit *audit, const CwDecision *decision, GstClipLine *line)
{
    if (!audit->journal)
        publish_now(audit, line);
    else
        cw_journal_add_decision(audit->journal, decision, written, wait_for_log(audit, line));
}

void
gst_clip_audit_alarm(GstClipAudit *audit, const CwAlarmEvent *event, GstClipLine *line)
{
    if (!audit->journal)
        publish_now(audit, line);
    else
        cw_journal_add_alarm(audit->journal, event, written, wait_for_log(audit, line));
}

void
gst_clip_audit_episode(GstClipAudit *audit, const CwEpisodeEvent *event, GstClipLine *line)
{
    if (!audit->journal)
        publish_now(audit, line);
    else
        cw_journal_add_episode(audit->journal, event, written, wait_for_log(audit, line));
}
