#include "train/loss.h"

CwReal
cw_train_scale(CwReal log_scale)
{
    return MIN(exp(log_scale), (CwReal)CW_TRAIN_MAX_SCALE);
}

/* cosines: [n][n], pictures by texts. */
static void
compare(const CwTrainPairs *pairs, CwReal *cosines)
{
    const blasint n = (blasint)pairs->n, width = (blasint)pairs->width;
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, width, 1, pairs->images, width,
                 pairs->texts, width, 0, cosines, n);
}

/* From the gradient of the logits to all others. */
static void
go_back(const CwTrainPairs *pairs, const CwReal *cosines, const CwReal *dlogits,
        CwTrainPairGradients *gradients)
{
    const blasint n = (blasint)pairs->n, width = (blasint)pairs->width;
    const CwReal scale = cw_train_scale(pairs->log_scale);
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, width, n, scale, dlogits, n,
                 pairs->texts, width, 0, gradients->images, width);
    cw_real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, width, n, scale, dlogits, n,
                 pairs->images, width, 0, gradients->texts, width);
    gradients->log_scale = gradients->bias = 0;
    for (gsize i = 0; i < pairs->n * pairs->n; i++) {
        gradients->log_scale += scale * dlogits[i] * cosines[i];
        gradients->bias += dlogits[i];
    }
}

/* The cross-entropy of one picture over all texts (step 1) or of one text over all pictures (step
 * n), weighted; its gradient is added. */
static CwReal
judge(const CwTrainPairs *pairs, gsize index, gsize step, CwReal weight, const CwReal *cosines,
      CwReal *dlogits)
{
    const gsize n = pairs->n;
    const CwReal scale = cw_train_scale(pairs->log_scale);
    CwReal largest = -scale, sum = 0, matching = 0;
    gsize n_matching = 0;
    for (gsize j = 0; j < n; j++)
        largest = MAX(largest, scale * cosines[j * step]);
    for (gsize j = 0; j < n; j++) {
        sum += exp(scale * cosines[j * step] - largest);
        if (pairs->groups[j] == pairs->groups[index]) {
            matching += scale * cosines[j * step];
            n_matching++;
        }
    }
    for (gsize j = 0; j < n; j++) {
        const gboolean match = pairs->groups[j] == pairs->groups[index];
        const CwReal target = match ? 1 / (CwReal)n_matching : 0;
        dlogits[j * step] += weight * (exp(scale * cosines[j * step] - largest) / sum - target);
    }
    return weight * (largest + log(sum) - matching / (CwReal)n_matching);
}

CwReal
cw_train_contrastive_loss(const CwTrainPairs *pairs, CwReal *scratch,
                          CwTrainPairGradients *gradients)
{
    const gsize n = pairs->n;
    const CwReal weight = 1 / (2 * (CwReal)n);
    CwReal *cosines = scratch, *dlogits = scratch + n * n, loss = 0;
    compare(pairs, cosines);
    for (gsize i = 0; i < n * n; i++)
        dlogits[i] = 0;
    for (gsize i = 0; i < n; i++) {
        loss += judge(pairs, i, 1, weight, cosines + i * n, dlogits + i * n);
        loss += judge(pairs, i, n, weight, cosines + i, dlogits + i);
    }
    go_back(pairs, cosines, dlogits, gradients);
    return loss;
}

CwReal
cw_train_sigmoid_loss(const CwTrainPairs *pairs, CwReal *scratch, CwTrainPairGradients *gradients)
{
    const gsize n = pairs->n;
    const CwReal scale = cw_train_scale(pairs->log_scale);
    CwReal *cosines = scratch, *dlogits = scratch + n * n, loss = 0;
    compare(pairs, cosines);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < n; j++) {
            const CwReal sign = pairs->groups[i] == pairs->groups[j] ? 1 : -1;
            const CwReal z = sign * (scale * cosines[i * n + j] + pairs->bias);
            /* -log sigmoid(z) without overflow on either side */
            loss += (MAX(-z, 0) + log1p(exp(-fabs(z)))) / (CwReal)n;
            dlogits[i * n + j] = -sign / (1 + exp(z)) / (CwReal)n;
        }
    go_back(pairs, cosines, dlogits, gradients);
    return loss;
}
