/* The bytes of a vocabulary's text file. */
#pragma once

#include <clipwatch/error.h>

/* At most the first n_lines lines of a regular file, inflated when it is gzipped, as UTF-8 with a
 * NUL behind; (transfer full). What comes behind them is not looked at. */
char *cw_vocabulary_read_lines(const char *path, guint n_lines, GError **error);
