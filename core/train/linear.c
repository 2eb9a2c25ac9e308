#include "train/parts.h"

#include "base/pool.h"

#include <string.h>

/* Rows and outputs that one task takes: each number comes from one task, so that results do not
 * depend on threads. */
#define TASK_ROWS    128
#define TASK_OUTPUTS 128

typedef struct {
    const CwTrainLinear *linear;
    const CwReal *x, *dy;
    gsize n_rows;
    CwReal *y, *dx;
} Product;

static guint
n_tasks(gsize n, gsize each)
{
    return (guint)((n + each - 1) / each);
}

static void
multiply(gpointer data, guint index)
{
    const Product *p = data;
    const CwTrainLinear *linear = p->linear;
    const gsize first = (gsize)index * TASK_ROWS, n = MIN(TASK_ROWS, p->n_rows - first);
    const gsize n_in = linear->n_in, n_out = linear->n_out;
    CwReal *y = p->y + first * n_out;
    if (linear->bias)
        for (gsize i = 0; i < n; i++)
            memcpy(y + i * n_out, linear->bias, n_out * sizeof *y);
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n, (blasint)n_out, (blasint)n_in,
                 1, p->x + first * n_in, (blasint)n_in, linear->w, (blasint)n_in,
                 linear->bias ? 1 : 0, y, (blasint)n_out);
}

void
cw_train_linear_forward(const CwTrainLinear *linear, const CwReal *x, gsize n_rows, CwReal *y)
{
    Product product = {.linear = linear, .x = x, .n_rows = n_rows, .y = y};
    cw_pool_run(0, n_tasks(n_rows, TASK_ROWS), multiply, &product);
}

static void
go_back_to_weights(gpointer data, guint index)
{
    const Product *p = data;
    const CwTrainLinear *linear = p->linear;
    const gsize n_in = linear->n_in, n_out = linear->n_out;
    const gsize first = (gsize)index * TASK_OUTPUTS, n = MIN(TASK_OUTPUTS, n_out - first);
    cw_real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)n, (blasint)n_in,
                 (blasint)p->n_rows, 1, p->dy + first, (blasint)n_out, p->x, (blasint)n_in, 1,
                 linear->dw + first * n_in, (blasint)n_in);
    if (linear->bias)
        for (gsize i = 0; i < p->n_rows; i++)
            for (gsize o = first; o < first + n; o++)
                linear->dbias[o] += p->dy[i * n_out + o];
}

static void
go_back_to_input(gpointer data, guint index)
{
    const Product *p = data;
    const gsize n_in = p->linear->n_in, n_out = p->linear->n_out;
    const gsize first = (gsize)index * TASK_ROWS, n = MIN(TASK_ROWS, p->n_rows - first);
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)n, (blasint)n_in,
                 (blasint)n_out, 1, p->dy + first * n_out, (blasint)n_out, p->linear->w,
                 (blasint)n_in, 0, p->dx + first * n_in, (blasint)n_in);
}

void
cw_train_linear_backward(const CwTrainLinear *linear, const CwReal *x, const CwReal *dy,
                         gsize n_rows, CwReal *dx)
{
    Product product = {.linear = linear, .x = x, .dy = dy, .n_rows = n_rows, .dx = dx};
    cw_pool_run(0, n_tasks(linear->n_out, TASK_OUTPUTS), go_back_to_weights, &product);
    if (dx)
        cw_pool_run(0, n_tasks(n_rows, TASK_ROWS), go_back_to_input, &product);
}
