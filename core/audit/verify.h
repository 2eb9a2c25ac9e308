/* Recomputes everything that a log promises: frames, canonical JSON, chain, tree, seals, clocks.
 * Needs public keys only. Reads what was there when it began, so a live log can be verified. */
#pragma once

#include "audit/note.h"

/* How a log stands; the numbers are the exit codes of `clipwatch audit verify`. */
typedef enum {
    CW_AUDIT_OK = 0,
    CW_AUDIT_TAMPERED = 1,
    CW_AUDIT_TORN = 2,       /* the last record is incomplete, as after a crash */
    CW_AUDIT_UNSIGNED = 3,   /* consistent, but signed by no key that the caller trusts */
    CW_AUDIT_UNREADABLE = 4, /* cannot be read, or is no log */
} CwAuditVerdict;

typedef struct {
    const CwAuditPublic *genesis; /* the key that is trusted for epoch 0; NULL: none */
    const char *head;             /* a note kept elsewhere; NULL: none */
    guint64 least_epoch;          /* the log must have come this far; 0: unknown */
    /* Called for each record that passed so far, in order; NULL: not. */
    void (*visit)(const CwAuditRecord *record, gpointer data);
    gpointer data;
} CwAuditVerifyOptions;

typedef struct {
    CwAuditVerdict verdict;
    char *message; /* what and where; NULL when all is well */
    char log[CW_AUDIT_ID_CHARS + 1];
    guint64 n_records; /* that passed */
    guint64 n_sealed;  /* of these, covered by a signature; the end beyond is unproven */
    guint64 epoch;     /* the open one */
    CwAuditPublic genesis, signer; /* of epoch 0 by the log's own word, and of the open epoch */
    CwAuditHash last;              /* leaf hash of the last record */
    gint64 last_utc_us;
    char *segment;       /* path of the last one; NULL without any */
    guint64 whole_bytes; /* of it, up to the end of the last whole record */
    CwAuditTree *tree;
} CwAuditReport;

/* (transfer full), never NULL. */
CwAuditReport *cw_audit_verify(const char *dir, const CwAuditVerifyOptions *options);
void cw_audit_report_free(CwAuditReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwAuditReport, cw_audit_report_free)

/* Which log dir holds, by the word of its first record: to look up its key. Errors:
 * CW_ERROR_IO, CW_ERROR_NOT_FOUND, CW_ERROR_FORMAT. */
gboolean cw_audit_read_log_id(const char *dir, char log[CW_AUDIT_ID_CHARS + 1], GError **error);

/* "ok", "tampered", … */
const char *cw_audit_verdict_name(CwAuditVerdict verdict);
