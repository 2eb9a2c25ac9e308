/* GPT-2's alphabet: a printable character for every byte, so that any bytes can be spelt as text.
 */
#pragma once

#include <glib.h>

/* The character that spells a byte. */
gunichar cw_byte_to_char(guint8 byte);

/* The byte that a character spells, or -1. */
int cw_char_to_byte(gunichar c);

/* The byte at this place in the vocabulary's order: '!'..'~', U+A1..U+AC, U+AE..U+FF, then the
 * rest. */
guint8 cw_byte_by_rank(guint rank);
