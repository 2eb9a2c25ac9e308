/* Where prompt files lie, and their bytes. */
#pragma once

#include <clipwatch/error.h>

/* A path as it is, or the name of an installed set with or without its ending. (transfer full) */
char *cw_prompt_find_file(const char *name, GError **error);

/* The bytes of a regular file of at most CW_PROMPT_MAX_FILE_BYTES, with a NUL behind them. Read,
 * not mapped: an editor may cut the file short at any moment. text: (transfer full). */
gboolean cw_prompt_read_file(const char *path, char **text, gsize *length, GError **error);
