#include "audit/record.h"
#include "audit/canonical.h"

#include <string.h>
#include <zlib.h>

static void
put_u32(guint8 *bytes, guint32 value)
{
    value = GUINT32_TO_LE(value);
    memcpy(bytes, &value, sizeof value);
}

static guint32
get_u32(const guint8 *bytes)
{
    guint32 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_LE(value);
}

static guint32
frame_crc(const guint8 *length, const guint8 *payload, gsize payload_length)
{
    const uLong crc = crc32(crc32(0, Z_NULL, 0), length, 4);
    return (guint32)crc32(crc, payload, (uInt)payload_length);
}

gboolean
cw_audit_type_is_valid(const char *type)
{
    const gsize length = strlen(type);
    return length > 0 && length <= CW_AUDIT_MAX_TYPE_CHARS &&
           strspn(type, "abcdefghijklmnopqrstuvwxyz._") == length;
}

void
cw_audit_record_write(GByteArray *bytes, const CwAuditRecord *record)
{
    char previous[65], head[320];
    cw_audit_hash_hex(&record->previous, previous);
    const int head_length = g_snprintf(
        head, sizeof head,
        "{\"idx\":%" G_GUINT64_FORMAT ",\"log\":\"%s\",\"prev\":\"%s\",\"t_mono\":%" G_GINT64_FORMAT
        ",\"t_utc\":%" G_GINT64_FORMAT ",\"type\":\"%s\",\"v\":1,\"value\":",
        record->index, record->log, previous, record->monotonic_us, record->utc_us, record->type);
    const gsize payload_length = (gsize)head_length + record->value_length + 1;
    const guint start = bytes->len;
    guint8 prefix[CW_AUDIT_FRAME_BYTES] = {0};
    put_u32(prefix, (guint32)payload_length);
    g_byte_array_append(bytes, prefix, sizeof prefix);
    g_byte_array_append(bytes, (const guint8 *)head, (guint)head_length);
    g_byte_array_append(bytes, (const guint8 *)record->value, (guint)record->value_length);
    g_byte_array_append(bytes, (const guint8 *)"}", 1);
    guint8 *frame = bytes->data + start;
    put_u32(frame + 4, frame_crc(frame, frame + CW_AUDIT_FRAME_BYTES, payload_length));
}

CwAuditFrame
cw_audit_frame_read(const guint8 *data, gsize length, const guint8 **payload, gsize *payload_length)
{
    if (length < CW_AUDIT_FRAME_BYTES)
        return CW_AUDIT_FRAME_SHORT;
    const guint32 size = get_u32(data);
    if (size == 0 || size > CW_AUDIT_MAX_PAYLOAD_BYTES)
        return CW_AUDIT_FRAME_BAD;
    if (size > length - CW_AUDIT_FRAME_BYTES)
        return CW_AUDIT_FRAME_SHORT;
    if (get_u32(data + 4) != frame_crc(data, data + CW_AUDIT_FRAME_BYTES, size))
        return CW_AUDIT_FRAME_BAD;
    *payload = data + CW_AUDIT_FRAME_BYTES;
    *payload_length = size;
    return CW_AUDIT_FRAME_WHOLE;
}

/* The rest of an envelope. Each reader below takes its field and moves on, or returns FALSE. */
typedef struct {
    const char *at, *end;
} Rest;

static gboolean
take_text(Rest *rest, const char *text)
{
    const gsize length = strlen(text);
    if ((gsize)(rest->end - rest->at) < length || memcmp(rest->at, text, length) != 0)
        return FALSE;
    rest->at += length;
    return TRUE;
}

static gboolean
take_count(Rest *rest, guint64 *value)
{
    const char *start = rest->at;
    *value = 0;
    while (rest->at < rest->end && rest->at - start < 17 && g_ascii_isdigit(*rest->at))
        *value = *value * 10 + (guint64)(*rest->at++ - '0');
    const gboolean padded = rest->at - start > 1 && *start == '0';
    return rest->at > start && !padded && *value <= G_GUINT64_CONSTANT(9007199254740992);
}

static gboolean
take_hex(Rest *rest, char *hex, gsize length)
{
    if ((gsize)(rest->end - rest->at) < length)
        return FALSE;
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isdigit(rest->at[i]) && !(rest->at[i] >= 'a' && rest->at[i] <= 'f'))
            return FALSE;
    memcpy(hex, rest->at, length);
    hex[length] = '\0';
    rest->at += length;
    return TRUE;
}

static gboolean
take_hash(Rest *rest, CwAuditHash *hash)
{
    char hex[2 * CW_AUDIT_HASH_BYTES + 1];
    if (!take_hex(rest, hex, sizeof hex - 1))
        return FALSE;
    for (guint i = 0; i < CW_AUDIT_HASH_BYTES; i++)
        hash->bytes[i] =
            (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return TRUE;
}

static gboolean
take_type(Rest *rest, char *type)
{
    const char *quote = memchr(rest->at, '"', (gsize)(rest->end - rest->at));
    if (!quote || quote - rest->at > CW_AUDIT_MAX_TYPE_CHARS)
        return FALSE;
    memcpy(type, rest->at, (gsize)(quote - rest->at));
    type[quote - rest->at] = '\0';
    rest->at = quote;
    return cw_audit_type_is_valid(type);
}

gboolean
cw_audit_record_read(const guint8 *payload, gsize length, CwAuditRecord *record, GError **error)
{
    Rest rest = {(const char *)payload, (const char *)payload + length};
    guint64 monotonic_us, utc_us;
    if (!take_text(&rest, "{\"idx\":") || !take_count(&rest, &record->index) ||
        !take_text(&rest, ",\"log\":\"") || !take_hex(&rest, record->log, CW_AUDIT_ID_CHARS) ||
        !take_text(&rest, "\",\"prev\":\"") || !take_hash(&rest, &record->previous) ||
        !take_text(&rest, "\",\"t_mono\":") || !take_count(&rest, &monotonic_us) ||
        !take_text(&rest, ",\"t_utc\":") || !take_count(&rest, &utc_us) ||
        !take_text(&rest, ",\"type\":\"") || !take_type(&rest, record->type) ||
        !take_text(&rest, "\",\"v\":1,\"value\":") || rest.end - rest.at < 2 ||
        rest.end[-1] != '}') {
        g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                    "byte %" G_GSIZE_FORMAT " of the record's envelope is not as it must be",
                    (gsize)(rest.at - (const char *)payload));
        return FALSE;
    }
    record->monotonic_us = (gint64)monotonic_us;
    record->utc_us = (gint64)utc_us;
    record->value = rest.at;
    record->value_length = (gsize)(rest.end - rest.at) - 1;
    return cw_audit_check_canonical(record->value, record->value_length, error);
}
