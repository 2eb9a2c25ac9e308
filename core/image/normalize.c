#include <clipwatch/image.h>

/* A byte has 256 values: the reference's three operations, in single precision, once for each. */
void
cw_image_normalize(const CwPreprocess *preprocess, const guint8 *rgb, guint n, float *pixels)
{
    const gsize n_pixels = (gsize)preprocess->width * preprocess->height;
    float levels[3][256];

    for (guint c = 0; c < 3; c++)
        for (guint v = 0; v < 256; v++)
            levels[c][v] = ((float)v / 255.0f - preprocess->mean[c]) / preprocess->std[c];
    for (guint plane = 0; plane < 3 * n; plane++, rgb += n_pixels, pixels += n_pixels)
        for (gsize i = 0; i < n_pixels; i++)
            pixels[i] = levels[plane % 3][rgb[i]];
}
