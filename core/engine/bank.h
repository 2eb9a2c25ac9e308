/* All prompt sets of a stream, bound to the model: what is swapped as one when prompts change. */
#pragma once

#include <clipwatch/calibration.h>
#include <clipwatch/episode.h>

typedef struct {
    gatomicrefcount references;
    guint n_sets;
    CwClassifier **classifiers; /* [n_sets] */
    CwScores **scores;          /* [n_sets]; written by the stream's teller alone */
    CwEpisodes **episodes;      /* the same; NULL where none are followed */
    CwCalibrator **calibrators; /* NULL where nothing is calibrated */
} CwBank;

/* What the sets of a stream are bound to beside the model. */
typedef struct {
    const CwEpisodeConfig *episodes; /* NULL where none are to be followed */
    CwCalibration *calibration;      /* NULL: none */
    const char *preprocess_digest;
    const char *stream_id;
} CwBankConfig;

CwBank *cw_bank_new(CwModel *model, CwPrompts *prompts, CwThreshold threshold,
                    const CwBankConfig *config, GError **error);
CwBank *cw_bank_ref(CwBank *bank);
void cw_bank_unref(CwBank *bank);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwBank, cw_bank_unref)
