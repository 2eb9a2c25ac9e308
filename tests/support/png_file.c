#include "png_file.h"

#include <png.h>

guint8 *
cw_test_read_png(const char *path, guint *width, guint *height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    g_assert_true(png_image_begin_read_from_file(&image, path));
    image.format = PNG_FORMAT_RGB;
    guint8 *rgb = g_malloc(PNG_IMAGE_SIZE(image));
    g_assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
    *width = image.width;
    *height = image.height;
    return rgb;
}

void
cw_test_write_png(const char *path, const guint8 *rgb, guint width, guint height)
{
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    g_assert_true(png_image_write_to_file(&image, path, 0, rgb, 0, NULL));
}
