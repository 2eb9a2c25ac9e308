/* Scores that mean something on a camera: z-scores against a baseline, and probabilities fitted to
 * labelled pictures. What they mean, and what they do not, is told in docs/SCORES.md. */
#pragma once

#include <clipwatch/classify.h>

G_BEGIN_DECLS

#define CW_CALIBRATION_SCHEMA "clipwatch.calibration/1"

/* What `clipwatch calibrate` wrote. Immutable, shared by reference, thread-safe. */
typedef struct _CwCalibration CwCalibration;

/* Errors give the file, the place in it and the remedy. */
CW_API CwCalibration *cw_calibration_load(const char *path, GError **error);
CW_API CwCalibration *cw_calibration_ref(CwCalibration *calibration);
CW_API void cw_calibration_unref(CwCalibration *calibration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwCalibration, cw_calibration_unref)

/* A calibration as it applies to one stream and prompt set. Belongs to whoever scores. */

/* CW_ERROR_ARGUMENT where the calibration was made with another model, other texts or templates, or
 * another preprocessing than the classifier's: its numbers would mean nothing. stream_id: which
 * camera's own baseline is used where the file has one; NULL: none. */
CW_API CwCalibrator *cw_calibrator_new(CwCalibration *calibration, const CwClassifier *classifier,
                                       const char *preprocess_digest, const char *stream_id,
                                       GError **error);
CW_API void cw_calibrator_free(CwCalibrator *calibrator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwCalibrator, cw_calibrator_free)

/* Refuses a set with thresholds that a calibrator is needed for and that this one (or NULL) cannot
 * serve: CW_ERROR_ARGUMENT with file, line and remedy. */
CW_API gboolean cw_calibrator_check(const CwCalibrator *calibrator, const CwClassifier *classifier,
                                    GError **error);

G_END_DECLS
