#include "classify/calibration.h"

#include <math.h>

/* One stream's view of one set. */
struct _CwCalibrator {
    guint n_classes;
    CwUsual *usual;     /* [n_classes]; NULL: there is no baseline for this stream */
    double temperature; /* NAN: no fit */
    double offset;
    double least_z;
    char *name; /* of the calibration, for messages */
};

static void
free_camera(gpointer data)
{
    CwCalibratedCamera *camera = data;
    g_free(camera->stream);
    g_free(camera->usual);
    g_free(camera);
}

static void
free_set(gpointer data)
{
    CwCalibratedSet *set = data;
    g_free(set->name);
    g_free(set->text_digest);
    g_free(set->template_digest);
    g_strfreev(set->ids);
    g_free(set->usual);
    g_ptr_array_unref(set->cameras);
    g_free(set);
}

CwCalibration *
cw_calibration_new(const char *name, const char *model_digest, const char *preprocess_digest)
{
    CwCalibration *calibration = g_new0(CwCalibration, 1);
    g_atomic_ref_count_init(&calibration->references);
    calibration->name = g_strdup(name);
    calibration->model_digest = g_strdup(model_digest);
    calibration->preprocess_digest = g_strdup(preprocess_digest);
    calibration->sets = g_ptr_array_new_with_free_func(free_set);
    return calibration;
}

CwCalibration *
cw_calibration_ref(CwCalibration *calibration)
{
    g_atomic_ref_count_inc(&calibration->references);
    return calibration;
}

void
cw_calibration_unref(CwCalibration *calibration)
{
    if (!g_atomic_ref_count_dec(&calibration->references))
        return;
    g_free(calibration->name);
    g_free(calibration->model_digest);
    g_free(calibration->preprocess_digest);
    g_ptr_array_unref(calibration->sets);
    g_free(calibration);
}

CwCalibratedSet *
cw_calibration_find_set(const CwCalibration *calibration, const char *name)
{
    for (guint i = 0; i < calibration->sets->len; i++) {
        CwCalibratedSet *set = calibration->sets->pdata[i];
        if (g_str_equal(set->name, name))
            return set;
    }
    return NULL;
}

CwCalibratedSet *
cw_calibration_take_set(CwCalibration *calibration, const CwPromptSet *prompts)
{
    CwCalibratedSet *set = cw_calibration_find_set(calibration, prompts->name);
    if (set)
        return set;
    set = g_new0(CwCalibratedSet, 1);
    set->name = g_strdup(prompts->name);
    set->text_digest = g_strdup(prompts->text_digest);
    set->template_digest = g_strdup(prompts->template_digest);
    set->n_classes = prompts->n_classes;
    set->ids = g_new0(char *, prompts->n_classes + 1);
    for (guint c = 0; c < prompts->n_classes; c++)
        set->ids[c] = g_strdup(prompts->classes[c].id);
    set->temperature = NAN;
    set->cameras = g_ptr_array_new_with_free_func(free_camera);
    g_ptr_array_add(calibration->sets, set);
    return set;
}

CwCalibratedCamera *
cw_calibrated_set_find_camera(const CwCalibratedSet *set, const char *stream)
{
    for (guint i = 0; i < set->cameras->len; i++) {
        CwCalibratedCamera *camera = set->cameras->pdata[i];
        if (g_str_equal(camera->stream, stream))
            return camera;
    }
    return NULL;
}

void
cw_calibrated_set_put_camera(CwCalibratedSet *set, const char *stream, const CwBaseline *baselines)
{
    CwCalibratedCamera *camera = cw_calibrated_set_find_camera(set, stream);
    if (!camera) {
        camera = g_new0(CwCalibratedCamera, 1);
        camera->stream = g_strdup(stream);
        camera->usual = g_new(CwUsual, set->n_classes);
        g_ptr_array_add(set->cameras, camera);
    }
    camera->n_decisions = baselines[0].n;
    for (guint c = 0; c < set->n_classes; c++)
        camera->usual[c] = (CwUsual){baselines[c].mean, cw_baseline_get_spread(&baselines[c])};
}

gboolean
cw_calibration_check(const CwCalibration *calibration, const CwCalibratedSet *set,
                     const CwModelInfo *model, const CwPromptSet *prompts,
                     const char *preprocess_digest, GError **error)
{
    const struct {
        const char *what, *made_with, *is;
    } table[] = {
        {"model", calibration->model_digest, model->digest},
        {"preprocessing", calibration->preprocess_digest, preprocess_digest},
        {"set of templates", set->template_digest, prompts->template_digest},
        {"set of texts", set->text_digest, prompts->text_digest},
    };
    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        if (!g_str_equal(table[i].made_with, table[i].is)) {
            g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                        "%s: set '%s' was calibrated with another %s (digest %.8s…, now %.8s…), so "
                        "its numbers mean nothing here: run `clipwatch calibrate` again",
                        calibration->name, set->name, table[i].what, table[i].made_with,
                        table[i].is);
            return FALSE;
        }
    if (set->n_classes == prompts->n_classes)
        return TRUE;
    g_set_error(error, CW_ERROR, CW_ERROR_FORMAT,
                "%s: set '%s' has %u classes in it and not %u: run `clipwatch calibrate` again",
                calibration->name, set->name, set->n_classes, prompts->n_classes);
    return FALSE;
}

CwCalibrator *
cw_calibrator_new(CwCalibration *calibration, const CwClassifier *classifier,
                  const char *preprocess_digest, const char *stream_id, GError **error)
{
    const CwPromptSet *prompts = cw_classifier_get_set(classifier);
    const CwCalibratedSet *set = cw_calibration_find_set(calibration, prompts->name);
    if (!set) {
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "%s: no set '%s' in it: run `clipwatch calibrate` with the same prompts",
                    calibration->name, prompts->name);
        return NULL;
    }
    if (!cw_calibration_check(calibration, set, cw_classifier_get_model_info(classifier), prompts,
                              preprocess_digest, error))
        return NULL;
    const CwCalibratedCamera *camera =
        stream_id ? cw_calibrated_set_find_camera(set, stream_id) : NULL;
    const CwUsual *usual = camera ? camera->usual : set->usual;
    CwCalibrator *calibrator = g_new0(CwCalibrator, 1);
    calibrator->n_classes = set->n_classes;
    calibrator->usual = usual ? g_memdup2(usual, set->n_classes * sizeof *usual) : NULL;
    calibrator->temperature = set->temperature;
    calibrator->offset = set->offset;
    calibrator->least_z = set->least_z;
    calibrator->name = g_strdup(calibration->name);
    return calibrator;
}

void
cw_calibrator_free(CwCalibrator *calibrator)
{
    g_free(calibrator->usual);
    g_free(calibrator->name);
    g_free(calibrator);
}

gboolean
cw_calibrator_check(const CwCalibrator *calibrator, const CwClassifier *classifier, GError **error)
{
    const CwPromptSet *set = cw_classifier_get_set(classifier);
    const CwEpisodeRule *rules = cw_classifier_get_episode_rules(classifier);
    for (guint c = 0; c < set->n_classes; c++) {
        const CwThresholdKind kind = rules[c].kind;
        const gboolean needs_fit = kind == CW_THRESHOLD_CALIBRATED;
        if (kind != CW_THRESHOLD_Z && !needs_fit)
            continue;
        if (calibrator && calibrator->usual && (!needs_fit || isfinite(calibrator->temperature)))
            continue;
        g_set_error(error, CW_ERROR, CW_ERROR_ARGUMENT,
                    "%s:%u: class '%s' has a threshold on its %s, and %s%s: %s", set->file,
                    set->classes[c].line, set->classes[c].label,
                    needs_fit ? "calibrated probability" : "z-score",
                    calibrator ? calibrator->name : "there is no calibration",
                    !calibrator ? ""
                    : needs_fit ? " holds no fit"
                                : " knows no baseline for it",
                    calibrator ? "run `clipwatch calibrate` for it" : "name one");
        return FALSE;
    }
    return TRUE;
}

double
cw_calibration_limit_z(double z)
{
    return CLAMP(z, -8.0, 8.0);
}

void
cw_calibrator_apply(const CwCalibrator *calibrator, CwScore *scores, guint n_classes)
{
    for (guint c = 0; c < n_classes; c++) {
        CwScore *score = &scores[c];
        score->z = score->calibrated = NAN;
        if (!calibrator || !calibrator->usual)
            continue;
        const double z = (score->cosine - calibrator->usual[c].mean) / calibrator->usual[c].spread;
        score->z = (float)z;
        score->calibrated =
            (float)(1 / (1 + exp(-(cw_calibration_limit_z(z) / calibrator->temperature +
                                   calibrator->offset))));
    }
}

gboolean
cw_calibrator_stands_out(const CwCalibrator *calibrator, float z, float z_background)
{
    if (!calibrator || !calibrator->usual)
        return TRUE;
    return z >= calibrator->least_z && !(z < z_background);
}
