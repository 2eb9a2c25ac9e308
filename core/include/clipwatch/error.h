/* The one error domain of the library. */
#pragma once

#include <clipwatch/version.h>

G_BEGIN_DECLS

#define CW_ERROR (cw_error_quark())

/* What kind of fault it was; the message says what, where, which value and what would be right.
 * Values keep their numbers for ever. */
typedef enum {
    CW_ERROR_IO = 0,     /* a file or connection cannot be read or written */
    CW_ERROR_FORMAT = 1, /* the bytes are not what their format promises: damaged or misspelt */
    CW_ERROR_UNSUPPORTED = 2, /* well-formed, but asks for something that is not implemented */
    CW_ERROR_LIMIT = 3,       /* larger than the stated bound, or memory could not be had */
    CW_ERROR_ARGUMENT = 4,    /* a value of the caller is out of range */
    CW_ERROR_NOT_FOUND = 5,   /* no such model, file or name */
    CW_ERROR_MISMATCH = 6,    /* a digest or a golden value differs */
    CW_ERROR_REFUSED = 7,     /* a policy does not allow it */
} CwErrorCode;

CW_API GQuark cw_error_quark(void);

G_END_DECLS
