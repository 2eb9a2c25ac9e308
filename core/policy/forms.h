/* The forms that a listed word takes. */
#pragma once

#include <glib.h>

/* Calls add for the folded word and its plurals in the language. */
void cw_forms_add(const char *word, const char *language,
                  void (*add)(const char *form, gpointer user_data), gpointer user_data);
