/* What every test needs: the shared golden data, a folder of its own, and errors checked by text.
 */
#pragma once

#include <glib.h>

/* Path below $CLIPWATCH_SHARED (default: ../shared beside the source tree), (transfer full). When
 * it is missing the running test is skipped with a plain message and NULL returned. */
char *cw_test_shared(const char *relative);

/* A fresh temporary folder, (transfer full); cw_test_remove_dir() deletes it with all it holds. */
char *cw_test_make_dir(void);
void cw_test_remove_dir(const char *path);

/* Writes a file below dir (folders are made as needed) and returns its path, (transfer full). */
char *cw_test_write(const char *dir, const char *name, const void *data, gssize length);

/* Asserts that error is set in this domain with this code and that its message holds every one of
 * the NULL-terminated fragments; then clears it. */
void cw_test_expect_error(GError **error, GQuark domain, int code, ...) G_GNUC_NULL_TERMINATED;
