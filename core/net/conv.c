#include "net/conv.h"

#include "base/pool.h"
#include "kernels/rows.h"

#include <math.h>
#include <string.h>

/* Of every batch normalisation that CLIP's ResNets were trained with. */
#define BATCH_NORM_EPS 1e-5f

/* weight[o][y][x][i] = w[o][i][y][x] * scale[o], bias[o] = beta - mean * scale. */
static void
fold(const CwConv *conv, const float *w, const float *gamma, const float *beta, const float *mean,
     const float *var, float *weight, float *bias)
{
    const gsize area = (gsize)conv->kernel * conv->kernel;
    for (gsize o = 0; o < conv->linear.n_out; o++) {
        const float scale = gamma[o] / sqrtf(var[o] + BATCH_NORM_EPS);
        bias[o] = beta[o] - mean[o] * scale;
        for (gsize i = 0; i < conv->n_in; i++)
            for (gsize k = 0; k < area; k++)
                weight[(o * area + k) * conv->n_in + i] =
                    w[(o * conv->n_in + i) * area + k] * scale;
    }
}

CwConv
cw_conv_take(CwParameters *parameters, const char *prefix, gsize n_in, gsize n_out, guint kernel,
             guint stride)
{
    const gint64 dims[] = {(gint64)n_out, (gint64)n_in, kernel, kernel};
    const gsize depth = (gsize)kernel * kernel * n_in;
    CwConv conv = {.n_in = n_in, .kernel = kernel, .stride = stride};
    g_autofree char *conv_name = g_strconcat(prefix, ".conv", NULL);
    g_autofree char *norm = g_strconcat(prefix, ".bn", NULL);
    conv.linear.n_in = depth;
    conv.linear.n_out = n_out;
    /* What is folded is not kept: it lives in a list of its own. */
    g_autoptr(GPtrArray) unfolded = cw_parameters_new_owned();
    GPtrArray *kept = parameters->owned;
    parameters->owned = unfolded;
    const float *w = cw_parameters_tensor(parameters, conv_name, "weight", 4, dims, NULL);
    const float *gamma = cw_parameters_vector(parameters, norm, "weight", n_out);
    const float *beta = cw_parameters_vector(parameters, norm, "bias", n_out);
    const float *mean = cw_parameters_vector(parameters, norm, "mean", n_out);
    const float *var = cw_parameters_vector(parameters, norm, "var", n_out);
    parameters->owned = kept;
    float *weight = cw_parameters_allocate(parameters, n_out * depth);
    float *bias = cw_parameters_allocate(parameters, n_out);
    if (!parameters->error)
        fold(&conv, w, gamma, beta, mean, var, weight, bias);
    conv.linear.weight = weight;
    conv.linear.bias = bias;
    return conv;
}

gsize
cw_conv_unfolded_size(const CwConv *conv, gsize size)
{
    const gsize side = size / conv->stride;
    return conv->kernel == 1 ? 0 : side * side * conv->linear.n_in;
}

typedef struct {
    const CwConv *conv;
    const float *x;
    float *y;
    gsize size;
} Unfold;

/* One row of outputs: for each, the kernel's square around it, zeros beyond the edge. */
static void
unfold_row(gpointer data, guint index)
{
    const Unfold *work = data;
    const CwConv *conv = work->conv;
    const gsize size = work->size, side = size / conv->stride;
    const gsize picture = index / side, row = index % side;
    const float *x = work->x + picture * size * size * conv->n_in;
    float *out = work->y + (gsize)index * side * conv->linear.n_in;
    const gssize reach = conv->kernel / 2;
    for (gsize column = 0; column < side; column++)
        for (gssize dy = -reach; dy <= reach; dy++)
            for (gssize dx = -reach; dx <= reach; dx++, out += conv->n_in) {
                const gssize sy = (gssize)(row * conv->stride) + dy;
                const gssize sx = (gssize)(column * conv->stride) + dx;
                if (sy < 0 || sx < 0 || sy >= (gssize)size || sx >= (gssize)size)
                    memset(out, 0, conv->n_in * sizeof *out);
                else
                    memcpy(out, x + ((gsize)sy * size + (gsize)sx) * conv->n_in,
                           conv->n_in * sizeof *out);
            }
}

void
cw_conv_run(const CwConv *conv, const CwNetRun *run, const float *x, gsize batch, gsize size,
            CwConvMode mode, float *unfolded, float *y)
{
    const gsize side = size / conv->stride, n_rows = batch * side * side;
    if (conv->kernel != 1) {
        Unfold work = {conv, x, unfolded, size};
        cw_pool_run(run->n_threads, (guint)(batch * side), unfold_row, &work);
        x = unfolded;
    }
    switch (mode) {
    case CW_CONV_LINEAR:
        cw_linear_run(&conv->linear, run, x, n_rows, CW_STORE, y);
        break;
    case CW_CONV_RELU:
        cw_linear_run_relu(&conv->linear, run, x, n_rows, CW_STORE, y);
        break;
    case CW_CONV_ADD_RELU:
        cw_linear_run_relu(&conv->linear, run, x, n_rows, CW_ACCUMULATE, y);
        break;
    }
}

typedef struct {
    const float *x;
    float *y;
    gsize size, channels;
} AveragePool;

static void
average_row(gpointer data, guint index)
{
    const AveragePool *work = data;
    const gsize n = work->channels, side = work->size / 2;
    const gsize picture = index / side, row = index % side;
    const float *top = work->x + (picture * work->size + 2 * row) * work->size * n;
    const float *bottom = top + work->size * n;
    float *y = work->y + (gsize)index * side * n;
    for (gsize column = 0; column < side; column++, top += 2 * n, bottom += 2 * n, y += n)
        for (gsize c = 0; c < n; c++)
            y[c] = 0.25f * ((top[c] + top[n + c]) + (bottom[c] + bottom[n + c]));
}

void
cw_average_pool(const CwNetRun *run, const float *x, gsize batch, gsize size, gsize channels,
                float *y)
{
    AveragePool work = {x, y, size, channels};
    cw_pool_run(run->n_threads, (guint)(batch * (size / 2)), average_row, &work);
}
