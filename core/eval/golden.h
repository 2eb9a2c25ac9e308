/* A model held against what a reference computed from the same weights and inputs. */
#pragma once

#include <clipwatch/model.h>

/* The difference that another order of summation may make in f32. */

/* How far one output lies from the reference's. */
typedef struct {
    guint n;             /* vectors compared; 0 where the file has no such pair of tensors */
    double max_abs_diff; /* over all components */
    double min_cosine;   /* over all vectors */
} CwGoldenOutput;

typedef struct {
    CwGoldenOutput image; /* pixel_values -> image_embeds */
    CwGoldenOutput text;  /* input_ids -> text_embeds */
} CwGoldenResult;

/* Runs the model on pixel_values [N][3][H][W] and input_ids [M][context] of a safetensors file and
 * compares with its image_embeds [N][embed_dim] and text_embeds [M][embed_dim] (any floating type;
 * ids i32 or i64). Either pair may be missing, not both. The file is not trusted: CW_ERROR_FORMAT
 * for wrong types or non-finite numbers, CW_ERROR_MISMATCH for shapes that are not this model's,
 * CW_ERROR_ARGUMENT for ids outside the vocabulary; each names the tensor. */
gboolean cw_golden_compare(const CwModel *model, guint n_threads, const char *path,
                           CwGoldenResult *result, GError **error);

/* How far off outputs may be. */
typedef struct {
    double max_abs_diff;
    double min_cosine;
} CwGoldenBound;

/* What a precision promises, on networks of a few layers too: f32 1e-5 in every number, bf16 a
 * cosine of 0.9995, int8 of 0.99. */
CwGoldenBound cw_golden_bound(CwPrecision precision);

/* Whether every output that was compared lies within the bound. */
gboolean cw_golden_passed(const CwGoldenResult *result, const CwGoldenBound *bound);
