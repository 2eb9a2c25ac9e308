/* Reading one safetensors file: a JSON header and raw little-endian arrays, mapped. */
#pragma once

#include "weights/weights.h"

/* A mapped file. Immutable; thread-safe to read. As with every mapping, a file that someone cuts
 * short while it is open kills its readers: replace checkpoints by renaming. */
typedef struct _CwSafetensors CwSafetensors;

/* Largest header that is read. */
#define CW_SAFETENSORS_MAX_HEADER (64 * 1024 * 1024)

/* Checks everything before a byte of data is believed: header length and JSON, known dtypes, sizes
 * without overflow, offsets inside the file, without holes or overlap. */
CwSafetensors *cw_safetensors_open(const char *path, GError **error);
void cw_safetensors_close(CwSafetensors *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CwSafetensors, cw_safetensors_close)

guint cw_safetensors_get_n_tensors(const CwSafetensors *file);

/* Name and view of the i-th tensor in file order. */
const char *cw_safetensors_get_tensor(const CwSafetensors *file, guint i, CwTensor *tensor);
gboolean cw_safetensors_find(const CwSafetensors *file, const char *name, CwTensor *tensor);

/* A value of the header's __metadata__, or NULL. */
const char *cw_safetensors_get_metadata(const CwSafetensors *file, const char *key);
