/* Lines on standard output, and columns that stand under each other. */
#pragma once

#include <glib.h>

/* Writes text and a line feed, as bytes whatever the locale, and flushes. FALSE when nobody reads
 * any more or the disk is full; says so on stderr, except for a reader that has left. */
gboolean cw_output_line(const char *text);
gboolean cw_output_bytes(const void *data, gsize length);

/* Columns that text takes on a terminal. */
guint cw_output_width(const char *text);

/* Appends text and blanks up to width columns; a longer text stays whole. */
void cw_output_pad(GString *line, const char *text, guint width);

/* Whether standard output (1) or error (2) is a terminal. */
gboolean cw_output_is_terminal(int fd);
