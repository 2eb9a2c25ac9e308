/* What holds for every line of a prompt file or template set, whatever it says. */
#pragma once

#include <clipwatch/error.h>

/* Refuses what is too long, not UTF-8, or holds characters that cannot be seen: the place is told
 * in line and column. */
gboolean cw_prompt_check_line(const char *text, gsize length, const char *file, guint line,
                              GError **error);

/* Bytes of a byte order mark at the start of a text: 3, or 0 where there is none. */
gsize cw_prompt_byte_order_mark(const char *text, gsize length);

/* Runs of white space become one space, none at the ends; in place. Returns text. */
char *cw_prompt_fold_spaces(char *text);
