/* A phrasing as words that can be compared. */
#pragma once

#include <glib.h>

/* The words of a text, lower case and in the singular, in order; every locale the same.
 * (element-type utf8) (transfer full) */
GPtrArray *cw_words_split(const char *text);

/* Whether the word is one of the NULL-terminated list. */
gboolean cw_words_contain(const char *const *list, const char *word);

/* The words that carry meaning, sorted and each once, apart by blanks; those of the list without
 * are left out. (transfer full) */
char *cw_words_make_key(const GPtrArray *words, const char *const *without);
