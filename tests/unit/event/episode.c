/* What is told of an episode: its bytes, and that they are what docs/episode.schema.json says. */
#include "fixture.h"
#include "locales.h"
#include "sample.h"
#include "validate.h"

#include <math.h>
#include <string.h>

#define ZEROS "000000000000000000000000000000000000000000000000000000000000000"

static const char expected_sample[] =
    "{\"schema\":\"clipwatch.episode/1\",\"id\":\"5a2b1c00-0a1b-4c2d-8e3f-0123456789ab\","
    "\"sequence\":3,\"stream\":\"gate\",\"zone\":\"door\",\"phase\":\"end\",\"set\":\"scene\","
    "\"label\":\"Fire\","
    "\"label_id\":\"fire\",\"timeline\":\"stream\",\"capture_source\":\"ntp\","
    "\"time\":{\"ns\":9000000000,\"capture\":\"2023-11-14T22:13:20.123456Z\"},"
    "\"begin\":{\"ns\":4000000000,\"capture\":\"2023-11-14T22:13:15.123456Z\"},"
    "\"last\":{\"ns\":8000000000,\"capture\":\"2023-11-14T22:13:19.123456Z\"},"
    "\"peak\":{\"ns\":5000000000,\"capture\":\"2023-11-14T22:13:16.123456Z\",\"score\":0.875000},"
    "\"score\":0.125000,\"evidence\":4,\"decisions\":6,\"ended\":\"left\",\"missed\":null,"
    "\"unsampled\":0,\"decision\":\"3f2b1c00-0a1b-4c2d-8e3f-0123456789ab\","
    "\"rule\":{\"kind\":\"probability\",\"enter\":0.600000,\"leave\":0.400000,\"evidence\":2,"
    "\"window\":3,\"dwell_ns\":2000000000,\"cooldown_ns\":0,\"gap_ns\":10000000000},"
    "\"action\":null,"
    "\"model\":{\"name\":\"starter\",\"digest\":\"3" ZEROS
    "\",\"precision\":\"f32\",\"precision_cosine\":1.000000},"
    "\"prompts\":{\"digest\":\"1" ZEROS "\",\"template_digest\":\"2" ZEROS "\"},"
    "\"preprocess\":{\"crop\":\"center\",\"digest\":\"4" ZEROS
    "\",\"zones\":null},\"policy\":null}";

typedef struct {
    Sample sample;
    CwEpisode episode;
    CwEpisodeEvent event;
} EpisodeSample;

static void
init_sample(EpisodeSample *sample)
{
    sample_init(&sample->sample);
    sample->episode = (CwEpisode){
        .phase = CW_EPISODE_END,
        .id = "5a2b1c00-0a1b-4c2d-8e3f-0123456789ab",
        .rule = {CW_THRESHOLD_PROBABILITY, 0.6, 0.4, 2000000000, 0, 10000000000, 2, 3},
        .time_ns = 9000000000,
        .begin_ns = 4000000000,
        .last_ns = 8000000000,
        .peak_ns = 5000000000,
        .peak = 0.875,
        .score = 0.125,
        .n_evidence = 4,
        .n_decisions = 6,
        .ended = CW_EPISODE_LEFT,
    };
    const CwDecision *decision = &sample->sample.decision;
    sample->sample.decision.times.stream_time_ns = sample->episode.time_ns;
    sample->event = (CwEpisodeEvent){
        .episode = &sample->episode,
        .sequence = 3,
        .stream_id = decision->stream_id,
        .times = decision->times,
        .decision_id = decision->id,
        .crop = decision->crop,
        .zone = "door",
        .preprocess_digest = decision->preprocess_digest,
        .classifier = decision->classifier,
    };
}

static char *
write_sample(const EpisodeSample *sample)
{
    GString *json = g_string_new(NULL);
    cw_episode_write(&sample->event, json);
    return g_string_free(json, FALSE);
}

static void
test_an_episode_is_written_key_by_key(void)
{
    EpisodeSample sample;
    init_sample(&sample);
    g_autofree char *json = write_sample(&sample);
    g_assert_cmpstr(json, ==, expected_sample);
}

static void
test_a_redacted_episode_has_no_figures_and_says_why(void)
{
    static const CwGuardAction action = {CW_ACTION_REDACT, "R", "because", 0, 0};
    EpisodeSample sample;
    init_sample(&sample);
    const CwEpisode told = cw_episode_redact(sample.event.episode, &action);
    sample.event.episode = &told;
    sample.event.action = &action;
    g_autofree char *json = write_sample(&sample);
    g_assert_nonnull(strstr(json, "\"score\":null},\"score\":null,"));
    g_assert_nonnull(
        strstr(json, "\"action\":{\"action\":\"redact\",\"rule\":\"R\",\"why\":\"because\"}"));
    g_autofree char *line = g_strconcat(json, "\n", NULL);
    validate_lines("episode.schema.json", line);
}

static void
test_the_bytes_are_the_same_under_every_locale(gconstpointer name)
{
    EpisodeSample sample;
    g_autofree char *dir = cw_test_make_dir();
    init_sample(&sample);
    if (cw_test_enter_locale(dir, name)) {
        g_autofree char *json = write_sample(&sample);
        g_assert_cmpstr(json, ==, expected_sample);
    }
    cw_test_leave_locale();
    cw_test_remove_dir(dir);
}

static void
append_sample(GString *lines, const EpisodeSample *sample)
{
    g_autofree char *json = write_sample(sample);
    g_string_append_printf(lines, "%s\n", json);
}

static void
test_everything_that_is_written_is_valid(void)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    EpisodeSample sample;
    init_sample(&sample);
    for (guint end = CW_EPISODE_LEFT; end <= CW_EPISODE_STREAM_ENDED; end++) {
        sample.episode.ended = (CwEpisodeEnd)end;
        sample.event.decision_id = end >= CW_EPISODE_FLUSHED ? NULL : sample.event.decision_id;
        append_sample(lines, &sample);
    }
    sample.episode.ended = CW_EPISODE_ONGOING;
    for (guint phase = CW_EPISODE_START; phase <= CW_EPISODE_UPDATE; phase++) {
        sample.episode.phase = (CwEpisodePhase)phase;
        append_sample(lines, &sample);
    }
    sample.episode.phase = CW_EPISODE_NEAR_MISS;
    sample.episode.n_unsampled = G_MAXUINT64;
    for (guint miss = CW_EPISODE_BELOW_ENTER; miss <= CW_EPISODE_DURING_COOLDOWN; miss++) {
        sample.episode.missed = (CwEpisodeMiss)miss;
        append_sample(lines, &sample);
    }
    sample.event.running = TRUE;
    sample.event.times.capture_source = CW_CAPTURE_NONE;
    sample.episode.score = NAN;
    sample.episode.rule.kind = CW_THRESHOLD_COSINE;
    append_sample(lines, &sample);
    sample.event.times.capture_source = CW_CAPTURE_PIPELINE_CLOCK;
    sample.event.times.capture_time_us = G_MININT64;
    sample.episode.begin_ns = G_MININT64;
    sample.episode.time_ns = G_MAXINT64;
    append_sample(lines, &sample);
    validate_lines("episode.schema.json", lines->str);
}

static void
test_what_the_writer_would_never_write_is_refused(void)
{
    static const struct {
        const char *from, *to;
    } table[] = {
        {"clipwatch.episode/1", "clipwatch.episode/2"},
        {"\"sequence\":3,", ""},
        {"\"sequence\":3", "\"sequence\":3,\"surprise\":1"},
        {"\"phase\":\"end\"", "\"phase\":\"start\""},
        {"\"phase\":\"end\"", "\"phase\":\"over\""},
        {"\"ended\":\"left\"", "\"ended\":null"},
        {"\"missed\":null", "\"missed\":\"too-short\""},
        {"\"unsampled\":0", "\"unsampled\":1"},
        {"\"window\":3", "\"window\":65"},
        {"\"dwell_ns\":2000000000", "\"dwell_ns\":-1"},
        {"\"kind\":\"probability\"", "\"kind\":\"logit\""},
        {"\"timeline\":\"stream\"", "\"timeline\":\"wall\""},
        {"\"decision\":\"3f2b1c00", "\"decision\":\"3F2B1C00"},
    };
    g_autoptr(GString) lines = g_string_new(NULL);
    EpisodeSample sample;
    init_sample(&sample);
    g_autofree char *json = write_sample(&sample);
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GString) broken = g_string_new(json);
        g_assert_cmpuint(g_string_replace(broken, table[i].from, table[i].to, 1), ==, 1);
        g_string_append_printf(lines, "!%s\n", broken->str);
    }
    validate_lines("episode.schema.json", lines->str);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(name) g_test_add_func("/event/episode/" #name, test_##name)
    CASE(an_episode_is_written_key_by_key);
    CASE(a_redacted_episode_has_no_figures_and_says_why);
    CASE(everything_that_is_written_is_valid);
    CASE(what_the_writer_would_never_write_is_refused);
    g_test_add_data_func("/event/episode/the_bytes_are_the_same_under_every_locale/tr", "tr_TR",
                         test_the_bytes_are_the_same_under_every_locale);
    g_test_add_data_func("/event/episode/the_bytes_are_the_same_under_every_locale/de", "de_DE",
                         test_the_bytes_are_the_same_under_every_locale);
    return g_test_run();
}
