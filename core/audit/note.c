#include "audit/note.h"

#include <sodium.h>
#include <string.h>

#define KEY_ID_BYTES 4

static char *
write_body(const CwAuditSeal *seal)
{
    g_autofree char *root = g_base64_encode(seal->root.bytes, sizeof seal->root.bytes);
    g_autofree char *next = g_base64_encode(seal->next.bytes, sizeof seal->next.bytes);
    return g_strdup_printf("clipwatch/%s\n%" G_GUINT64_FORMAT "\n%s\nepoch %" G_GUINT64_FORMAT
                           "\nnext %s\n",
                           seal->log, seal->size, root, seal->epoch, next);
}

/* C2SP: the first bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key). */
static void
compute_key_id(const CwAuditSeal *seal, const CwAuditPublic *key, guint8 id[KEY_ID_BYTES])
{
    guint8 digest[crypto_hash_sha256_BYTES];
    g_autoptr(GString) text = g_string_new("clipwatch/");
    g_string_append_printf(text, "%s\n", seal->log);
    g_string_append_c(text, 1);
    g_string_append_len(text, (const char *)key->bytes, sizeof key->bytes);
    crypto_hash_sha256(digest, (const guint8 *)text->str, text->len);
    memcpy(id, digest, KEY_ID_BYTES);
}

static char *
write_note(const CwAuditSeal *seal, const CwAuditPublic *signer, const char *body,
           const guint8 signature[crypto_sign_BYTES])
{
    guint8 line[KEY_ID_BYTES + crypto_sign_BYTES];
    compute_key_id(seal, signer, line);
    memcpy(line + KEY_ID_BYTES, signature, crypto_sign_BYTES);
    g_autofree char *encoded = g_base64_encode(line, sizeof line);
    return g_strdup_printf("%s\n\xE2\x80\x94 clipwatch/%s %s\n", body, seal->log, encoded);
}

void
cw_audit_public_from_seed(const guint8 seed[CW_AUDIT_SEED_BYTES], CwAuditPublic *key)
{
    guint8 secret[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(key->bytes, secret, seed);
    sodium_memzero(secret, sizeof secret);
}

char *
cw_audit_note_sign(const CwAuditSeal *seal, const guint8 seed[CW_AUDIT_SEED_BYTES])
{
    CwAuditPublic signer;
    guint8 secret[crypto_sign_SECRETKEYBYTES], signature[crypto_sign_BYTES];
    g_autofree char *body = write_body(seal);
    crypto_sign_seed_keypair(signer.bytes, secret, seed);
    crypto_sign_detached(signature, NULL, (const guint8 *)body, strlen(body), secret);
    sodium_memzero(secret, sizeof secret);
    return write_note(seal, &signer, body, signature);
}

gboolean
cw_audit_note_verify(const char *text, const CwAuditSeal *seal, const CwAuditPublic *signer)
{
    const char *blank = strrchr(text, ' ');
    if (!blank)
        return FALSE;
    gsize length;
    g_autofree guint8 *line = g_base64_decode(blank + 1, &length);
    if (length != KEY_ID_BYTES + crypto_sign_BYTES)
        return FALSE;
    g_autofree char *body = write_body(seal);
    g_autofree char *whole = write_note(seal, signer, body, line + KEY_ID_BYTES);
    return g_str_equal(whole, text) &&
           crypto_sign_verify_detached(line + KEY_ID_BYTES, (const guint8 *)body, strlen(body),
                                       signer->bytes) == 0;
}

static gboolean
decode_line(const char *text, guint8 *bytes, gsize size)
{
    g_autofree char *line = g_strndup(text, strcspn(text, "\n"));
    gsize length;
    g_autofree guint8 *decoded = g_base64_decode(line, &length);
    if (length != size)
        return FALSE;
    memcpy(bytes, decoded, size);
    return TRUE;
}

gboolean
cw_audit_note_get_next(const char *text, CwAuditPublic *next)
{
    const char *line = strstr(text, "\nnext ");
    return line && decode_line(line + strlen("\nnext "), next->bytes, sizeof next->bytes);
}

gboolean
cw_audit_note_get_head(const char *text, guint64 *size, CwAuditHash *root)
{
    const char *line = strchr(text, '\n');
    if (!g_str_has_prefix(text, "clipwatch/") || !line || !g_ascii_isdigit(line[1]))
        return FALSE;
    char *end;
    *size = g_ascii_strtoull(line + 1, &end, 10);
    return *end == '\n' && decode_line(end + 1, root->bytes, sizeof root->bytes);
}
