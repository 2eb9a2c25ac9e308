/* The parts that every tower is made of: linear maps and norms over rows. Rows of f32 are packed,
 * [n_rows][width]. */
#pragma once

#include "net/arena.h"
#include "net/net.h"
#include "net/parameters.h"
#include "weights/config.h"

/* Rows in the form in which products read them. */
typedef struct {
    CwProductType type;
    gsize width;
    const void *rows; /* [n_rows] of stride bytes */
    gsize stride;
    void *memory; /* where rows are put that have to be converted, and with int8: */
    float *scales;
    gint32 *zeros;
} CwOperand;

/* Scratch for n_rows rows. Of f32 none is taken when only cw_operand_set() will be used. */
CwOperand cw_operand_take(CwArena *arena, CwProductType type, gsize n_rows, gsize width);
CwOperand cw_operand_take_unnormalised(CwArena *arena, CwProductType type, gsize n_rows,
                                       gsize width);

/* x: [n_rows][width], which must stay as it is while the operand is used. */
void cw_operand_set(CwOperand *operand, const CwNetRun *run, const float *x, gsize n_rows);

/* The operand's rows become the normalised rows of x. */
void cw_operand_set_normalised(CwOperand *operand, const CwLayerNorm *norm, const CwNetRun *run,
                               const float *x, gsize n_rows);

/* Moves the rows of an operand to its front; rows rise. */
void cw_operand_pick(CwOperand *operand, const gsize *rows, gsize n);

typedef enum {
    CW_STORE = 0,  /* y = x W^T + b */
    CW_ACCUMULATE, /* y += x W^T + b: the residual sum */
} CwLinearMode;

/* Operand and map are of one type. */
void cw_linear_run(const CwLinear *linear, const CwNetRun *run, const CwOperand *x, gsize n_rows,
                   CwLinearMode mode, float *y);

/* activated = activation(x W^T + b), by way of y: [n_rows][n_out], which must stay as it is while
 * the operand is used. */
void cw_linear_run_activated(const CwLinear *linear, const CwNetRun *run, CwActivation activation,
                             const CwOperand *x, gsize n_rows, float *y, CwOperand *activated);
void cw_linear_run_relu(const CwLinear *linear, const CwNetRun *run, const CwOperand *x,
                        gsize n_rows, CwLinearMode mode, float *y);

/* x and y may be the same. */
void cw_layer_norm_run(const CwLayerNorm *norm, const CwNetRun *run, const float *x, gsize n_rows,
                       float *y);

/* Tells the run's listener, if there is one. */
void cw_net_tell(const CwNetRun *run, const float *data, gsize n_rows, gsize n_columns,
                 const char *format, ...) G_GNUC_PRINTF(5, 6);
