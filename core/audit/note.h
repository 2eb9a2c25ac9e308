/* Seals: what is signed at the end of an epoch, in C2SP's checkpoint form.
 *
 *   clipwatch/<log id>
 *   <size of the tree>
 *   <root, base64>
 *   epoch <number>
 *   next <public key of the next epoch, base64>
 *
 *   — clipwatch/<log id> <base64 of key id ‖ Ed25519 signature>
 */
#pragma once

#include "audit/record.h"

#define CW_AUDIT_PUBLIC_BYTES 32
#define CW_AUDIT_SEED_BYTES   32

typedef struct {
    guint8 bytes[CW_AUDIT_PUBLIC_BYTES];
} CwAuditPublic;

typedef struct {
    char log[CW_AUDIT_ID_CHARS + 1];
    guint64 size, epoch;
    CwAuditHash root;
    CwAuditPublic next;
} CwAuditSeal;

/* The signed note, (transfer full). seed is the private half of the epoch that ends. */
char *cw_audit_note_sign(const CwAuditSeal *seal, const guint8 seed[CW_AUDIT_SEED_BYTES]);

/* TRUE when text is, byte for byte, the note of this seal signed by this key. */
gboolean cw_audit_note_verify(const char *text, const CwAuditSeal *seal,
                              const CwAuditPublic *signer);

/* The key that a note hands over to; FALSE when there is no such line. */
gboolean cw_audit_note_get_next(const char *text, CwAuditPublic *next);

/* The size and root that a note vouches for; FALSE when it is no note. Checks no signature: the
 * caller trusts the place where it was kept. */
gboolean cw_audit_note_get_head(const char *text, guint64 *size, CwAuditHash *root);

void cw_audit_public_from_seed(const guint8 seed[CW_AUDIT_SEED_BYTES], CwAuditPublic *key);
