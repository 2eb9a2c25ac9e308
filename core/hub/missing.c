/* Stands in for pull.c where libsoup was not there when this was built. */
#include "hub/hub.h"

char *
cw_hub_pull(const char *name, const CwHubOptions *options, GError **error)
{
    g_set_error(error, CW_ERROR, CW_ERROR_UNSUPPORTED,
                "'%s': this clipwatch was built without downloads (libsoup 3; meson option hub)",
                name);
    return NULL;
}
