/* Requests to a hub: redirects, retries and what the answers say of a file. */
#pragma once

#include <clipwatch/error.h>

#include <gio/gio.h>

#define CW_SIZE_UNKNOWN G_MAXUINT64

/* A session with its patience. Belongs to one thread. */
typedef struct _CwRemote CwRemote;

/* retry_ms: the first wait before trying again. */
CwRemote *cw_remote_new(guint retry_ms);
void cw_remote_free(CwRemote *remote);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwRemote, cw_remote_free)

/* What an answer says of a file. A hub announces the SHA-256 of a large file and its size before it
 * redirects to where the bytes are (X-Linked-Etag, X-Linked-Size), or as the ETag itself. */
typedef struct {
    guint64 size;  /* CW_SIZE_UNKNOWN where it does not say */
    guint64 start; /* where the bytes that follow begin; 0 unless a range was asked for and given */
    char *sha256;  /* 64 lower-case hex digits; NULL where it does not say */
    char *etag;    /* of the bytes, as it was sent; NULL where there is none or a weak one */
} CwRemoteFacts;

void cw_remote_facts_clear(CwRemoteFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CwRemoteFacts, cw_remote_facts_clear)

/* Asks for a file's facts without its bytes, again and again where that helps. facts hold nothing
 * yet. */
gboolean cw_remote_ask(CwRemote *remote, const char *url, CwRemoteFacts *facts, GError **error);

/* Opens a file from offset on, once. etag: only where the bytes are still these; NULL for any. A
 * server that ignores the offset is told by facts->start. NULL with *wait_ms the time after which
 * trying again may help, or 0 where it will not. */
GInputStream *cw_remote_open(CwRemote *remote, const char *url, guint64 offset, const char *etag,
                             CwRemoteFacts *facts, guint *wait_ms, GError **error);

/* The whole of a small document, again and again where that helps. */
GBytes *cw_remote_read(CwRemote *remote, const char *url, gsize max_bytes, GError **error);

/* Whether a stream's error may pass when it is opened again. */
gboolean cw_remote_may_pass(const GError *error);

/* Waits before try number attempt (from 0): at least wait_ms, twice as long each time. FALSE, at
 * once, when there have been enough. */
gboolean cw_remote_wait(CwRemote *remote, guint attempt, guint wait_ms);
