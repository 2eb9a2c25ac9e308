/* SHA-256 of large files, remembered from one run to the next. */
#pragma once

#include <clipwatch/error.h>

/* How many files are remembered; the longest unchanged are forgotten first. */
#define CW_DIGEST_MAX_ENTRIES 256

/* The SHA-256 of the file's bytes as 64 hex digits, (transfer full); or NULL with CW_ERROR_IO. A
 * file of 1 MiB or more is not read again as long as its path, size, modification time and inode
 * are those remembered in the cache directory; entries that are damaged are computed anew, and a
 * cache that cannot be written is done without. Thread-safe. */
char *cw_digest_file(const char *path, GError **error);
