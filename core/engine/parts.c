#include "engine/parts.h"

#include "image/plan.h"

#include <string.h>

static void
clear_plans(CwParts *parts)
{
    for (guint i = 0; i < parts->n_plans; i++)
        g_clear_pointer(&parts->plans[i], cw_image_plan_free);
    for (guint i = 0; i < G_N_ELEMENTS(parts->region_plans); i++)
        g_clear_pointer(&parts->region_plans[i], cw_image_plan_free);
    parts->n_plans = 0;
}

void
cw_parts_clear(CwParts *parts)
{
    clear_plans(parts);
    g_clear_pointer(&parts->zones, cw_zones_unref);
}

static gboolean
has_whole(const CwParts *parts)
{
    return !parts->zones || cw_zones_has_whole(parts->zones);
}

static CwImagePlan *
make_plan(const CwParts *parts, const CwPreprocess *preprocess, CwCrop crop, const CwZone *zone,
          GError **error)
{
    return cw_image_plan_new_zone(cw_image_kernels(), &parts->format, preprocess, crop, zone,
                                  parts->zones, error);
}

static gboolean
add_plan(CwParts *parts, const CwPreprocess *preprocess, CwCrop crop, const CwZone *zone,
         GError **error)
{
    CwImagePlan *plan = make_plan(parts, preprocess, crop, zone, error);
    if (plan) {
        parts->plans[parts->n_plans++] = plan;
        return TRUE;
    }
    if (zone)
        g_prefix_error(error, "zone '%s': ", zone->id);
    clear_plans(parts);
    return FALSE;
}

gboolean
cw_parts_plan(CwParts *parts, const CwFrameFormat *format, const CwPreprocess *preprocess,
              CwCrop crop, CwZones *zones, GError **error)
{
    CwZones *old = parts->zones;
    clear_plans(parts);
    parts->zones = zones ? cw_zones_ref(zones) : NULL;
    g_clear_pointer(&old, cw_zones_unref);
    parts->format = *format;
    parts->crop = parts->tried_crop = crop;
    if (has_whole(parts) && !add_plan(parts, preprocess, crop, NULL, error))
        return FALSE;
    for (guint i = 0; zones && i < cw_zones_get_n_zones(zones); i++) {
        const CwZone *zone = cw_zones_get_zone(zones, i);
        if (!add_plan(parts, preprocess, zone->crop, zone, error))
            return FALSE;
    }
    return TRUE;
}

static void
follow_crop(CwParts *parts, const CwPreprocess *preprocess, CwCrop crop)
{
    parts->tried_crop = crop;
    if (!has_whole(parts)) {
        parts->crop = crop;
        return;
    }
    CwImagePlan *plan = make_plan(parts, preprocess, crop, NULL, NULL);
    if (!plan)
        return;
    cw_image_plan_free(parts->plans[0]);
    parts->plans[0] = plan;
    parts->crop = crop;
}

gboolean
cw_parts_follow(CwParts *parts, const CwPreprocess *preprocess, CwCrop crop, CwZones *zones)
{
    if (zones != parts->zones) {
        const CwFrameFormat format = parts->format;
        return cw_parts_plan(parts, &format, preprocess, crop, zones, NULL);
    }
    if (crop != parts->tried_crop)
        follow_crop(parts, preprocess, crop);
    return TRUE;
}

/* So many regions have room beside the zones. */
static guint
count_regions(const CwParts *parts)
{
    const guint n_zones = parts->zones ? cw_zones_get_n_zones(parts->zones) : 0;
    return MIN(parts->n_regions, CW_ZONES_MAX - n_zones);
}

void
cw_parts_set_regions(CwParts *parts, const CwRegion *regions, guint n)
{
    parts->n_regions = MIN(n, G_N_ELEMENTS(parts->regions));
    if (parts->n_regions > 0)
        memcpy(parts->regions, regions, parts->n_regions * sizeof *regions);
}

static gboolean
is_planned(const CwParts *parts, guint i)
{
    const CwRegion *a = &parts->regions[i], *b = &parts->planned[i];
    return parts->region_plans[i] && a->x == b->x && a->y == b->y && a->width == b->width &&
           a->height == b->height;
}

static CwImagePlan *
plan_region(const CwParts *parts, const CwPreprocess *preprocess, const CwRegion *region)
{
    const double left = CLAMP(region->x, 0, 1), right = CLAMP(region->x + region->width, left, 1);
    const double top = CLAMP(region->y, 0, 1), bottom = CLAMP(region->y + region->height, top, 1);
    if (!(left < right && top < bottom)) /* nor where something is no number */
        return NULL;
    const CwPoint points[] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
    const CwZone zone = {.id = region->id, .points = points, .n_points = G_N_ELEMENTS(points)};
    return make_plan(parts, preprocess, CW_CROP_LETTERBOX, &zone, NULL);
}

void
cw_parts_plan_regions(CwParts *parts, const CwPreprocess *preprocess)
{
    const guint n = count_regions(parts);
    parts->n_regions = 0;
    for (guint i = 0; i < n; i++) {
        const guint to = parts->n_regions;
        parts->regions[to] = parts->regions[i];
        if (!is_planned(parts, to)) {
            g_clear_pointer(&parts->region_plans[to], cw_image_plan_free);
            parts->region_plans[to] = plan_region(parts, preprocess, &parts->regions[to]);
            parts->planned[to] = parts->regions[to];
        }
        parts->n_regions += parts->region_plans[to] != NULL;
    }
}

guint
cw_parts_count_views(const CwParts *parts)
{
    guint n = count_regions(parts);
    for (guint i = 0; i < parts->n_plans; i++)
        n += cw_image_plan_get_n_views(parts->plans[i]);
    return n;
}
