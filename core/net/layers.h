/* The parts that every tower is made of: linear maps and norms over rows. Rows are packed,
 * [n_rows][width]. */
#pragma once

#include "net/net.h"
#include "net/parameters.h"
#include "weights/config.h"

typedef enum {
    CW_STORE = 0,  /* y = x W^T + b */
    CW_ACCUMULATE, /* y += x W^T + b: the residual sum */
} CwLinearMode;

void cw_linear_run(const CwLinear *linear, const CwNetRun *run, const float *x, gsize n_rows,
                   CwLinearMode mode, float *y);

/* y = activation(x W^T + b). */
void cw_linear_run_activated(const CwLinear *linear, const CwNetRun *run, CwActivation activation,
                             const float *x, gsize n_rows, float *y);
void cw_linear_run_relu(const CwLinear *linear, const CwNetRun *run, const float *x, gsize n_rows,
                        CwLinearMode mode, float *y);

/* x and y may be the same. */
void cw_layer_norm_run(const CwLayerNorm *norm, const CwNetRun *run, const float *x, gsize n_rows,
                       float *y);

/* Tells the run's listener, if there is one. */
void cw_net_tell(const CwNetRun *run, const float *data, gsize n_rows, gsize n_columns,
                 const char *format, ...) G_GNUC_PRINTF(5, 6);
