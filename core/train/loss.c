#include "train/loss.h"

CwReal
cw_train_scale(CwReal log_scale)
{
    return MIN(exp(log_scale), (CwReal)CW_TRAIN_MAX_SCALE);
}

/* cosines: [n_images][n_texts]. */
static void
compare(const CwTrainPairs *pairs, CwReal *cosines)
{
    const blasint n = (blasint)pairs->n_images, m = (blasint)pairs->n_texts;
    const blasint width = (blasint)pairs->width;
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, m, width, 1, pairs->images, width,
                 pairs->texts, width, 0, cosines, m);
}

/* From the gradient of the logits to all others. */
static void
go_back(const CwTrainPairs *pairs, const CwReal *cosines, const CwReal *dlogits,
        CwTrainPairGradients *gradients)
{
    const blasint n = (blasint)pairs->n_images, m = (blasint)pairs->n_texts;
    const blasint width = (blasint)pairs->width;
    const CwReal scale = cw_train_scale(pairs->log_scale);
    cw_real_gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, width, m, scale, dlogits, m,
                 pairs->texts, width, 0, gradients->images, width);
    cw_real_gemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, width, n, scale, dlogits, m,
                 pairs->images, width, 0, gradients->texts, width);
    gradients->log_scale = gradients->bias = 0;
    for (gsize i = 0; i < pairs->n_images * pairs->n_texts; i++) {
        gradients->log_scale += scale * dlogits[i] * cosines[i];
        gradients->bias += dlogits[i];
    }
}

/* One picture over all texts, or one text over all pictures: a row or a column of the cosines. */
typedef struct {
    guint32 group;
    const guint32 *groups; /* [n], of the others */
    gsize n, step;
    CwReal scale, smoothing;
    const CwReal *cosines;
    CwReal *dlogits;
} Line;

static gsize
count_matching(guint32 group, const guint32 *groups, gsize n)
{
    gsize n_matching = 0;
    for (gsize j = 0; j < n; j++)
        n_matching += groups[j] == group;
    return n_matching;
}

/* The cross-entropy, weighted; its gradient is added. */
static CwReal
judge(const Line *line, CwReal weight)
{
    const gsize n = line->n, step = line->step;
    const CwReal scale = line->scale, spread = line->smoothing / (CwReal)n;
    const CwReal own = (1 - line->smoothing) / (CwReal)count_matching(line->group, line->groups, n);
    CwReal largest = -scale, sum = 0, expected = 0;
    for (gsize j = 0; j < n; j++)
        largest = MAX(largest, scale * line->cosines[j * step]);
    for (gsize j = 0; j < n; j++)
        sum += exp(scale * line->cosines[j * step] - largest);
    for (gsize j = 0; j < n; j++) {
        const CwReal logit = scale * line->cosines[j * step];
        const CwReal target = spread + (line->groups[j] == line->group ? own : 0);
        expected += target * logit;
        line->dlogits[j * step] += weight * (exp(logit - largest) / sum - target);
    }
    return weight * (largest + log(sum) - expected);
}

CwReal
cw_train_contrastive_loss(const CwTrainPairs *pairs, CwReal *scratch,
                          CwTrainPairGradients *gradients)
{
    const gsize n = pairs->n_images, m = pairs->n_texts;
    const CwReal scale = cw_train_scale(pairs->log_scale);
    CwReal *cosines = scratch, *dlogits = scratch + n * m, loss = 0;
    gsize n_counted = 0, m_counted = 0;
    compare(pairs, cosines);
    for (gsize i = 0; i < n * m; i++)
        dlogits[i] = 0;
    for (gsize i = 0; i < n; i++)
        n_counted += count_matching(pairs->image_groups[i], pairs->text_groups, m) > 0;
    for (gsize j = 0; j < m; j++)
        m_counted += count_matching(pairs->text_groups[j], pairs->image_groups, n) > 0;
    for (gsize i = 0; i < n; i++) {
        const Line line = {
            pairs->image_groups[i], pairs->text_groups, m, 1, scale, pairs->smoothing,
            cosines + i * m,        dlogits + i * m};
        if (count_matching(line.group, line.groups, m) > 0)
            loss += judge(&line, 1 / (2 * (CwReal)n_counted));
    }
    for (gsize j = 0; j < m; j++) {
        const Line line = {pairs->text_groups[j], pairs->image_groups, n, m, scale, 0,
                           cosines + j,           dlogits + j};
        if (count_matching(line.group, line.groups, n) > 0)
            loss += judge(&line, 1 / (2 * (CwReal)m_counted));
    }
    go_back(pairs, cosines, dlogits, gradients);
    return loss;
}

CwReal
cw_train_sigmoid_loss(const CwTrainPairs *pairs, CwReal *scratch, CwTrainPairGradients *gradients)
{
    const gsize n = pairs->n_images, m = pairs->n_texts;
    const CwReal scale = cw_train_scale(pairs->log_scale);
    CwReal *cosines = scratch, *dlogits = scratch + n * m, loss = 0;
    compare(pairs, cosines);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < m; j++) {
            const CwReal sign = pairs->image_groups[i] == pairs->text_groups[j] ? 1 : -1;
            const CwReal z = sign * (scale * cosines[i * m + j] + pairs->bias);
            /* -log sigmoid(z) without overflow on either side */
            loss += (MAX(-z, 0) + log1p(exp(-fabs(z)))) / (CwReal)n;
            dlogits[i * m + j] = -sign / (1 + exp(z)) / (CwReal)n;
        }
    go_back(pairs, cosines, dlogits, gradients);
    return loss;
}
