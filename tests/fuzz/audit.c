/* Reads any bytes as a segment of an audit log; a record that is accepted has one spelling: written
 * anew it is the same bytes. */
#include "fuzz.h"

#include "audit/record.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GByteArray) again = g_byte_array_new();
    size_t offset = 0, length;
    const guint8 *payload;
    while (cw_audit_frame_read(data + offset, size - offset, &payload, &length) ==
           CW_AUDIT_FRAME_WHOLE) {
        CwAuditRecord record;
        g_autoptr(GError) error = NULL;
        g_assert_cmpuint(length, <=, size - offset - CW_AUDIT_FRAME_BYTES);
        if (cw_audit_record_read(payload, length, &record, &error)) {
            g_byte_array_set_size(again, 0);
            cw_audit_record_write(again, &record);
            g_assert_cmpmem(again->data, again->len, data + offset, length + CW_AUDIT_FRAME_BYTES);
        } else {
            g_assert_true(error && error->domain == CW_ERROR);
        }
        offset += length + CW_AUDIT_FRAME_BYTES;
    }
    return 0;
}
