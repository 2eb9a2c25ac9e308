/* Random pictures of every format in memory that ends where they end, and what their pixels are by
 * a plain double-precision reading of the format. */
#pragma once

#include <clipwatch/image.h>

typedef struct {
    CwFrameFormat format;
    CwFrame frame;
    guint8 *planes[CW_FRAME_MAX_PLANES]; /* exactly as many bytes as the picture has */
} TestPicture;

/* padding: bytes between the least stride and the used one. */
TestPicture *test_picture_new(const CwFrameFormat *format, guint padding, guint32 seed);
void test_picture_free(TestPicture *picture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestPicture, test_picture_free)

/* Exact R, G, B of a stored pixel, neither rounded nor clipped. */
void test_picture_get(const TestPicture *picture, guint x, guint y, double rgb[3]);

/* The preprocessing of a network of that size. */
CwPreprocess test_preprocess(guint width, guint height, CwResizeMode mode);

/* A plan made and run: [n_views][3][height][width], (transfer full). */
guint8 *test_run(const CwFrameFormat *format, const CwFrame *frame, const CwPreprocess *preprocess,
                 CwCrop crop, guint *n_views);
