/* A stream with a calibration: its own camera's z-scores, and what it then refuses. */
#include "classify/calibration.h"
#include "image/describe.h"
#include "scene.h"

#include <math.h>
#include <string.h>

static void
keep_json(const CwDecision *decision, const char *json, gpointer user_data)
{
    char **last = user_data;
    g_free(*last);
    *last = g_strdup(json);
}

static const char prompts_text[] = "black picture\nwhite picture\n";

/* On camera "gate" both classes usually have cosine 0. */
static CwCalibration *
make_calibration(CwEngine *engine, CwCrop crop)
{
    const CwModelInfo *info = cw_model_get_info(cw_engine_get_model(engine));
    g_autoptr(CwPrompts) prompts = scene_parse(prompts_text);
    g_autofree char *preprocess = cw_image_digest(&info->preprocess, crop);
    CwCalibration *calibration = cw_calibration_new("c.json", info->digest, preprocess);
    const CwBaseline baselines[] = {{100, 0, 0.01}, {100, 0, 0.01}};
    cw_calibrated_set_put_camera(
        cw_calibration_take_set(calibration, cw_prompts_get_set(prompts, 0)), "gate", baselines);
    return calibration;
}

static CwStream *
open_stream(CwEngine *engine, CwCalibration *calibration, const char *id, char **json,
            GError **error)
{
    g_autoptr(CwPrompts) prompts = scene_parse(prompts_text);
    const CwStreamConfig config = {
        .stream_id = id, .calibration = calibration, .decided = keep_json, .user_data = json};
    return cw_stream_new(engine, prompts, &config, error);
}

static void
classify_black(CwStream *stream)
{
    const CwFrameFormat format = scene_format(64, 48);
    const CwFrame frame = scene_frame(0);
    const CwFrameTimes times = scene_time(0);
    g_assert_true(cw_stream_set_format(stream, &format, NULL));
    g_assert_true(cw_stream_classify(stream, &frame, &times));
}

static void
test_each_stream_has_the_z_scores_of_its_own_camera(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *gate_json = NULL, *yard_json = NULL;
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwCalibration) calibration = make_calibration(engine, CW_CROP_MODEL);
    g_autoptr(CwStream) gate = open_stream(engine, calibration, "gate", &gate_json, &error);
    g_assert_no_error(error);
    g_autoptr(CwStream) yard = open_stream(engine, calibration, "yard", &yard_json, &error);
    g_assert_no_error(error);
    classify_black(gate);
    classify_black(yard);
    const char *cosine = strstr(gate_json, "\"cosine\":"), *z = strstr(gate_json, "\"z\":");
    g_assert_true(cosine && z);
    g_assert_cmpfloat_with_epsilon(g_ascii_strtod(z + 4, NULL),
                                   10 * g_ascii_strtod(cosine + 9, NULL), 1e-4);
    g_assert_nonnull(strstr(yard_json, "\"z\":null"));
}

static void
test_prompts_and_crops_that_it_was_not_made_for_are_refused_and_the_old_ones_stay(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *json = NULL;
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwCalibration) calibration = make_calibration(engine, CW_CROP_MODEL);
    g_autoptr(CwCalibration) squashed = make_calibration(engine, CW_CROP_SQUASH);
    g_autoptr(CwStream) stream = open_stream(engine, calibration, "gate", &json, &error);
    g_assert_no_error(error);
    g_autoptr(CwPrompts) other = scene_parse("black picture\nwhite picture = a white wall\n");
    g_autoptr(CwPrompts) moved = scene_parse("black picture [z=2]\nwhite picture\n");
    const CwThreshold none = {CW_THRESHOLD_NONE, 0};
    g_assert_false(cw_stream_set_prompts(stream, other, none, &error));
    g_assert_nonnull(strstr(error->message, "another set of texts"));
    g_clear_error(&error);
    g_assert_false(cw_stream_set_crop(stream, CW_CROP_SQUASH, &error));
    g_assert_cmpstr(error->message, ==,
                    "the calibration was made with crop model: make one with squash, and start "
                    "anew");
    g_clear_error(&error);
    g_assert_true(cw_stream_set_prompts(stream, moved, none, &error));
    classify_black(stream);
    g_assert_nonnull(strstr(json, "\"threshold\":{\"kind\":\"z\",\"value\":2.000000}"));
    g_assert_nonnull(strstr(json, "\"crop\":\"model\""));
    g_assert_null(open_stream(engine, squashed, "gate", &json, &error));
    g_assert_nonnull(strstr(error->message, "another preprocessing"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/calibration/" #name, test_##name)
    CASE(each_stream_has_the_z_scores_of_its_own_camera);
    CASE(prompts_and_crops_that_it_was_not_made_for_are_refused_and_the_old_ones_stay);
    return g_test_run();
}
