/* Versions of the library, of the event schema and of the ABI, and the rules that bind them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Marks what the shared library exports; everything else is hidden. */
#define CW_API __attribute__((visibility("default")))

/* The version of these headers. Compatibility rules: docs/COMPATIBILITY.md. */
#define CW_VERSION_MAJOR 0
#define CW_VERSION_MINOR 1
#define CW_VERSION_MICRO 0

/* "0.1.0": the version of the library that is running. Static, never NULL. Thread-safe. */
CW_API const char *cw_version_string(void);

G_END_DECLS
