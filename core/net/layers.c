#include "net/layers.h"

#include "base/pool.h"
#include "kernels/gemm_f32.h"

/* Rows that one task normalises: enough to be worth claiming. */
#define NORM_ROWS 64

static void
run_linear(const CwLinear *linear, const CwNetRun *run, const float *x, gsize n_rows,
           const CwGemmEpilogue *epilogue, float *y)
{
    const CwGemm gemm = {
        .n_rows = n_rows,
        .n_columns = linear->n_out,
        .depth = linear->n_in,
        .a = x,
        .a_stride = linear->n_in,
        .w = linear->weight,
        .w_transposed = linear->transposed,
        .c = y,
    };
    cw_gemm_f32(&gemm, epilogue, run->n_threads);
}

void
cw_linear_run(const CwLinear *linear, const CwNetRun *run, const float *x, gsize n_rows,
              CwLinearMode mode, float *y)
{
    const CwGemmEpilogue epilogue = {.bias = linear->bias, .accumulate = mode == CW_ACCUMULATE};
    run_linear(linear, run, x, n_rows, &epilogue, y);
}

void
cw_linear_run_activated(const CwLinear *linear, const CwNetRun *run, CwActivation activation,
                        const float *x, gsize n_rows, float *y)
{
    const CwRowKernels *rows = cw_row_kernels();
    CwGemmEpilogue epilogue = {.bias = linear->bias};
    switch (activation) {
    case CW_ACTIVATION_QUICK_GELU:
        epilogue.activation = rows->quick_gelu;
        break;
    case CW_ACTIVATION_GELU:
        epilogue.activation = rows->gelu;
        break;
    case CW_ACTIVATION_GELU_TANH:
        epilogue.activation = rows->gelu_tanh;
        break;
    }
    run_linear(linear, run, x, n_rows, &epilogue, y);
}

void
cw_linear_run_relu(const CwLinear *linear, const CwNetRun *run, const float *x, gsize n_rows,
                   CwLinearMode mode, float *y)
{
    const CwGemmEpilogue epilogue = {.bias = linear->bias,
                                     .activation = cw_row_kernels()->relu,
                                     .accumulate = mode == CW_ACCUMULATE};
    run_linear(linear, run, x, n_rows, &epilogue, y);
}

typedef struct {
    const CwLayerNorm *norm;
    const float *x;
    float *y;
    gsize n_rows;
} NormRows;

static void
normalise_rows(gpointer data, guint index)
{
    const NormRows *work = data;
    const CwRowKernels *rows = cw_row_kernels();
    const CwLayerNorm *norm = work->norm;
    gsize end = MIN(work->n_rows, (gsize)(index + 1) * NORM_ROWS);
    for (gsize i = (gsize)index * NORM_ROWS; i < end; i++)
        rows->layer_norm(work->x + i * norm->width, norm->gamma, norm->beta, norm->eps, norm->width,
                         work->y + i * norm->width);
}

void
cw_layer_norm_run(const CwLayerNorm *norm, const CwNetRun *run, const float *x, gsize n_rows,
                  float *y)
{
    NormRows work = {norm, x, y, n_rows};
    cw_pool_run(run->n_threads, (guint)((n_rows + NORM_ROWS - 1) / NORM_ROWS), normalise_rows,
                &work);
}

void
cw_net_tell(const CwNetRun *run, const float *data, gsize n_rows, gsize n_columns,
            const char *format, ...)
{
    if (!run->stage)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *stage = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    run->stage(stage, data, n_rows, n_columns, run->stage_data);
}
