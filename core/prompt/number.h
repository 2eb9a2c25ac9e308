/* Decimal numbers in prompt files: the same under every locale. */
#pragma once

#include <glib.h>

/* A finite decimal number at the beginning of text; no hexadecimal, no infinity. rest: what follows
 * it; NULL where nothing may. */
gboolean cw_prompt_parse_number(const char *text, const char **rest, double *number);
