/* Where models, prompts and caches lie. */
#pragma once

#include <clipwatch/error.h>

/* Directories that may hold "models/…" and "prompts/…", best first: $CLIPWATCH_DATA (a colon-
 * separated list), $XDG_DATA_HOME/clipwatch, $XDG_DATA_DIRS/clipwatch, the installed data
 * directory, the source tree that this was built from. (transfer full), NULL-terminated. */
char **cw_dirs_data(void);

/* The first of them that holds the relative path, (transfer full); or NULL with
 * CW_ERROR_NOT_FOUND and all the places that were looked at. what names the kind ("model"). */
char *cw_dirs_find(const char *relative, const char *what, GError **error);

/* $XDG_DATA_HOME/clipwatch and $XDG_CACHE_HOME/clipwatch, (transfer full); not created. The cache
 * is NULL when CLIPWATCH_CACHE=off, or the directory that CLIPWATCH_CACHE names. */
char *cw_dirs_user_data(void);
char *cw_dirs_cache(void);
