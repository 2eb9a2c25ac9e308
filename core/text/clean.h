/* What CLIP does to a text before it is split: HTML references resolved twice, white space folded,
 * lower case. */
#pragma once

#include <glib.h>

/* text: valid UTF-8. (transfer full). Independent of the locale. */
char *cw_text_clean(const char *text);
