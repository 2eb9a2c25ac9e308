#include "train/attention_pool.h"

#include <string.h>

/* Keys and values one behind the other, their biases likewise. */
static CwTrainLinear
take_keys_values(CwTrainParameters *parameters, gsize width)
{
    const gint64 dims[] = {(gint64)width, (gint64)width};
    CwTrainLinear kv = {.n_in = width, .n_out = 2 * width};
    const char *const prefix = "image.attnpool";
    CwReal *none;
    kv.w = cw_train_parameters_take(parameters, prefix, "k.weight", 2, dims, &kv.dw);
    cw_train_parameters_take(parameters, prefix, "v.weight", 2, dims, &none);
    kv.bias = cw_train_parameters_take(parameters, prefix, "k.bias", 1, dims, &kv.dbias);
    cw_train_parameters_take(parameters, prefix, "v.bias", 1, dims, &none);
    return kv;
}

CwTrainAttentionPool
cw_train_attention_pool_take(CwTrainParameters *parameters, gsize width, gsize grid, guint n_heads,
                             gsize embed_dim)
{
    CwTrainAttentionPool pool = {.width = width, .grid = grid, .n_heads = n_heads};
    const gint64 dims[] = {(gint64)(1 + grid * grid), (gint64)width};
    pool.position = cw_train_parameters_take(parameters, "image.attnpool", "position", 2, dims,
                                             &pool.dposition);
    pool.q = cw_train_parameters_linear(parameters, "image.attnpool.q", width, width, TRUE);
    pool.kv = take_keys_values(parameters, width);
    pool.out = cw_train_parameters_linear(parameters, "image.attnpool.out", width, embed_dim, TRUE);
    return pool;
}

CwTrainAttentionPoolTape
cw_train_attention_pool_take_tape(const CwTrainAttentionPool *pool, CwArena *arena, gsize batch,
                                  gsize side)
{
    const gsize width = pool->width, n_tokens = 1 + side * side, rows = batch * n_tokens;
    const gsize real = sizeof(CwReal);
    return (CwTrainAttentionPoolTape){
        .position = cw_arena_take(arena, n_tokens, width, real),
        .dposition = cw_arena_take(arena, n_tokens, width, real),
        .tokens = cw_arena_take(arena, rows, width, real),
        .mean = cw_arena_take(arena, batch, width, real),
        .q = cw_arena_take(arena, batch, width, real),
        .kv = cw_arena_take(arena, rows, 2 * width, real),
        .probabilities = cw_arena_take(arena, rows, pool->n_heads, real),
        .pooled = cw_arena_take(arena, batch, width, real),
        .dtokens = cw_arena_take(arena, rows, width, real),
        .dmean = cw_arena_take(arena, batch, width, real),
        .dq = cw_arena_take(arena, batch, width, real),
        .dkv = cw_arena_take(arena, rows, 2 * width, real),
        .dpooled = cw_arena_take(arena, batch, width, real),
    };
}

/* Where place of n lies between two of grid: both, and the share of the second. */
typedef struct {
    gsize low, high;
    CwReal share;
} Between;

static Between
find_between(gsize place, gsize n, gsize grid)
{
    const CwReal last = (CwReal)(grid - 1);
    CwReal at = ((CwReal)place + (CwReal)0.5) * (CwReal)grid / (CwReal)n - (CwReal)0.5;
    at = MIN(MAX(at, 0), last);
    const gsize low = (gsize)at;
    return (Between){low, MIN(low + 1, grid - 1), at - (CwReal)low};
}

/* The four positions that one of another grid mixes, and their shares. */
static void
find_corners(gsize row, gsize column, gsize side, gsize grid, gsize corners[4], CwReal shares[4])
{
    const Between y = find_between(row, side, grid), x = find_between(column, side, grid);
    const gsize rows[] = {y.low, y.high}, columns[] = {x.low, x.high};
    const CwReal by_row[] = {1 - y.share, y.share}, by_column[] = {1 - x.share, x.share};
    for (guint i = 0; i < 4; i++) {
        corners[i] = 1 + rows[i / 2] * grid + columns[i % 2];
        shares[i] = by_row[i / 2] * by_column[i % 2];
    }
}

static void
place_positions(const CwTrainAttentionPool *pool, gsize side, CwReal *position)
{
    const gsize width = pool->width;
    memcpy(position, pool->position, width * sizeof *position);
    memset(position + width, 0, side * side * width * sizeof *position);
    for (gsize i = 0; i < side * side; i++) {
        gsize corners[4];
        CwReal shares[4];
        find_corners(i / side, i % side, side, pool->grid, corners, shares);
        for (guint k = 0; k < 4; k++)
            for (gsize c = 0; c < width; c++)
                position[(1 + i) * width + c] += shares[k] * pool->position[corners[k] * width + c];
    }
}

static void
add_positions(const CwTrainAttentionPool *pool, gsize side, const CwReal *dposition)
{
    const gsize width = pool->width;
    for (gsize c = 0; c < width; c++)
        pool->dposition[c] += dposition[c];
    for (gsize i = 0; i < side * side; i++) {
        gsize corners[4];
        CwReal shares[4];
        find_corners(i / side, i % side, side, pool->grid, corners, shares);
        for (guint k = 0; k < 4; k++)
            for (gsize c = 0; c < width; c++)
                pool->dposition[corners[k] * width + c] +=
                    shares[k] * dposition[(1 + i) * width + c];
    }
}

/* tokens = [mean(x); x] + position. */
static void
assemble(const CwTrainAttentionPoolTape *t, const CwReal *x, gsize batch, gsize n, gsize width)
{
    for (gsize b = 0; b < batch; b++, x += n * width) {
        CwReal *tokens = t->tokens + b * (1 + n) * width;
        memset(tokens, 0, width * sizeof *tokens);
        for (gsize i = 0; i < n; i++)
            for (gsize c = 0; c < width; c++)
                tokens[c] += x[i * width + c] / (CwReal)n;
        memcpy(tokens + width, x, n * width * sizeof *tokens);
        for (gsize i = 0; i < (1 + n) * width; i++)
            tokens[i] += t->position[i];
        memcpy(t->mean + b * width, tokens, width * sizeof *tokens);
    }
}

static void
attend(const CwTrainAttentionPool *pool, const CwTrainAttentionPoolTape *t, gsize b, gsize n_tokens)
{
    const gsize width = pool->width, head_width = width / pool->n_heads;
    const CwReal factor = 1 / sqrt((CwReal)head_width);
    for (gsize h = 0; h < pool->n_heads; h++) {
        const CwReal *q = t->q + b * width + h * head_width;
        const CwReal *k = t->kv + b * n_tokens * 2 * width + h * head_width, *v = k + width;
        CwReal *p = t->probabilities + (b * pool->n_heads + h) * n_tokens, sum = 0, largest = 0;
        CwReal *y = t->pooled + b * width + h * head_width;
        for (gsize i = 0; i < n_tokens; i++) {
            CwReal dot = 0;
            for (gsize c = 0; c < head_width; c++)
                dot += q[c] * k[i * 2 * width + c];
            p[i] = factor * dot;
            largest = i == 0 ? p[i] : MAX(largest, p[i]);
        }
        for (gsize i = 0; i < n_tokens; i++)
            sum += p[i] = exp(p[i] - largest);
        memset(y, 0, head_width * sizeof *y);
        for (gsize i = 0; i < n_tokens; i++) {
            p[i] /= sum;
            for (gsize c = 0; c < head_width; c++)
                y[c] += p[i] * v[i * 2 * width + c];
        }
    }
}

void
cw_train_attention_pool_forward(const CwTrainAttentionPool *pool,
                                const CwTrainAttentionPoolTape *tape, const CwReal *x, gsize batch,
                                gsize side, CwReal *features)
{
    const gsize n_tokens = 1 + side * side;
    place_positions(pool, side, tape->position);
    assemble(tape, x, batch, side * side, pool->width);
    cw_train_linear_forward(&pool->q, tape->mean, batch, tape->q);
    cw_train_linear_forward(&pool->kv, tape->tokens, batch * n_tokens, tape->kv);
    for (gsize b = 0; b < batch; b++)
        attend(pool, tape, b, n_tokens);
    cw_train_linear_forward(&pool->out, tape->pooled, batch, features);
}

static void
attend_back(const CwTrainAttentionPool *pool, const CwTrainAttentionPoolTape *t, gsize b,
            gsize n_tokens)
{
    const gsize width = pool->width, head_width = width / pool->n_heads;
    const CwReal factor = 1 / sqrt((CwReal)head_width);
    for (gsize h = 0; h < pool->n_heads; h++) {
        const gsize at = b * n_tokens * 2 * width + h * head_width;
        const CwReal *q = t->q + b * width + h * head_width, *k = t->kv + at, *v = k + width;
        const CwReal *p = t->probabilities + (b * pool->n_heads + h) * n_tokens;
        const CwReal *dy = t->dpooled + b * width + h * head_width;
        CwReal *dq = t->dq + b * width + h * head_width, *dk = t->dkv + at, *dv = dk + width;
        CwReal mean = 0;
        memset(dq, 0, head_width * sizeof *dq);
        for (gsize i = 0; i < n_tokens; i++) {
            CwReal dp = 0;
            for (gsize c = 0; c < head_width; c++) {
                dp += dy[c] * v[i * 2 * width + c];
                dv[i * 2 * width + c] = p[i] * dy[c];
            }
            dk[i * 2 * width] = dp; /* until all are known */
            mean += p[i] * dp;
        }
        for (gsize i = 0; i < n_tokens; i++) {
            const CwReal dscore = factor * p[i] * (dk[i * 2 * width] - mean);
            for (gsize c = 0; c < head_width; c++) {
                dk[i * 2 * width + c] = dscore * q[c];
                dq[c] += dscore * k[i * 2 * width + c];
            }
        }
    }
}

void
cw_train_attention_pool_backward(const CwTrainAttentionPool *pool,
                                 const CwTrainAttentionPoolTape *tape, const CwReal *dfeatures,
                                 gsize batch, gsize side, CwReal *dx)
{
    const gsize width = pool->width, n = side * side, n_tokens = 1 + n;
    cw_train_linear_backward(&pool->out, tape->pooled, dfeatures, batch, tape->dpooled);
    for (gsize b = 0; b < batch; b++)
        attend_back(pool, tape, b, n_tokens);
    cw_train_linear_backward(&pool->kv, tape->tokens, tape->dkv, batch * n_tokens, tape->dtokens);
    cw_train_linear_backward(&pool->q, tape->mean, tape->dq, batch, tape->dmean);
    memset(tape->dposition, 0, n_tokens * width * sizeof(CwReal));
    for (gsize b = 0; b < batch; b++, dx += n * width) {
        CwReal *dtokens = tape->dtokens + b * n_tokens * width;
        for (gsize c = 0; c < width; c++)
            dtokens[c] += tape->dmean[b * width + c];
        for (gsize i = 0; i < n_tokens * width; i++)
            tape->dposition[i] += dtokens[i];
        for (gsize i = 0; i < n; i++)
            for (gsize c = 0; c < width; c++)
                dx[i * width + c] = dtokens[(1 + i) * width + c] + dtokens[c] / (CwReal)n;
    }
    add_positions(pool, side, tape->dposition);
}
