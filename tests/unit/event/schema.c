/* Events against docs/event.schema.json: what the writer writes is valid, what it would never write
 * is refused. */
#include "fixture.h"
#include "sample.h"
#include "validate.h"

#include <math.h>
#include <string.h>

static void
append_sample(GString *lines, const Sample *sample)
{
    g_autofree char *json = sample_write(sample);
    g_string_append_printf(lines, "%s\n", json);
}

static void
test_everything_that_is_written_is_valid(void)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    Sample sample;
    sample_init(&sample);
    append_sample(lines, &sample);

    sample.decision.times =
        (CwFrameTimes){CW_TIME_NONE, CW_TIME_NONE, CW_TIME_NONE, CW_CAPTURE_PIPELINE_CLOCK};
    sample.classes[0].label = "a \"quoted\" \\ \n \x01 label \xff";
    append_sample(lines, &sample);

    sample.decision.sequence = sample.decision.skipped = G_MAXUINT64;
    sample.decision.age_us = G_MAXINT64;
    sample.decision.times =
        (CwFrameTimes){G_MININT64, G_MAXINT64 - 1, -1, CW_CAPTURE_PIPELINE_CLOCK};
    sample.list[0].cosine = 1.0F;
    sample.list[0].logit = 1e30F;
    sample.list[0].probability = 1.0F;
    append_sample(lines, &sample);

    sample_init(&sample);
    sample.decision.zone = "roi:person";
    sample.decision.zones_digest = sample.decision.preprocess_digest;
    append_sample(lines, &sample);

    sample_init(&sample);
    sample.scores.n_chosen = 0;
    sample.scores.margin = NAN;
    for (guint i = 0; i < SAMPLE_CLASSES; i++) {
        sample.list[i].cosine = sample.list[i].logit = sample.list[i].probability = NAN;
        sample.list[i].verdict = CW_VERDICT_BELOW;
    }
    append_sample(lines, &sample);

    sample_init(&sample);
    sample.scores.n_chosen = 0;
    sample.list[0].class_index = 2;
    sample.list[0].verdict = CW_VERDICT_BACKGROUND;
    append_sample(lines, &sample);

    sample_init(&sample);
    sample.classifier.set.scoring = CW_SCORING_INDEPENDENT;
    sample.list[2].verdict = CW_VERDICT_CHOSEN;
    sample.scores.n_chosen = 2;
    for (guint crop = CW_CROP_MODEL; crop <= CW_CROP_TILES; crop++) {
        sample.decision.crop = (CwCrop)crop;
        append_sample(lines, &sample);
    }

    static const CwGuardAction actions[] = {{CW_ACTION_SUPPRESS, "R", "w", 0, 0},
                                            {CW_ACTION_GENERALISE, "G", "w", 0, 1}};
    const CwGuarded guarded = {.actions = actions, .n_actions = G_N_ELEMENTS(actions)};
    sample_init(&sample);
    sample.decision.guarded = &guarded;
    sample.scores.n_chosen = 0;
    sample.list[0].verdict = CW_VERDICT_BELOW;
    append_sample(lines, &sample);
    sample.list[0].verdict = CW_VERDICT_REVIEW;
    append_sample(lines, &sample);
    sample.scores.n_scores = 0;
    append_sample(lines, &sample);
    sample.classifier.set.scoring = CW_SCORING_INDEPENDENT;
    append_sample(lines, &sample);
    validate_lines("event.schema.json", lines->str);
}

static void
test_what_the_writer_would_never_write_is_refused(void)
{
    static const struct {
        const char *from, *to;
    } table[] = {
        {"clipwatch.event/1", "clipwatch.event/2"},
        {"\"sequence\":7,", ""},
        {"\"sequence\":7", "\"sequence\":-1"},
        {"\"sequence\":7", "\"sequence\":\"7\""},
        {"\"sequence\":7", "\"sequence\":7,\"surprise\":1"},
        {"-4c2d-", "-1c2d-"},
        {"\"gate\"", "\"\""},
        {"T22:13:20.123456Z", " 22:13:20Z"},
        {"\"2023-11-14T22:13:20.123456Z\"", "null"},
        {"\"ntp\"", "\"none\""},
        {"\"ntp\"", "\"sundial\""},
        {"\"age_us\":31250", "\"age_us\":null"},
        {"\"refreshed\":true,", ""},
        {"\"refreshed\":true", "\"refreshed\":1"},
        {"\"evidence_age_us\":0", "\"evidence_age_us\":-1"},
        {"\"exclusive\"", "\"mutual\""},
        {"\"label_ids\":[\"fire\"]", "\"label_ids\":[]"},
        {"\"label_ids\":[\"fire\"]", "\"label_ids\":[\"fire\",\"smoke\"]"},
        {"{\"verdict\":\"chosen\",", "{\"verdict\":\"below\","},
        {"\"actions\":[]", "\"actions\":[{\"action\":\"refuse\"}]"},
        {",\"actions\":[]", ""},
        {"\"margin\":0.125000", "\"margin\":-0.125000"},
        {"\"cosine\":0.250000", "\"cosine\":1.250000"},
        {"\"probability\":0.750000", "\"probability\":1.750000"},
        {"\"kind\":\"probability\"", "\"kind\":\"logit\""},
        {"\"value\":0.600000", "\"value\":600"},
        {"\"calibrated\":0.625000", "\"calibrated\":1.625000"},
        {"\"precision\":\"f32\"", "\"precision\":\"fast\""},
        {"\"digest\":\"1", "\"digest\":\"X"},
        {"\"crop\":\"center\"", "\"crop\":\"middle\""},
    };
    g_autoptr(GString) lines = g_string_new(NULL);
    Sample sample;
    sample_init(&sample);
    g_autofree char *json = sample_write(&sample);
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GString) broken = g_string_new(json);
        g_assert_cmpuint(g_string_replace(broken, table[i].from, table[i].to, 1), ==, 1);
        g_string_append_printf(lines, "!%s\n", broken->str);
    }
    validate_lines("event.schema.json", lines->str);
}

static void
test_alarms_are_valid(void)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    Sample sample;
    sample_init(&sample);
    CwMonitorAlarm alarm = {.kind = CW_MONITOR_LABEL,
                            .class_index = 1,
                            .begin_us = 1700000000000000,
                            .end_us = 1700003600000000,
                            .now = {3600, 40, 0.5, 0.25, 0.75},
                            .usual = {30000, 300, 0.125, 0.1, 0.15}};
    const CwAlarmEvent event = {.id = "3f2b1c00-0a1b-4c2d-8e3f-0123456789ab",
                                .alarm = &alarm,
                                .stream_id = "gate",
                                .crop = CW_CROP_CENTER,
                                .preprocess_digest = sample.decision.preprocess_digest,
                                .classifier = &sample.classifier};
    cw_alarm_write(&event, lines);
    g_assert_nonnull(strstr(lines->str, "\"label_id\":\"smoke\",\"direction\":\"rise\","));
    g_string_append(lines, "\n!");
    alarm.now.share = 1.5;
    cw_alarm_write(&event, lines);
    alarm.kind = CW_MONITOR_ABSTENTION;
    alarm.now.share = 0;
    g_string_append_c(lines, '\n');
    cw_alarm_write(&event, lines);
    g_string_append_c(lines, '\n');
    validate_lines("alarm.schema.json", lines->str);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/event/schema/" #name, test_##name)
    CASE(everything_that_is_written_is_valid);
    CASE(what_the_writer_would_never_write_is_refused);
    CASE(alarms_are_valid);
    return g_test_run();
}
