/* Reads any bytes as a zone file. */
#include "fuzz.h"

#include <clipwatch/zones.h>

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwZones) zones = cw_zones_parse((const char *)data, size, "input", &error);
    if (!zones) {
        g_assert_nonnull(error);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(cw_zones_get_n_zones(zones), <=, CW_ZONES_MAX);
    g_assert_cmpuint(cw_zones_get_n_masks(zones), <=, CW_ZONES_MAX_MASKS);
    g_assert_cmpuint(strlen(cw_zones_get_digest(zones)), ==, 64);
    return 0;
}
