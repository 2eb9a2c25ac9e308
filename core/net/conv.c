#include "net/conv.h"

#include "base/pool.h"
#include "kernels/rows.h"

#include <math.h>
#include <string.h>

/* Of every batch normalisation that CLIP's ResNets were trained with. */
#define BATCH_NORM_EPS 1e-5f

/* Output pixels that are unfolded at once: enough work for all threads, little enough to stay in
 * the caches. */
#define BAND_PIXELS 512

typedef struct {
    CwTensor weight; /* [out][in][kernel][kernel] */
    const float *gamma, *beta, *mean, *var;
    gsize n_in, area;
} Folding;

/* row[y][x][i] = w[o][i][y][x] * scale[o], bias[o] = beta - mean * scale. */
static float
read_folded_row(gpointer data, gsize o, float *row)
{
    const Folding *f = data;
    const float scale = f->gamma[o] / sqrtf(f->var[o] + BATCH_NORM_EPS);
    g_autofree float *w = g_new(float, f->n_in * f->area);
    cw_tensor_row_to_f32(&f->weight, o, w);
    for (gsize k = 0; k < f->area; k++)
        for (gsize i = 0; i < f->n_in; i++)
            row[k * f->n_in + i] = w[i * f->area + k] * scale;
    return f->beta[o] - f->mean[o] * scale;
}

CwConv
cw_conv_take(CwParameters *parameters, const char *prefix, gsize n_in, gsize n_out, guint kernel,
             guint stride)
{
    const gint64 dims[] = {(gint64)n_out, (gint64)n_in, kernel, kernel};
    CwConv conv = {.n_in = n_in, .kernel = kernel, .stride = stride};
    Folding folding = {.n_in = n_in, .area = (gsize)kernel * kernel};
    g_autofree char *conv_name = g_strconcat(prefix, ".conv", NULL);
    g_autofree char *norm = g_strconcat(prefix, ".bn", NULL);
    const CwTensor *weight = cw_parameters_view(parameters, conv_name, "weight", 4, dims);
    if (weight)
        folding.weight = *weight;
    folding.gamma = cw_parameters_vector(parameters, norm, "weight", n_out);
    folding.beta = cw_parameters_vector(parameters, norm, "bias", n_out);
    folding.mean = cw_parameters_vector(parameters, norm, "mean", n_out);
    folding.var = cw_parameters_vector(parameters, norm, "var", n_out);
    conv.linear = cw_parameters_linear_by_rows(parameters, folding.area * n_in, n_out,
                                               read_folded_row, &folding);
    cw_parameters_done_with(parameters, weight);
    return conv;
}

static gsize
count_band_rows(gsize side)
{
    return MAX(1, BAND_PIXELS / side);
}

CwConvScratch
cw_conv_take_scratch(const CwConv *conv, CwArena *arena, gsize batch, gsize size)
{
    const gsize side = size / conv->stride, depth = conv->linear.n_in;
    const gsize n_rows = MIN(count_band_rows(side), batch * side);
    CwConvScratch s;
    s.unfolded = cw_arena_floats(arena, conv->kernel == 1 ? 0 : n_rows * side, depth);
    s.operand = cw_operand_take_unnormalised(arena, conv->linear.w.type, n_rows * side, depth);
    return s;
}

typedef struct {
    const CwConv *conv;
    const float *x;
    float *y;
    gsize size;
    gsize first_row; /* of all pictures' output rows */
} Unfold;

/* One row of outputs: for each, the kernel's square around it, zeros beyond the edge. */
static void
unfold_row(gpointer data, guint index)
{
    const Unfold *work = data;
    const CwConv *conv = work->conv;
    const gsize size = work->size, side = size / conv->stride;
    const gsize picture = (work->first_row + index) / side;
    const gsize row = (work->first_row + index) % side;
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

/* n output pixels from x: [n][depth]. */
static void
run_band(const CwConv *conv, const CwNetRun *run, const float *x, gsize n, CwConvMode mode,
         CwOperand *operand, float *y)
{
    cw_operand_set(operand, run, x, n);
    if (mode == CW_CONV_LINEAR)
        cw_linear_run(&conv->linear, run, operand, n, CW_STORE, y);
    else
        cw_linear_run_relu(&conv->linear, run, operand, n,
                           mode == CW_CONV_ADD_RELU ? CW_ACCUMULATE : CW_STORE, y);
}

void
cw_conv_run(const CwConv *conv, const CwNetRun *run, const float *x, gsize batch, gsize size,
            CwConvMode mode, CwConvScratch *scratch, float *y)
{
    const gsize side = size / conv->stride, n_rows = batch * side, depth = conv->linear.n_in;
    const gsize band = count_band_rows(side);
    for (gsize row = 0; row < n_rows; row += band) {
        const gsize n = MIN(band, n_rows - row);
        const float *from = x + row * side * depth;
        if (conv->kernel != 1) {
            Unfold work = {conv, x, scratch->unfolded, size, row};
            cw_pool_run(run->n_threads, (guint)n, unfold_row, &work);
            from = scratch->unfolded;
        }
        run_band(conv, run, from, n * side, mode, &scratch->operand,
                 y + row * side * conv->linear.n_out);
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
