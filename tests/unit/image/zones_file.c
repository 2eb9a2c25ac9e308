/* What a zone file may say, and where in it the fault lies when it may not. */
#include "fixture.h"

#include <clipwatch/zones.h>

#include <string.h>

#define HEAD "{\"schema\":\"clipwatch.zones/1\","

static CwZones *
parse(const char *json)
{
    g_autoptr(GError) error = NULL;
    CwZones *zones = cw_zones_parse(json, strlen(json), "yard.json", &error);
    g_assert_no_error(error);
    return zones;
}

static void
test_rectangles_and_polygons_are_outlines(void)
{
    g_autoptr(CwZones) zones =
        parse(HEAD "\"zones\":[{\"id\":\"door\",\"rectangle\":[0.25,0.5,0.5,0.5]},"
                   "{\"id\":\"lawn\",\"polygon\":[[0,0],[1,0.25],[0.5,1]],\"crop\":\"squash\"}],"
                   "\"masks\":[{\"id\":\"door\",\"rectangle\":[0,0,1,0.125]}]}");
    g_assert_true(cw_zones_has_whole(zones));
    g_assert_cmpuint(cw_zones_get_n_zones(zones), ==, 2);
    const CwZone *door = cw_zones_get_zone(zones, 0), *lawn = cw_zones_get_zone(zones, 1);
    g_assert_cmpstr(door->id, ==, "door");
    g_assert_cmpint(door->crop, ==, CW_CROP_LETTERBOX);
    const CwPoint corners[] = {{0.25, 0.5}, {0.75, 0.5}, {0.75, 1}, {0.25, 1}};
    g_assert_cmpmem(door->points, door->n_points * sizeof(CwPoint), corners, sizeof corners);
    const CwPoint points[] = {{0, 0}, {1, 0.25}, {0.5, 1}};
    g_assert_cmpmem(lawn->points, lawn->n_points * sizeof(CwPoint), points, sizeof points);
    g_assert_cmpint(lawn->crop, ==, CW_CROP_SQUASH);
    g_assert_cmpuint(cw_zones_get_n_masks(zones), ==, 1);
    g_assert_cmpstr(cw_zones_get_mask(zones, 0)->id, ==, "door");
}

static void
test_decimals_that_add_up_to_one_touch_the_edge(void)
{
    g_autoptr(CwZones) zones =
        parse(HEAD "\"whole\":false,\"zones\":[{\"id\":\"a\",\"rectangle\":[0.9,0.7,0.1,0.3]}]}");
    g_assert_false(cw_zones_has_whole(zones));
    const CwPoint last = cw_zones_get_zone(zones, 0)->points[2];
    g_assert_cmpfloat(last.x, <=, 1);
    g_assert_cmpfloat(last.y, <=, 1);
}

static void
test_the_digest_is_of_what_is_said_not_of_how(void)
{
    g_autoptr(CwZones) one = parse(HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0,0,0.5,1]}]}");
    g_autoptr(CwZones) same =
        parse(HEAD "\n \"masks\":[], \"whole\":true,\"zones\":[{\"rectangle\":"
                   "[0,0.0,5e-1,1],\"crop\":\"letterbox\",\"id\":\"a\"}]}");
    g_autoptr(CwZones) other = parse(HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0,0,0.6,1]}]}");
    g_assert_cmpstr(cw_zones_get_digest(one), ==, cw_zones_get_digest(same));
    g_assert_cmpstr(cw_zones_get_digest(one), !=, cw_zones_get_digest(other));
}

static void
test_what_is_wrong_is_told_with_its_place(void)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"{}", "yard.json: schema is missing"},
        {"{\"schema\":\"clipwatch.zones/2\"}",
         "yard.json: schema is 'clipwatch.zones/2', must be 'clipwatch.zones/1'"},
        {HEAD "\"zone\":[]}", "yard.json: zone is not a known key"},
        {HEAD "\"whole\":false}", "yard.json: whole is false and there are no zones"},
        {HEAD "\"zones\":{}}", "yard.json: zones is not an array of at most 24 zones"},
        {HEAD "\"zones\":[7]}", "yard.json: zones[0]"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0,0,1,1],\"colour\":\"red\"}]}",
         "yard.json: zones[0].colour is not a known key"},
        {HEAD "\"masks\":[{\"id\":\"a\",\"rectangle\":[0,0,1,1],\"crop\":\"squash\"}]}",
         "yard.json: masks[0].crop is not a known key"},
        {HEAD "\"zones\":[{\"id\":\"a\"}]}",
         "yard.json: zones[0] must have either 'rectangle' or 'polygon'"},
        {HEAD "\"zones\":[{\"id\":\"Front Door\",\"rectangle\":[0,0,1,1]}]}",
         "yard.json: zones[0].id 'Front Door' is not 1 to 64 of"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0,0,1,1]},"
              "{\"id\":\"a\",\"rectangle\":[0,0,1,1]}]}",
         "yard.json: zones[1].id 'a' is there twice"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0,0,1]}]}",
         "yard.json: zones[0].rectangle is not an array of 4 numbers of 0 to 1"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0.5,0,0.6,1]}]}",
         "yard.json: zones[0].rectangle reaches out of the picture"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0.5,0,0.5,0]}]}",
         "yard.json: zones[0].rectangle encloses nothing"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"polygon\":[[0,0],[1,1]]}]}",
         "yard.json: zones[0].polygon has 2 points, not 3 to 64"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"polygon\":[[0,0],[0.5,0.5],[1,1]]}]}",
         "yard.json: zones[0].polygon encloses nothing"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"polygon\":[[0,0],[1,2],[1,0]]}]}",
         "yard.json: zones[0].polygon[1][1]"},
        {HEAD "\"zones\":[{\"id\":\"a\",\"rectangle\":[0,0,1,1],\"crop\":\"tiles\"}]}",
         "yard.json: zones[0].crop 'tiles' is not model, center, squash or letterbox"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(cw_zones_parse(cases[i].json, strlen(cases[i].json), "yard.json", &error));
        g_assert_nonnull(error);
        if (!g_str_has_prefix(error->message, cases[i].message))
            g_error("'%s' does not begin with '%s'", error->message, cases[i].message);
    }
}

static void
test_too_many_zones_are_refused(void)
{
    g_autoptr(GString) json = g_string_new(HEAD "\"zones\":[");
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i <= CW_ZONES_MAX; i++)
        g_string_append_printf(json, "%s{\"id\":\"z%u\",\"rectangle\":[0,0,1,1]}", i ? "," : "", i);
    g_string_append(json, "]}");
    g_assert_null(cw_zones_parse(json->str, json->len, "yard.json", &error));
    g_assert_nonnull(strstr(error->message, "at most 24 zones"));
}

static void
test_a_file_that_is_not_there_is_named(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(cw_zones_load("/nowhere/yard.json", &error));
    g_assert_error(error, CW_ERROR, CW_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "/nowhere/yard.json"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/image/zones_file/" #name, test_##name)
    CASE(rectangles_and_polygons_are_outlines);
    CASE(decimals_that_add_up_to_one_touch_the_edge);
    CASE(the_digest_is_of_what_is_said_not_of_how);
    CASE(what_is_wrong_is_told_with_its_place);
    CASE(too_many_zones_are_refused);
    CASE(a_file_that_is_not_there_is_named);
    return g_test_run();
}
