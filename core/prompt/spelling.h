/* "Did you mean": the nearest of a few known words. */
#pragma once

#include <glib.h>

/* The word of the NULL-terminated list that is at most two edits from text, or NULL. */
const char *cw_spelling_nearest(const char *text, const char *const *words);
