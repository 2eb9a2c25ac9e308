/* Small videos and pictures written through FFmpeg's own encoders, with a pattern that a reader can
 * check byte for byte where the codec is lossless. */
#pragma once

#include <clipwatch/frame.h>

#include <libavutil/frame.h>

typedef struct {
    const char *muxer, *codec;
    enum AVPixelFormat format;
    int width, height;
    AVRational aspect; /* of a pixel; den 0 to say nothing */
    enum AVColorSpace space;
    enum AVColorRange range;
    gboolean interlaced;
    const gint32 *display_matrix; /* nine numbers, or NULL */
} TestVideo;

/* Writes n frames, 25 in a second; FALSE (and the test skipped) when this FFmpeg lacks the codec.
 */
gboolean test_video_write(const char *path, const TestVideo *video, guint n_frames);

/* One frame as the encoder's bytes: for a picture codec, a whole picture file. (transfer full), or
 * NULL as above. */
GByteArray *test_video_encode(const TestVideo *video);

/* The byte that the pattern has there. at: bytes from the start of the row. */
guint8 test_video_byte(guint frame, guint plane, guint row, guint at);

/* Fails the test unless every byte of the picture is that of the pattern. */
void test_video_check(const CwFrameFormat *format, const CwFrame *frame, guint n);
