/* The resize against Pillow's own bytes. */
#include "fixture.h"
#include "png_file.h"

#include <cjson/cJSON.h>
#include <clipwatch/image.h>
#include <string.h>

static const char *
get_string(const cJSON *object, const char *key)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    g_assert_nonnull(value);
    return value;
}

static void
check_case(const char *dir, const cJSON *item)
{
    g_autoptr(GError) error = NULL;
    const guint size = (guint)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, "size"));
    const gboolean squash = strcmp(get_string(item, "resize_mode"), "squash") == 0;
    const gboolean bicubic = strcmp(get_string(item, "interpolation"), "bicubic") == 0;
    g_autofree char *input_path = g_build_filename(dir, get_string(item, "input"), NULL);
    g_autofree char *expected_path = g_build_filename(dir, get_string(item, "expected"), NULL);
    CwFrameFormat format = {.format = CW_PIXEL_RGB, .par_n = 1, .par_d = 1, .orientation = 1};
    g_autofree guint8 *input = cw_test_read_png(input_path, &format.width, &format.height);
    guint width, height;
    g_autofree guint8 *expected = cw_test_read_png(expected_path, &width, &height);
    g_assert_cmpuint(width, ==, size);
    g_assert_cmpuint(height, ==, size);

    const CwPreprocess preprocess = {
        .width = size,
        .height = size,
        .interpolation = bicubic ? CW_INTERPOLATION_BICUBIC : CW_INTERPOLATION_BILINEAR,
        .resize_mode = squash ? CW_RESIZE_SQUASH : CW_RESIZE_SHORTEST,
    };
    g_autoptr(CwImagePlan) plan = cw_image_plan_new(&format, &preprocess, CW_CROP_MODEL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cw_image_plan_get_n_views(plan), ==, 1);
    const CwFrame frame = {.planes = {input}, .strides = {3 * format.width}};
    g_autofree guint8 *rgb = g_malloc(3 * size * size);
    cw_image_plan_run(plan, &frame, rgb);

    guint n_different = 0;
    for (guint c = 0; c < 3; c++)
        for (guint i = 0; i < size * size; i++)
            n_different += rgb[c * size * size + i] != expected[3 * i + c];
    g_test_message("%s: %u bytes differ", get_string(item, "expected"), n_different);
    g_assert_cmpuint(n_different, ==, 0);
}

static void
test_pillow(void)
{
    g_autofree char *dir = cw_test_shared("reference/preprocess");
    if (!dir)
        return;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(dir, "cases.json", NULL);
    g_autofree char *text = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    cJSON *root = cJSON_Parse(text);
    const cJSON *cases = cJSON_GetObjectItemCaseSensitive(root, "cases"), *item;
    g_assert_cmpint(cJSON_GetArraySize(cases), >=, 30);
    cJSON_ArrayForEach(item, cases) check_case(dir, item);
    cJSON_Delete(root);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image/golden/every byte equals Pillow's", test_pillow);
    return g_test_run();
}
