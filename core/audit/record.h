/* One record of a log: an envelope of canonical JSON around the caller's value, in a frame.
 *
 *   frame:  u32 length, u32 CRC-32 of length and payload (both little-endian), payload
 *   payload: {"idx":…,"log":"…","prev":"…","t_mono":…,"t_utc":…,"type":"…","v":1,"value":{…}}
 */
#pragma once

#include "audit/tree.h"

#define CW_AUDIT_FRAME_BYTES       8
#define CW_AUDIT_MAX_PAYLOAD_BYTES (1024 * 1024)
#define CW_AUDIT_ID_CHARS          32 /* 16 random bytes in hex */
#define CW_AUDIT_MAX_TYPE_CHARS    32

typedef struct {
    guint64 index;
    char log[CW_AUDIT_ID_CHARS + 1];
    CwAuditHash previous;        /* leaf hash of the record before, zeros for the first */
    gint64 monotonic_us, utc_us; /* the machine's clocks when it was appended */
    char type[CW_AUDIT_MAX_TYPE_CHARS + 1];
    const char *value; /* borrowed, not terminated: a canonical JSON object */
    gsize value_length;
} CwAuditRecord;

/* Appends frame and payload to bytes. The record is valid by the caller's word. */
void cw_audit_record_write(GByteArray *bytes, const CwAuditRecord *record);

/* What a frame turns out to be. */
typedef enum {
    CW_AUDIT_FRAME_WHOLE = 0,
    CW_AUDIT_FRAME_SHORT, /* the bytes end before the frame does */
    CW_AUDIT_FRAME_BAD,   /* a length that cannot be, or a CRC that differs */
} CwAuditFrame;

/* Finds the payload of the frame at the start of data. */
CwAuditFrame cw_audit_frame_read(const guint8 *data, gsize length, const guint8 **payload,
                                 gsize *payload_length);

/* Reads a payload; value points into it. CW_ERROR_FORMAT when it is not the canonical spelling of a
 * record. */
gboolean cw_audit_record_read(const guint8 *payload, gsize length, CwAuditRecord *record,
                              GError **error);

/* 1 to CW_AUDIT_MAX_TYPE_CHARS of a-z, '.', '_'. */
gboolean cw_audit_type_is_valid(const char *type);
