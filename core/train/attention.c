#include "train/parts.h"

gsize
cw_train_attention_n_probabilities(const CwTrainAttention *attention)
{
    gsize n = 0;
    for (gsize s = 0; s < attention->n_sequences; s++) {
        const gsize rows = attention->starts[s + 1] - attention->starts[s];
        n += attention->n_heads * rows * rows;
    }
    return n;
}

gsize
cw_train_attention_n_scratch(const CwTrainAttention *attention)
{
    gsize longest = 0;
    for (gsize s = 0; s < attention->n_sequences; s++)
        longest = MAX(longest, attention->starts[s + 1] - attention->starts[s]);
    return longest * longest;
}

/* Scores to probabilities, over as many keys as the row sees; no weight on the others. */
static void
softmax(CwReal *row, gsize n, gsize n_seen)
{
    CwReal largest = row[0], sum = 0;
    for (gsize k = 1; k < n_seen; k++)
        largest = MAX(largest, row[k]);
    for (gsize k = 0; k < n_seen; k++)
        sum += row[k] = exp(row[k] - largest);
    for (gsize k = 0; k < n_seen; k++)
        row[k] /= sum;
    for (gsize k = n_seen; k < n; k++)
        row[k] = 0;
}

void
cw_train_attention_forward(const CwTrainAttention *attention, const CwReal *qkv, CwReal *y,
                           CwReal *probabilities)
{
    const gsize width = attention->width, depth = width / attention->n_heads;
    const CwReal scale = 1 / sqrt((CwReal)depth);
    for (gsize s = 0; s < attention->n_sequences; s++) {
        const gsize first = attention->starts[s], n = attention->starts[s + 1] - first;
        for (guint head = 0; head < attention->n_heads; head++, probabilities += n * n) {
            const CwReal *q = qkv + first * 3 * width + head * depth, *k = q + width,
                         *v = k + width;
            cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n, (blasint)n,
                         (blasint)depth, scale, q, (blasint)(3 * width), k, (blasint)(3 * width), 0,
                         probabilities, (blasint)n);
            for (gsize i = 0; i < n; i++)
                softmax(probabilities + i * n, n, attention->causal ? i + 1 : n);
            cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)n, (blasint)depth,
                         (blasint)n, 1, probabilities, (blasint)n, v, (blasint)(3 * width), 0,
                         y + first * width + head * depth, (blasint)width);
        }
    }
}

/* One head of one sequence of n rows. */
static void
go_back(gsize n, gsize depth, gsize width, const CwReal *q, const CwReal *p, const CwReal *dy,
        CwReal *ds, CwReal *dq)
{
    const CwReal scale = 1 / sqrt((CwReal)depth);
    const blasint rows = (blasint)n, columns = (blasint)depth, stride = (blasint)(3 * width);
    const CwReal *k = q + width, *v = k + width;
    CwReal *dk = dq + width, *dv = dk + width;
    cw_real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, rows, columns, rows, 1, p, rows, dy,
                 (blasint)width, 0, dv, stride);
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, rows, columns, 1, dy,
                 (blasint)width, v, stride, 0, ds, rows);
    for (gsize i = 0; i < n; i++) {
        CwReal mean = 0;
        for (gsize j = 0; j < n; j++)
            mean += ds[i * n + j] * p[i * n + j];
        for (gsize j = 0; j < n; j++)
            ds[i * n + j] = p[i * n + j] * (ds[i * n + j] - mean);
    }
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, rows, scale, ds, rows, k,
                 stride, 0, dq, stride);
    cw_real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, rows, columns, rows, scale, ds, rows, q,
                 stride, 0, dk, stride);
}

void
cw_train_attention_backward(const CwTrainAttention *attention, const CwReal *qkv,
                            const CwReal *probabilities, const CwReal *dy, CwReal *scratch,
                            CwReal *dqkv)
{
    const gsize width = attention->width, depth = width / attention->n_heads;
    for (gsize s = 0; s < attention->n_sequences; s++) {
        const gsize first = attention->starts[s], n = attention->starts[s + 1] - first;
        for (guint head = 0; head < attention->n_heads; head++, probabilities += n * n) {
            const gsize at = first * 3 * width + head * depth;
            go_back(n, depth, width, qkv + at, probabilities, dy + first * width + head * depth,
                    scratch, dqkv + at);
        }
    }
}
