/* The journal of a stream: what it decided, in the audit log, before anybody is told. */
#pragma once

#include <clipwatch/event.h>

G_BEGIN_DECLS

/* One session of one stream. Journals of the same folder share one log, which belongs to one
 * process at a time. Thread-safe; nothing waits for the disk but open, flush and close. */
typedef struct _CwJournal CwJournal;

/* Told when a record is on the disk (error is NULL), or that it will never be, in the order of the
 * calls below, by the log's own thread; by the caller's at once where too many wait already. */
typedef void (*CwJournalFunc)(const GError *error, gpointer user_data);

typedef struct {
    const char *dir;     /* of the log; made where it is missing */
    const char *key_dir; /* where private keys lie; NULL: the user's data directory */
    const char *stream_id;
    const char *purpose; /* what the watching is for, in the operator's words; NULL: not said */
    const CwPolicyInfo *policy; /* that is asked; NULL: none, which the log says in so many words */
} CwJournalConfig;

/* Begins a session; the first one in a folder makes the log and its key pair. Reads the whole log:
 * one that was tampered with is not continued. Errors: CW_ERROR_MISMATCH, CW_ERROR_NOT_FOUND (the
 * key), CW_ERROR_IO. */
CW_API CwJournal *cw_journal_open(const CwJournalConfig *config, GError **error);

/* Ends the session and waits until all is written or has failed and is told. */
CW_API void cw_journal_close(CwJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwJournal, cw_journal_close)

/* Records what was decided: every cosine, no picture. Before the first decision of a set, and again
 * when model, prompts, thresholds or crop are others, a record says by digest what they are. */
CW_API void cw_journal_add_decision(CwJournal *journal, const CwDecision *decision,
                                    CwJournalFunc written, gpointer user_data);
CW_API void cw_journal_add_episode(CwJournal *journal, const CwEpisodeEvent *event,
                                   CwJournalFunc written, gpointer user_data);

CW_API void cw_journal_add_alarm(CwJournal *journal, const CwAlarmEvent *event,
                                 CwJournalFunc written, gpointer user_data);

/* Records that prompts or a policy were refused while the session went on, and why. */
CW_API void cw_journal_add_refusal(CwJournal *journal, const char *reason);

/* Waits until all that was added is told. Not from a CwJournalFunc. */
CW_API void cw_journal_flush(CwJournal *journal);

/* Where the private key of a log lies that was made just now, once; otherwise NULL.
 * (transfer full). */
CW_API char *cw_journal_take_new_key(CwJournal *journal);

G_END_DECLS
