/* All that decides the bytes which a network sees of a picture, in words. */
#pragma once

#include <clipwatch/image.h>

/* One line of ASCII, (transfer full), the same under every locale; it differs whenever the same
 * picture could give another network input. */
char *cw_image_describe(const CwPreprocess *preprocess, CwCrop crop);

/* SHA-256 of that line, 64 hex digits, (transfer full). */
char *cw_image_digest(const CwPreprocess *preprocess, CwCrop crop);
