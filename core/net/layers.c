#include "net/layers.h"

#include "base/pool.h"
#include "kernels/gemm.h"

#include <string.h>

/* Numbers that one task normalises or converts: enough to be worth claiming. */
#define TASK_NUMBERS 8192

static gsize
count_rows_per_task(gsize width)
{
    return MAX(1, TASK_NUMBERS / width);
}

static guint
count_tasks(gsize n_rows, gsize width)
{
    const gsize per_task = count_rows_per_task(width);
    return (guint)((n_rows + per_task - 1) / per_task);
}

/* Bytes of a row, whole groups of 4 bytes. */
static gsize
stride_of(CwProductType type, gsize width)
{
    const gsize group = cw_product_group(type);
    return (width + group - 1) / group * 4;
}

CwOperand
cw_operand_take(CwArena *arena, CwProductType type, gsize n_rows, gsize width)
{
    CwOperand operand = {.type = type, .width = width, .stride = stride_of(type, width)};
    operand.memory = cw_arena_take(arena, n_rows, operand.stride, 1);
    if (type == CW_PRODUCT_INT8) {
        operand.scales = cw_arena_take(arena, n_rows, 1, sizeof *operand.scales);
        operand.zeros = cw_arena_take(arena, n_rows, 1, sizeof *operand.zeros);
    }
    operand.rows = operand.memory;
    return operand;
}

CwOperand
cw_operand_take_unnormalised(CwArena *arena, CwProductType type, gsize n_rows, gsize width)
{
    return cw_operand_take(arena, type, type == CW_PRODUCT_F32 ? 0 : n_rows, width);
}

typedef struct {
    CwOperand *operand;
    const CwLayerNorm *norm; /* or NULL */
    const float *x;
    gsize n_rows;
} SetRows;

static void
convert_row(const CwOperand *operand, const float *x, gsize row)
{
    const gsize width = operand->width;
    char *y = (char *)operand->memory + row * operand->stride;
    switch (operand->type) {
    case CW_PRODUCT_F32:
        memcpy(y, x, width * sizeof *x);
        break;
    case CW_PRODUCT_BF16:
        cw_row_kernels()->round_to_bf16(x, width, operand->stride / 2, (guint16 *)y);
        break;
    case CW_PRODUCT_INT8:
        cw_row_kernels()->quantize(x, width, operand->stride, (guint8 *)y, &operand->scales[row],
                                   &operand->zeros[row]);
        break;
    }
}

static void
convert_rows(gpointer data, guint index)
{
    const SetRows *work = data;
    const gsize width = work->operand->width, per_task = count_rows_per_task(width);
    const gsize end = MIN(work->n_rows, (index + 1) * per_task);
    for (gsize i = index * per_task; i < end; i++)
        convert_row(work->operand, work->x + i * width, i);
}

void
cw_operand_set(CwOperand *operand, const CwNetRun *run, const float *x, gsize n_rows)
{
    if (operand->type == CW_PRODUCT_F32) {
        operand->rows = x;
        return;
    }
    SetRows work = {operand, NULL, x, n_rows};
    cw_pool_run(run->n_threads, count_tasks(n_rows, operand->width), convert_rows, &work);
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
    const gsize per_task = count_rows_per_task(norm->width);
    const gsize end = MIN(work->n_rows, (index + 1) * per_task);
    for (gsize i = index * per_task; i < end; i++)
        rows->layer_norm(work->x + i * norm->width, norm->gamma, norm->beta, norm->eps, norm->width,
                         work->y + i * norm->width);
}

void
cw_layer_norm_run(const CwLayerNorm *norm, const CwNetRun *run, const float *x, gsize n_rows,
                  float *y)
{
    NormRows work = {norm, x, y, n_rows};
    cw_pool_run(run->n_threads, count_tasks(n_rows, norm->width), normalise_rows, &work);
}

/* By way of one f32 row that stays in the first-level cache. */
static void
normalise_and_convert_rows(gpointer data, guint index)
{
    const SetRows *work = data;
    const CwRowKernels *rows = cw_row_kernels();
    const CwLayerNorm *norm = work->norm;
    const gsize per_task = count_rows_per_task(norm->width);
    const gsize end = MIN(work->n_rows, (index + 1) * per_task);
    float normalised[CW_MAX_WIDTH];
    for (gsize i = index * per_task; i < end; i++) {
        rows->layer_norm(work->x + i * norm->width, norm->gamma, norm->beta, norm->eps, norm->width,
                         normalised);
        convert_row(work->operand, normalised, i);
    }
}

void
cw_operand_set_normalised(CwOperand *operand, const CwLayerNorm *norm, const CwNetRun *run,
                          const float *x, gsize n_rows)
{
    operand->rows = operand->memory;
    if (operand->type == CW_PRODUCT_F32) {
        cw_layer_norm_run(norm, run, x, n_rows, operand->memory);
        return;
    }
    SetRows work = {operand, norm, x, n_rows};
    cw_pool_run(run->n_threads, count_tasks(n_rows, norm->width), normalise_and_convert_rows,
                &work);
}

void
cw_operand_pick(CwOperand *operand, const gsize *rows, gsize n)
{
    char *memory = operand->memory;
    for (gsize i = 0; i < n; i++) {
        memmove(memory + i * operand->stride, memory + rows[i] * operand->stride, operand->stride);
        if (operand->type == CW_PRODUCT_INT8) {
            operand->scales[i] = operand->scales[rows[i]];
            operand->zeros[i] = operand->zeros[rows[i]];
        }
    }
}

static void
run_linear(const CwLinear *linear, const CwNetRun *run, const CwOperand *x, gsize n_rows,
           CwLinearMode mode, CwActivationFunc activation, float *y)
{
    g_assert(x->type == linear->w.type);
    const CwGemm gemm = {
        .w = &linear->w,
        .n_rows = n_rows,
        .a = x->rows,
        .a_stride = x->stride,
        .a_scales = x->scales,
        .a_zeros = x->zeros,
        .c = y,
        .c_stride = linear->n_out,
        .accumulate = mode == CW_ACCUMULATE,
        .activation = activation,
        .next = linear->next,
    };
    cw_gemm_run(&gemm, run->n_threads);
}

void
cw_linear_run(const CwLinear *linear, const CwNetRun *run, const CwOperand *x, gsize n_rows,
              CwLinearMode mode, float *y)
{
    run_linear(linear, run, x, n_rows, mode, NULL, y);
}

typedef struct {
    CwOperand *operand;
    CwActivatedBytesFunc func;
    float *x;
    gsize n_rows;
} ActivateRows;

static void
activate_rows(gpointer data, guint index)
{
    const ActivateRows *work = data;
    const CwOperand *operand = work->operand;
    const gsize width = operand->width, per_task = count_rows_per_task(width);
    const gsize end = MIN(work->n_rows, (index + 1) * per_task);
    for (gsize i = index * per_task; i < end; i++)
        work->func(work->x + i * width, width, operand->stride,
                   (guint8 *)operand->memory + i * operand->stride, &operand->scales[i],
                   &operand->zeros[i]);
}

/* Bytes need the range of a whole row: its numbers are activated when they are looked at for it,
 * others while the product's tile is in the first-level cache. */
void
cw_linear_run_activated(const CwLinear *linear, const CwNetRun *run, CwActivation activation,
                        const CwOperand *x, gsize n_rows, float *y, CwOperand *activated)
{
    const CwRowKernels *rows = cw_row_kernels();
    const struct {
        CwActivationFunc numbers;
        CwActivatedBytesFunc bytes;
    } functions[] = {
        [CW_ACTIVATION_QUICK_GELU] = {rows->quick_gelu, rows->quantize_quick_gelu},
        [CW_ACTIVATION_GELU] = {rows->gelu, rows->quantize_gelu},
        [CW_ACTIVATION_GELU_TANH] = {rows->gelu_tanh, rows->quantize_gelu_tanh},
    };
    if (activated->type == CW_PRODUCT_INT8) {
        ActivateRows work = {activated, functions[activation].bytes, y, n_rows};
        run_linear(linear, run, x, n_rows, CW_STORE, NULL, y);
        cw_pool_run(run->n_threads, count_tasks(n_rows, activated->width), activate_rows, &work);
    } else {
        run_linear(linear, run, x, n_rows, CW_STORE, functions[activation].numbers, y);
        cw_operand_set(activated, run, y, n_rows);
    }
}

void
cw_linear_run_relu(const CwLinear *linear, const CwNetRun *run, const CwOperand *x, gsize n_rows,
                   CwLinearMode mode, float *y)
{
    run_linear(linear, run, x, n_rows, mode, cw_row_kernels()->relu, y);
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
