/* A calibration from pictures whose labels are known. */
#pragma once

#include "classify/calibration.h"

/* Cosines of labelled pictures against one set. */
typedef struct _CwLabelled CwLabelled;

CwLabelled *cw_labelled_new(guint n_classes);
void cw_labelled_free(CwLabelled *labelled);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwLabelled, cw_labelled_free)

/* One picture: cosines[n_classes], and which classes hold in it. scene: pictures of one clip or
 * camera are alike, and count as one scene among others however many they are. */
void cw_labelled_add(CwLabelled *labelled, guint scene, const float *cosines,
                     const gboolean *holds);

/* Fits the set's usual cosines over the scenes that do not show a class, then one temperature and
 * offset for all classes. CW_ERROR_ARGUMENT where the pictures do not suffice: none with a label,
 * none without, or scores that do not tell the two apart. */
gboolean cw_labelled_fit(const CwLabelled *labelled, CwCalibratedSet *set, GError **error);
