/* "Did you mean": the nearest of a few known words. */
#pragma once

#include <glib.h>

/* The word of the NULL-terminated list that is nearest to text: at most two edits away and half of
 * its length; or NULL. */
const char *cw_spelling_nearest(const char *text, const char *const *words);
