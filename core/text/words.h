/* Cutting cleaned text into the pieces that are tokenized one by one. */
#pragma once

#include <glib.h>

/* The next piece at or after *cursor: a contraction ('s, 't, 're …), a run of letters, one digit or
 * other number, or a run of anything else but white space. Returns its start and sets *cursor
 * behind its end; NULL at the end of the text. */
const char *cw_words_next(const char **cursor);
