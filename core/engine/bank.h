/* All prompt sets of a stream, bound to the model and to each part of its pictures: what is swapped
 * as one when prompts or zones change. */
#pragma once

#include <clipwatch/calibration.h>
#include <clipwatch/episode.h>
#include <clipwatch/guard.h>
#include <clipwatch/zones.h>

/* What one part of the pictures is held against. */
typedef struct {
    const char *zone;           /* its id; NULL: the whole picture */
    CwScores **scores;          /* [n_sets]; written by the stream's teller alone */
    CwGuard **guards;           /* the same: what may be told of them */
    CwEpisodes **episodes;      /* the same; NULL where none are followed */
    CwCalibrator **calibrators; /* NULL where nothing is calibrated */
} CwBankPart;

typedef struct {
    gatomicrefcount references;
    CwPrompts *prompts;
    CwPolicy *policy; /* that admitted them; NULL: none was asked */
    guint n_sets;
    CwClassifier **classifiers; /* [n_sets] */
    CwZones *zones;             /* NULL: none */
    guint n_parts;
    /* [n_parts + 1]: the whole picture unless the zones leave it out, each zone, and what serves
     * all regions: nobody knows which of one picture is which of the next, so they have neither
     * episodes nor a baseline. */
    CwBankPart *parts;
} CwBank;

/* What the sets of a stream are bound to beside the model. */
typedef struct {
    const CwEpisodeConfig *episodes;       /* NULL where none are to be followed */
    CwCalibration *calibration;            /* NULL: none */
    const char *const *preprocess_digests; /* by crop */
    CwCrop crop;                           /* of the whole picture */
    const char *stream_id;
    CwZones *zones;   /* referenced; NULL: none */
    CwPolicy *policy; /* the same */
} CwBankConfig;

/* CW_ERROR_REFUSED where the policy refuses the prompts. */
CwBank *cw_bank_new(CwModel *model, CwPrompts *prompts, CwThreshold threshold,
                    const CwBankConfig *config, GError **error);

/* The same sets bound anew, under the same rules of refusal: encodes nothing. */
CwBank *cw_bank_new_bound(const CwBank *bank, const CwBankConfig *config, GError **error);
CwBank *cw_bank_ref(CwBank *bank);
void cw_bank_unref(CwBank *bank);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwBank, cw_bank_unref)

/* What that part of a picture is held against. */
static inline const CwBankPart *
cw_bank_get_part(const CwBank *bank, guint part)
{
    return &bank->parts[MIN(part, bank->n_parts)];
}
