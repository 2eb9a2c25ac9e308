#include <clipwatch/error.h>

GQuark
cw_error_quark(void)
{
    return g_quark_from_static_string("clipwatch-error");
}

/* clang-format off */
#define VERSION                                                                                    \
    G_STRINGIFY(CW_VERSION_MAJOR) "." G_STRINGIFY(CW_VERSION_MINOR) "." G_STRINGIFY(CW_VERSION_MICRO)
/* clang-format on */

const char *
cw_version_string(void)
{
    return VERSION;
}
