#include "scene.h"

#include <string.h>

CwEngine *
scene_open_engine(void)
{
    g_autoptr(GError) error = NULL;
    CwEngine *engine = cw_engine_open("starter", CW_PRECISION_F32, &error);
    g_assert_no_error(error);
    return engine;
}

CwPrompts *
scene_parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    CwPrompts *prompts = cw_prompts_parse(text, -1, "test.txt", &error);
    g_assert_no_error(error);
    return prompts;
}

CwFrameFormat
scene_format(guint width, guint height)
{
    return (CwFrameFormat){.format = CW_PIXEL_RGB,
                           .orientation = CW_ORIENTATION_UPRIGHT,
                           .width = width,
                           .height = height,
                           .par_n = 1,
                           .par_d = 1};
}

CwFrame
scene_frame(guint8 value)
{
    static _Thread_local guint8 pixels[SCENE_MAX_HEIGHT * SCENE_MAX_WIDTH * 3];
    memset(pixels, value, sizeof pixels);
    return (CwFrame){.planes = {pixels}, .strides = {SCENE_MAX_WIDTH * 3}};
}

CwFrameTimes
scene_time(gint64 running_ns)
{
    return (CwFrameTimes){CW_TIME_NONE, running_ns, CW_TIME_NONE, CW_CAPTURE_NONE};
}

CwStream *
scene_open_stream(CwEngine *engine, const char *id, Listener *listener)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CwPrompts) prompts = scene_parse("black picture\nwhite picture\n");
    const CwStreamConfig config = {
        .stream_id = id, .decided = listener ? listener_decided : NULL, .user_data = listener};
    const CwFrameFormat format = scene_format(64, 48);
    CwStream *stream = cw_stream_new(engine, prompts, &config, &error);
    g_assert_no_error(error);
    g_assert_true(cw_stream_set_format(stream, &format, &error));
    return stream;
}
