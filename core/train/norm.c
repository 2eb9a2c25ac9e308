#include "train/parts.h"

void
cw_train_norm_forward(const CwTrainNorm *norm, const CwReal *x, gsize n_rows, CwReal *y,
                      CwReal *statistics)
{
    const gsize width = norm->width;
    for (gsize i = 0; i < n_rows; i++, x += width, y += width, statistics += 2) {
        CwReal mean = 0, variance = 0;
        for (gsize c = 0; c < width; c++)
            mean += x[c];
        mean /= (CwReal)width;
        for (gsize c = 0; c < width; c++)
            variance += (x[c] - mean) * (x[c] - mean);
        const CwReal factor = 1 / sqrt(variance / (CwReal)width + norm->eps);
        for (gsize c = 0; c < width; c++)
            y[c] = (x[c] - mean) * factor * norm->gamma[c] + norm->beta[c];
        statistics[0] = mean;
        statistics[1] = factor;
    }
}

void
cw_train_norm_backward(const CwTrainNorm *norm, const CwReal *x, const CwReal *statistics,
                       const CwReal *dy, gsize n_rows, CwReal *dx)
{
    const gsize width = norm->width;
    for (gsize i = 0; i < n_rows; i++, x += width, dy += width, dx += width, statistics += 2) {
        const CwReal mean = statistics[0], factor = statistics[1];
        CwReal sum = 0, product = 0;
        for (gsize c = 0; c < width; c++) {
            const CwReal unit = (x[c] - mean) * factor, d = dy[c] * norm->gamma[c];
            norm->dgamma[c] += dy[c] * unit;
            norm->dbeta[c] += dy[c];
            sum += d;
            product += d * unit;
        }
        sum /= (CwReal)width;
        product /= (CwReal)width;
        for (gsize c = 0; c < width; c++) {
            const CwReal unit = (x[c] - mean) * factor;
            dx[c] += factor * (dy[c] * norm->gamma[c] - sum - unit * product);
        }
    }
}
