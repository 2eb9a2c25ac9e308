#include "reference_image.h"

#include "reference_parts.h"

#include <math.h>
#include <string.h>

/* A batch of pictures, [batch][size][size][channels]. */
typedef struct {
    gsize batch, size, channels;
    double *data;
} Maps;

static Maps
make_maps(gsize batch, gsize size, gsize channels)
{
    return (Maps){batch, size, channels, g_new0(double, batch *size *size *channels)};
}

static double *
at(const Maps *maps, gsize picture, gsize y, gsize x)
{
    return maps->data + ((picture * maps->size + y) * maps->size + x) * maps->channels;
}

static void
replace(Maps *maps, Maps with)
{
    g_free(maps->data);
    *maps = with;
}

/* One output pixel of a convolution with zeros around the picture. */
static void
convolve_pixel(const Maps *in, const double *w, gsize kernel, gsize picture, gsize y, gsize x,
               gsize n_out, double *out)
{
    for (gsize o = 0; o < n_out; o++)
        for (gsize ky = 0; ky < kernel; ky++)
            for (gsize kx = 0; kx < kernel; kx++) {
                /* Unsigned: what lies before the edge wraps and is beyond it, too. */
                const gsize sy = y + ky - kernel / 2, sx = x + kx - kernel / 2;
                if (sy >= in->size || sx >= in->size)
                    continue;
                for (gsize i = 0; i < in->channels; i++)
                    out[o] += w[((o * in->channels + i) * kernel + ky) * kernel + kx] *
                              at(in, picture, sy, sx)[i];
            }
}

static Maps
convolve(CwWeights *weights, const char *prefix, const Maps *in, gsize n_out, gsize kernel,
         gsize stride)
{
    const gint64 dims[] = {(gint64)n_out, (gint64)in->channels, (gint64)kernel, (gint64)kernel};
    g_autofree char *conv = g_strconcat(prefix, ".conv", NULL);
    g_autofree double *w = cw_reference_tensor(weights, conv, "weight", 4, dims);
    Maps out = make_maps(in->batch, in->size / stride, n_out);
    for (gsize b = 0; b < out.batch; b++)
        for (gsize y = 0; y < out.size; y++)
            for (gsize x = 0; x < out.size; x++)
                convolve_pixel(in, w, kernel, b, y * stride, x * stride, n_out, at(&out, b, y, x));
    return out;
}

static void
batch_norm(CwWeights *weights, const char *prefix, Maps *maps)
{
    const gsize n = maps->channels;
    g_autofree char *bn = g_strconcat(prefix, ".bn", NULL);
    g_autofree double *gamma = cw_reference_vector(weights, bn, "weight", n);
    g_autofree double *beta = cw_reference_vector(weights, bn, "bias", n);
    g_autofree double *mean = cw_reference_vector(weights, bn, "mean", n);
    g_autofree double *var = cw_reference_vector(weights, bn, "var", n);
    for (gsize i = 0; i < maps->batch * maps->size * maps->size; i++)
        for (gsize c = 0; c < n; c++) {
            double *x = &maps->data[i * n + c];
            *x = (*x - mean[c]) / sqrt(var[c] + 1e-5) * gamma[c] + beta[c];
        }
}

static void
relu(Maps *maps)
{
    for (gsize i = 0; i < maps->batch * maps->size * maps->size * maps->channels; i++)
        maps->data[i] = fmax(maps->data[i], 0);
}

static Maps
convolve_and_norm(CwWeights *weights, const char *prefix, const char *name, const Maps *in,
                  gsize n_out, gsize kernel, gsize stride)
{
    g_autofree char *full = g_strdup_printf("%s.%s", prefix, name);
    Maps out = convolve(weights, full, in, n_out, kernel, stride);
    batch_norm(weights, full, &out);
    return out;
}

static Maps
average_by_two(const Maps *in)
{
    Maps out = make_maps(in->batch, in->size / 2, in->channels);
    for (gsize b = 0; b < out.batch; b++)
        for (gsize y = 0; y < in->size; y++)
            for (gsize x = 0; x < in->size; x++)
                for (gsize c = 0; c < in->channels; c++)
                    at(&out, b, y / 2, x / 2)[c] += at(in, b, y, x)[c] / 4;
    return out;
}

static Maps
run_stem(const CwImageConfig *image, CwWeights *weights, const float *pixels, gsize batch)
{
    const gsize size = image->image_size, half = image->width / 2;
    Maps x = make_maps(batch, size, 3);
    for (gsize b = 0; b < batch; b++)
        for (gsize c = 0; c < 3; c++)
            for (gsize i = 0; i < size * size; i++)
                at(&x, b, i / size, i % size)[c] = pixels[(b * 3 + c) * size * size + i];
    replace(&x, convolve_and_norm(weights, "image.stem", "1", &x, half, 3, 2));
    relu(&x);
    replace(&x, convolve_and_norm(weights, "image.stem", "2", &x, half, 3, 1));
    relu(&x);
    replace(&x, convolve_and_norm(weights, "image.stem", "3", &x, image->width, 3, 1));
    relu(&x);
    replace(&x, average_by_two(&x));
    return x;
}

static void
run_bottleneck(CwWeights *weights, const char *prefix, gsize planes, gboolean halves,
               gboolean projects, Maps *x)
{
    Maps y = convolve_and_norm(weights, prefix, "1", x, planes, 1, 1);
    relu(&y);
    replace(&y, convolve_and_norm(weights, prefix, "2", &y, planes, 3, 1));
    relu(&y);
    if (halves) {
        replace(&y, average_by_two(&y));
        replace(x, average_by_two(x));
    }
    replace(&y, convolve_and_norm(weights, prefix, "3", &y, 4 * planes, 1, 1));
    if (projects)
        replace(x, convolve_and_norm(weights, prefix, "down", x, 4 * planes, 1, 1));
    for (gsize i = 0; i < y.batch * y.size * y.size * y.channels; i++)
        x->data[i] += y.data[i];
    relu(x);
    g_free(y.data);
}

/* The mean of all positions asks all positions and itself: [batch][channels]. */
static double *
pool_by_mean(const CwImageConfig *image, CwWeights *weights, const Maps *x)
{
    const gsize n_positions = x->size * x->size, width = x->channels;
    const gint64 dims[] = {(gint64)n_positions + 1, (gint64)width};
    g_autofree double *position =
        cw_reference_tensor(weights, "image.attnpool", "position", 2, dims);
    g_autofree double *tokens = g_new(double, (n_positions + 1) * width);
    double *pooled = g_new(double, x->batch *width);
    for (gsize b = 0; b < x->batch; b++) {
        memcpy(tokens, position, (n_positions + 1) * width * sizeof *tokens);
        for (gsize i = 0; i < n_positions; i++)
            for (gsize c = 0; c < width; c++) {
                const double value = x->data[(b * n_positions + i) * width + c];
                tokens[c] += value / (double)n_positions;
                tokens[(i + 1) * width + c] += value;
            }
        g_autofree double *one =
            cw_reference_attention(weights, "image.attnpool", tokens, 1, tokens, n_positions + 1,
                                   width, image->n_heads, FALSE);
        memcpy(pooled + b * width, one, width * sizeof *one);
    }
    return pooled;
}

CwReference *
cw_reference_resnet(const CwModelConfig *config, CwWeights *weights, const float *pixels,
                    gsize batch)
{
    const CwImageConfig *image = &config->image;
    CwReference *reference = cw_reference_new(0, batch);
    Maps x = run_stem(image, weights, pixels, batch);
    cw_reference_tell(reference, x.data, batch * x.size * x.size, x.channels, "stem");
    for (guint stage = 0; stage < 4; stage++)
        for (guint b = 0; b < image->stages[stage]; b++) {
            g_autofree char *prefix = g_strdup_printf("image.stage.%u.block.%u", stage + 1, b);
            run_bottleneck(weights, prefix, (gsize)image->width << stage, stage > 0 && b == 0,
                           b == 0, &x);
            cw_reference_tell(reference, x.data, batch * x.size * x.size, x.channels,
                              "stage.%u.block.%u", stage + 1, b);
        }
    g_autofree double *pooled = pool_by_mean(image, weights, &x);
    cw_reference_tell(reference, pooled, batch, x.channels, "pooled");
    g_autofree double *features = cw_reference_linear(weights, "image.attnpool.out", pooled, batch,
                                                      x.channels, config->embed_dim);
    cw_reference_tell(reference, features, batch, config->embed_dim, "features");
    g_free(x.data);
    return reference;
}
