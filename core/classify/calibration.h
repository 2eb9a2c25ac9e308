/* The parts of a calibration, for those who make one. */
#pragma once

#include "classify/baseline.h"

#include <clipwatch/calibration.h>

/* A class's usual cosine: among pictures that do not show it, or on one camera. */
typedef struct {
    double mean;
    double spread; /* above 0 */
} CwUsual;

typedef struct {
    char *stream;
    guint64 n_decisions;
    CwUsual *usual; /* [n_classes] */
} CwCalibratedCamera;

/* What was learned of one prompt set. */
typedef struct {
    char *name;
    char *text_digest;
    char *template_digest;
    guint n_classes;
    char **ids;     /* [n_classes], for readers of the file */
    CwUsual *usual; /* [n_classes], over all pictures; NULL before a fit */
    /* probability = 1 / (1 + exp(-(z / temperature + offset))) */
    double temperature; /* above 0; NAN before a fit */
    double offset;
    guint64 n_positive, n_negative; /* decisions that it was fitted to */
    double least_z;                 /* of an exclusive set: the best class is unknown below it */
    GPtrArray *cameras;             /* of CwCalibratedCamera */
} CwCalibratedSet;

struct _CwCalibration {
    gatomicrefcount references;
    char *name; /* its file, for messages */
    char *model_digest;
    char *preprocess_digest;
    GPtrArray *sets; /* of CwCalibratedSet */
};

/* An empty one, bound to a model and preprocessing. */
CwCalibration *cw_calibration_new(const char *name, const char *model_digest,
                                  const char *preprocess_digest);

/* The set's part; NULL where there is none of that name. */
CwCalibratedSet *cw_calibration_find_set(const CwCalibration *calibration, const char *name);

/* The same, made where there is none: without usual, fit and cameras. */
CwCalibratedSet *cw_calibration_take_set(CwCalibration *calibration, const CwPromptSet *set);

/* The camera's part; NULL where there is none. */
CwCalibratedCamera *cw_calibrated_set_find_camera(const CwCalibratedSet *set, const char *stream);

/* Sets it from baselines[n_classes]. */
void cw_calibrated_set_put_camera(CwCalibratedSet *set, const char *stream,
                                  const CwBaseline *baselines);

/* Whether it was made with this model, set and preprocessing; see cw_calibrator_new(). */
gboolean cw_calibration_check(const CwCalibration *calibration, const CwCalibratedSet *set,
                              const CwModelInfo *model, const CwPromptSet *prompts,
                              const char *preprocess_digest, GError **error);

CwCalibration *cw_calibration_parse(const char *text, gsize length, const char *name,
                                    GError **error);

/* Appends the whole as JSON, a line for each set and camera. */
void cw_calibration_write(const CwCalibration *calibration, GString *json);
gboolean cw_calibration_save(const CwCalibration *calibration, const char *path, GError **error);

/* z as far as it counts for a probability: whether something lies ten or fifty spreads away says
 * more of the spread than of the picture. */
double cw_calibration_limit_z(double z);

/* Fills in z and calibrated of scores[n_classes], which stand in the set's order. NULL: there are
 * no such numbers. */
void cw_calibrator_apply(const CwCalibrator *calibrator, CwScore *scores, guint n_classes);

/* Whether a best class with that z stands out, where the best background class has the other (NAN:
 * there is none). */
gboolean cw_calibrator_stands_out(const CwCalibrator *calibrator, float z, float z_background);
