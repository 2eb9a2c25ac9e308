/* A hidden directory beside the place where a model is to lie: filled, then renamed. */
#pragma once

#include <clipwatch/error.h>

/* Belongs to one thread; no other process has the same one open. */
typedef struct {
    char *models; /* the directory of models */
    char *name;   /* of the model in it */
    char *path;   /* of the staging directory, which stays when it is closed before its install */
    int fd;
} CwStaging;

/* key: what decides the content (a commit, a digest), so that a later pull of the same goes on with
 * what is there and one of another does not. CW_ERROR_IO while another process has it open. */
gboolean cw_staging_open(CwStaging *staging, const char *models, const char *name, const char *key,
                         GError **error);
void cw_staging_close(CwStaging *staging);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CwStaging, cw_staging_close)

/* Puts the directory in its place, for what is there now if need be, and removes what other pulls
 * of the same name have left. */
gboolean cw_staging_install(CwStaging *staging, GError **error);
