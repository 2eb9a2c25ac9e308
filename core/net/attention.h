/* Scaled dot-product attention over any number of sequences and heads. */
#pragma once

#include "net/arena.h"
#include "net/net.h"

/* Where one sequence lies in the packed rows. */
typedef struct {
    gsize first_query, n_queries;
    gsize first_key, n_keys;
} CwSequence;

typedef struct {
    const float *q; /* [rows][width] */
    const float *k;
    const float *v;
    float *out; /* [rows of q][width]; may not overlap the inputs */
    gsize width;
    guint n_heads;
    const CwSequence *sequences;
    gsize n_sequences;
    gboolean causal; /* query i of a sequence sees keys 0..i */
    float *scores;   /* of cw_attention_take_scores() */
} CwAttention;

/* Scratch for scores, however many sequences there are. */
float *cw_attention_take_scores(CwArena *arena, gsize max_queries, gsize max_keys);

void cw_attention_run(const CwAttention *attention, const CwNetRun *run);
