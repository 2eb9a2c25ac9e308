/* The resize against Pillow's own bytes, with all kernels that this machine can run. */
#include "fixture.h"
#include "png_file.h"

#include "image/plan.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *
get_string(const cJSON *object, const char *key)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    g_assert_nonnull(value);
    return value;
}

/* planar against packed */
static guint
count_different(const guint8 *rgb, const guint8 *expected, gsize n_pixels)
{
    guint n = 0;
    for (guint c = 0; c < 3; c++)
        for (gsize i = 0; i < n_pixels; i++)
            n += rgb[c * n_pixels + i] != expected[3 * i + c];
    return n;
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
    const CwFrame frame = {.planes = {input}, .strides = {3 * format.width}};
    g_autofree guint8 *rgb = g_malloc(3 * size * size);
    for (gsize k = 0; cw_image_kernels_at(k); k++) {
        const CwImageKernels *kernels = cw_image_kernels_at(k);
        g_autoptr(CwImagePlan) plan =
            cw_image_plan_new_with(kernels, &format, &preprocess, CW_CROP_MODEL, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(cw_image_plan_get_n_views(plan), ==, 1);
        cw_image_plan_run(plan, &frame, rgb);
        const guint n_different = count_different(rgb, expected, size * size);
        g_test_message("%s, %s: %u bytes differ", get_string(item, "expected"), kernels->name,
                       n_different);
        g_assert_cmpuint(n_different, ==, 0);
    }
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
