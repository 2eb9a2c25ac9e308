/* Scaled dot-product attention over any number of sequences and heads. */
#pragma once

#include "kernels/packed.h"
#include "net/layers.h"

/* Where one sequence lies in the packed rows. */
typedef struct {
    gsize first_query, n_queries;
    gsize first_key, n_keys;
} CwSequence;

/* What workers write into. */
typedef struct {
    CwProductType type; /* of the two products: f32, or bf16 where that is faster and allowed */
    char *memory;
    gsize lane_bytes;
    gsize max_keys, head_width;
} CwAttentionScratch;

/* Scratch for sequences of up to max_keys, however many there are. type: of the
 * tower's other products. */
CwAttentionScratch cw_attention_take_scratch(CwArena *arena, CwProductType type, gsize max_keys,
                                             gsize head_width);

typedef struct {
    const float *q; /* [rows][width] */
    const float *k; /* rows of kv_stride floats */
    const float *v;
    float *out; /* [rows of q][width]; may not overlap the inputs */
    gsize width;
    gsize kv_stride;
    guint n_heads;
    const CwSequence *sequences;
    gsize n_sequences;
    gboolean causal; /* query i of a sequence sees keys 0..i */
    const CwAttentionScratch *scratch;
} CwAttention;

void cw_attention_run(const CwAttention *attention, const CwNetRun *run);

/* Takes prefix.k and prefix.v as one map of 2 * width outputs, keys first. */
CwLinear cw_attention_take_keys_values(CwParameters *parameters, const char *prefix, gsize width);
