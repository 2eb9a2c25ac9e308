/* What a fast precision costs in accuracy, measured on the model itself before it is believed. */
#pragma once

#include <clipwatch/model.h>

#include "net/net.h"

/* Cosines between the embeddings in f32 and in another precision, of pictures and of texts. */
typedef struct {
    double mean_cosine, least_cosine; /* the worse tower's */
} CwProof;

/* Whether a precision may stand in for f32: int8 from a mean of 0.995 and a least of 0.99, bf16
 * from 0.9999 and 0.9995. */
gboolean cw_proof_passes(CwPrecision precision, const CwProof *proof);

/* Encodes built-in pictures (patterns, and noise with the spectrum of photographs) and token
 * sequences with both towers in both precisions, once: the result is remembered in directory (NULL:
 * nowhere) under key, all that decides it. A file that cannot be read or written costs time and is
 * never an error. */
gboolean cw_proof_find(const char *directory, const char *key, const CwModelConfig *config,
                       CwWeights *weights, CwPrecision precision, CwProof *proof, GError **error);
