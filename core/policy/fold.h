/* Text as a reader sees it, whatever it was written with: the words that lists are held against. */
#pragma once

#include <glib.h>

/* NFKC, case folded, without marks and characters that do not show. (transfer full) */
char *cw_fold(const char *text);

/* What folded text looks like: letters that are easily confused become one (Unicode TS 39).
 * (transfer full) */
char *cw_fold_skeleton(const char *folded);

/* With every run of a letter cut to one. (transfer full) */
char *cw_fold_squeeze(const char *folded);

/* Digits and signs that stand for letters replaced; one: what '1' and '!' stand for. NULL
 * where there are none beside a letter. (transfer full) */
char *cw_fold_leet(const char *folded, char one);

/* The words of folded text: letters and digits, and signs inside a word that may stand for
 * letters. (transfer full), of char *. */
GPtrArray *cw_fold_words(const char *folded);

/* The first character of the text that does not show or turns its direction, where the script does
 * not ask for it; 0: there is none. */
gunichar cw_fold_find_hidden(const char *text);

/* Damerau's distance with adjacent swaps, between texts of at most 63 bytes; more than most: most
 * + 1. */
guint cw_fold_distance(const char *a, const char *b, guint most);
