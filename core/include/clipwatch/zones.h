/* Zones of a picture that are decided on for themselves, and masks over what nobody may look at.
 * The file format is described in docs/ZONES.md. */
#pragma once

#include <clipwatch/error.h>
#include <clipwatch/frame.h>

G_BEGIN_DECLS

#define CW_ZONES_SCHEMA "clipwatch.zones/1"

/* Most zones of a file (with regions of a detector: of a picture), most masks, most corners of an
 * outline, most bytes of an id. */
#define CW_ZONES_MAX       24
#define CW_ZONES_MAX_MASKS 32
#define CW_ZONE_MAX_POINTS 64
#define CW_ZONE_ID_MAX     64

/* A place in the upright picture: (0, 0) is its upper left corner, (1, 1) its lower right one. */
typedef struct {
    double x, y;
} CwPoint;

/* A closed outline: the last point is joined to the first one. Where it crosses itself, what it
 * winds around twice lies outside. */
typedef struct {
    const char *id; /* unique among the file's zones, or among its masks */
    const CwPoint
        *points; /* within 0..1; a rectangle has four, from its upper left one clockwise */
    guint n_points;
    CwCrop
        crop; /* how the rectangle around the outline becomes the network's input; of a mask: none
               */
} CwZone;

/* A rectangle of one picture that a detector found something in; in shares like a point, what lies
 * beyond the picture is cut off. */
typedef struct {
    char id[CW_ZONE_ID_MAX + 1];
    double x, y, width, height;
} CwRegion;

/* What a zone file says. Immutable, shared by reference, thread-safe. */
typedef struct _CwZones CwZones;

/* Errors give the file, the place in it and what would be right. At most 1 MiB is read. */
CW_API CwZones *cw_zones_load(const char *path, GError **error);

/* The same from memory; name stands for the file in messages. */
CW_API CwZones *cw_zones_parse(const char *json, gsize length, const char *name, GError **error);
CW_API CwZones *cw_zones_ref(CwZones *zones);
CW_API void cw_zones_unref(CwZones *zones);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwZones, cw_zones_unref)

CW_API guint cw_zones_get_n_zones(const CwZones *zones);
CW_API const CwZone *cw_zones_get_zone(const CwZones *zones, guint i);
CW_API guint cw_zones_get_n_masks(const CwZones *zones);
CW_API const CwZone *cw_zones_get_mask(const CwZones *zones, guint i);

/* Whether the whole picture is decided on too, before the zones. */
CW_API gboolean cw_zones_has_whole(const CwZones *zones);

/* SHA-256 over all that the file says, however it is written: 64 hex digits. */
CW_API const char *cw_zones_get_digest(const CwZones *zones);

G_END_DECLS
