/* A decision with every part filled in, for tests to bend. */
#pragma once

#include "classifier_double.h"

#define SAMPLE_CLASSES 3

typedef struct {
    CwPromptClass classes[SAMPLE_CLASSES];
    CwClassifier classifier;
    CwScore list[SAMPLE_CLASSES];
    CwScores scores;
    CwDecision decision;
} Sample;

/* "fire" chosen before "smoke" and the background "nothing special", in an exclusive set. */
void sample_init(Sample *sample);

/* The decision as JSON, (transfer full). */
char *sample_write(const Sample *sample);
