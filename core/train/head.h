/* The end of a tower: one row of each sequence, normalised and projected. */
#pragma once

#include "net/arena.h"
#include "train/parts.h"

typedef struct {
    CwTrainNorm norm;
    CwTrainLinear projection;
} CwTrainHead;

typedef struct {
    CwReal *picked, *statistics, *normalised; /* [batch][width], but [batch][2] */
    CwReal *dpicked, *dnormalised;
} CwTrainHeadTape;

CwTrainHeadTape cw_train_head_take_tape(const CwTrainHead *head, CwArena *arena, gsize batch);

/* x: rows of the tower's width, of which rows[0..batch) are picked. */
void cw_train_head_forward(const CwTrainHead *head, const CwTrainHeadTape *tape, const CwReal *x,
                           const gsize *rows, gsize batch, CwReal *features);
/* dx: [n_rows][width], written: zeros but for the picked rows. */
void cw_train_head_backward(const CwTrainHead *head, const CwTrainHeadTape *tape,
                            const CwReal *dfeatures, const gsize *rows, gsize batch, gsize n_rows,
                            CwReal *dx);
