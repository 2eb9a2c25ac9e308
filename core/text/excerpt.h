/* Texts from outside inside messages. */
#pragma once

#include <glib.h>

/* The first characters of valid UTF-8 text as a JSON string: no control characters, nothing cut in
 * the middle. (transfer full) */
char *cw_text_excerpt(const char *text);
