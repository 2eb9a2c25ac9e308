/* PNG files as RGB bytes. */
#pragma once

#include <glib.h>

/* [height][width][3], (transfer full). A file that cannot be read fails the test. */
guint8 *cw_test_read_png(const char *path, guint *width, guint *height);
void cw_test_write_png(const char *path, const guint8 *rgb, guint width, guint height);
