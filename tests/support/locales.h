/* Locales whose commas and dotless letters betray code that formats by the user's language. */
#pragma once

#include <glib.h>

/* Makes "tr_TR" or another locale of the system's sources below dir, in UTF-8, and switches the
 * process to it. FALSE, and the running test skipped with a plain message, where the machine has no
 * localedef or no sources. */
gboolean cw_test_enter_locale(const char *dir, const char *name);
void cw_test_leave_locale(void);
