/* Writes safetensors files for tests: small ones with given numbers, large ones with random numbers
 * that are made while they are written, and broken ones from bytes. */
#pragma once

#include "weights/weights.h"

typedef struct _CwTestTensors CwTestTensors;

CwTestTensors *cw_test_tensors_new(void);
void cw_test_tensors_free(CwTestTensors *tensors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwTestTensors, cw_test_tensors_free)

/* Tensors lie in the file in the order they are added. values: [product of dims], copied; rounded
 * to nearest for CW_DTYPE_F16 and CW_DTYPE_BF16. */
void cw_test_tensors_add(CwTestTensors *tensors, const char *name, CwDtype dtype, guint n_dims,
                         const gint64 *dims, const float *values);

/* Evenly distributed numbers in mean ± spread; the same for the same name. No copy is kept. */
void cw_test_tensors_add_random(CwTestTensors *tensors, const char *name, CwDtype dtype,
                                guint n_dims, const gint64 *dims, float mean, float spread);

/* Any dtype, data as it lies in the file: cw_dtype_size() times the product of dims bytes. */
void cw_test_tensors_add_raw(CwTestTensors *tensors, const char *name, CwDtype dtype, guint n_dims,
                             const gint64 *dims, const void *data);

/* Writes dir/name and returns its path, (transfer full). metadata: NULL or the JSON object that
 * becomes __metadata__. */
char *cw_test_tensors_write(const CwTestTensors *tensors, const char *dir, const char *name,
                            const char *metadata);

/* Writes dir/name as the length of header, header itself and n_data zero bytes: for headers that
 * lie. Returns the path, (transfer full). */
char *cw_test_write_safetensors_header(const char *dir, const char *name, const char *header,
                                       gsize n_data);
