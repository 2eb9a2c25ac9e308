/* Downloading published checkpoints into the directory where models are found by name. */
#pragma once

#include <clipwatch/error.h>

#define CW_HUB_DEFAULT_URL "https://huggingface.co"

/* A checkpoint with a short name. */
typedef struct {
    const char *name;    /* "clip-vit-b-32" */
    const char *id;      /* "owner/name" on the hub */
    const char *summary; /* who trained it on what */
} CwHubEntry;

/* The table of short names, ended by a NULL name. */
const CwHubEntry *cw_hub_list(void);

/* Told as bytes arrive: of the file under way and of the whole pull. done never goes back except
 * where a file starts afresh. */
typedef struct {
    const char *file;
    guint64 file_done, file_size;
    guint64 done, size;
} CwHubProgress;
typedef void (*CwHubProgressFunc)(const CwHubProgress *progress, gpointer user_data);

typedef struct {
    const char *hub;        /* base address; NULL: $CLIPWATCH_HUB or CW_HUB_DEFAULT_URL */
    const char *revision;   /* branch, tag or commit; NULL: "main" */
    const char *sha256;     /* needed for an address, refused for anything else */
    const char *models;     /* where models lie; NULL: the user's data directory */
    const char *as;         /* name to install under; NULL: the short name, or the id's last part */
    gboolean force;         /* fetch again what is there already */
    guint64 max_bytes;      /* of all files together; 0: 64 GiB */
    guint retry_ms;         /* the first wait before trying again, doubled each time; 0: 500 */
    CwHubProgressFunc told; /* may be NULL; called from the calling thread */
    gpointer user_data;
} CwHubOptions;

/* Fetches a checkpoint: name is a short name, a hub id "owner/name[@revision]", or an https address
 * of one safetensors file. Everything is fetched into a hidden directory beside its place, checked
 * against the digests that the hub announces, recorded in a lock file (weights/lock.h), and renamed
 * when it is complete; what a broken pull has fetched, the next one goes on with. Returns the
 * model's directory, (transfer full). One that is there already is only verified, without a
 * connection. Blocks. Errors: CW_ERROR_ARGUMENT for a name that cannot be one; CW_ERROR_NOT_FOUND;
 * CW_ERROR_UNSUPPORTED for a repository without safetensors weights; CW_ERROR_LIMIT;
 * CW_ERROR_MISMATCH for wrong bytes, and for a model that differs from its lock file. */
char *cw_hub_pull(const char *name, const CwHubOptions *options, GError **error);
