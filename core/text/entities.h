/* The named character references of HTML that turn up in captions: punctuation, currency, Latin
 * letters. */
#pragma once

#include <glib.h>

/* The character that name[length] stands for, or 0; legacy says whether it also holds without ';'.
 */
gunichar cw_entity_find(const char *name, gsize length, gboolean *legacy);
