/* The parts of a stream's pictures that are decided on: the whole picture first, then its zones,
 * then the regions that a detector found. Each yields one network input, the whole picture in tiles
 * several. Belongs to the streaming thread. */
#pragma once

#include <clipwatch/image.h>
#include <clipwatch/zones.h>

#define CW_PARTS_MAX       (1 + CW_ZONES_MAX)
#define CW_PARTS_MAX_VIEWS (CW_IMAGE_MAX_VIEWS + CW_ZONES_MAX)

typedef struct {
    CwFrameFormat format;
    CwZones *zones;    /* NULL: none */
    CwCrop crop;       /* of the whole picture, as planned */
    CwCrop tried_crop; /* the last that a plan was asked for */
    guint n_plans;     /* 0 before the first format */
    CwImagePlan *plans[CW_PARTS_MAX];

    guint n_regions;
    CwRegion regions[CW_ZONES_MAX];          /* of the next picture */
    CwRegion planned[CW_ZONES_MAX];          /* what region_plans are of */
    CwImagePlan *region_plans[CW_ZONES_MAX]; /* NULL: none yet */
} CwParts;

void cw_parts_clear(CwParts *parts);

/* Plans for that format, crop and zones (referenced; NULL: none). Where that fails there are no
 * plans. */
gboolean cw_parts_plan(CwParts *parts, const CwFrameFormat *format, const CwPreprocess *preprocess,
                       CwCrop crop, CwZones *zones, GError **error);

/* Goes over to that crop and these zones where they are others. Where there is no memory for the
 * crop the old one goes on; for the zones: FALSE, and there are no plans. */
gboolean cw_parts_follow(CwParts *parts, const CwPreprocess *preprocess, CwCrop crop,
                         CwZones *zones);

/* Sets the regions of the next picture: as many as there is room for. */
void cw_parts_set_regions(CwParts *parts, const CwRegion *regions, guint n);

/* Plans for them; one that lies as the last one in its place keeps that plan. One that
 * cannot be planned is left out. */
void cw_parts_plan_regions(CwParts *parts, const CwPreprocess *preprocess);

/* How many views a picture will have: regions count before they are planned. */
guint cw_parts_count_views(const CwParts *parts);

static inline CwImagePlan *
cw_parts_get_plan(const CwParts *parts, guint part)
{
    return part < parts->n_plans ? parts->plans[part] : parts->region_plans[part - parts->n_plans];
}

static inline CwCrop
cw_parts_get_crop(const CwParts *parts, guint part)
{
    if (part >= parts->n_plans)
        return CW_CROP_LETTERBOX;
    const gboolean has_whole = !parts->zones || cw_zones_has_whole(parts->zones);
    return has_whole && part == 0 ? parts->crop
                                  : cw_zones_get_zone(parts->zones, part - has_whole)->crop;
}
