#include "sample.h"

#include <math.h>
#include <string.h>

#define DIGEST(digit) #digit "000000000000000000000000000000000000000000000000000000000000000"

void
sample_init(Sample *sample)
{
    memset(sample, 0, sizeof *sample);
    sample->classes[0] = (CwPromptClass){.label = "Fire", .id = "fire"};
    sample->classes[1] = (CwPromptClass){.label = "smoke", .id = "smoke"};
    sample->classes[2] =
        (CwPromptClass){.label = "nothing special", .id = "nothing-special", .background = TRUE};
    sample->classifier.set = (CwPromptSet){
        .name = "scene",
        .scoring = CW_SCORING_EXCLUSIVE,
        .classes = sample->classes,
        .n_classes = SAMPLE_CLASSES,
        .digest = DIGEST(1),
        .template_digest = DIGEST(2),
    };
    sample->classifier.model = (CwModelInfo){
        .name = "starter", .digest = DIGEST(3), .precision = "f32", .least_cosine = 1};
    sample->list[0] = (CwScore){.class_index = 0,
                                .cosine = 0.25F,
                                .logit = 25.0F,
                                .probability = 0.75F,
                                .z = 2.5F,
                                .calibrated = 0.625F,
                                .threshold = {CW_THRESHOLD_PROBABILITY, 0.6},
                                .verdict = CW_VERDICT_CHOSEN};
    sample->list[1] = (CwScore){.class_index = 2,
                                .cosine = 0.125F,
                                .logit = 12.5F,
                                .probability = 0.1875F,
                                .z = NAN,
                                .calibrated = NAN,
                                .verdict = CW_VERDICT_BELOW};
    sample->list[2] = (CwScore){.class_index = 1,
                                .cosine = -0.5F,
                                .logit = -50.0F,
                                .probability = 0.0625F,
                                .z = NAN,
                                .calibrated = NAN,
                                .threshold = {CW_THRESHOLD_COSINE, 0.24},
                                .verdict = CW_VERDICT_BELOW};
    sample->scores = (CwScores){
        .scores = sample->list, .n_scores = SAMPLE_CLASSES, .margin = 0.125F, .n_chosen = 1};
    sample->decision = (CwDecision){
        .id = "3f2b1c00-0a1b-4c2d-8e3f-0123456789ab",
        .sequence = 7,
        .stream_id = "gate",
        .times = {.stream_time_ns = 4000000000,
                  .running_time_ns = 4000000001,
                  .capture_time_us = 1700000000123456,
                  .capture_source = CW_CAPTURE_NTP},
        .age_us = 31250,
        .skipped = 2,
        .refreshed = TRUE,
        .crop = CW_CROP_CENTER,
        .preprocess_digest = DIGEST(4),
        .classifier = &sample->classifier,
        .scores = &sample->scores,
        .top_k = 2,
    };
}

char *
sample_write(const Sample *sample)
{
    GString *json = g_string_new(NULL);
    cw_event_write(&sample->decision, json);
    return g_string_free(json, FALSE);
}
