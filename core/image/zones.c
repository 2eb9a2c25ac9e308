#include "image/zones.h"

#include <clipwatch/image.h>

CwZones *
cw_zones_new(void)
{
    CwZones *zones = g_new0(CwZones, 1);
    g_atomic_ref_count_init(&zones->references);
    zones->has_whole = TRUE;
    return zones;
}

static void
free_outlines(CwZone *outlines, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_free((char *)outlines[i].id);
        g_free((CwPoint *)outlines[i].points);
    }
}

CwZones *
cw_zones_ref(CwZones *zones)
{
    g_atomic_ref_count_inc(&zones->references);
    return zones;
}

void
cw_zones_unref(CwZones *zones)
{
    if (!g_atomic_ref_count_dec(&zones->references))
        return;
    free_outlines(zones->zones, zones->n_zones);
    free_outlines(zones->masks, zones->n_masks);
    g_free(zones->digest);
    g_free(zones);
}

static void
describe(GString *text, const char *kind, const CwZone *outline)
{
    char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(text, "%s %s %s", kind, outline->id, cw_crop_to_string(outline->crop));
    for (guint i = 0; i < outline->n_points; i++)
        g_string_append_printf(text, " %s,%s",
                               g_ascii_formatd(x, sizeof x, "%.9g", outline->points[i].x),
                               g_ascii_formatd(y, sizeof y, "%.9g", outline->points[i].y));
    g_string_append_c(text, '\n');
}

void
cw_zones_seal(CwZones *zones)
{
    g_autoptr(GString) text = g_string_new(zones->has_whole ? "whole\n" : "");
    for (guint i = 0; i < zones->n_zones; i++)
        describe(text, "zone", &zones->zones[i]);
    for (guint i = 0; i < zones->n_masks; i++)
        describe(text, "mask", &zones->masks[i]);
    zones->digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
}

guint
cw_zones_get_n_zones(const CwZones *zones)
{
    return zones->n_zones;
}

const CwZone *
cw_zones_get_zone(const CwZones *zones, guint i)
{
    g_assert(i < zones->n_zones);
    return &zones->zones[i];
}

guint
cw_zones_get_n_masks(const CwZones *zones)
{
    return zones->n_masks;
}

const CwZone *
cw_zones_get_mask(const CwZones *zones, guint i)
{
    g_assert(i < zones->n_masks);
    return &zones->masks[i];
}

gboolean
cw_zones_has_whole(const CwZones *zones)
{
    return zones->has_whole;
}

const char *
cw_zones_get_digest(const CwZones *zones)
{
    return zones->digest;
}
