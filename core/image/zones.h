/* What a zone file says, for whoever fills it in. */
#pragma once

#include <clipwatch/zones.h>

struct _CwZones {
    gatomicrefcount references;
    gboolean has_whole;
    guint n_zones, n_masks;
    CwZone zones[CW_ZONES_MAX], masks[CW_ZONES_MAX_MASKS]; /* ids and points are their own */
    char *digest;
};

/* Without zones and masks, the whole picture looked at. Before it is shared it is sealed. */
CwZones *cw_zones_new(void);

/* Sets the digest over all the rest. */
void cw_zones_seal(CwZones *zones);
