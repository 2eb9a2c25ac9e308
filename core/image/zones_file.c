#include "image/zones.h"

#include "base/json.h"

#include <clipwatch/image.h>

#include <math.h>
#include <string.h>

#define MAX_BYTES (1024 * 1024)

/* A side of the rectangle around an outline is at least so long: a pixel of the largest picture. */
#define LEAST_SIDE (1.0 / CW_FRAME_MAX_SIDE)

G_GNUC_PRINTF(4, 5)
static gboolean
refuse(CwJsonValue object, const char *key, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *place = cw_json_describe(object, key);
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT, "%s %s", place, why);
    return FALSE;
}

/* n numbers of 0 to 1. */
static gboolean
read_numbers(CwJsonValue array, guint n, double *numbers, GError **error)
{
    CwJsonValue value;
    const void *cursor = NULL;
    if (!cw_json_is_array(array) || cw_json_length(array) != n)
        return refuse(array, NULL, error, "is not an array of %u numbers of 0 to 1", n);
    while (cw_json_next(array, &cursor, &value, NULL))
        if (!cw_json_value_double(value, 0, 1, numbers++, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_rectangle(CwJsonValue rectangle, CwZone *outline, GError **error)
{
    double box[4]; /* x, y, width, height */
    if (!read_numbers(rectangle, 4, box, error))
        return FALSE;
    const double right = box[0] + box[2], bottom = box[1] + box[3];
    /* Decimals do not add up to exactly 1. */
    if (right > 1 + 1e-9 || bottom > 1 + 1e-9)
        return refuse(rectangle, NULL, error,
                      "reaches out of the picture: x + width and y + height must not be above 1");
    const CwPoint corners[] = {{box[0], box[1]},
                               {MIN(right, 1), box[1]},
                               {MIN(right, 1), MIN(bottom, 1)},
                               {box[0], MIN(bottom, 1)}};
    outline->points = g_memdup2(corners, sizeof corners);
    outline->n_points = G_N_ELEMENTS(corners);
    return TRUE;
}

static gboolean
read_polygon(CwJsonValue polygon, CwZone *outline, GError **error)
{
    CwJsonValue point;
    const void *cursor = NULL;
    const guint n = cw_json_length(polygon);
    if (n < 3 || n > CW_ZONE_MAX_POINTS)
        return refuse(polygon, NULL, error, "has %u points, not 3 to %d", n, CW_ZONE_MAX_POINTS);
    CwPoint *points = g_new0(CwPoint, n);
    outline->points = points;
    outline->n_points = n;
    for (; cw_json_next(polygon, &cursor, &point, NULL); points++) {
        double xy[2];
        if (!read_numbers(point, 2, xy, error))
            return FALSE;
        *points = (CwPoint){xy[0], xy[1]};
    }
    return TRUE;
}

/* An outline that is a line or a point would show or hide nothing. */
static gboolean
check_extent(CwJsonValue object, const char *key, const CwZone *outline, GError **error)
{
    double left = 1, right = 0, top = 1, bottom = 0, doubled_area = 0;
    for (guint i = 0; i < outline->n_points; i++) {
        const CwPoint p = outline->points[i];
        const CwPoint q = outline->points[(i + 1) % outline->n_points];
        left = MIN(left, p.x);
        right = MAX(right, p.x);
        top = MIN(top, p.y);
        bottom = MAX(bottom, p.y);
        doubled_area += p.x * q.y - q.x * p.y;
    }
    /* A figure of eight may have no area by this sum, but three points that do not lie on a line
     * always have. */
    if (right - left >= LEAST_SIDE && bottom - top >= LEAST_SIDE &&
        (outline->n_points > 3 || fabs(doubled_area) > LEAST_SIDE * LEAST_SIDE))
        return TRUE;
    return refuse(object, key, error, "encloses nothing");
}

static gboolean
read_shape(CwJsonValue object, CwZone *outline, GError **error)
{
    const gboolean is_rectangle = cw_json_is_present(cw_json_member(object, "rectangle"));
    const gboolean is_polygon = cw_json_is_present(cw_json_member(object, "polygon"));
    const char *key = is_rectangle ? "rectangle" : "polygon";
    CwJsonValue shape;
    if (is_rectangle == is_polygon)
        return refuse(object, NULL, error, "must have either 'rectangle' or 'polygon'");
    return cw_json_get_array(object, key, &shape, error) &&
           (is_rectangle ? read_rectangle(shape, outline, error)
                         : read_polygon(shape, outline, error)) &&
           check_extent(object, key, outline, error);
}

/* Short, and the same under every file system and message broker. */
static gboolean
is_id(const char *id)
{
    const gsize n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
    return n > 0 && n <= CW_ZONE_ID_MAX && id[n] == '\0' && g_ascii_isalnum(id[0]);
}

/* Before: those of the same kind that were read already. */
static gboolean
read_id(CwJsonValue object, const CwZone *before, guint n_before, CwZone *outline, GError **error)
{
    const char *id;
    if (!cw_json_get_string(object, "id", &id, error))
        return FALSE;
    if (!is_id(id))
        return refuse(object, "id", error,
                      "'%s' is not 1 to %d of a-z, 0-9, '-', '_' and '.', beginning with a letter "
                      "or digit",
                      id, CW_ZONE_ID_MAX);
    for (guint i = 0; i < n_before; i++)
        if (g_str_equal(before[i].id, id))
            return refuse(object, "id", error, "'%s' is there twice", id);
    outline->id = g_strdup(id);
    return TRUE;
}

/* Tiles would make any number of views of one zone. */
static gboolean
read_crop(CwJsonValue object, CwZone *zone, GError **error)
{
    const char *name;
    if (!cw_json_get_string_or(object, "crop", "letterbox", &name, error))
        return FALSE;
    if (!cw_crop_from_string(name, &zone->crop) || zone->crop == CW_CROP_TILES)
        return refuse(object, "crop", error, "'%s' is not model, center, squash or letterbox",
                      name);
    return TRUE;
}

static gboolean
read_zones(CwJsonValue root, CwZones *zones, GError **error)
{
    static const char *const keys[] = {"id", "rectangle", "polygon", "crop", NULL};
    const CwJsonValue array = cw_json_member(root, "zones");
    CwJsonValue object;
    const void *cursor = NULL;
    if (!cw_json_is_present(array))
        return TRUE;
    if (!cw_json_is_array(array) || cw_json_length(array) > CW_ZONES_MAX)
        return refuse(root, "zones", error, "is not an array of at most %d zones", CW_ZONES_MAX);
    while (cw_json_next(array, &cursor, &object, NULL)) {
        const guint n_before = zones->n_zones++;
        CwZone *zone = &zones->zones[n_before];
        if (!cw_json_check_object(object, error) || !cw_json_only_keys(object, keys, error) ||
            !read_id(object, zones->zones, n_before, zone, error) ||
            !read_shape(object, zone, error) || !read_crop(object, zone, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_masks(CwJsonValue root, CwZones *zones, GError **error)
{
    static const char *const keys[] = {"id", "rectangle", "polygon", NULL};
    const CwJsonValue array = cw_json_member(root, "masks");
    CwJsonValue object;
    const void *cursor = NULL;
    if (!cw_json_is_present(array))
        return TRUE;
    if (!cw_json_is_array(array) || cw_json_length(array) > CW_ZONES_MAX_MASKS)
        return refuse(root, "masks", error, "is not an array of at most %d masks",
                      CW_ZONES_MAX_MASKS);
    while (cw_json_next(array, &cursor, &object, NULL)) {
        const guint n_before = zones->n_masks++;
        CwZone *mask = &zones->masks[n_before];
        if (!cw_json_check_object(object, error) || !cw_json_only_keys(object, keys, error) ||
            !read_id(object, zones->masks, n_before, mask, error) ||
            !read_shape(object, mask, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_root(CwJsonValue root, CwZones *zones, GError **error)
{
    static const char *const keys[] = {"schema", "whole", "zones", "masks", NULL};
    const char *schema;
    if (!cw_json_check_object(root, error) || !cw_json_only_keys(root, keys, error) ||
        !cw_json_get_string(root, "schema", &schema, error))
        return FALSE;
    if (!g_str_equal(schema, CW_ZONES_SCHEMA))
        return refuse(root, "schema", error, "is '%s', must be '%s'", schema, CW_ZONES_SCHEMA);
    if (!cw_json_get_bool_or(root, "whole", TRUE, &zones->has_whole, error) ||
        !read_zones(root, zones, error) || !read_masks(root, zones, error))
        return FALSE;
    if (!zones->has_whole && zones->n_zones == 0)
        return refuse(root, "whole", error, "is false and there are no zones: nothing is left");
    return TRUE;
}

static CwZones *
read_document(const CwJson *document, GError **error)
{
    g_autoptr(CwZones) zones = cw_zones_new();
    if (!read_root(cw_json_root(document), zones, error))
        return NULL;
    cw_zones_seal(zones);
    return g_steal_pointer(&zones);
}

CwZones *
cw_zones_parse(const char *json, gsize length, const char *name, GError **error)
{
    if (length > MAX_BYTES) {
        g_set_error(error, CW_ERROR, CW_ERROR_LIMIT, "%s: %zu bytes are more than %d", name, length,
                    MAX_BYTES);
        return NULL;
    }
    g_autoptr(CwJson) document = cw_json_parse(json, length, name, error);
    return document ? read_document(document, error) : NULL;
}

CwZones *
cw_zones_load(const char *path, GError **error)
{
    g_autoptr(CwJson) document = cw_json_read_file(path, MAX_BYTES, error);
    return document ? read_document(document, error) : NULL;
}
