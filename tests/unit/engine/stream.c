/* Streams one frame after the other: what is decided, and how they are set. */
#include "fixture.h"
#include "scene.h"

#include <math.h>
#include <string.h>

/* Decides on one plain picture and returns what was heard. */
static Heard
classify_plain(CwStream *stream, Record *record, guint8 value)
{
    const CwFrame frame = scene_frame(value);
    const CwFrameTimes times = scene_time(0);
    g_assert_true(cw_stream_classify(stream, &frame, &times));
    g_assert_cmpuint(record->n_heard, >, 0);
    return record->heard[record->n_heard - 1];
}

static void
test_a_black_and_a_white_picture_are_told_apart(void)
{
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_assert_cmpstr(classify_plain(stream, &record, 0).best, ==, "black-picture");
    g_assert_nonnull(strstr(record.last_json, "\"label_ids\":[\"black-picture\"]"));
    g_assert_nonnull(strstr(record.last_json, "\"stream\":\"s\""));
    g_assert_cmpstr(classify_plain(stream, &record, 255).best, ==, "white-picture");
    record_clear(&record);
}

static void
test_classify_decides_on_every_frame_before_it_returns(void)
{
    CwStreamStats stats;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    for (guint i = 0; i < 20; i++) {
        const CwFrame frame = scene_frame((guint8)(i * 10));
        const CwFrameTimes times = scene_time(i);
        g_assert_true(cw_stream_due(stream, i));
        g_assert_true(cw_stream_classify(stream, &frame, &times));
        g_assert_cmpuint(record.n_heard, ==, i + 1);
        g_assert_cmpuint(record.heard[i].sequence, ==, i);
        g_assert_cmpint(record.heard[i].running_ns, ==, i);
        g_assert_cmpint(record.heard[i].age_us, ==, 0);
        g_assert_cmpuint(record.heard[i].skipped, ==, 0);
    }
    cw_stream_get_stats(stream, &stats);
    g_assert_cmpuint(stats.seen, ==, 20);
    g_assert_cmpuint(stats.sampled, ==, 20);
    g_assert_cmpuint(stats.decided, ==, 20);
    g_assert_cmpuint(stats.replaced + stats.flushed, ==, 0);
    g_assert_cmpuint(stats.encode_ns, >, 0);
    record_clear(&record);
}

static void
test_a_stream_without_a_callback_still_decides(void)
{
    CwStreamStats stats;
    const CwFrame frame = scene_frame(0);
    const CwFrameTimes times = scene_time(0);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", NULL);
    g_assert_true(cw_stream_classify(stream, &frame, &times));
    cw_stream_get_stats(stream, &stats);
    g_assert_cmpuint(stats.decided, ==, 1);
}

static void
test_formats_change_between_frames(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    const float small = classify_plain(stream, &record, 0).cosine;
    const CwFrameFormat large = scene_format(256, 64);
    g_assert_true(cw_stream_set_format(stream, &large, &error));
    /* A plain picture is the same picture at any size. */
    g_assert_cmpfloat_with_epsilon(classify_plain(stream, &record, 0).cosine, small, 1e-6);
    record_clear(&record);
}

static void
test_after_a_format_that_is_refused_no_frame_is_taken(void)
{
    g_autoptr(GError) error = NULL;
    CwStreamStats stats;
    Record record;
    Listener listener = {&record};
    const CwFrame frame = scene_frame(0);
    const CwFrameTimes times = scene_time(0);
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    const CwFrameFormat good = scene_format(64, 48), bad = scene_format(0, 48);
    g_assert_false(cw_stream_set_format(stream, &bad, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "0", NULL);
    g_assert_false(cw_stream_classify(stream, &frame, &times));
    cw_stream_submit(stream, &frame, &times);
    cw_stream_get_stats(stream, &stats);
    g_assert_cmpuint(stats.sampled, ==, 0);
    g_assert_true(cw_stream_set_format(stream, &good, &error));
    classify_plain(stream, &record, 0);
    record_clear(&record);
}

/* The cosine of "black picture" by hand: every tile encoded alone, averaged. */
static double
cosine_of_tiles(CwModel *model, const CwFrameFormat *format, const CwFrame *frame)
{
    g_autoptr(GError) error = NULL;
    const CwModelInfo *info = cw_model_get_info(model);
    const gsize n_view = 3 * (gsize)info->preprocess.width * info->preprocess.height;
    g_autoptr(CwPrompts) prompts = scene_parse("black picture\nwhite picture\n");
    g_autoptr(CwClassifier) classifier =
        cw_classifier_new(model, prompts, 0, (CwThreshold){CW_THRESHOLD_NONE, 0}, &error);
    g_autoptr(CwImagePlan) plan =
        cw_image_plan_new(format, &info->preprocess, CW_CROP_TILES, &error);
    g_autoptr(CwWorkspace) workspace = cw_workspace_new(model, 1, 0, &error);
    g_assert_no_error(error);
    const guint n_views = cw_image_plan_get_n_views(plan);
    g_assert_cmpuint(n_views, >, 1);
    g_autofree guint8 *rgb = g_new(guint8, n_views * n_view);
    g_autofree float *pixels = g_new(float, n_view);
    g_autofree float *embedding = g_new(float, info->embed_dim);
    g_autofree double *mean = g_new0(double, info->embed_dim);
    cw_image_plan_run(plan, frame, rgb);
    for (guint v = 0; v < n_views; v++) {
        cw_image_normalize(&info->preprocess, rgb + v * n_view, 1, pixels);
        cw_model_encode_images(model, workspace, pixels, 1, embedding);
        for (guint i = 0; i < info->embed_dim; i++)
            mean[i] += embedding[i];
    }
    double length = 0, cosine = 0;
    for (guint i = 0; i < info->embed_dim; i++) {
        length += mean[i] * mean[i];
        cosine += mean[i] * cw_classifier_get_vectors(classifier)[i];
    }
    return cosine / sqrt(length);
}

static void
test_the_embeddings_of_tiles_are_averaged(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    const CwFrameFormat wide = scene_format(SCENE_MAX_WIDTH, SCENE_MAX_HEIGHT);
    g_assert_true(cw_stream_set_crop(stream, CW_CROP_TILES, &error));
    g_assert_true(cw_stream_set_format(stream, &wide, &error));
    CwFrame frame = scene_frame(0);
    /* White on the right, so that the tiles differ. */
    for (guint y = 0; y < SCENE_MAX_HEIGHT; y++)
        memset((guint8 *)frame.planes[0] + y * frame.strides[0] + 600, 255, 168);
    const double expected = cosine_of_tiles(cw_engine_get_model(engine), &wide, &frame);
    const CwFrameTimes times = scene_time(0);
    g_assert_true(cw_stream_classify(stream, &frame, &times));
    g_assert_cmpint(record.heard[0].crop, ==, CW_CROP_TILES);
    g_assert_cmpstr(record.heard[0].best, ==, "black-picture");
    g_assert_cmpfloat_with_epsilon(record.heard[0].cosine, expected, 1e-5);
    record_clear(&record);
}

static void
test_the_crop_changes_between_frames_and_events_say_which(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    for (guint crop = CW_CROP_MODEL; crop <= CW_CROP_TILES; crop++) {
        g_assert_true(cw_stream_set_crop(stream, (CwCrop)crop, &error));
        g_assert_cmpint(classify_plain(stream, &record, 0).crop, ==, crop);
        g_autofree char *fragment =
            g_strdup_printf("\"preprocess\":{\"crop\":\"%s\"", cw_crop_to_string((CwCrop)crop));
        g_assert_nonnull(strstr(record.last_json, fragment));
    }
    g_assert_false(cw_stream_set_crop(stream, (CwCrop)99, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "99", NULL);
    record_clear(&record);
}

static void
test_every_set_of_the_prompts_is_decided_on(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_autoptr(CwPrompts) prompts =
        scene_parse("@set light\nblack picture\nwhite picture\n"
                    "@set alarms independent\nfire [cosine=0.9]\nblack picture [cosine=-1]\n");
    const CwThreshold none = {CW_THRESHOLD_NONE, 0};
    g_assert_true(cw_stream_set_prompts(stream, prompts, none, &error));
    classify_plain(stream, &record, 0);
    g_assert_cmpuint(record.n_heard, ==, 2);
    g_assert_cmpstr(record.heard[0].set, ==, "light");
    g_assert_cmpstr(record.heard[1].set, ==, "alarms");
    g_assert_cmpuint(record.heard[1].sequence, ==, 1);
    g_assert_nonnull(strstr(record.last_json, "\"label_ids\":[\"black-picture\"]"));
    record_clear(&record);
}

static void
test_prompts_that_are_refused_leave_the_old_ones(void)
{
    g_autoptr(GError) error = NULL;
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    g_autoptr(CwPrompts) prompts = scene_parse("@set x independent\nfire\nsmoke\n");
    const CwThreshold probability = {CW_THRESHOLD_PROBABILITY, 0.5};
    g_assert_false(cw_stream_set_prompts(stream, prompts, probability, &error));
    cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, "'fire'", NULL);
    g_assert_cmpstr(classify_plain(stream, &record, 0).best, ==, "black-picture");
    record_clear(&record);
}

static void
test_top_k_changes_between_frames(void)
{
    Record record;
    Listener listener = {&record};
    record_init(&record);
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", &listener);
    cw_stream_set_top_k(stream, 1);
    classify_plain(stream, &record, 0);
    g_assert_null(strstr(record.last_json, "white-picture"));
    cw_stream_set_top_k(stream, 0);
    classify_plain(stream, &record, 0);
    g_assert_nonnull(strstr(record.last_json, "white-picture"));
    record_clear(&record);
}

static void
test_the_interval_changes_between_frames(void)
{
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwStream) stream = scene_open_stream(engine, "s", NULL);
    cw_stream_set_interval(stream, 1000);
    g_assert_true(cw_stream_due(stream, 0));
    g_assert_false(cw_stream_due(stream, 999));
    cw_stream_set_interval(stream, 500);
    g_assert_true(cw_stream_due(stream, 1000));
    g_assert_true(cw_stream_due(stream, 1500));
    cw_stream_flush(stream);
    g_assert_true(cw_stream_due(stream, 1501));
}

static void
test_configurations_that_cannot_be_are_refused(void)
{
    char long_id[CW_STREAM_ID_MAX + 2];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    const struct {
        CwStreamConfig config;
        const char *message;
    } table[] = {
        {{.stream_id = NULL}, "0 bytes"},
        {{.stream_id = ""}, "0 bytes"},
        {{.stream_id = long_id}, "256 bytes"},
        {{.stream_id = "caf\xe9"}, "UTF-8"},
        {{.stream_id = "s", .crop = (CwCrop)77}, "77"},
        {{.stream_id = "s", .threshold = {CW_THRESHOLD_PROBABILITY, 2}},
         "2 is not between 0 and 1"},
    };
    g_autoptr(CwEngine) engine = scene_open_engine();
    g_autoptr(CwPrompts) prompts = scene_parse("dog\ncat\n");
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(cw_stream_new(engine, prompts, &table[i].config, &error));
        cw_test_expect_error(&error, CW_ERROR, CW_ERROR_ARGUMENT, table[i].message, NULL);
    }
    long_id[CW_STREAM_ID_MAX] = '\0';
    g_autoptr(CwStream) stream = scene_open_stream(engine, long_id, NULL);
    g_assert_nonnull(stream);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/engine/stream/" #name, test_##name)
    CASE(a_black_and_a_white_picture_are_told_apart);
    CASE(classify_decides_on_every_frame_before_it_returns);
    CASE(a_stream_without_a_callback_still_decides);
    CASE(formats_change_between_frames);
    CASE(after_a_format_that_is_refused_no_frame_is_taken);
    CASE(the_embeddings_of_tiles_are_averaged);
    CASE(the_crop_changes_between_frames_and_events_say_which);
    CASE(every_set_of_the_prompts_is_decided_on);
    CASE(prompts_that_are_refused_leave_the_old_ones);
    CASE(top_k_changes_between_frames);
    CASE(the_interval_changes_between_frames);
    CASE(configurations_that_cannot_be_are_refused);
    return g_test_run();
}
