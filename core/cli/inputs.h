/* Which files a person means who names files, directories and addresses. */
#pragma once

#include <clipwatch/error.h>

/* Appends name itself, or for a directory the pictures and videos in it by the endings of their
 * names, in order, and those of its directories when recursive; links to directories are not
 * followed. (element-type utf8), owned by files. CW_ERROR_NOT_FOUND for a directory without any. */
gboolean cw_inputs_add(GPtrArray *files, const char *name, gboolean recursive, GError **error);
