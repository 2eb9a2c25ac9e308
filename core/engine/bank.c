#include "engine/bank.h"

/* A zone's own baseline is that of the stream "STREAM/ZONE". */
static CwCalibrator *
make_calibrator(const CwBankPart *part, const CwClassifier *classifier, CwCrop crop,
                const CwBankConfig *config, GError **error)
{
    g_autofree char *of_zone =
        part->zone ? g_strconcat(config->stream_id, "/", part->zone, NULL) : NULL;
    return cw_calibrator_new(config->calibration, classifier, config->preprocess_digests[crop],
                             of_zone ? of_zone : config->stream_id, error);
}

static gboolean
bind_set(CwBank *bank, CwBankPart *part, guint set, CwCrop crop, const CwBankConfig *config,
         GError **error)
{
    const CwClassifier *classifier = bank->classifiers[set];
    part->scores[set] = cw_scores_new(classifier);
    part->guards[set] = cw_guard_new_like(cw_bank_get_part(bank, bank->n_parts)->guards[set], TRUE);
    if (config->calibration) {
        part->calibrators[set] = make_calibrator(part, classifier, crop, config, error);
        if (!part->calibrators[set])
            return FALSE;
    }
    part->scores[set]->calibrator = part->calibrators[set];
    if (config->episodes)
        part->episodes[set] =
            cw_episodes_new(cw_classifier_get_episode_rules(classifier),
                            cw_classifier_get_set(classifier)->n_classes, config->episodes);
    return cw_calibrator_check(part->calibrators[set], classifier, error);
}

/* zone: NULL for the whole picture. */
static gboolean
bind_part(CwBank *bank, guint i, const CwZone *zone, const CwBankConfig *config, GError **error)
{
    CwBankPart *part = &bank->parts[i];
    part->zone = zone ? zone->id : NULL;
    for (guint set = 0; set < bank->n_sets; set++)
        if (!bind_set(bank, part, set, zone ? zone->crop : config->crop, config, error)) {
            if (zone)
                g_prefix_error(error, "zone '%s': ", zone->id);
            return FALSE;
        }
    return TRUE;
}

/* Nobody knows which region of one picture is which of the next: no evidence adds up. */
static void
bind_regions(CwBank *bank)
{
    CwBankPart *regions = &bank->parts[bank->n_parts];
    for (guint set = 0; set < bank->n_sets; set++) {
        g_autoptr(CwGuard) guard =
            cw_guard_new(bank->policy, cw_classifier_get_set(bank->classifiers[set]));
        regions->scores[set] = cw_scores_new(bank->classifiers[set]);
        regions->guards[set] = cw_guard_new_like(guard, FALSE);
    }
}

/* Binds the classifiers to all parts. */
static gboolean
bind(CwBank *bank, const CwBankConfig *config, GError **error)
{
    CwZones *zones = config->zones;
    const guint n_whole = !zones || cw_zones_has_whole(zones) ? 1 : 0;
    bank->zones = zones ? cw_zones_ref(zones) : NULL;
    bank->n_parts = n_whole + (zones ? cw_zones_get_n_zones(zones) : 0);
    bank->parts = g_new0(CwBankPart, bank->n_parts + 1);
    for (guint i = 0; i <= bank->n_parts; i++) {
        bank->parts[i].scores = g_new0(CwScores *, bank->n_sets);
        bank->parts[i].guards = g_new0(CwGuard *, bank->n_sets);
        bank->parts[i].episodes = g_new0(CwEpisodes *, bank->n_sets);
        bank->parts[i].calibrators = g_new0(CwCalibrator *, bank->n_sets);
    }
    bind_regions(bank);
    for (guint i = 0; i < bank->n_parts; i++)
        if (!bind_part(bank, i, i < n_whole ? NULL : cw_zones_get_zone(zones, i - n_whole), config,
                       error))
            return FALSE;
    return TRUE;
}

/* Without classifiers; NULL where the policy refuses the prompts. */
static CwBank *
allocate(CwPrompts *prompts, CwPolicy *policy, GError **error)
{
    if (policy && !cw_policy_admit(policy, prompts, error))
        return NULL;
    CwBank *bank = g_new0(CwBank, 1);
    g_atomic_ref_count_init(&bank->references);
    bank->prompts = cw_prompts_ref(prompts);
    bank->policy = policy ? cw_policy_ref(policy) : NULL;
    bank->n_sets = cw_prompts_get_n_sets(prompts);
    bank->classifiers = g_new0(CwClassifier *, bank->n_sets);
    return bank;
}

CwBank *
cw_bank_new(CwModel *model, CwPrompts *prompts, CwThreshold threshold, const CwBankConfig *config,
            GError **error)
{
    g_autoptr(CwBank) bank = allocate(prompts, config->policy, error);
    for (guint i = 0; bank && i < bank->n_sets; i++) {
        bank->classifiers[i] = cw_classifier_new(model, prompts, i, threshold, error);
        if (!bank->classifiers[i])
            return NULL;
    }
    return bank && bind(bank, config, error) ? g_steal_pointer(&bank) : NULL;
}

CwBank *
cw_bank_new_bound(const CwBank *bank, const CwBankConfig *config, GError **error)
{
    g_autoptr(CwBank) bound = allocate(bank->prompts, config->policy, error);
    for (guint i = 0; bound && i < bank->n_sets; i++)
        bound->classifiers[i] = cw_classifier_ref(bank->classifiers[i]);
    return bound && bind(bound, config, error) ? g_steal_pointer(&bound) : NULL;
}

CwBank *
cw_bank_ref(CwBank *bank)
{
    g_atomic_ref_count_inc(&bank->references);
    return bank;
}

static void
clear_part(CwBankPart *part, guint n_sets)
{
    for (guint set = 0; set < n_sets; set++) {
        g_clear_pointer(&part->scores[set], cw_scores_free);
        g_clear_pointer(&part->guards[set], cw_guard_free);
        g_clear_pointer(&part->episodes[set], cw_episodes_free);
        g_clear_pointer(&part->calibrators[set], cw_calibrator_free);
    }
    g_free(part->scores);
    g_free(part->guards);
    g_free(part->episodes);
    g_free(part->calibrators);
}

void
cw_bank_unref(CwBank *bank)
{
    if (!g_atomic_ref_count_dec(&bank->references))
        return;
    for (guint i = 0; bank->parts && i <= bank->n_parts; i++)
        clear_part(&bank->parts[i], bank->n_sets);
    for (guint i = 0; i < bank->n_sets; i++)
        g_clear_pointer(&bank->classifiers[i], cw_classifier_unref);
    g_clear_pointer(&bank->zones, cw_zones_unref);
    g_clear_pointer(&bank->policy, cw_policy_unref);
    cw_prompts_unref(bank->prompts);
    g_free(bank->parts);
    g_free(bank->classifiers);
    g_free(bank);
}
