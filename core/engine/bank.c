#include "engine/bank.h"

static gboolean
bind_set(CwBank *bank, guint i, const CwBankConfig *config, GError **error)
{
    const CwClassifier *classifier = bank->classifiers[i];
    bank->scores[i] = cw_scores_new(classifier);
    if (config->calibration) {
        bank->calibrators[i] = cw_calibrator_new(
            config->calibration, classifier, config->preprocess_digest, config->stream_id, error);
        if (!bank->calibrators[i])
            return FALSE;
    }
    bank->scores[i]->calibrator = bank->calibrators[i];
    if (config->episodes)
        bank->episodes[i] =
            cw_episodes_new(cw_classifier_get_episode_rules(classifier),
                            cw_classifier_get_set(classifier)->n_classes, config->episodes);
    return cw_calibrator_check(bank->calibrators[i], classifier, error);
}

CwBank *
cw_bank_new(CwModel *model, CwPrompts *prompts, CwThreshold threshold, const CwBankConfig *config,
            GError **error)
{
    g_autoptr(CwBank) bank = g_new0(CwBank, 1);
    g_atomic_ref_count_init(&bank->references);
    bank->n_sets = cw_prompts_get_n_sets(prompts);
    bank->classifiers = g_new0(CwClassifier *, bank->n_sets);
    bank->scores = g_new0(CwScores *, bank->n_sets);
    bank->episodes = g_new0(CwEpisodes *, bank->n_sets);
    bank->calibrators = g_new0(CwCalibrator *, bank->n_sets);
    for (guint i = 0; i < bank->n_sets; i++) {
        bank->classifiers[i] = cw_classifier_new(model, prompts, i, threshold, error);
        if (!bank->classifiers[i] || !bind_set(bank, i, config, error))
            return NULL;
    }
    return g_steal_pointer(&bank);
}

CwBank *
cw_bank_ref(CwBank *bank)
{
    g_atomic_ref_count_inc(&bank->references);
    return bank;
}

void
cw_bank_unref(CwBank *bank)
{
    if (!g_atomic_ref_count_dec(&bank->references))
        return;
    for (guint i = 0; i < bank->n_sets; i++) {
        g_clear_pointer(&bank->classifiers[i], cw_classifier_unref);
        g_clear_pointer(&bank->scores[i], cw_scores_free);
        g_clear_pointer(&bank->episodes[i], cw_episodes_free);
        g_clear_pointer(&bank->calibrators[i], cw_calibrator_free);
    }
    g_free(bank->classifiers);
    g_free(bank->scores);
    g_free(bank->episodes);
    g_free(bank->calibrators);
    g_free(bank);
}
