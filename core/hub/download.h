/* One file from a hub to disk: resumed, bounded, checked. */
#pragma once

#include "hub/remote.h"

/* Told of bytes on disk so far. */
typedef void (*CwDownloadFunc)(guint64 done, gpointer user_data);

typedef struct {
    const char *url;
    const char *path;   /* where it comes to lie; until it is whole and right, PATH.part */
    guint64 size;       /* CW_SIZE_UNKNOWN where it is not known */
    guint64 max_bytes;  /* never more than this */
    const char *sha256; /* what it must be; NULL: not known, and then nothing is resumed */
    CwDownloadFunc told;
    gpointer user_data;
} CwDownload;

/* Returns the SHA-256 of what lies at path now, (transfer full). After an error the part stays for
 * the next time, except when its bytes are wrong (CW_ERROR_MISMATCH). size receives the bytes. */
char *cw_download(CwRemote *remote, const CwDownload *download, guint64 *size, GError **error);
