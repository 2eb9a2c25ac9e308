/* Packed matrices kept on disk between runs, so that a second process maps what the first has made
 * and all share its pages. */
#pragma once

#include "net/net.h"

/* The memory of one network: mapped from a file where that is possible, otherwise the process's
 * own. Belongs to one thread until the network is made. */
typedef struct _CwPackedCache CwPackedCache;

/* Bytes of all files beyond which the longest unused go. */
#define CW_PACKED_CACHE_DIRECTORY_BYTES ((guint64)4 << 30)

/* directory: NULL for no files. key: all that decides the matrices (model, tower, precision).
 * Touches no file. */
CwPackedCache *cw_packed_cache_new(const char *directory, const char *key);

/* After the network that uses the memory. */
void cw_packed_cache_free(CwPackedCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwPackedCache, cw_packed_cache_free)

/* For the constructor of a network; valid as long as the cache. A file that cannot be read or
 * written costs time and is never an error. */
CwNetStore cw_packed_cache_store(CwPackedCache *cache);

/* Whether the matrices come from a file that another run has made. */
gboolean cw_packed_cache_was_filled(const CwPackedCache *cache);
