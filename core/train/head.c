#include "train/head.h"

#include <string.h>

CwTrainHeadTape
cw_train_head_take_tape(const CwTrainHead *head, CwArena *arena, gsize batch)
{
    const gsize width = head->norm.width;
    return (CwTrainHeadTape){
        .picked = cw_arena_take(arena, batch, width, sizeof(CwReal)),
        .statistics = cw_arena_take(arena, batch, 2, sizeof(CwReal)),
        .normalised = cw_arena_take(arena, batch, width, sizeof(CwReal)),
        .dpicked = cw_arena_take(arena, batch, width, sizeof(CwReal)),
        .dnormalised = cw_arena_take(arena, batch, width, sizeof(CwReal)),
    };
}

void
cw_train_head_forward(const CwTrainHead *head, const CwTrainHeadTape *tape, const CwReal *x,
                      const gsize *rows, gsize batch, CwReal *features)
{
    const gsize width = head->norm.width;
    for (gsize b = 0; b < batch; b++)
        memcpy(tape->picked + b * width, x + rows[b] * width, width * sizeof *x);
    cw_train_norm_forward(&head->norm, tape->picked, batch, tape->normalised, tape->statistics);
    cw_train_linear_forward(&head->projection, tape->normalised, batch, features);
}

void
cw_train_head_backward(const CwTrainHead *head, const CwTrainHeadTape *tape,
                       const CwReal *dfeatures, const gsize *rows, gsize batch, gsize n_rows,
                       CwReal *dx)
{
    const gsize width = head->norm.width;
    memset(dx, 0, n_rows * width * sizeof *dx);
    memset(tape->dpicked, 0, batch * width * sizeof *dx);
    cw_train_linear_backward(&head->projection, tape->normalised, dfeatures, batch,
                             tape->dnormalised);
    cw_train_norm_backward(&head->norm, tape->picked, tape->statistics, tape->dnormalised, batch,
                           tape->dpicked);
    for (gsize b = 0; b < batch; b++)
        memcpy(dx + rows[b] * width, tape->dpicked + b * width, width * sizeof *dx);
}
