/* All prompt sets of a stream, bound to the model: what is swapped as one when prompts change. */
#pragma once

#include <clipwatch/episode.h>

typedef struct {
    gatomicrefcount references;
    guint n_sets;
    CwClassifier **classifiers; /* [n_sets] */
    CwScores **scores;          /* [n_sets]; written by the stream's teller alone */
    CwEpisodes **episodes;      /* the same; NULL where none are followed */
} CwBank;

/* episodes: NULL where none are to be followed. */
CwBank *cw_bank_new(CwModel *model, CwPrompts *prompts, CwThreshold threshold,
                    const CwEpisodeConfig *episodes, GError **error);
CwBank *cw_bank_ref(CwBank *bank);
void cw_bank_unref(CwBank *bank);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwBank, cw_bank_unref)
