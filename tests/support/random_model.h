/* Towers of any configuration with random weights under their canonical names, for comparing two
 * implementations. */
#pragma once

#include "weights/config.h"
#include "weights/weights.h"

/* How the matrices and vectors are stored. */
typedef enum {
    CW_TEST_STORE_PLAIN = 0,  /* f32 in canonical order */
    CW_TEST_STORE_TRANSPOSED, /* every matrix as [in][out] */
    CW_TEST_STORE_MISALIGNED, /* f32 at odd addresses */
} CwTestStore;

typedef struct {
    CwModelConfig config;
    CwWeights *weights;
    GPtrArray *memory; /* what the tensors lie in */
} CwTestModel;

/* Everything that both towers take, of a size that keeps activations near one. The same for the
 * same seed. */
CwTestModel *cw_test_model_new(const CwModelConfig *config, CwTestStore store, guint32 seed);
void cw_test_model_free(CwTestModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTestModel, cw_test_model_free)
