/* An event's bytes, key by key. */
#include "base/json.h"
#include "fixture.h"
#include "locales.h"
#include "sample.h"

#include <math.h>
#include <string.h>

#define ZEROS "000000000000000000000000000000000000000000000000000000000000000"

static const char expected_sample[] =
    "{\"schema\":\"clipwatch.event/1\",\"id\":\"3f2b1c00-0a1b-4c2d-8e3f-0123456789ab\","
    "\"sequence\":7,\"stream\":\"gate\",\"zone\":null,"
    "\"time\":{\"stream_ns\":4000000000,\"running_ns\":4000000001,"
    "\"capture\":\"2023-11-14T22:13:20.123456Z\",\"capture_source\":\"ntp\"},"
    "\"age_us\":31250,\"skipped\":2,\"refreshed\":true,\"evidence_age_us\":0,\"set\":\"scene\","
    "\"scoring\":\"exclusive\","
    "\"decision\":{\"verdict\":\"chosen\",\"label_ids\":[\"fire\"],\"actions\":[]},\"margin\":0."
    "125000,"
    "\"classes\":[{\"label\":\"Fire\",\"label_id\":\"fire\",\"cosine\":0.250000,"
    "\"logit\":25.000000,\"probability\":0.750000,\"z\":2.500000,\"calibrated\":0.625000,"
    "\"threshold\":{\"kind\":\"probability\",\"value\":0.600000},\"verdict\":\"chosen\"},"
    "{\"label\":\"nothing special\",\"label_id\":\"nothing-special\",\"cosine\":0.125000,"
    "\"logit\":12.500000,\"probability\":0.187500,\"z\":null,\"calibrated\":null,\"threshold\":"
    "null,\"verdict\":\"below\"}],"
    "\"model\":{\"name\":\"starter\",\"digest\":\"3" ZEROS
    "\",\"precision\":\"f32\",\"precision_cosine\":1.000000},"
    "\"prompts\":{\"digest\":\"1" ZEROS "\",\"template_digest\":\"2" ZEROS "\"},"
    "\"preprocess\":{\"crop\":\"center\",\"digest\":\"4" ZEROS
    "\",\"zones\":null},\"policy\":null}";

/* The sample's event holds this text. */
static void
expect_fragment(const Sample *sample, const char *fragment)
{
    g_autofree char *json = sample_write(sample);
    if (!strstr(json, fragment))
        g_error("no %s in %s", fragment, json);
}

static void
test_a_decision_is_written_key_by_key(void)
{
    Sample sample;
    sample_init(&sample);
    g_autofree char *json = sample_write(&sample);
    g_assert_cmpstr(json, ==, expected_sample);
}

static void
test_a_zone_is_named_and_so_is_what_was_laid_over_the_picture(void)
{
    Sample sample;
    sample_init(&sample);
    sample.decision.zone = "door";
    sample.decision.zones_digest = "5" ZEROS;
    expect_fragment(&sample, ",\"stream\":\"gate\",\"zone\":\"door\",\"time\":");
    expect_fragment(&sample, "\"zones\":\"5" ZEROS "\"},\"policy\":null}");
}

static void
test_what_is_not_told_is_not_named(void)
{
    static const CwGuardAction actions[] = {{CW_ACTION_SUPPRESS, "CRIME", "because", 0, 0},
                                            {CW_ACTION_REVIEW, "MARGIN", "close", 1, 1}};
    const CwGuarded guarded = {.actions = actions, .n_actions = G_N_ELEMENTS(actions)};
    Sample sample;
    sample_init(&sample);
    sample.decision.guarded = &guarded;
    sample.decision.measured = &sample.scores;
    CwScores told = {.scores = sample.list + 1, .n_scores = 2, .margin = NAN};
    sample.decision.scores = &told;
    expect_fragment(&sample, "\"decision\":{\"verdict\":\"suppressed\",\"label_ids\":[],"
                             "\"actions\":[{\"action\":\"suppress\",\"rule\":\"CRIME\","
                             "\"why\":\"because\",\"label_id\":null},"
                             "{\"action\":\"review\",\"rule\":\"MARGIN\",\"why\":\"close\",");
    g_autofree char *json = sample_write(&sample);
    g_assert_null(strstr(json, sample.classes[0].label));
    sample.list[1].verdict = CW_VERDICT_REVIEW;
    expect_fragment(&sample, "\"decision\":{\"verdict\":\"review\",\"label_ids\":[],");
}

static void
test_writing_appends_and_a_string_that_is_large_enough_does_not_move(void)
{
    Sample sample;
    sample_init(&sample);
    g_autoptr(GString) json = g_string_sized_new(2 * sizeof expected_sample);
    const char *before = json->str;
    g_string_append(json, "> ");
    cw_event_write(&sample.decision, json);
    g_assert_cmpstr(json->str + 2, ==, expected_sample);
    g_assert_true(json->str == before);
}

static void
test_the_bytes_are_the_same_under_every_locale(gconstpointer name)
{
    Sample sample;
    sample_init(&sample);
    g_autofree char *dir = cw_test_make_dir();
    if (cw_test_enter_locale(dir, name)) {
        g_autofree char *json = sample_write(&sample);
        g_assert_cmpstr(json, ==, expected_sample);
    }
    cw_test_leave_locale();
    cw_test_remove_dir(dir);
}

static void
test_unknown_times_are_null(void)
{
    Sample sample;
    sample_init(&sample);
    sample.decision.times =
        (CwFrameTimes){CW_TIME_NONE, CW_TIME_NONE, CW_TIME_NONE, CW_CAPTURE_NONE};
    expect_fragment(&sample, "\"time\":{\"stream_ns\":null,\"running_ns\":null,\"capture\":null,"
                             "\"capture_source\":\"none\"}");
}

static void
test_a_capture_time_that_cannot_be_written_has_no_source(void)
{
    static const gint64 times[] = {CW_TIME_NONE, CW_TIME_NONE - 1, G_MININT64, 253402300800000000};
    Sample sample;
    sample_init(&sample);
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        sample.decision.times.capture_time_us = times[i];
        expect_fragment(&sample, "\"capture\":null,\"capture_source\":\"none\"}");
    }
}

static void
test_capture_times_are_utc_to_the_microsecond(void)
{
    static const struct {
        gint64 time_us;
        const char *text;
    } table[] = {
        {0, "\"1970-01-01T00:00:00.000000Z\""},
        {-1, "\"1969-12-31T23:59:59.999999Z\""},
        {-1000000, "\"1969-12-31T23:59:59.000000Z\""},
        {951782400000001, "\"2000-02-29T00:00:00.000001Z\""},
        {253402300799999999, "\"9999-12-31T23:59:59.999999Z\""},
    };
    Sample sample;
    sample_init(&sample);
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        sample.decision.times.capture_time_us = table[i].time_us;
        expect_fragment(&sample, table[i].text);
    }
}

static void
test_what_is_no_number_is_null(void)
{
    Sample sample;
    sample_init(&sample);
    sample.scores.margin = NAN;
    sample.scores.n_chosen = 0;
    sample.list[0].cosine = NAN;
    sample.list[0].logit = -INFINITY;
    sample.list[0].probability = NAN;
    sample.list[0].verdict = CW_VERDICT_BELOW;
    expect_fragment(
        &sample,
        "\"decision\":{\"verdict\":\"below\",\"label_ids\":[],\"actions\":[]},\"margin\":null");
    expect_fragment(&sample, "\"cosine\":null,\"logit\":null,\"probability\":null");
}

static void
test_extremes_are_written_in_full(void)
{
    Sample sample;
    sample_init(&sample);
    sample.decision.sequence = G_MAXUINT64;
    sample.decision.skipped = G_MAXUINT64;
    sample.decision.times.stream_time_ns = G_MININT64;
    sample.decision.times.running_time_ns = G_MAXINT64 - 1;
    expect_fragment(&sample, "\"sequence\":18446744073709551615");
    expect_fragment(&sample, "\"skipped\":18446744073709551615");
    expect_fragment(&sample,
                    "\"stream_ns\":-9223372036854775808,\"running_ns\":9223372036854775806");
}

static void
test_a_label_cannot_break_out_of_its_string(void)
{
    static const char *const attacks[] = {
        "\",\"label_id\":\"safe\"},{\"label\":\"",
        "\\",
        "\\\"",
        "a\nb\r\tc\x01\x1f\x7f",
        "{\"x\":[1,2]}",
        "\xe2\x80\xa8 and \xf0\x9f\x94\xa5",
    };
    for (guint i = 0; i < G_N_ELEMENTS(attacks); i++) {
        g_autoptr(GError) error = NULL;
        const char *label;
        const void *cursor = NULL;
        CwJsonValue classes, first;
        Sample sample;
        sample_init(&sample);
        sample.classes[0].label = attacks[i];
        sample.decision.stream_id = attacks[i];
        g_autofree char *text = sample_write(&sample);
        g_autoptr(CwJson) json = cw_json_parse(text, strlen(text), "event", &error);
        g_assert_no_error(error);
        g_assert_true(cw_json_get_array(cw_json_root(json), "classes", &classes, &error));
        g_assert_cmpuint(cw_json_length(classes), ==, 2);
        g_assert_true(cw_json_next(classes, &cursor, &first, NULL));
        g_assert_true(cw_json_get_string(first, "label", &label, &error));
        g_assert_cmpstr(label, ==, attacks[i]);
        g_assert_true(cw_json_get_string(cw_json_root(json), "stream", &label, &error));
        g_assert_cmpstr(label, ==, attacks[i]);
        g_assert_null(strchr(text, '\n'));
    }
}

static void
test_chosen_classes_are_listed_whatever_top_k_says(void)
{
    Sample sample;
    sample_init(&sample);
    sample.classifier.set.scoring = CW_SCORING_INDEPENDENT;
    sample.decision.top_k = 1;
    sample.list[2].verdict = CW_VERDICT_CHOSEN;
    sample.scores.n_chosen = 2;
    expect_fragment(&sample, "\"label_ids\":[\"fire\",\"smoke\"]");
    expect_fragment(&sample, "\"label_id\":\"smoke\"");
    g_autofree char *json = sample_write(&sample);
    g_assert_null(strstr(json, "nothing"));
    sample.decision.top_k = 0;
    expect_fragment(&sample, "nothing");
}

static void
test_an_event_without_a_label_says_why(void)
{
    Sample sample;
    sample_init(&sample);
    sample.scores.n_chosen = 0;
    sample.list[0].verdict = CW_VERDICT_BELOW;
    expect_fragment(&sample,
                    "\"decision\":{\"verdict\":\"below\",\"label_ids\":[],\"actions\":[]}");
    sample.list[0].class_index = 2;
    sample.list[0].verdict = CW_VERDICT_BACKGROUND;
    expect_fragment(&sample,
                    "\"decision\":{\"verdict\":\"background\",\"label_ids\":[],\"actions\":[]}");
}

static void
test_ids_are_random_uuids(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < 1000; i++) {
        char id[37];
        cw_event_new_id(id);
        g_assert_true(g_uuid_string_is_valid(id));
        g_assert_cmpint(id[14], ==, '4');
        g_assert_nonnull(strchr("89ab", id[19]));
        g_assert_true(g_hash_table_add(seen, g_strdup(id)));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/event/event/" #name, test_##name)
    CASE(a_decision_is_written_key_by_key);
    CASE(a_zone_is_named_and_so_is_what_was_laid_over_the_picture);
    CASE(what_is_not_told_is_not_named);
    CASE(writing_appends_and_a_string_that_is_large_enough_does_not_move);
    g_test_add_data_func("/event/event/the_bytes_are_the_same_under_every_locale/tr", "tr_TR",
                         test_the_bytes_are_the_same_under_every_locale);
    g_test_add_data_func("/event/event/the_bytes_are_the_same_under_every_locale/de", "de_DE",
                         test_the_bytes_are_the_same_under_every_locale);
    CASE(unknown_times_are_null);
    CASE(a_capture_time_that_cannot_be_written_has_no_source);
    CASE(capture_times_are_utc_to_the_microsecond);
    CASE(what_is_no_number_is_null);
    CASE(extremes_are_written_in_full);
    CASE(a_label_cannot_break_out_of_its_string);
    CASE(chosen_classes_are_listed_whatever_top_k_says);
    CASE(an_event_without_a_label_says_why);
    CASE(ids_are_random_uuids);
    return g_test_run();
}
