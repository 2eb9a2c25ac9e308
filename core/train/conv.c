#include "train/conv.h"

#include "base/pool.h"

#include <string.h>

#define EPSILON ((CwReal)1e-5) /* torch's, which the published towers were trained with */

/* Rows of an unfolded product that are made at once: enough for the product to be fast, few enough
 * to stay in a core's cache. */
#define BAND_ROWS 512

CwTrainConv
cw_train_conv_take(CwTrainParameters *parameters, const char *prefix, gsize n_in, gsize n_out,
                   guint kernel, guint stride)
{
    g_autofree char *name = g_strconcat(prefix, ".conv", NULL);
    g_autofree char *norm = g_strconcat(prefix, ".bn", NULL);
    const gint64 dims[] = {(gint64)n_out, (gint64)n_in, kernel, kernel};
    CwTrainConv conv = {.n_in = n_in, .n_out = n_out, .kernel = kernel, .stride = stride};
    CwReal *none;
    conv.w = cw_train_parameters_take(parameters, name, "weight", 4, dims, &conv.dw);
    conv.gamma = cw_train_parameters_take(parameters, norm, "weight", 1, dims, &conv.dgamma);
    conv.beta = cw_train_parameters_take(parameters, norm, "bias", 1, dims, &conv.dbeta);
    conv.mean = cw_train_parameters_take(parameters, norm, "mean", 1, dims, &none);
    conv.var = cw_train_parameters_take(parameters, norm, "var", 1, dims, &none);
    return conv;
}

static gsize
area(gsize size)
{
    return size * size;
}

static gsize
n_taps(const CwTrainConv *conv)
{
    return (gsize)conv->kernel * conv->kernel * conv->n_in;
}

/* Whether a picture's pixels are its unfolded rows already. */
static gboolean
is_plain(const CwTrainConv *conv)
{
    return conv->kernel == 1 && conv->stride == 1;
}

/* Pictures that one product takes. */
static gsize
band_pictures(const CwTrainConv *conv, gsize size)
{
    return MAX(1, BAND_ROWS / area(size / conv->stride));
}

CwTrainConvTape
cw_train_conv_take_tape(const CwTrainConv *conv, CwArena *arena, gsize batch, gsize size)
{
    return (CwTrainConvTape){
        .raw = cw_arena_take(arena, batch * area(size / conv->stride), conv->n_out, sizeof(CwReal)),
        .mean = cw_arena_take(arena, conv->n_out, 1, sizeof(CwReal)),
        .rate = cw_arena_take(arena, conv->n_out, 1, sizeof(CwReal)),
    };
}

void
cw_train_conv_grow_scratch(const CwTrainConv *conv, gsize batch, gsize size,
                           CwTrainConvScratch *scratch)
{
    const gsize rows = band_pictures(conv, size) * area(size / conv->stride);
    scratch->n_unfolded = MAX(scratch->n_unfolded, rows * n_taps(conv));
    scratch->n_rows = MAX(scratch->n_rows, rows * conv->n_out);
    scratch->n_weights = MAX(scratch->n_weights, conv->n_out * n_taps(conv));
    scratch->n_channels = MAX(scratch->n_channels, conv->n_out);
}

void
cw_train_conv_take_scratch(CwTrainConvScratch *scratch, CwArena *arena)
{
    const gsize parts = CW_TRAIN_N_PARTS, real = sizeof(CwReal);
    scratch->w = cw_arena_take(arena, scratch->n_weights, 1, real);
    scratch->dw = cw_arena_take(arena, parts, scratch->n_weights, real);
    scratch->unfolded = cw_arena_take(arena, parts, scratch->n_unfolded, real);
    scratch->dunfolded = cw_arena_take(arena, parts, scratch->n_unfolded, real);
    scratch->drows = cw_arena_take(arena, parts, scratch->n_rows, real);
    scratch->sums = cw_arena_take(arena, parts, 2 * scratch->n_channels, sizeof(double));
}

/* One pass over a batch. */
typedef struct {
    const CwTrainConv *conv;
    const CwTrainConvTape *tape;
    const CwTrainConvScratch *scratch;
    const CwReal *x;
    gsize batch, size, out_size;
    CwTrainConvMode mode;
    CwReal *y, *dy, *dx;
} Pass;

typedef struct {
    gsize first, n; /* pictures */
} Band;

static Band
find_part(const Pass *pass, guint part)
{
    const gsize first = pass->batch * part / CW_TRAIN_N_PARTS;
    return (Band){first, pass->batch * (part + 1) / CW_TRAIN_N_PARTS - first};
}

static void
run_parts(Pass *pass, CwPoolFunc func)
{
    cw_pool_run(0, CW_TRAIN_N_PARTS, func, pass);
}

/* To [kernel][kernel][in] for each output: the order in which rows are unfolded. */
static void
order_weights(const CwTrainConv *conv, CwReal *to)
{
    const gsize k2 = area(conv->kernel);
    for (gsize o = 0; o < conv->n_out; o++)
        for (gsize i = 0; i < conv->n_in; i++)
            for (gsize k = 0; k < k2; k++)
                to[(o * k2 + k) * conv->n_in + i] = conv->w[(o * conv->n_in + i) * k2 + k];
}

/* Calls for each tap of each output row of a picture that lies inside it: with pixel of the picture
 * and place among the row's taps. */
#define FOR_TAPS(conv, size, out_size, row, inside, outside)                        \
    for (gsize oy = 0, row = 0; oy < (out_size); oy++)                              \
        for (gsize ox = 0; ox < (out_size); ox++, row++)                            \
            for (gsize ky = 0, tap = 0; ky < (conv)->kernel; ky++)                  \
                for (gsize kx = 0; kx < (conv)->kernel; kx++, tap++) {              \
                    const gsize y = oy * (conv)->stride + ky - (conv)->kernel / 2;  \
                    const gsize x = ox * (conv)->stride + kx - (conv)->kernel / 2;  \
                    if (y < (size) && x < (size)) { /* below 0 is far above size */ \
                        const gsize pixel = y * (size) + x;                         \
                        inside;                                                     \
                    } else {                                                        \
                        outside;                                                    \
                    }                                                               \
                }

static void
unfold(const Pass *pass, Band band, CwReal *to)
{
    const CwTrainConv *conv = pass->conv;
    const gsize n_in = conv->n_in, taps = n_taps(conv);
    for (gsize b = band.first; b < band.first + band.n; b++, to += area(pass->out_size) * taps) {
        const CwReal *picture = pass->x + b * area(pass->size) * n_in;
        FOR_TAPS(conv, pass->size, pass->out_size, row,
                 memcpy(to + row * taps + tap * n_in, picture + pixel * n_in, n_in * sizeof *to),
                 memset(to + row * taps + tap * n_in, 0, n_in * sizeof *to))
    }
}

/* Adds the gradient of unfolded rows to that of their pictures. */
static void
fold(const Pass *pass, Band band, const CwReal *from)
{
    const CwTrainConv *conv = pass->conv;
    const gsize n_in = conv->n_in, taps = n_taps(conv);
    for (gsize b = band.first; b < band.first + band.n; b++, from += area(pass->out_size) * taps) {
        CwReal *picture = pass->dx + b * area(pass->size) * n_in;
        FOR_TAPS(conv, pass->size, pass->out_size, row,
                 for (gsize c = 0; c < n_in; c++) picture[pixel * n_in + c] +=
                 from[row * taps + tap * n_in + c],
                 (void)0)
    }
}

static const CwReal *
rows_of(const Pass *pass, Band band, guint part)
{
    if (is_plain(pass->conv))
        return pass->x + band.first * area(pass->size) * pass->conv->n_in;
    CwReal *unfolded = pass->scratch->unfolded + part * pass->scratch->n_unfolded;
    unfold(pass, band, unfolded);
    return unfolded;
}

static void
multiply_part(gpointer data, guint index)
{
    const Pass *pass = data;
    const CwTrainConv *conv = pass->conv;
    const gsize n_out = conv->n_out, taps = n_taps(conv), out_area = area(pass->out_size);
    const gsize step = band_pictures(conv, pass->size);
    const Band part = find_part(pass, index);
    double *sum = pass->scratch->sums + index * 2 * n_out, *square = sum + n_out;
    memset(sum, 0, 2 * n_out * sizeof *sum);
    for (gsize done = 0; done < part.n; done += step) {
        const Band band = {part.first + done, MIN(step, part.n - done)};
        const gsize n_rows = band.n * out_area;
        const CwReal *rows = rows_of(pass, band, index);
        CwReal *raw = pass->tape->raw + band.first * out_area * n_out;
        cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n_rows, (blasint)n_out,
                     (blasint)taps, 1, rows, (blasint)taps, pass->scratch->w, (blasint)taps, 0, raw,
                     (blasint)n_out);
        for (gsize r = 0; r < n_rows; r++)
            for (gsize c = 0; c < n_out; c++) {
                const double value = (double)raw[r * n_out + c];
                sum[c] += value;
                square[c] += value * value;
            }
    }
}

/* The sum of what all parts found: first or second half of their sums. */
static double
add_parts(const CwTrainConvScratch *scratch, gsize n_out, guint half, gsize channel)
{
    double sum = 0;
    for (guint part = 0; part < CW_TRAIN_N_PARTS; part++)
        sum += scratch->sums[(part * 2 + half) * n_out + channel];
    return sum;
}

static void
find_statistics(const Pass *pass, CwReal keep)
{
    const CwTrainConv *conv = pass->conv;
    const double n = (double)(pass->batch * area(pass->out_size));
    for (gsize c = 0; c < conv->n_out; c++) {
        const double mean = add_parts(pass->scratch, conv->n_out, 0, c) / n;
        const double square = add_parts(pass->scratch, conv->n_out, 1, c) / n;
        const double var = MAX(square - mean * mean, 0);
        pass->tape->mean[c] = (CwReal)mean;
        pass->tape->rate[c] = (CwReal)(1 / sqrt(var + (double)EPSILON));
        if (keep < 1) {
            const double unbiased = n > 1 ? var * n / (n - 1) : var;
            conv->mean[c] = keep * conv->mean[c] + (1 - keep) * (CwReal)mean;
            conv->var[c] = keep * conv->var[c] + (1 - keep) * (CwReal)unbiased;
        }
    }
}

static void
normalise_part(gpointer data, guint index)
{
    const Pass *pass = data;
    const CwTrainConv *conv = pass->conv;
    const gsize n_out = conv->n_out, out_area = area(pass->out_size);
    const Band part = find_part(pass, index);
    CwReal *y = pass->y + part.first * out_area * n_out;
    const CwReal *raw = pass->tape->raw + part.first * out_area * n_out;
    const CwReal *mean = pass->tape->mean, *rate = pass->tape->rate;
    for (gsize r = 0; r < part.n * out_area; r++, y += n_out, raw += n_out)
        for (gsize c = 0; c < n_out; c++) {
            const CwReal value = (raw[c] - mean[c]) * rate[c] * conv->gamma[c] + conv->beta[c];
            const CwReal sum = pass->mode == CW_TRAIN_CONV_ADD_RELU ? y[c] + value : value;
            y[c] = pass->mode == CW_TRAIN_CONV_LINEAR || sum > 0 ? sum : 0;
        }
}

void
cw_train_conv_forward(const CwTrainConv *conv, const CwTrainConvTape *tape,
                      const CwTrainConvScratch *scratch, const CwReal *x, gsize batch, gsize size,
                      CwTrainConvMode mode, CwReal keep, CwReal *y)
{
    Pass pass = {conv, tape, scratch, x, batch, size, size / conv->stride, mode, y, NULL, NULL};
    order_weights(conv, scratch->w);
    run_parts(&pass, multiply_part);
    find_statistics(&pass, keep);
    run_parts(&pass, normalise_part);
}

/* Back through the relu, and the sums that the norm needs. */
static void
unmask_part(gpointer data, guint index)
{
    const Pass *pass = data;
    const gsize n_out = pass->conv->n_out, out_area = area(pass->out_size);
    const Band part = find_part(pass, index);
    const gsize at = part.first * out_area * n_out;
    const CwReal *raw = pass->tape->raw + at, *y = pass->y + at;
    const CwReal *mean = pass->tape->mean, *rate = pass->tape->rate;
    CwReal *dy = pass->dy + at;
    double *dbeta = pass->scratch->sums + index * 2 * n_out, *dgamma = dbeta + n_out;
    memset(dbeta, 0, 2 * n_out * sizeof *dbeta);
    for (gsize r = 0; r < part.n * out_area; r++, raw += n_out, y += n_out, dy += n_out)
        for (gsize c = 0; c < n_out; c++) {
            const CwReal g = pass->mode == CW_TRAIN_CONV_LINEAR || y[c] > 0 ? dy[c] : 0;
            dy[c] = g;
            dbeta[c] += (double)g;
            dgamma[c] += (double)(g * (raw[c] - mean[c]) * rate[c]);
        }
}

/* Back through the norm, a band of rows: to drows. dbeta and dgamma: of this batch, by n. */
static void
unnormalise(const Pass *pass, Band band, CwReal *drows)
{
    const CwTrainConv *conv = pass->conv;
    const gsize n_out = conv->n_out, out_area = area(pass->out_size);
    const gsize at = band.first * out_area * n_out;
    const CwReal *raw = pass->tape->raw + at, *dy = pass->dy + at;
    const CwReal *mean = pass->tape->mean, *rate = pass->tape->rate;
    /* find_gradients() leaves the means of both in the place of the sums. */
    const double *dbeta = pass->scratch->sums, *dgamma = dbeta + n_out;
    for (gsize r = 0; r < band.n * out_area; r++, raw += n_out, dy += n_out, drows += n_out)
        for (gsize c = 0; c < n_out; c++) {
            const CwReal normal = (raw[c] - mean[c]) * rate[c];
            drows[c] =
                conv->gamma[c] * rate[c] * (dy[c] - (CwReal)dbeta[c] - normal * (CwReal)dgamma[c]);
        }
}

static void
go_back_part(gpointer data, guint index)
{
    const Pass *pass = data;
    const CwTrainConv *conv = pass->conv;
    const CwTrainConvScratch *scratch = pass->scratch;
    const blasint n_out = (blasint)conv->n_out, taps = (blasint)n_taps(conv);
    const gsize step = band_pictures(conv, pass->size);
    const Band part = find_part(pass, index);
    CwReal *drows = scratch->drows + index * scratch->n_rows;
    CwReal *dw = scratch->dw + index * scratch->n_weights;
    memset(dw, 0, conv->n_out * n_taps(conv) * sizeof *dw);
    for (gsize done = 0; done < part.n; done += step) {
        const Band band = {part.first + done, MIN(step, part.n - done)};
        const blasint n_rows = (blasint)(band.n * area(pass->out_size));
        unnormalise(pass, band, drows);
        cw_real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_out, taps, n_rows, 1, drows, n_out,
                     rows_of(pass, band, index), taps, 1, dw, taps);
        if (!pass->dx)
            continue;
        const gboolean plain = is_plain(conv);
        CwReal *dx = plain ? pass->dx + band.first * area(pass->size) * conv->n_in
                           : scratch->dunfolded + index * scratch->n_unfolded;
        cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n_rows, taps, n_out, 1, drows,
                     n_out, scratch->w, taps, plain ? 1 : 0, dx, taps);
        if (!plain)
            fold(pass, band, dx);
    }
}

static void
find_gradients(const Pass *pass)
{
    const CwTrainConv *conv = pass->conv;
    const double n = (double)(pass->batch * area(pass->out_size));
    for (gsize c = 0; c < conv->n_out; c++) {
        const double dbeta = add_parts(pass->scratch, conv->n_out, 0, c);
        const double dgamma = add_parts(pass->scratch, conv->n_out, 1, c);
        conv->dbeta[c] += (CwReal)dbeta;
        conv->dgamma[c] += (CwReal)dgamma;
        pass->scratch->sums[c] = dbeta / n;
        pass->scratch->sums[conv->n_out + c] = dgamma / n;
    }
}

static void
add_weights(const CwTrainConv *conv, const CwTrainConvScratch *scratch)
{
    const gsize k2 = area(conv->kernel);
    for (guint part = 0; part < CW_TRAIN_N_PARTS; part++) {
        const CwReal *dw = scratch->dw + part * scratch->n_weights;
        for (gsize o = 0; o < conv->n_out; o++)
            for (gsize i = 0; i < conv->n_in; i++)
                for (gsize k = 0; k < k2; k++)
                    conv->dw[(o * conv->n_in + i) * k2 + k] += dw[(o * k2 + k) * conv->n_in + i];
    }
}

void
cw_train_conv_backward(const CwTrainConv *conv, const CwTrainConvTape *tape,
                       const CwTrainConvScratch *scratch, const CwReal *x, const CwReal *y,
                       gsize batch, gsize size, CwTrainConvMode mode, CwReal *dy, CwReal *dx)
{
    Pass pass = {conv, tape,        scratch, x, batch, size, size / conv->stride,
                 mode, (CwReal *)y, dy,      dx};
    order_weights(conv, scratch->w);
    run_parts(&pass, unmask_part);
    find_gradients(&pass);
    run_parts(&pass, go_back_part);
    add_weights(conv, scratch);
}

/* A batch's pictures between two sizes. */
typedef struct {
    const CwReal *from;
    CwReal *to;
    gsize size, channels; /* size: the larger */
} Pooling;

static void
pool_picture(gpointer data, guint index)
{
    const Pooling *p = data;
    const gsize half = p->size / 2, c = p->channels, line = p->size * c;
    const CwReal *x = p->from + index * area(p->size) * c;
    CwReal *y = p->to + index * area(half) * c;
    for (gsize row = 0; row < half; row++)
        for (gsize column = 0; column < half; column++, y += c) {
            const CwReal *corner = x + 2 * row * line + 2 * column * c;
            for (gsize i = 0; i < c; i++)
                y[i] = (corner[i] + corner[c + i] + corner[line + i] + corner[line + c + i]) / 4;
        }
}

static void
unpool_picture(gpointer data, guint index)
{
    const Pooling *p = data;
    const gsize half = p->size / 2, c = p->channels, line = p->size * c;
    const CwReal *dy = p->from + index * area(half) * c;
    CwReal *dx = p->to + index * area(p->size) * c;
    for (gsize row = 0; row < half; row++)
        for (gsize column = 0; column < half; column++, dy += c) {
            CwReal *corner = dx + 2 * row * line + 2 * column * c;
            for (gsize i = 0; i < c; i++) {
                const CwReal quarter = dy[i] / 4;
                corner[i] += quarter;
                corner[c + i] += quarter;
                corner[line + i] += quarter;
                corner[line + c + i] += quarter;
            }
        }
}

void
cw_train_pool_forward(const CwReal *x, gsize batch, gsize size, gsize channels, CwReal *y)
{
    Pooling pooling = {x, y, size, channels};
    cw_pool_run(0, (guint)batch, pool_picture, &pooling);
}

void
cw_train_pool_backward(const CwReal *dy, gsize batch, gsize size, gsize channels, CwReal *dx)
{
    Pooling pooling = {dy, dx, size, channels};
    cw_pool_run(0, (guint)batch, unpool_picture, &pooling);
}
